from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from crmcli.analysis.segment.rules import assign, cells
from crmcli.analysis.segment.rules_text import parse_rules
from crmcli.analysis.segment.schemes import GRID10, RFM_R, SCHEMES, built_in
from crmcli.analysis.segment.strategy import built_in_strategy, segment_actions
from crmcli.errors import UsageError

if TYPE_CHECKING:
    from crmcli.analysis.segment.rules import RuleSet

# Rows R1 to R5, columns F1 to F5, as the method states the cells.
GRID = """
hibernating         hibernating         at_risk             at_risk         cant_lose
hibernating         hibernating         at_risk             at_risk         cant_lose
about_to_sleep      about_to_sleep      need_attention      loyal_customers loyal_customers
promising           potential_loyalists potential_loyalists loyal_customers loyal_customers
new_customers       potential_loyalists potential_loyalists champions       champions
"""


def scored(*rows: tuple[int, int, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(("r_score", "f_score", "m_score"), pl.Int64), orient="row")


def codes(rule_set: RuleSet) -> list[str]:
    return [note.code for note in rule_set.notes]


def test_grid10_names_every_cell_as_the_method_does() -> None:
    names = [line.split() for line in GRID.strip().splitlines()]
    for r, f, m in cells(5):
        assert GRID10.rule_for((r, f, m)).name == names[r - 1][f - 1]


def test_grid10_fits_each_cell_exactly_once() -> None:
    assert all(sum(rule.fits(cell) for rule in GRID10.rules) == 1 for cell in cells(5))


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ((5, 5, 5), "Champions"),
        ((5, 5, 4), "Potential Loyalist"),
        ((4, 4, 1), "Others"),
        ((2, 2, 2), "Loyal"),
        ((3, 1, 3), "Promising"),
        ((5, 1, 1), "New"),
        ((1, 4, 5), "Can't Lose"),
        ((1, 5, 5), "At Risk"),
        ((1, 5, 3), "Need Attention"),
        ((2, 1, 1), "About To Sleep"),
        ((1, 1, 1), "Lost"),
        ((5, 4, 1), "Others"),
    ],
)
def test_rfm_r_takes_the_first_rule_that_fits(cell: tuple[int, int, int], name: str) -> None:
    assert RFM_R.rule_for(cell).name == name


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_every_built_in_segment_comes_with_an_action(scheme: RuleSet) -> None:
    named = {scheme.rule_for(cell).name for cell in cells(5)}
    actions = segment_actions(scheme, built_in_strategy(), "en")
    assert all(actions[name] for name in named)


@pytest.mark.parametrize("name", SCHEMES)
def test_built_in_schemes_need_five_scores(name: str) -> None:
    assert built_in(name, 5) is SCHEMES[name]
    with pytest.raises(UsageError) as raised:
        built_in(name, 4)
    assert "5 scores, not 4" in raised.value.problem


def test_an_unknown_scheme_gets_a_hint() -> None:
    with pytest.raises(UsageError) as raised:
        built_in("grid9", 5)
    assert raised.value.remedy == "Did you mean 'grid10'?"


def test_customers_get_the_segment_of_their_cell() -> None:
    named = assign(scored((5, 5, 1), (1, 1, 5), (3, 3, 3)), GRID10, 5)
    assert named.select("rfm", "segment").rows() == [
        ("551", "champions"),
        ("115", "hibernating"),
        ("333", "need_attention"),
    ]


def test_the_joint_code_separates_scores_of_two_digits() -> None:
    everyone = parse_rules('[[segments]]\nname = "all"', "own.toml", 10)
    assert assign(scored((10, 1, 9), (1, 10, 10)), everyone, 10)["rfm"].to_list() == ["10-1-9", "1-10-10"]


def test_every_cell_is_looked_up_in_its_own_place() -> None:
    whole = scored(*cells(3))
    everyone = parse_rules('[[segments]]\nname = "all"', "own.toml", 3)
    assert assign(whole, everyone, 3)["rfm"].to_list() == [f"{r}{f}{m}" for r, f, m in whole.rows()]


OWN = """
scores = 3

[[segments]]
name = "best"
r = [3, 3]
m = [2, 3]
action = "Visit"

[[segments]]
name = "rest"
"""


def test_own_rules_keep_their_order_and_a_last_catch_all_is_no_overlap() -> None:
    own = parse_rules(OWN, "own.toml", 3)
    assert own.rule_for((3, 1, 2)).name == "best"
    assert own.rule_for((2, 1, 2)).name == "rest"
    assert own.actions() == {"best": "Visit", "rest": None, "unassigned": None}
    assert own.notes == ()


def test_gaps_overlaps_and_idle_rules_are_warned_of() -> None:
    text = """
    [[segments]]
    name = "recent"
    r = [2, 2]
    [[segments]]
    name = "recent and frequent"
    r = [2, 2]
    f = [2, 2]
    """
    own = parse_rules(text, "own.toml", 2)
    assert codes(own) == ["rules_gap", "rules_overlap", "rules_idle"]
    gap, overlap, idle = (note.text for note in own.notes)
    assert gap == (
        "own.toml: 4 of the R×F×M cells (R1 F1 M1, R1 F1 M2, R1 F2 M1, …) have no rule and are called 'unassigned'."
    )
    assert overlap == "own.toml: 2 of the R×F×M cells (R2 F2 M1, R2 F2 M2) fit several rules; the first wins."
    assert idle == "own.toml: never fires: 'recent and frequent' (rule 2); earlier rules take its cells."
    assert assign(scored((1, 1, 1)), own, 2)["segment"].item() == "unassigned"


def test_one_name_may_cover_several_boxes() -> None:
    text = '[[segments]]\nname="a"\nr=[1,1]\n[[segments]]\nname="a"\nr=[2,2]\naction="Go"'
    assert parse_rules(text, "own.toml", 2).actions()["a"] == "Go"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("segments = ", "own.toml: is not TOML"),
        ("", "own.toml: needs at least one [[segments]] table."),
        ("segments = []", "own.toml: needs at least one [[segments]] table."),
        ("segments = [1]", "own.toml: segment 1: must be a table."),
        ("scores = 4\n[[segments]]\nname = 'a'", "own.toml: 'scores' is 4, but the run has 5."),
        ("[[segment]]\nname = 'a'", "own.toml: unknown key 'segment'."),
        ("[[segments]]\nname = 'a'\nactoin = 'b'", "own.toml: segment 1: unknown key 'actoin'."),
        ("[[segments]]\nr = [1, 2]", "own.toml: segment 1: 'name' is missing."),
        ("[[segments]]\nname = ' '", "own.toml: segment 1: 'name' must be a text, not ' '."),
        ("[[segments]]\nname = 'a'\naction = 3", "own.toml: segment 1: 'action' must be a text, not 3."),
        ("[[segments]]\nname = 'a'\nr = 3", "own.toml: segment 1: 'r' must be two scores like [1, 5], not 3."),
        ("[[segments]]\nname = 'a'\nf = [1]", "own.toml: segment 1: 'f' must be two scores like [1, 5], not [1]."),
        ("[[segments]]\nname = 'a'\nm = [1, true]", "own.toml: segment 1: 'm' must be two scores like"),
        ("[[segments]]\nname = 'a'\nm = [4, 2]", "own.toml: segment 1: 'm' must rise within 1 to 5, not [4, 2]."),
        ("[[segments]]\nname = 'a'\nm = [0, 2]", "own.toml: segment 1: 'm' must rise within 1 to 5, not [0, 2]."),
        ("[[segments]]\nname = 'a'\nm = [1, 6]", "own.toml: segment 1: 'm' must rise within 1 to 5, not [1, 6]."),
    ],
)
def test_a_malformed_file_is_a_usage_error(text: str, problem: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_rules(text, "own.toml", 5)
    assert raised.value.problem.startswith(problem)


def test_a_mistyped_key_gets_a_hint() -> None:
    with pytest.raises(UsageError) as raised:
        parse_rules("[[segments]]\nname = 'a'\nactoin = 'b'", "own.toml", 5)
    assert raised.value.remedy == "Did you mean 'action'?"
