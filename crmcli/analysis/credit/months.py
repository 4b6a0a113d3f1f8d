"""Calendar months up to a day, and what flowed through the ledger in them."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from crmcli.invoices.ledger import CreditLedger


def month_end(day: dt.date) -> dt.date:
    """The last day of the month of a day."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def months_before(day: dt.date, months: int) -> dt.date:
    """The same day so many months earlier, or the last day of that month."""
    place = day.year * 12 + day.month - 1 - months
    year, month = divmod(place, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def last_month_ends(first: dt.date, as_of: dt.date, count: int) -> list[dt.date]:
    """The last `count` ends of whole months from `first` to `as_of`, rising."""
    last = as_of if as_of == month_end(as_of) else as_of.replace(day=1) - dt.timedelta(days=1)
    ends: list[dt.date] = []
    while len(ends) < count and last >= first:
        ends.append(last)
        last = last.replace(day=1) - dt.timedelta(days=1)
    return ends[::-1]


def month_text(day: dt.date) -> str:
    """YYYY-MM."""
    return f"{day.year:04d}-{day.month:02d}"


def monthly_flows(ledger: CreditLedger) -> pl.DataFrame:
    """By end of month, in minor units: `invoiced`, `reduced` and the `balance` then; empty months included."""
    invoiced = ledger.items.group_by(pl.col("date").dt.month_end()).agg(invoiced=pl.col("amount").sum())
    reduced = ledger.events.group_by(pl.col("date").dt.month_end()).agg(reduced=pl.col("amount").sum())
    both = invoiced.join(reduced, on="date", how="full", coalesce=True)
    ends = both["date"].sort()
    months = pl.select(pl.date_range(ends[0], ends[-1], interval="1mo", eager=False).dt.month_end().alias("date"))
    flows = (
        months.join(both, on="date", how="left").with_columns(pl.col("invoiced", "reduced").fill_null(0)).sort("date")
    )
    return flows.with_columns(balance=(pl.col("invoiced") - pl.col("reduced")).cum_sum())
