"""As of when a ledger is looked at: `--as-of`, else its last date; one mistyped date must not set it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.errors import InputError, TooLittleDataError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

LONE_DATE_DAYS = 90
"""A last date further than this behind all others is suspicious …"""

LONE_DATE_FACTOR = 10
"""… when that distance is also this many times the largest earlier gap between distinct dates."""

_LEAST_DATES = 3


def last_date(columns: Sequence[tuple[str, pl.Series]]) -> dt.date:
    """The last date of some columns, each given with how a message names it.

    Raises:
        InputError: it lies alone, far behind all others.
        TooLittleDataError: there is no date at all.
    """
    days = pl.concat([series.rename("day") for _, series in columns]).drop_nulls().unique().sort()
    if days.is_empty():
        raise TooLittleDataError("No row has a readable date")
    last: dt.date = days[-1]
    if _is_lone(days):
        holder, series = next((name, series) for name, series in columns if (series == last).any())
        rows = int((series == last).sum())
        gap = (last - days[-2]).days
        raise InputError(
            f"{holder}: the last date, {last}, lies {gap:,} days after all others ({days[-2]})",
            extent=f"It would set the day of the ageing, and looks like a typing error ({rows:,} rows carry it).",
            remedy=f"Say which day is meant: --as-of {days[-2]} (or --as-of {last} if it is right)",
        )
    return last


def _is_lone(days: pl.Series) -> bool:
    if days.len() < _LEAST_DATES:
        return False
    gaps: list[int] = days.diff().drop_nulls().dt.total_days().to_list()
    *earlier, last = gaps
    return last > LONE_DATE_DAYS and last > LONE_DATE_FACTOR * max(earlier)
