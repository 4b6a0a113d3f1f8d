from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest
from churn_cases import of_lines, shop, summary_of
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from crmcli.analysis.churn.cohorts import ALL, ON, ON_OR_AFTER, ROLLING, VARIANTS, cohorts_table
from crmcli.analysis.churn.views import COHORTS
from crmcli.analysis.churn.visits import visits
from crmcli.analysis.conform import conform

if TYPE_CHECKING:
    from crmcli.customers.summary import CustomerSummary

BASE = (
    ("a", "2024-01-10", "10.00"),
    ("a", "2024-02-10", "5.00"),
    ("a", "2024-04-09", "1.00"),
    ("b", "2024-01-31", "20.00"),
    ("b", "2024-03-01", "2.00"),
    ("c", "2024-02-05", "7.00"),
    ("c", "2024-02-06", "-7.00"),
)


def table(summary: CustomerSummary, period: str = "month", variant: str = ON) -> pl.DataFrame:
    found = cohorts_table(summary, visits(summary, period), period, variant)
    return conform(found, COHORTS, summary.money_scale)


def cells(frame: pl.DataFrame, cohort: str, column: str) -> list[object]:
    return frame.filter(pl.col("cohort") == cohort).sort("age")[column].to_list()


def test_customers_orders_and_revenue_by_age() -> None:
    frame = table(summary_of(BASE, "2024-04-30"))
    assert cells(frame, "2024-01", "eligible") == [2, 2, 2, 2]
    assert cells(frame, "2024-01", "active") == [2, 1, 1, 1]
    assert cells(frame, "2024-01", "retention") == [1.0, 0.5, 0.5, 0.5]
    assert cells(frame, "2024-01", "revenue") == [Decimal(30), Decimal(5), Decimal(2), Decimal(1)]
    assert cells(frame, "2024-02", "revenue") == [Decimal(0), Decimal(0), Decimal(0)]
    assert cells(frame, "2024-02", "revenue_retention") == [None, None, None]
    assert cells(frame, "2024-01", "period_start") == [dt.date(2024, month, 1) for month in (1, 2, 3, 4)]


def test_an_unfinished_period_is_unknown_and_not_nought() -> None:
    frame = table(summary_of(BASE, "2024-04-29"))
    assert cells(frame, "2024-01", "active") == [2, 1, 1, None]
    assert cells(frame, "2024-01", "complete") == [True, True, True, False]
    assert cells(frame, "2024-01", "revenue")[-1] is None
    assert cells(frame, ALL, "age") == [0, 1, 2]


def test_all_cohorts_add_up_what_is_complete_and_no_mean_of_ratios() -> None:
    frame = table(summary_of(BASE, "2024-04-30"))
    assert cells(frame, ALL, "eligible") == [3, 3, 3, 2]
    assert cells(frame, ALL, "active") == [3, 1, 1, 1]
    assert cells(frame, ALL, "retention") == pytest.approx([1, 1 / 3, 1 / 3, 1 / 2])
    assert cells(frame, ALL, "revenue") == [Decimal(30), Decimal(5), Decimal(2), Decimal(1)]


def test_on_or_after_counts_whoever_still_comes() -> None:
    frame = table(summary_of(BASE, "2024-04-30"), variant=ON_OR_AFTER)
    assert cells(frame, "2024-01", "active") == [2, 2, 2, 1]
    assert cells(frame, "2024-01", "orders") == [2, 1, 1, 1]


def test_rolling_counts_months_of_each_life_from_one_anniversary_to_the_day_before_the_next() -> None:
    # a: 31 days after 10 January is month 1; 9 April is the last day of month 2. b: 1 March lies beyond the missing
    # 31 February, so that month 1 begins on 1 March.
    frame = table(summary_of(BASE, "2024-04-30"), variant=ROLLING)
    assert cells(frame, "2024-01", "eligible") == [2, 2, 2, 0]
    assert cells(frame, "2024-01", "active") == [2, 2, 1, None]
    assert cells(frame, "2024-01", "period_start") == [None] * 4


def test_rolling_weeks_are_seven_days_of_the_own_life() -> None:
    rows = (("a", "2024-01-03", 1), ("a", "2024-01-09", 1), ("a", "2024-01-10", 1), ("b", "2024-01-04", 1))
    frame = table(summary_of(rows, "2024-01-17"), "week", ROLLING)
    assert cells(frame, "2024-W01", "active") == [2, 1, None]
    assert cells(frame, "2024-W01", "orders") == [3, 1, None]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("period", ["week", "month", "quarter"])
def test_what_comes_after_as_of_changes_nothing(period: str, variant: str) -> None:
    lines = shop(60, 300, 1)
    cut = dt.date(2024, 8, 14)
    before = of_lines(lines.filter(pl.col("date") <= cut), cut)
    after = of_lines(lines, cut)
    assert table(before, period, variant).equals(table(after, period, variant))


@given(seed=st.integers(0, 10_000), period=st.sampled_from(["week", "month", "quarter"]), end=st.integers(30, 250))
@examples(25)
def test_triangles_hold_together(seed: int, period: str, end: int) -> None:
    lines = shop(25, 260, seed)
    as_of = dt.date(2024, 1, 1) + dt.timedelta(days=end)
    summary = of_lines(lines.filter(pl.col("date") <= as_of), as_of)
    on, later, rolling = (table(summary, period, variant) for variant in VARIANTS)
    for frame in (on, later, rolling):
        known = frame.filter("complete", pl.col("cohort") != ALL)
        assert (known.filter(pl.col("age") == 0)["retention"] == 1.0).all()
        assert (known["active"] <= known["eligible"]).all()
        assert frame.filter(~pl.col("complete"))["active"].null_count() == frame.filter(~pl.col("complete")).height
    both = on.join(later, on=["cohort", "age"], suffix="_later").filter("complete")
    assert (both["active"] <= both["active_later"]).all()
    falling = later.filter(pl.col("cohort") != ALL, "complete").with_columns(
        step=pl.col("active").diff().over("cohort")
    )
    assert (falling["step"].fill_null(0) <= 0).all()
    seen = on.filter(pl.col("cohort") != ALL)
    assert seen.filter(pl.col("age") == 0)["eligible"].sum() == summary.frame.height
    if seen["complete"].all():
        assert seen["revenue"].sum() == summary.frame["monetary"].sum()
        assert seen["orders"].sum() == summary.frame["orders"].sum()
