"""Calendar weeks (Monday to Sunday, ISO 8601), months and quarters, numbered so that the next one is one more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WEEK = "week"
MONTH = "month"
QUARTER = "quarter"
PERIODS = (WEEK, MONTH, QUARTER)

_THURSDAY = 3
"""Day 0, 1 January 1970, was a Thursday: the fourth day of its week."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The periods that the days from `first_day` to a last day fall into.

    `number` holds for each of these days the number of its period, from 0. `label` and `last_day` (days since 1970)
    stand one for each period.
    """

    first_day: int
    number: NDArray[np.int32]
    label: tuple[str, ...]
    last_day: NDArray[np.int64]

    def of(self, day: NDArray[np.int32]) -> NDArray[np.int32]:
        """The period of each day."""
        return self.number.take(day - self.first_day)


def calendar(period: str, first_day: int, last_day: int) -> Calendar:
    """The calendar of the days from `first_day` to `last_day`, both since 1970, both included.

    Args:
        period: one of PERIODS.
        first_day: the first of the days.
        last_day: the last of them; its period may end later.
    """
    day = pl.int_range(first_day, last_day + 1, dtype=pl.Int32, eager=True).alias("day")
    date = pl.col("day").cast(pl.Date)
    days = day.to_frame().select(_serial(period, date).alias("serial"), _label(period, date).alias("label"))
    number = (days["serial"] - days["serial"][0]).cast(pl.Int32)
    starts = pl.select(pl.arg_where(number.diff().fill_null(1) > 0)).to_series()
    last = _last_day(period, pl.DataFrame({"day": day.gather(starts)}))
    return Calendar(first_day, number.to_numpy(), tuple(days["label"].gather(starts)), last.to_numpy())


def _serial(period: str, date: pl.Expr) -> pl.Expr:
    if period == WEEK:
        return (date.to_physical() + _THURSDAY).floordiv(7)
    in_year, of_year = (12, date.dt.month()) if period == MONTH else (4, date.dt.quarter())
    return date.dt.year() * in_year + of_year.cast(pl.Int32)


def _label(period: str, date: pl.Expr) -> pl.Expr:
    """2024-W05 (of the ISO year), 2024-02 or 2024-Q1."""
    if period == WEEK:
        return date.dt.strftime("%G-W%V")
    if period == MONTH:
        return date.dt.strftime("%Y-%m")
    return pl.format("{}-Q{}", date.dt.strftime("%Y"), date.dt.quarter())


def _last_day(period: str, first: pl.DataFrame) -> pl.Series:
    """Last days of the periods of some days."""
    every = {WEEK: "1w", MONTH: "1mo", QUARTER: "1q"}[period]
    date = pl.col("day").cast(pl.Date)
    following = date.dt.truncate(every).dt.offset_by(every)
    return first.select(following.to_physical().cast(pl.Int64) - 1).to_series()
