from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from segment_cases import SCALE, cents, decimals, pyramid

from crmcli.analysis.segment.abc import BY_CUSTOMERS, BY_REVENUE, abc_table, assign_tiers
from crmcli.analysis.segment.constants import Constants
from crmcli.errors import UsageError


def valued(amounts: list[str]) -> pl.DataFrame:
    return pl.DataFrame(
        {"customer_id": [f"c{i:03d}" for i in range(len(amounts))], "value": decimals(amounts)},
        schema_overrides={"customer_id": pl.String},
    )


def tiers(amounts: list[str], by: str = BY_CUSTOMERS) -> list[int]:
    return assign_tiers(valued(amounts), by)[0]["abc_tier"].to_list()


def test_the_hand_fixture_reproduces_the_reference_shares_exactly() -> None:
    customers = pyramid().frame.with_columns(value="monetary")
    table = abc_table(assign_tiers(customers, BY_CUSTOMERS)[0], BY_CUSTOMERS, "revenue", SCALE)
    assert table["name"].to_list() == ["top", "large", "medium", "small"]
    assert table["customers"].to_list() == [1, 4, 15, 80]
    assert table["value_share"].to_list() == [0.5, 0.23, 0.2, 0.07]
    assert table["reference_share"].to_list() == [0.5, 0.23, 0.2, 0.07]
    assert table["value"].to_list() == [Decimal(600), Decimal(276), Decimal(240), Decimal(84)]
    assert table["value_per_customer"].to_list() == [Decimal(600), Decimal(69), Decimal(16), Decimal("1.05")]


@pytest.mark.parametrize(
    ("n", "sizes"), [(1, [1, 0, 0, 0]), (3, [1, 0, 0, 2]), (20, [1, 0, 3, 16]), (101, [2, 4, 15, 80])]
)
def test_tiers_end_at_the_rounded_up_part_of_the_customers(n: int, sizes: list[int]) -> None:
    customers = valued(cents(range(n, 0, -1)))
    table = abc_table(assign_tiers(customers, BY_CUSTOMERS)[0], BY_CUSTOMERS, "revenue", SCALE)
    assert table["customers"].to_list() == sizes
    assert [per is None for per in table["value_per_customer"]] == [size == 0 for size in sizes]


def test_a_tie_across_a_boundary_is_decided_by_customer_and_flagged_for_all_of_that_value() -> None:
    customers, notes = assign_tiers(valued(["5", "9", "9", "9", "1"]), BY_CUSTOMERS)
    assert customers["abc_tier"].to_list() == [4, 1, 4, 4, 4]
    assert customers["abc_tie"].to_list() == [False, True, True, True, False]
    assert [note.code for note in notes] == ["abc_ties"]


def test_a_tie_within_a_tier_is_no_tie() -> None:
    customers, notes = assign_tiers(valued(["9", "5", "5", "5", "5"]), BY_CUSTOMERS)
    assert not customers["abc_tie"].any()
    assert notes == ()


def test_by_revenue_a_customer_is_a_while_the_share_before_is_below_80_percent() -> None:
    # Ranked 50, 29.99, 15, 4, 1, 0.01 with 0, 50, 79.99, 94.99, 98.99, 99.99 % before them.
    assert tiers(["50", "29.99", "0.01", "15", "4", "1"], BY_REVENUE) == [1, 1, 3, 1, 2, 3]
    assert tiers(["50", "30", "15", "5"], BY_REVENUE) == [1, 1, 2, 3]


def test_by_revenue_there_are_no_reference_shares() -> None:
    table = abc_table(assign_tiers(valued(["80", "15", "5"]), BY_REVENUE)[0], BY_REVENUE, "revenue", SCALE)
    assert table.select("tier", "name", "value_share", "reference_share").rows() == [
        (1, "A", 0.8, None),
        (2, "B", 0.15, None),
        (3, "C", 0.05, None),
    ]


def test_value_that_is_not_positive_goes_last() -> None:
    assert tiers(["-5", "0", "10"], BY_REVENUE) == [3, 3, 1]
    customers, notes = assign_tiers(valued(["-5", "0", *["-1"] * 17, "10"]), BY_CUSTOMERS)
    assert customers["abc_tier"].to_list() == [4, 3, 3, 3, *[4] * 15, 1]
    assert [note.code for note in notes] == ["abc_ties", "abc_no_value"]


def test_without_any_value_by_revenue_everybody_is_c_and_shares_are_missing() -> None:
    customers, _ = assign_tiers(valued(["0", "-1"]), BY_REVENUE)
    table = abc_table(customers, BY_REVENUE, "revenue", SCALE)
    assert table["customers"].to_list() == [0, 0, 2]
    assert table["value_share"].null_count() == 3


def test_margin_is_compared_with_the_profit_shares() -> None:
    table = abc_table(assign_tiers(valued(["1"]), BY_CUSTOMERS)[0], BY_CUSTOMERS, "margin", SCALE)
    assert table["reference_share"].to_list() == [0.49, 0.25, 0.21, 0.05]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(-300, 2000), min_size=1, max_size=60), st.sampled_from([BY_CUSTOMERS, BY_REVENUE]))
def test_tiers_fall_with_value_and_reconcile(units: list[int], by: str) -> None:
    customers, _ = assign_tiers(valued(cents(units)), by)
    ranked = customers.sort("value", "customer_id", descending=[True, False])["abc_tier"].to_list()
    assert ranked == sorted(ranked)
    table = abc_table(customers, by, "revenue", SCALE)
    assert table["customers"].sum() == len(units)
    assert table["value"].sum() == Decimal(sum(units)).scaleb(-2)


def test_boundaries_of_ones_own_have_no_reference() -> None:
    thirds = Constants(top_percent=10, large_percent=40, medium_percent=70)
    customers, _ = assign_tiers(valued(cents(range(10, 0, -1))), BY_CUSTOMERS, thirds)
    table = abc_table(customers, BY_CUSTOMERS, "revenue", SCALE, thirds)
    assert table["customers"].to_list() == [1, 3, 3, 3]
    assert table["reference_share"].to_list() == [None] * 4
    halves = Constants(a_percent=50, b_percent=51)
    customers, _ = assign_tiers(valued(["50", "30", "20"]), BY_REVENUE, halves)
    assert customers["abc_name"].to_list() == ["A", "B", "C"]


def test_boundaries_must_rise() -> None:
    with pytest.raises(UsageError, match=r"top_percent, large_percent, medium_percent must rise.*not 1, 30, 20"):
        assign_tiers(valued(["1"]), BY_CUSTOMERS, Constants(large_percent=30))
