"""Orders and money of each customer in each calendar period: what cohorts and period rates are counted from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.calendar_periods import MONTH, WEEK, calendar
from crmcli.analysis.order_gaps import day_number

if TYPE_CHECKING:
    from crmcli.analysis.calendar_periods import Calendar
    from crmcli.customers.summary import CustomerSummary


@dataclass(frozen=True, slots=True)
class Visits:
    """The periods from the first day with any line to as_of, and who did what in them.

    Columns of `frame`, sorted by customer and period, one row per customer and period with used lines: customer UInt32
    · period Int32 (number in `periods`) · orders Int64 (that began) · sales Decimal(38, s) (money without refunds) ·
    net Decimal(38, s) (refunds included). `first` holds by customer the period of the first order.
    """

    frame: pl.DataFrame
    first: pl.Series
    periods: pl.DataFrame
    """label String · start, last Date (of the period) · complete Boolean (ended by as_of), one row per period."""


def visits(summary: CustomerSummary, period: str) -> Visits:
    """Count orders and money by customer and period (week, month or quarter)."""
    end = day_number(summary.as_of)
    day = pl.col("date").to_physical()
    first_day = int(summary.days.select(day.min()).item())
    periods = calendar(period, first_day, end)

    def number(days: pl.Series) -> pl.Series:
        return pl.Series(periods.of(days.to_physical().to_numpy()))

    frame = (
        summary.days.with_columns(number(summary.days["date"]).alias("period"))
        .group_by("customer", "period", maintain_order=True)
        .agg(pl.col("orders", "sales", "net").sum())
    )
    return Visits(frame, number(summary.frame["first_date"]).alias("first"), _periods(periods, period, first_day, end))


def _periods(periods: Calendar, period: str, first_day: int, end: int) -> pl.DataFrame:
    every = {WEEK: "1w", MONTH: "1mo"}.get(period, "1q")
    first = pl.Series([first_day], dtype=pl.Int32).cast(pl.Date).dt.truncate(every)
    last = pl.Series(periods.last_day).cast(pl.Int32)
    following = (last[:-1] + 1).cast(pl.Date)
    return pl.DataFrame(
        {
            "label": periods.label,
            "start": pl.concat([first, following]),
            "last": last.cast(pl.Date),
            "complete": last <= end,
        }
    )
