from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from life_cases import gaps_of, life_summary

from crmcli.analysis.churn_window import ChurnWindow
from crmcli.analysis.segment.constants import Constants
from crmcli.analysis.segment.stages import STAGE_RULES, STAGES, Pool, fit_pool, stage_customers, stages_table

THIRTY = Pool(gap_days=30, overdue=3.0, window=ChurnWindow(120, 0.9, 0.3, 400, is_thin=False))


def stage_of(
    days: list[int], end: int, *, orders: int | None = None, pool: Pool = THIRTY, constants: Constants | None = None
) -> tuple[str, str]:
    counts = np.array([len(days) if orders is None else orders])
    found = stage_customers(gaps_of({"a": days}, end), counts, pool, constants or Constants())
    stage, rule = found.select("stage", "stage_rule").row(0)
    return stage, rule


def test_what_is_typical_of_three_customers_by_hand() -> None:
    # Times to the next order: 10, 20, 20 came; 20, 30, 50 are open. S(10) = 5/6, S(20) = 5/6 · 3/5 = ½.
    # Each return over the typical gap known before: 10·3/60, 20·4/(10 + 60), 20·3/60; their type-7 95 % quantile is
    # 1 + .9/7.
    pool = fit_pool(gaps_of({"a": [0, 10, 30], "b": [0, 20], "c": [0]}, end=50), Constants())
    assert pool.gap_days == 20
    assert pool.overdue == pytest.approx(1 + 0.9 / 7)
    assert pool.window is not None
    assert (pool.window.days, pool.window.is_thin, pool.gap_is_window) == (20, True, False)


def test_when_most_never_return_the_window_stands_in_for_the_typical_gap() -> None:
    pool = fit_pool(gaps_of({"a": [0, 10], "b": [0], "c": [0], "d": [0]}, end=60), Constants())
    assert (pool.gap_days, pool.gap_is_window) == (10, True)
    assert pool.overdue == pytest.approx(1.0)


def test_when_nobody_returned_nothing_is_typical_and_nobody_is_late() -> None:
    gaps = gaps_of({"a": [0], "b": [5], "c": [9]}, end=900)
    assert fit_pool(gaps, Constants()) == Pool(None, None, None)
    found = stage_customers(gaps, np.array([1, 2, 9]), Pool(None, None, None), Constants())
    assert found["stage"].to_list() == ["formation", "growth", "maturity"]
    assert found["late"].to_list() == [None] * 3
    assert found["typical_gap_days"].to_list() == [None] * 3


def test_evidence_by_hand() -> None:
    # (30 + 20 + 3·30)/(2 + 3) = 28 days; silent 14 days; of the repeats on days 30 and 50 the second is later than 32.
    found = stage_customers(gaps_of({"a": [0, 30, 50]}, end=64), np.array([3]), THIRTY, Constants())
    assert found.row(0, named=True) == {
        "typical_gap_days": 28.0,
        "late": 0.5,
        "silent_days": 14,
        "repeats": 2,
        "earlier_repeats": 1,
        "later_repeats": 1,
        "stage": "growth",
        "stage_rule": "young",
    }


CASES = [
    # Typical gap 30: silent 91 days is later than three of them, 90 is not.
    ("one order, overdue", [0], 91, ("termination", "overdue")),
    ("one order, just not overdue", [0], 90, ("formation", "one_order")),
    ("one order, late but new", [0], 75, ("formation", "one_order")),
    ("one order today", [0], 0, ("formation", "one_order")),
    # (200 + 90)/5 = 58: 121 days are 2.1 typical gaps, but beyond the window of 120.
    ("slow buyer beyond the window", [0, 100, 200], 321, ("termination", "past_window")),
    ("slow buyer at the window", [0, 100, 200], 320, ("decline", "late")),
    # (30 + 90)/4 = 30: late from 61 days on.
    ("two orders, late", [0, 30], 91, ("decline", "late")),
    ("two orders, twice the typical gap", [0, 30], 90, ("growth", "young")),
    ("three orders", [0, 30, 60], 70, ("growth", "young")),
    ("four orders", [0, 30, 60, 90], 100, ("maturity", "steady")),
    # (12 + 90)/7: silent 12 days of 14.6. Four repeats, all up to day 12 of 24: 1/16.
    ("slowing, the last on the midpoint", [0, 3, 4, 5, 12], 24, ("decline", "slowing")),
    ("one of four repeats in the later half", [0, 3, 4, 5, 13], 24, ("maturity", "steady")),
    ("three repeats are no trend", [0, 3, 4, 5], 24, ("maturity", "steady")),
    ("accelerating", [0, 20, 21, 22, 23], 24, ("growth", "accelerating")),
    ("as many in both halves", [0, 5, 10, 15, 20], 24, ("maturity", "steady")),
]


@pytest.mark.parametrize(("days", "end", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_each_rule(days: list[int], end: int, expected: tuple[str, str]) -> None:
    assert stage_of(days, end) == expected


def test_every_rule_is_in_the_cases() -> None:
    assert {case[3] for case in CASES} == set(STAGE_RULES)


def test_orders_count_where_rules_speak_of_orders_and_days_where_they_speak_of_gaps() -> None:
    assert stage_of([0], 10, orders=2) == ("growth", "young")
    assert stage_of([0], 10, orders=4) == ("maturity", "steady")
    assert stage_of([0, 5], 10, orders=9) == ("maturity", "steady"), "one repeat order day is no trend"


def test_constants_draw_the_lines() -> None:
    assert stage_of([0, 30], 91, constants=Constants(late_limit=2.5)) == ("growth", "young")
    assert stage_of([0, 30, 60, 90], 100, constants=Constants(young_orders=4)) == ("growth", "young")
    assert stage_of([0, 3, 4, 5, 12], 24, constants=Constants(trend_repeats=5)) == ("maturity", "steady")
    assert stage_of([0, 3, 4, 5, 12], 24, constants=Constants(trend_p_value=0.06)) == ("maturity", "steady")
    # The pool weighs nothing: the only own gap of 10 days is typical, and 21 days are late.
    assert stage_of([0, 10], 31, constants=Constants(gap_pseudo_count=0.001)) == ("decline", "late")


def test_the_table_in_the_order_of_a_life() -> None:
    customers = pl.DataFrame(
        {
            "stage": ["termination", "growth", "growth"],
            "stage_rule": ["overdue", "young", "young"],
            "typical_gap_days": [30.0, 40.0, 45.0],
        }
    ).with_columns(life_summary({"a": [0], "b": [1], "c": [2]}, 9, spend={"c": "-1.25"}).frame["monetary"])
    table = stages_table(customers, 2)
    assert table.select("stage", "rule").rows() == sorted(STAGE_RULES, key=lambda pair: STAGES.index(pair[0]))
    held = table.filter(pl.col("customers") > 0).select("rule", "customers", "share", "median_gap_days")
    assert held.rows() == [("young", 2, 2 / 3, 42.5), ("overdue", 1, 1 / 3, 30.0)]
    assert [str(money) for money in table["revenue"]] == ["0.00", "8.75", *["0.00"] * 4, "10.00", "0.00"]


ORDER_DAYS = st.dictionaries(
    st.integers(0, 40).map("c{:02d}".format), st.sets(st.integers(0, 300), min_size=1, max_size=12), min_size=1
)


@settings(deadline=None)
@given(ORDER_DAYS, st.integers(300, 700))
def test_every_customer_has_exactly_one_stage(days: dict[str, set[int]], end: int) -> None:
    told = {name: sorted(own) for name, own in days.items()}
    gaps = gaps_of(told, end)
    pool = fit_pool(gaps, Constants())
    found = stage_customers(gaps, gaps.days, pool, Constants())
    assert found.height == len(days)
    assert set(found.select("stage", "stage_rule").rows()) <= set(STAGE_RULES)
    customers = found.with_columns(life_summary(told, end).frame["monetary"])
    table = stages_table(customers, 2)
    assert table["customers"].sum() == len(days)
    assert table["revenue"].sum() == customers["monetary"].sum()
    if pool.overdue is not None and pool.window is not None:
        lost = (found["late"] > pool.overdue) | (found["silent_days"] > pool.window.days)
        assert ((found["stage"] == "termination") == lost).all()


@settings(deadline=None)
@given(ORDER_DAYS, st.integers(300, 700))
def test_what_one_customer_does_later_changes_no_other_evidence(days: dict[str, set[int]], end: int) -> None:
    """With the pool held, a customer's stage rests on the own orders alone."""
    told = {name: sorted(own) for name, own in days.items()}
    gaps = gaps_of(told, end)
    found = stage_customers(gaps, gaps.days, THIRTY, Constants())
    for place, own in enumerate(told[name] for name in sorted(told)):
        alone = gaps_of({"a": own}, end)
        assert stage_customers(alone, alone.days, THIRTY, Constants()).row(0) == found.row(place)
