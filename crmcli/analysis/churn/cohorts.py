"""Cohorts: what became of the customers who first ordered in the same calendar period.

The cell of cohort c and age k tells how many of the cohort were active in period c + k. A cell whose time has not ended
by as_of is unknown: null, never 0. Averages over cohorts add numerators and denominators of the complete cells, since
a mean of ratios would weigh small cohorts like large ones.

Three meanings of "active at age k":

- `on`: an order in the period c + k of the calendar;
- `on_or_after`: an order in that period or later (up to as_of, so that young cells can still rise);
- `rolling`: an order in the k-th period of the customer's own life, counted from the own first order day: days 7k to
  7k + 6, or from the k-th monthly (quarterly) anniversary to the day before the next.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.calendar_periods import QUARTER, WEEK

if TYPE_CHECKING:
    from crmcli.analysis.churn.visits import Visits
    from crmcli.customers.summary import CustomerSummary

ON, ON_OR_AFTER, ROLLING = "on", "on_or_after", "rolling"
VARIANTS = (ON, ON_OR_AFTER, ROLLING)

ALL = "all"
"""In place of a cohort: all cohorts together, each age over the cohorts whose cell is complete."""

_COUNTS = ("active", "orders", "revenue")


def cohorts_table(summary: CustomerSummary, found: Visits, period: str, variant: str) -> pl.DataFrame:
    """The `cohorts` view: every cohort at every age that has begun by as_of, then all cohorts together.

    Args:
        summary: the customers with their days.
        found: the same by period.
        period: week, month or quarter.
        variant: one of VARIANTS.
    """
    grid = _rolling(summary, found, period) if variant == ROLLING else _calendar(summary, found, variant)
    cells = grid.with_columns(pl.when("complete").then(pl.col(*_COUNTS)).name.keep())
    start = cells.filter(pl.col("age") == 0).select("cohort", base="revenue")
    cells = cells.join(start, on="cohort", how="left").sort("cohort", "age")
    labels = found.periods.with_row_index("cohort").select(pl.col("cohort").cast(pl.Int32), "label")
    named = cells.join(labels, on="cohort", how="left", maintain_order="left").drop("cohort")
    everyone = _together(cells).with_columns(label=pl.lit(ALL), period_start=pl.lit(None, pl.Date))
    columns = ("label", "age", "period_start", "eligible", *_COUNTS, "base", "complete")
    table = pl.concat([named.select(columns), everyone.select(columns)]).rename({"label": "cohort"})
    return table.with_columns(
        retention=pl.when("complete").then(pl.col("active") / pl.col("eligible")),
        revenue_retention=pl.when(pl.col("base").to_physical() > 0).then(_ratio("revenue", "base")),
    ).drop("base")


def _ratio(part: str, whole: str) -> pl.Expr:
    return pl.col(part).to_physical().cast(pl.Float64) / pl.col(whole).to_physical().cast(pl.Float64)


def _together(cells: pl.DataFrame) -> pl.DataFrame:
    """Σ over the complete cells of each age; `base` is the revenue at age 0 of the same cohorts."""
    complete = cells.filter("complete").group_by("age").agg(pl.col("eligible", *_COUNTS, "base").sum())
    return complete.with_columns(complete=pl.lit(value=True)).sort("age")


def _calendar(summary: CustomerSummary, found: Visits, variant: str) -> pl.DataFrame:
    """Cells whose ages are periods of the calendar."""
    first = found.first.to_frame("cohort").with_row_index("customer")
    aged = found.frame.join(first, on="customer", how="left").with_columns(age=pl.col("period") - pl.col("cohort"))
    sizes = first.group_by("cohort").agg(eligible=pl.len().cast(pl.Int64))
    periods = found.periods.with_row_index("period").select(
        pl.col("period").cast(pl.Int32), pl.col("start").alias("period_start"), "complete"
    )
    grid = sizes.join(periods, how="cross").filter(pl.col("period") >= pl.col("cohort"))
    cells = _filled(grid.with_columns(age=pl.col("period") - pl.col("cohort")), _counted(aged), summary.money_scale)
    return _or_later(cells, aged) if variant == ON_OR_AFTER else cells


def _counted(aged: pl.DataFrame) -> pl.DataFrame:
    """Counts by cohort and age; rows are customers with their orders and money at an age."""
    return aged.group_by("cohort", "age").agg(
        active=(pl.col("orders") > 0).sum().cast(pl.Int64), orders=pl.col("orders").sum(), revenue=pl.col("net").sum()
    )


def _or_later(cells: pl.DataFrame, aged: pl.DataFrame) -> pl.DataFrame:
    """`active` replaced by the customers whose last order lies at that age or later."""
    last = aged.filter(pl.col("orders") > 0).group_by("customer", "cohort").agg(pl.col("age").max())
    return _reversed_sum(cells.drop("active"), last.group_by("cohort", "age").agg(active=pl.len().cast(pl.Int64)))


def _reversed_sum(grid: pl.DataFrame, counts: pl.DataFrame) -> pl.DataFrame:
    """The grid with the last column of `counts` (by cohort and age) summed over each age and all later ones."""
    name = counts.columns[-1]
    joined = grid.join(counts, on=["cohort", "age"], how="left").sort("cohort", "age")
    return joined.with_columns(pl.col(name).fill_null(0).cum_sum(reverse=True).over("cohort"))


def _filled(grid: pl.DataFrame, cells: pl.DataFrame, scale: int) -> pl.DataFrame:
    """The grid with the counts of the cells; in a cell without any nobody was active."""
    joined = grid.join(cells, on=["cohort", "age"], how="left")
    money = pl.col("revenue").fill_null(0).cast(pl.Decimal(38, scale))
    return joined.with_columns(pl.col("active", "orders").fill_null(0), money)


def _rolling(summary: CustomerSummary, found: Visits, period: str) -> pl.DataFrame:
    """Cells whose ages are periods of each customer's own life; complete once the youngest of the cohort is so old.

    `eligible` are the customers whose k-th period has ended.
    """
    first = pl.DataFrame({"cohort": found.first, "first_date": summary.frame["first_date"]}).with_row_index("customer")
    lived = first.with_columns(lived=_age(period, pl.lit(summary.as_of + dt.timedelta(days=1))))
    days = summary.days.join(lived, on="customer", how="left").with_columns(age=_age(period, pl.col("date")))
    aged = days.group_by("customer", "cohort", "age").agg(pl.col("orders", "net").sum())
    return _filled(_own_grid(lived), _counted(aged), summary.money_scale)


def _age(period: str, date: pl.Expr) -> pl.Expr:
    """Whole periods from the first order day to a date."""
    first = pl.col("first_date")
    if period == WEEK:
        return (date.cast(pl.Date).to_physical() - first.to_physical()).floordiv(7).cast(pl.Int32)
    months = (date.dt.year() - first.dt.year()) * 12 + (date.dt.month() - first.dt.month()).cast(pl.Int32)
    whole = months - (date.dt.day() < first.dt.day()).cast(pl.Int32)
    return whole.floordiv(3 if period == QUARTER else 1).cast(pl.Int32)


def _own_grid(lived: pl.DataFrame) -> pl.DataFrame:
    """Cohorts and the ages that at least one of their customers has begun to live, with how many have ended each."""
    cohorts = lived.group_by("cohort").agg(size=pl.len().cast(pl.Int64), oldest=pl.col("lived").max())
    ages = cohorts.with_columns(pl.int_ranges(0, pl.col("oldest") + 1, dtype=pl.Int32).alias("age"))
    grid = ages.explode("age", empty_as_null=True, keep_nulls=True)
    last_ended = lived.group_by("cohort", age=pl.col("lived") - 1).agg(eligible=pl.len().cast(pl.Int64))
    counted = _reversed_sum(grid, last_ended)
    return counted.with_columns(complete=pl.col("eligible") == pl.col("size"), period_start=pl.lit(None, dtype=pl.Date))
