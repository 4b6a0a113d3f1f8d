"""Which days of customers come in the next days."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.conform import conform
from crmcli.analysis.occasions.views import OCCASIONS, OCCASIONS_CATALOGUE
from crmcli.analysis.result import Fact, Result
from crmcli.analysis.views import Kind
from crmcli.customers.occasions import ANNIVERSARY, BIRTHDAY
from crmcli.errors import UsageError

if TYPE_CHECKING:
    from crmcli.customers.occasions import Occasions

DEFAULT_DAYS = 14
MOST_DAYS = 365
_LEAP_DAY = (2, 29)


def upcoming(occasions: Occasions, as_of: dt.date, days: int = DEFAULT_DAYS, money_scale: int = 2) -> Result:
    """The occasions of the days after `as_of`, up to `days` of them.

    Args:
        occasions: days of customers; see `occasions_of`.
        as_of: the last day that is known; it is not in the calendar itself.
        days: how far to look.
        money_scale: of the run; there is no money here.

    Raises:
        UsageError: less than one day, or more than a year.
    """
    if not 1 <= days <= MOST_DAYS:
        raise UsageError(f"The calendar holds 1 to {MOST_DAYS} days, not {days}")
    coming = _coming(as_of, days)
    found = occasions.frame.join(coming, on=["month", "day"], how="inner").with_columns(
        years=pl.col("date").dt.year().cast(pl.Int64) - pl.col("year")
    )
    # Who joined less than a year ago has no anniversary yet.
    table = conform(found.filter(pl.col("years").is_null() | (pl.col("years") > 0)), OCCASIONS, money_scale)
    return Result(
        OCCASIONS_CATALOGUE, as_of, money_scale, {OCCASIONS.name: table}, _facts(table, days), occasions.notes
    )


def _coming(as_of: dt.date, days: int) -> pl.DataFrame:
    """month, day and date of each coming day; a 28 February of a common year is 29 February as well."""
    rows = []
    for step in range(1, days + 1):
        date = as_of + dt.timedelta(days=step)
        rows.append((date.month, date.day, date))
        if (date.month, date.day) == (2, 28) and not calendar.isleap(date.year):
            rows.append((*_LEAP_DAY, date))
    schema = pl.Schema({"month": pl.Int32(), "day": pl.Int32(), "date": pl.Date()})
    return pl.DataFrame(rows, schema=schema, orient="row")


def _facts(table: pl.DataFrame, days: int) -> tuple[Fact, ...]:
    def count(occasion: str) -> int:
        return table.filter(pl.col("occasion") == occasion).height

    return (
        Fact("occasion_days", "Days ahead", days, Kind.INTEGER, "days"),
        Fact("birthdays", "Birthdays", count(BIRTHDAY), Kind.INTEGER, "customers"),
        Fact("anniversaries", "Anniversaries", count(ANNIVERSARY), Kind.INTEGER, "occasions"),
    )
