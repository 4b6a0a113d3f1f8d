"""The end of observation: `as_of` is data, never the clock, and one mistyped date must not set it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from crmcli.errors import InputError, TooLittleDataError

if TYPE_CHECKING:
    import polars as pl

    from crmcli.customers.lines import Lines
    from crmcli.transactions.load import Transactions

LONE_DATE_DAYS = 90
"""A last date further than this behind all others is suspicious …"""

LONE_DATE_FACTOR = 10
"""… when that distance is also this many times the largest earlier gap between distinct dates."""

_LONE_DATE_MIN_DATES = 3


def observation_end(lines: Lines, transactions: Transactions) -> dt.date:
    """The date as of which the run looks at its customers: `--as-of`, else the last date of any row.

    Raises:
        InputError: without `--as-of`, a lone last date lies far behind all others.
        TooLittleDataError: no row has a date.
    """
    if transactions.options.as_of is not None:
        return transactions.options.as_of
    days = lines.frame["day"]
    last = days.max()
    if not isinstance(last, int):
        raise TooLittleDataError("No row has a readable date")
    before = days.filter(days < last).max()
    # Nearly always the last two dates are close, and the other ones need not be sorted out.
    if isinstance(before, int) and last - before > LONE_DATE_DAYS and is_lone(days.unique().drop_nulls().sort()):
        raise _lone_date(lines, transactions, last, before)
    return as_date(last)


def as_date(day: int) -> dt.date:
    """A date from days since 1970."""
    return dt.date(1970, 1, 1) + dt.timedelta(days=day)


def as_day(date: dt.date) -> int:
    """Days since 1970."""
    return (date - dt.date(1970, 1, 1)).days


def is_lone(days: pl.Series) -> bool:
    """Whether the last of at least three sorted distinct days stands alone, far behind the others."""
    if days.len() < _LONE_DATE_MIN_DATES:
        return False
    gaps: list[int] = days.diff().drop_nulls().to_list()
    *earlier, last = gaps
    return last > LONE_DATE_DAYS and last > LONE_DATE_FACTOR * max(earlier)


def _lone_date(lines: Lines, transactions: Transactions, last: int, before: int) -> InputError:
    rows = (lines.frame["day"] == last).arg_true()
    file, line = transactions.place(rows[0])
    others = f" ({rows.len()} rows carry it)" if rows.len() > 1 else ""
    date, others_end = as_date(last), as_date(before)
    return InputError(
        f"{file}, line {line}: the last date, {date}, lies {last - before:,} days after all others ({others_end})",
        extent=f"It would set the end of observation for every customer, and looks like a typing error{others}.",
        remedy=f"Say when the observation ends: --as-of {others_end} (or --as-of {date} if it is right)",
    )
