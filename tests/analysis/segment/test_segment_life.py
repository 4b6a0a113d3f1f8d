"""The customer's life in the results of the analysis: rows side by side, facts, notes, and what each view needs."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from life_cases import life_summary

from crmcli.analysis.conform import view_schema
from crmcli.analysis.segment.analyse import analyse
from crmcli.analysis.segment.constants import Constants
from crmcli.analysis.segment.life import LifeOptions
from crmcli.analysis.segment.matrix import parse_cuts
from crmcli.analysis.segment.options import SegmentOptions
from crmcli.customers.past import summary_at
from crmcli.errors import UsageError

if TYPE_CHECKING:
    from crmcli.analysis.result import Result

LIFE = ("stages", "periods", "loyalty", "matrix")
HABITS = pl.DataFrame(
    {
        "sales": pl.Series([Decimal(100)] * 4, dtype=pl.Decimal(38, 2)),
        "categories": [3, 2, 3, 1],
        "discounted_sales": pl.Series([Decimal(n) for n in (0, 0, 80, 50)], dtype=pl.Decimal(38, 2)),
        "promotion_orders": [0, 0, 1, 0],
    }
)
DAYS = {"a": [0, 30, 60, 90], "b": [0, 30, 60], "c": [90], "d": [0]}
SHOP = life_summary(DAYS, 100, spend={"a": "400", "b": "30", "c": "90", "d": "-5"}, habits=HABITS)


def only(*views: str, **life: Any) -> SegmentOptions:
    return SegmentOptions(views=frozenset(views), life=LifeOptions(**life))


def codes(result: Result) -> list[str]:
    return [note.code for note in result.notes]


def facts(result: Result) -> dict[str, object]:
    return {fact.name: fact.value for fact in result.facts}


def test_the_views_as_declared() -> None:
    result = analyse(SHOP)
    assert set(LIFE) <= set(result.tables)
    for name in LIFE:
        assert result.tables[name].schema == view_schema(result.catalogue.view(name), 2), name


def test_a_customer_in_full() -> None:
    # Times to the next order: 30 five times of nine, so that the pool's median and window are 30 days.
    row = analyse(SHOP).tables["customers"].filter(customer_id="a").row(0, named=True)
    life = ("stage", "stage_rule", "loyalty_index", "loyalty_parts", "loyalty_type", "loyalty_rule", "class")
    # Mid-ranks: tenure 4 of 4; activity 2 of 4 months, as good as b and c; regularity as b, the only other one known;
    # punctuality (10 of 30 days) as c; price as b.
    index = (87.5 + 62.5 + 50 + 75 + 75) / 5
    assert [row[name] for name in life] == [
        "maturity",
        "steady",
        pytest.approx(index),
        "tenure;activity;regularity;punctuality;price",
        "super_value",
        "repeat;attached;proxy",
        "vip",
    ]


def test_types_come_from_habits_and_a_survey() -> None:
    survey = pl.DataFrame({"customer_id": ["d", "c", "nobody"], "attachment": [9.0, 1.0, 9.0]})
    told = analyse(SHOP, only("customers", survey=survey)).tables["customers"]
    assert dict(told.select("customer_id", "loyalty_type").iter_rows()) == {
        "a": "super_value",
        "b": "inertia",
        "c": "price",
        "d": "price",
    }
    alone = survey.with_columns(no_alternative=True).filter(customer_id="nobody").with_columns(customer_id=pl.lit("a"))
    assert analyse(SHOP, only("customers", survey=alone)).tables["customers"]["loyalty_type"][0] == "monopoly"


def test_constants_and_cuts_reach_the_views() -> None:
    every = analyse(SHOP, only("matrix", cuts=parse_cuts(["0%"]))).tables["matrix"]
    assert dict(every.select("cell", "customers").iter_rows())["keep"] == 4
    young = analyse(SHOP, only("stages", constants=Constants(young_orders=9))).tables["stages"]
    assert not young.filter(pl.col("customers") > 0, pl.col("rule") == "steady").height


def test_months_instead_of_quarters() -> None:
    assert analyse(SHOP, only("periods", period="month")).tables["periods"]["period"][-1] == "2024-04"
    with pytest.raises(UsageError, match="quater") as caught:
        analyse(SHOP, only("periods", period="quater"))
    assert "quarter" in str(caught.value.remedy)


def test_facts_of_every_run() -> None:
    found = facts(analyse(SHOP, only("abc")))
    assert (found["pool_gap_days"], found["churn_window_days"]) == (30, 30)
    assert [found[f"{stage}_customers"] for stage in ("formation", "growth", "maturity", "decline", "termination")] == [
        1,
        0,
        1,
        0,
        2,
    ]
    silent = dataclasses.replace(only("abc"), facts=False)
    assert analyse(SHOP, silent).facts == ()


def test_only_what_is_wanted_is_made_and_the_rest_is_named() -> None:
    result = analyse(SHOP, only("stages"))
    assert set(result.tables) == {"stages"}
    assert {"customers", "periods", "loyalty", "matrix"} <= set(result.others)


def test_a_view_that_needs_days_says_so() -> None:
    bare = dataclasses.replace(SHOP, days=pl.DataFrame())
    with pytest.raises(UsageError, match=r"loyalty.*order days"):
        analyse(bare, only("loyalty"))
    assert "pool_gap_days" not in facts(analyse(bare))


def test_the_same_is_said_once_however_many_views_rest_on_it() -> None:
    assert codes(analyse(SHOP)).count("churn_window_thin") == 1


def test_what_thin_ground_there_is() -> None:
    assert "churn_window_thin" in codes(analyse(SHOP, only("stages")))
    silent = life_summary({"a": [0], "b": [3]}, 50)
    assert "stages_no_return" in codes(analyse(silent, only("customers")))
    rare = life_summary({"a": [0, 9], "b": [0], "c": [0], "d": [3]}, 50)
    assert "typical_gap_is_window" in codes(analyse(rare, only("stages")))


def test_what_cannot_be_identified_is_said_where_types_are_shown() -> None:
    bare = dataclasses.replace(SHOP, habits=pl.DataFrame())
    result = analyse(bare, only("loyalty"))
    text = next(note.text for note in result.notes if note.code == "loyalty_types_unknown")
    for part in ("incentive (no promotion column)", "price (no discount column)", "super_value, inertia and latent"):
        assert part in text
    assert "loyalty_monopoly_unknown" in codes(result)
    assert "loyalty_types_unknown" not in codes(analyse(SHOP, only("loyalty")))
    told = pl.DataFrame({"customer_id": ["a"], "attachment": [3.0], "no_alternative": [False]})
    asked = analyse(bare, only("loyalty", survey=told))
    assert "loyalty_monopoly_unknown" not in codes(asked)
    assert not any("super_value" in note.text for note in asked.notes)


@settings(deadline=None, max_examples=30)
@given(st.permutations(range(4)))
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    number = pl.Series(order, dtype=pl.UInt32).arg_sort().cast(pl.UInt32)
    days = SHOP.days.with_columns(customer=number.gather(SHOP.days["customer"])).sort("customer", "date")
    shuffled = dataclasses.replace(SHOP, frame=SHOP.frame[order], days=days, habits=SHOP.habits[order])
    expected, found = analyse(SHOP), analyse(shuffled)
    assert found.facts == expected.facts
    for name, table in expected.tables.items():
        assert found.tables[name].equals(table), name


ORDER_DAYS = st.dictionaries(
    st.integers(0, 20).map("c{:02d}".format), st.sets(st.integers(0, 300), min_size=1, max_size=8), min_size=1
)


@settings(deadline=None, max_examples=30)
@given(ORDER_DAYS, st.integers(0, 300))
def test_what_came_after_changes_nothing(days: dict[str, set[int]], end: int) -> None:
    earlier = {name: [day for day in own if day <= end] for name, own in days.items()}
    earlier = {name: own for name, own in earlier.items() if own}
    if not earlier:
        return
    small = life_summary(earlier, end)
    whole = life_summary({name: sorted(own) for name, own in days.items()}, 400)
    past = summary_at(whole, small.as_of)
    for name in ("stages", "periods"):
        columns = [column for column in analyse(small, only(name)).tables[name].columns if column != "revenue"]
        before, after = analyse(small, only(name)).tables[name], analyse(past, only(name)).tables[name]
        assert before.select(columns).equals(after.select(columns)), name


@settings(deadline=None, max_examples=50)
@given(ORDER_DAYS, st.integers(300, 500))
def test_counts_and_revenue_of_every_view_are_those_of_the_customers(days: dict[str, set[int]], end: int) -> None:
    summary = life_summary({name: sorted(own) for name, own in days.items()}, end)
    result = analyse(summary, only(*LIFE))
    total = summary.frame["monetary"].sum()
    for name in ("stages", "loyalty", "matrix"):
        table = result.tables[name]
        assert table["customers"].sum() == len(days), name
        assert table["revenue"].sum() == total, name
