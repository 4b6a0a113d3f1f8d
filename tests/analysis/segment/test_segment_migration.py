"""Who moved: a worked fixture, the rules of direction, and what must add up."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from movement_cases import bought

from crmcli.analysis.segment.analyse import analyse, fit_thresholds
from crmcli.analysis.segment.migration import NEW, migrate, migration_table
from crmcli.analysis.segment.movement_options import MovementOptions
from crmcli.analysis.segment.options import SegmentOptions
from crmcli.analysis.segment.rfm import Cuts
from crmcli.analysis.segment.rules_text import parse_rules
from crmcli.analysis.segment.schemes import GRID10, RFM_R
from crmcli.analysis.segment.standing import direction, standings
from crmcli.customers.past import summary_at
from crmcli.errors import TooLittleDataError, UsageError

if TYPE_CHECKING:
    from crmcli.analysis.result import Result

ON_FREQUENCY = parse_rules(
    '[[segments]]\nname = "many"\nf = [2, 2]\n[[segments]]\nname = "few"\nf = [1, 1]', "own.toml", 2
)
OPTIONS = SegmentOptions(scores=2, segments=ON_FREQUENCY, views=frozenset({"migration"}))
# By lowest rank on two scores, 2 means at least as many orders as half of the customers have fewer than.
SHOP = bought(
    {
        "a": [("2024-01-01", "10"), ("2024-03-01", "10")],  # two orders then, two now
        "b": [("2024-01-02", "20"), ("2024-06-01", "5")],  # one then, two now: by herself
        "c": [("2024-01-03", "30")],  # one then, one now
        "d": [("2024-01-04", "40"), ("2024-03-04", "1"), ("2024-06-04", "2"), ("2024-06-05", "3")],
        "e": [("2024-06-05", "50"), ("2024-06-06", "1"), ("2024-06-07", "1")],  # new
    },
    "2024-06-30",
)


def moves(compare_to: str, *, rescore: bool = False) -> Result:
    movement = MovementOptions(compare_to=dt.date.fromisoformat(compare_to), rescore=rescore)
    return analyse(SHOP, SegmentOptions(scores=2, segments=ON_FREQUENCY, views=OPTIONS.views, movement=movement))


def test_the_frozen_table_in_full() -> None:
    """Then: orders 2, 1, 1, 2, so that 2 reaches the upper score; now 2, 2, 1, 4, 3."""
    assert moves("2024-03-31").tables["migration"].rows() == [
        ("many", "many", 2, 1.0, 0, 1, Decimal(61), Decimal(66), "same"),
        ("few", "many", 1, 0.5, 1, 1, Decimal(20), Decimal(25), "promoted"),
        ("few", "few", 1, 0.5, 0, 0, Decimal(30), Decimal(30), "same"),
        (NEW, "many", 1, 1.0, 0, 0, Decimal(0), Decimal(52), "new"),
    ]


def test_re_scored_customers_drift_without_doing_anything() -> None:
    """Now ⌊2·below/5⌋ + 1 puts 1, 2, 2 orders (0 or 1 below) into the lower score, 3 and 4 orders into the upper."""
    assert moves("2024-03-31", rescore=True).tables["migration"].rows() == [
        ("many", "many", 1, 0.5, 0, 0, Decimal(41), Decimal(46), "same"),
        ("many", "few", 1, 0.5, 0, 1, Decimal(20), Decimal(20), "demoted"),
        ("few", "few", 2, 1.0, 1, 1, Decimal(50), Decimal(55), "same"),
        (NEW, "many", 1, 1.0, 0, 0, Decimal(0), Decimal(52), "new"),
    ]


def test_the_facts_tell_own_behaviour_from_drift() -> None:
    facts = {fact.name: fact.value for fact in moves("2024-03-31").facts}
    assert (
        facts
        | {
            "compared_to": dt.date(2024, 3, 31),
            "new_customers": 1,
            "silent_customers": 2,
            "changed_own_behaviour": 1,
            "changed_only_by_rescoring": 1,
            "silent_changed_frozen": 0,
            "silent_changed_rescored": 1,
            "silent_changed_only_by_rescoring": 1,
            "promoted_customers": 1,
            "promoted_value": Decimal(20),
            "demoted_customers": 0,
            "demoted_value": Decimal(0),
        }
        == facts
    )


def test_saved_thresholds_count_as_those_of_the_earlier_date() -> None:
    then = summary_at(SHOP, dt.date(2024, 3, 31))
    saved = fit_thresholds(then, OPTIONS)
    with_saved = SegmentOptions(scores=2, segments=ON_FREQUENCY, thresholds=saved)
    assert migrate(then, SHOP, with_saved, "revenue").moves.equals(migrate(then, SHOP, OPTIONS, "revenue").moves)


def test_ntile_shows_no_move_where_nobody_moved() -> None:
    """Equal customers stand in different groups of ntile, which group may depend on who else is there."""
    still = bought({f"c{i}": [("2024-01-01", "10"), (f"2024-01-{10 + i}", "5")] for i in range(7)}, "2024-06-30")
    then = summary_at(still, dt.date(2024, 6, 29))
    found = migrate(then, still, SegmentOptions(rfm_method="ntile"), "revenue")
    assert found.moves.filter(found.moves["rescored"] != found.moves["segment_before"]).height == 0
    assert [note.code for note in found.notes] == ["migration_dates", "migration_ntile"]


def test_the_earlier_date_must_be_earlier_and_have_customers() -> None:
    with pytest.raises(UsageError, match="does not lie before"):
        moves("2024-06-30")
    with pytest.raises(TooLittleDataError, match="no customer had an order"):
        moves("2023-12-31")


def test_segments_rank_by_the_scores_of_their_cells() -> None:
    standing = standings(GRID10)
    assert sorted(standing, key=lambda name: -standing[name]) == [
        "champions",  # R5, F 4 to 5 and any M: 5 + 4.5 + 3
        "loyal_customers",
        "potential_loyalists",
        "cant_lose",
        "need_attention",
        "new_customers",
        "at_risk",
        "promising",
        "about_to_sleep",
        "hibernating",
    ]
    assert standing["champions"] == pytest.approx(12.5)
    assert max(standings(RFM_R), key=lambda name: standings(RFM_R)[name]) == "Champions"


def test_directions() -> None:
    standing = standings(GRID10)
    assert direction("champions", "cant_lose", standing) == "demoted"
    assert direction("hibernating", "champions", standing) == "promoted"
    assert direction("new_customers", "need_attention", standing) == "sideways"
    assert direction("at_risk", "at_risk", standing) == "same"


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 300), st.integers(0, 99)), min_size=1, max_size=5),
        min_size=5,
        max_size=25,
    ),
    st.booleans(),
)
def test_rows_add_up_to_customers_and_value(histories: list[list[tuple[int, int]]], rescore: bool) -> None:  # noqa: FBT001 — drawn
    start = dt.date(2024, 1, 1)
    orders = {
        f"c{number:02d}": [(str(start + dt.timedelta(days=day)), str(amount)) for day, amount in dict(history).items()]
        for number, history in enumerate(histories)
    }
    summary = bought(orders, "2024-12-31")
    then = summary_at(summary, start + dt.timedelta(days=300))
    found = migrate(then, summary, SegmentOptions(), "revenue")
    table = migration_table(found, SegmentOptions(), 2, rescore=rescore)
    assert table["customers"].sum() == len(histories)
    assert table["value_after"].sum() == summary.frame["monetary"].sum()
    assert table["value_before"].sum() == then.frame["monetary"].sum()
    shares = table.group_by("from_segment").agg(pl.col("row_share").sum())["row_share"]
    assert all(share == pytest.approx(1) for share in shares)
    if not rescore:
        stayed = table.filter(table["direction"] == "same")
        assert stayed["own_behaviour"].sum() == 0
        assert (
            table["own_behaviour"].sum()
            == table.filter((table["direction"] != "same") & (table["direction"] != "new"))["customers"].sum()
        )


def test_cuts_never_drift() -> None:
    cuts = Cuts((30, 60, 90, 120), (2, 3, 5, 9), tuple(Decimal(x) for x in (10, 20, 40, 80)))
    then = summary_at(SHOP, dt.date(2024, 3, 31))
    found = migrate(then, SHOP, SegmentOptions(rfm_method="cuts", cuts=cuts), "revenue")
    assert found.moves["frozen"].to_list() == found.moves["rescored"].to_list()
