"""Suggested ways to deal with each segment, stage, kind of loyalty and cell: text to edit, apart from all figures."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import polars as pl

from crmcli.analysis.conform import view_schema
from crmcli.analysis.segment.views_movement import STRATEGY
from crmcli.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcli.analysis.segment.rules import RuleSet

LANGUAGES = ("en", "zh")
SUBJECTS = ("segment", "stage", "loyalty", "cell")
PHRASES = ("action", "contact", "offer", "avoid")

_ALSO = "also"
_BUILT_IN = Path(__file__).with_name("strategy.toml")

Advice = dict[str, dict[str, str]]
"""Phrase → language → text."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """Advice by subject and name, in the order of the text; `others` are further names of the same."""

    advice: Mapping[tuple[str, str], Advice]
    others: Mapping[tuple[str, str], str]

    def phrase(self, subject: str, name: str, phrase: str, language: str) -> str | None:
        """One phrase about a group, in the language or else the other one; None where nothing is said."""
        own = self.others.get((subject, _folded(name)))
        texts = self.advice.get((subject, own or ""), {}).get(phrase, {})
        return texts.get(language) or next(iter(texts.values()), None)

    def with_own(self, own: Strategy) -> Strategy:
        """This strategy with what another one says in the place of the same phrases."""
        advice = {key: {**phrases} for key, phrases in self.advice.items()}
        others = dict(self.others)
        for (subject, name), phrases in own.advice.items():
            known = others.get((subject, _folded(name)), name)
            kept = advice.setdefault((subject, known), {})
            for phrase, texts in phrases.items():
                kept[phrase] = {**texts}
            others.setdefault((subject, _folded(name)), known)
        return Strategy(advice, {**own.others, **others})


def segment_actions(rules: RuleSet, advice: Strategy, language: str) -> dict[str, str | None]:
    """Segment → short form: that of one's own rules where they state one, else that of the advice."""
    stated = rules.actions()
    return {name: stated[name] or advice.phrase("segment", name, "action", language) for name in stated}


@cache
def built_in_strategy() -> Strategy:
    """The advice that ships with crmcli."""
    return parse_strategy(_BUILT_IN.read_text(encoding="utf-8"), _BUILT_IN.name)


def strategy_table(strategy: Strategy, language: str) -> pl.DataFrame:
    """The `strategy` view: one row per group, in the order of the text."""
    rows = [
        (subject, name, *(strategy.phrase(subject, name, phrase, language) for phrase in PHRASES))
        for subject, name in strategy.advice
    ]
    return pl.DataFrame(rows, schema=view_schema(STRATEGY, 2), orient="row")


def parse_strategy(text: str, source: str) -> Strategy:
    """Advice from TOML: tables [segment.NAME], [stage.NAME], [loyalty.NAME], [cell.NAME] of phrases in en and zh.

    A phrase is a table of languages, or a text that counts for all of them.

    Args:
        text: the TOML document.
        source: the file's name, for messages.

    Raises:
        UsageError: not TOML, an unknown subject, phrase or language, or something that is no text.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        _fail(source, f"is not TOML ({error})")
    advice: dict[tuple[str, str], Advice] = {}
    others: dict[tuple[str, str], str] = {}
    for subject, groups in document.items():
        _check_known(subject, SUBJECTS, source)
        for name, phrases in _table(groups, f"{source}: {subject}").items():
            where = f"{source}: {subject}.{name}"
            given = dict(_table(phrases, where))
            for other in (name, *_names(given.pop(_ALSO, []), where)):
                others[subject, _folded(other)] = name
            advice[subject, name] = {key: _texts(key, value, where) for key, value in given.items()}
    return Strategy(advice, others)


def _texts(key: str, value: object, where: str) -> dict[str, str]:
    _check_known(key, (*PHRASES, _ALSO), where)
    if isinstance(value, str):
        return dict.fromkeys(LANGUAGES, value)
    texts = _table(value, f"{where}.{key}")
    for language, text in texts.items():
        _check_known(language, LANGUAGES, f"{where}.{key}")
        if not isinstance(text, str) or not text.strip():
            _fail(where, f"{key}.{language} must be a text, not {text!r}")
    return {language: str(text) for language, text in texts.items()}


def _names(value: object, where: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        _fail(where, f"{_ALSO} must be a list of names, not {value!r}")
    return value


def _table(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        _fail(where, f"must be a table, not {value!r}")
    return value


def _check_known(name: str, known: tuple[str, ...], where: str) -> None:
    if name not in known:
        _fail(where, f"unknown key {name!r}", did_you_mean(name, known) or f"Known are: {', '.join(known)}")


def _folded(name: str) -> str:
    """A name as it is compared: cant_lose is Can't Lose."""
    return "".join(character for character in name.casefold() if character.isalnum())


def _fail(where: str, problem: str, remedy: str | None = None) -> NoReturn:
    raise UsageError(f"--strategy {where}: {problem}", remedy=remedy)
