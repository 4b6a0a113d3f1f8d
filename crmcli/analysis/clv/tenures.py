"""Contracts with a start and an end, counted in whole periods of renewal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import datetime as dt

    from crmcli.analysis.clv.horizon import Span

_MONTHS = {"m": 1, "y": 12}
_DAYS = {"d": 1, "w": 7}


def tenures(spans: pl.DataFrame, period: Span, as_of: dt.date) -> pl.DataFrame:
    """By contract the renewals decided on, and whether the last of them was refused.

    A contract that ends within a period, or on its last day, is not renewed at the period's end; what is decided after
    `as_of` is not known yet, also where the end is. Contracts that start after `as_of` are left out.

    Args:
        spans: start and end, null where there is none.
        period: how often contracts are renewed.
        as_of: end of observation.

    Returns:
        the columns of `spans`, periods Int64 and lost Boolean.
    """
    begun = spans.filter(pl.col("start") <= as_of)
    known = begun.with_columns(decided=_periods_until(pl.lit(as_of), period))
    # The day before the end still belongs to the contract, so that an end on a renewal date refuses that renewal.
    ended = _periods_until(pl.col("end").dt.offset_by("-1d"), period) + 1
    refused = known.with_columns(refused=pl.when(pl.col("end").is_not_null()).then(pl.max_horizontal(ended, 1)))
    lost = (pl.col("refused") <= pl.col("decided")).fill_null(value=False)
    return refused.with_columns(
        lost=lost, periods=pl.when(lost).then("refused").otherwise("decided").cast(pl.Int64)
    ).drop("decided", "refused")


def _periods_until(date: pl.Expr, period: Span) -> pl.Expr:
    """Whole periods from the start to a date, by the calendar."""
    start = pl.col("start")
    if period.unit in _DAYS:
        return (date - start).dt.total_days() // (period.count * _DAYS[period.unit])
    length = period.count * _MONTHS[period.unit]
    months = (date.dt.year().cast(pl.Int64) - start.dt.year()) * 12 + date.dt.month() - start.dt.month()
    periods = months // length
    too_far = start.dt.offset_by(pl.format("{}mo", periods * length)) > date
    return periods - too_far.cast(pl.Int64)
