"""Every label that code and templates ask for is there, in both languages, and none is there that nobody asks for."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

import crmcli
from crmcli.analysis.change.flows import FLOWS
from crmcli.analysis.change.states import STATES
from crmcli.analysis.segment.loyalty_types import LOYALTY_TYPES
from crmcli.analysis.segment.schemes import built_in
from crmcli.analysis.segment.stages import STAGES
from crmcli.reporting.language import LANGUAGES, load_language
from crmcli.reporting.roots import Roots
from crmcli.transactions.codes import Defect, Rule

PACKAGE = Path(crmcli.__file__).parent
SOURCES = "\n".join(
    path.read_text(encoding="utf-8")
    for folder, pattern in (
        (PACKAGE / "reporting", "*.py"),
        (PACKAGE / "analysis", "*.py"),
        (PACKAGE / "customers", "*.py"),
        (PACKAGE.parent / "templates", "*.j2"),
    )
    for path in sorted(folder.rglob(pattern))
)
LITERAL = re.compile(r"""(?:text|label|find|plural)\(\s*["']([a-z_0-9.]+\.[a-z_0-9]+)["'](?!\s*~)""")
PIECE = re.compile(r"""(?:text|label|find|plural)\(\s*f?["']([a-z_0-9.]+[._])(?:\{|["']\s*~)""")
WORD = re.compile(r"""["']([a-z_0-9]+)["']""")
LABELS = {code: load_language(code, Roots(())).labels for code in LANGUAGES}
ENUMERATED = {
    "states": set(STATES),
    "flows": set(FLOWS),
    "stages": set(STAGES),
    "loyalty_types": set(LOYALTY_TYPES),
    "rules": {one.name.lower() for one in (*Defect, *Rule)},
    "segments": {rule.name for rule in built_in("grid10", 5).rules} | {"new"},
}
OF_ONE_LANGUAGE = re.compile(r"charts\.(thousand|million|billion|ten_thousand|hundred_million)")
"""Large numbers are shortened by thousands in English, by ten thousands in Chinese."""

COMPOSED = {
    "tables.movers_gain",
    "tables.movers_loss",
    *(f"charts.cohorts.{age}s_since" for age in ("week", "month", "quarter")),
}


def test_both_languages_have_the_same_labels_and_fill_in_the_same() -> None:
    english, chinese = (
        {key: text for key, text in LABELS[code].items() if not OF_ONE_LANGUAGE.fullmatch(key)} for code in LANGUAGES
    )
    assert set(english) == set(chinese)
    differing = {key for key in english if _places(english[key]) != _places(chinese[key])}
    assert {key for key in differing if not key.endswith(".one")} == set()


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_label_that_is_asked_for_is_there(code: str) -> None:
    asked = set(LITERAL.findall(SOURCES))
    assert len(asked) > 60
    known = {key.removesuffix(".one").removesuffix(".other") for key in LABELS[code]}
    assert asked <= known, sorted(asked - known)


@pytest.mark.parametrize("family", ENUMERATED)
def test_names_of_the_analyses_have_their_words(family: str) -> None:
    named = {key.removeprefix(f"{family}.") for key in LABELS["en"] if key.startswith(f"{family}.")}
    if family == "rules":
        assert named <= ENUMERATED[family] | {"where"}, sorted(named - ENUMERATED[family])
    else:
        assert named == ENUMERATED[family]


def test_no_label_is_left_over() -> None:
    literal, pieces, words = set(LITERAL.findall(SOURCES)), set(PIECE.findall(SOURCES)), set(WORD.findall(SOURCES))
    left = [
        key
        for key in LABELS["en"]
        if key.removesuffix(".one").removesuffix(".other") not in literal
        and not any(key.startswith(piece) and piece[-1] == "_" for piece in pieces)
        and f'"{key}"' not in SOURCES
        and key.rsplit(".", 1)[1] not in words
        and key not in COMPOSED
        and key.split(".", 1)[0] not in ENUMERATED
        and not OF_ONE_LANGUAGE.fullmatch(key)
    ]
    assert left == []
