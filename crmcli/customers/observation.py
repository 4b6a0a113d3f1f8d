"""The end of observation: `as_of` is data, never the clock, and one mistyped date must not set it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.customers.lines import key_date, tag_row
from crmcli.errors import InputError, TooLittleDataError
from crmcli.transactions.codes import Defect

if TYPE_CHECKING:
    import datetime as dt

    from crmcli.customers.lines import Lines
    from crmcli.transactions.load import Transactions

LONE_DATE_DAYS = 90
"""A last date further than this behind all others is suspicious …"""

LONE_DATE_FACTOR = 10
"""… when that distance is also this many times the largest earlier gap between distinct dates."""

_LONE_DATE_MIN_DATES = 3


def has_date() -> pl.Expr:
    """True for lines whose date could be read."""
    return ~pl.col("code").is_in([int(Defect.INVALID_DATE), int(Defect.INCONSISTENT_DATE)])


def observation_end(lines: Lines, transactions: Transactions) -> dt.date:
    """The date as of which the run looks at its customers: `--as-of`, else the last date of any row.

    Raises:
        InputError: without `--as-of`, a lone last date lies far behind all others.
        TooLittleDataError: no row has a date.
    """
    if transactions.options.as_of is not None:
        return transactions.options.as_of
    dates = lines.frame.lazy().filter(has_date()).select(key_date().unique().sort()).collect()["key"]
    if dates.is_empty():
        raise TooLittleDataError("No row has a readable date")
    if is_lone(dates):
        raise _lone_date(lines, transactions, dates)
    last: dt.date = dates[-1]
    return last


def is_lone(dates: pl.Series) -> bool:
    """Whether the last of at least three sorted distinct dates stands alone, far behind the others."""
    if dates.len() < _LONE_DATE_MIN_DATES:
        return False
    gaps = dates.diff().dt.total_days().drop_nulls()
    largest = gaps.head(gaps.len() - 1).max()
    last = int(gaps[-1])
    return last > LONE_DATE_DAYS and last > LONE_DATE_FACTOR * int(str(largest))


def _lone_date(lines: Lines, transactions: Transactions, dates: pl.Series) -> InputError:
    last, before = dates[-1], dates[-2]
    found = lines.frame.lazy().filter(has_date() & (key_date() == last)).select(tag_row("tag").sort()).collect()["tag"]
    file, line = transactions.place(int(found[0]))
    others = f" ({found.len()} rows carry it)" if found.len() > 1 else ""
    return InputError(
        f"{file}, line {line}: the last date, {last}, lies {(last - before).days:,} days after all others ({before})",
        extent=f"It would set the end of observation for every customer, and looks like a typing error{others}.",
        remedy=f"Say when the observation ends: --as-of {before} (or --as-of {last} if it is right)",
    )
