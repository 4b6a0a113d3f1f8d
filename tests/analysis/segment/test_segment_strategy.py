"""The text of suggestions: complete, bilingual, editable, and apart from the figures."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from crmcli.analysis.segment.loyalty_types import LOYALTY_TYPES
from crmcli.analysis.segment.matrix import CELLS
from crmcli.analysis.segment.rules_text import parse_rules
from crmcli.analysis.segment.schemes import GRID10, RFM_R, SCHEMES
from crmcli.analysis.segment.stages import STAGES
from crmcli.analysis.segment.strategy import (
    LANGUAGES,
    SUBJECTS,
    built_in_strategy,
    parse_strategy,
    segment_actions,
    strategy_table,
)
from crmcli.errors import UsageError

BUILT_IN = built_in_strategy()
OWN = """
[segment.champions]
action = { en = "thank them" }
avoid = "calls on Mondays"

[segment.Lost]
action = { zh = "不再联系" }

[segment."my own"]
action = "do it"
"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_group_has_a_short_form_that_fits(language: str) -> None:
    groups = [("segment", rule.name) for scheme in SCHEMES.values() for rule in scheme.rules]
    groups += [("stage", stage) for stage in STAGES] + [("loyalty", kind) for kind in LOYALTY_TYPES]
    groups += [("cell", cell) for cell, _, _ in CELLS]
    for subject, name in groups:
        action = BUILT_IN.phrase(subject, name, "action", language)
        assert action, (subject, name)
        assert cell_len(action) <= 31


def test_both_languages_say_something_of_everything() -> None:
    for key, phrases in BUILT_IN.advice.items():
        for phrase, texts in phrases.items():
            assert set(texts) == set(LANGUAGES), (key, phrase)


def test_suggestions_hold_no_figures() -> None:
    english = strategy_table(BUILT_IN, "en").select("action", "contact", "offer", "avoid")
    assert not any(character.isdigit() for row in english.rows() for cell in row if cell for character in cell)


def test_names_match_however_they_are_written() -> None:
    assert BUILT_IN.phrase("segment", "Can't Lose", "action", "en") == BUILT_IN.phrase(
        "segment", "cant_lose", "action", "en"
    )
    assert BUILT_IN.phrase("segment", "Lost", "action", "en") == "one cheap try, then let rest"
    assert BUILT_IN.phrase("segment", "nobody", "action", "en") is None


def test_own_text_replaces_phrase_by_phrase() -> None:
    mixed = BUILT_IN.with_own(parse_strategy(OWN, "own.toml"))
    assert mixed.phrase("segment", "champions", "action", "en") == "thank them"
    assert mixed.phrase("segment", "champions", "action", "zh") == "thank them", "the other language stands in"
    assert mixed.phrase("segment", "champions", "avoid", "zh") == "calls on Mondays"
    assert mixed.phrase("segment", "champions", "offer", "en") == BUILT_IN.phrase("segment", "champions", "offer", "en")
    assert mixed.phrase("segment", "hibernating", "action", "zh") == "不再联系", "Lost is another name of the same"
    assert mixed.phrase("segment", "my own", "action", "en") == "do it"
    assert BUILT_IN.phrase("segment", "champions", "action", "en") == "reward, show new things first"


def test_an_action_in_ones_own_rules_beats_the_text() -> None:
    rules = parse_rules(
        '[[segments]]\nname = "champions"\nr = [5, 5]\naction = "mine"\n[[segments]]\nname = "lost"', "own.toml", 5
    )
    assert segment_actions(rules, BUILT_IN, "en") == {
        "champions": "mine",
        "lost": "one cheap try, then let rest",
        "unassigned": None,
    }
    assert segment_actions(GRID10, BUILT_IN, "zh")["champions"] == "重点维护，新品先享"
    assert segment_actions(RFM_R, BUILT_IN, "en")["Others"] == "regular mailings only"


def test_the_table_has_a_row_per_group_in_the_order_of_the_text() -> None:
    table = strategy_table(BUILT_IN, "en")
    assert table["about"].unique(maintain_order=True).to_list() == list(SUBJECTS)
    assert table.row(0)[:3] == ("segment", "champions", "reward, show new things first")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = ", "is not TOML"),
        ("[segmnt.a]\naction='x'", "unknown key 'segmnt'"),
        ("[segment]\na = 1", "segment.a: must be a table, not 1"),
        ("[segment.a]\nactoin='x'", "unknown key 'actoin'"),
        ("[segment.a]\naction={de='x'}", "unknown key 'de'"),
        ("[segment.a]\naction={en=3}", "action.en must be a text, not 3"),
        ("[segment.a]\naction=3", "must be a table, not 3"),
        ("[segment.a]\nalso='x'", "also must be a list of names"),
    ],
)
def test_what_is_no_strategy_is_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_strategy(text, "own.toml")
    assert words in raised.value.problem
    assert raised.value.problem.startswith("--strategy own.toml")
