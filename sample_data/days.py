"""The calendar of the shop: 156 whole weeks, and how busy each of their days is.

A purchase process runs on a clock that goes faster on busy days: waits are drawn in "average days" and laid over the
running total of the day weights. That gives seasons and weekdays to any process without changing its yearly rate.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate

START = date(2023, 1, 2)
"""A Monday: the first day in the files."""
LAST = date(2025, 12, 28)
"""A Sunday: the last day in the files."""
DAYS = (LAST - START).days + 1
YEAR = 365.25

CHRISTMAS_RUSH = range(1, 21)
"""The days of December on which parcels still arrive in time."""
CLOSED = {(1, 1), (12, 25), (12, 26)}


def day_of(index: int) -> date:
    """Return the date of a day counted from START = 0."""
    return START + timedelta(days=index)


def index_of(day: date) -> int:
    """Return the number of a day counted from START = 0."""
    return (day - START).days


def working_day(index: int) -> int:
    """Return the day itself, or the Monday after it when it is a Saturday or Sunday."""
    return index + max(0, 7 - day_of(index).weekday()) if day_of(index).weekday() > 4 else index


@dataclass(frozen=True)
class Rhythm:
    """How busy months (January first) and weekdays (Monday first) are, relative to an average day."""

    months: tuple[float, ...]
    weekdays: tuple[float, ...]
    after_rush: float
    growth_a_year: float = 0.0

    def weight(self, index: int) -> float:
        """Return how busy one day is; closed days are 0."""
        day = day_of(index)
        if (day.month, day.day) in CLOSED:
            return 0.0
        rush = self.after_rush if day.month == 12 and day.day not in CHRISTMAS_RUSH else self.months[day.month - 1]
        return rush * self.weekdays[day.weekday()] * (1.0 + self.growth_a_year * index / YEAR)

    @cached_property
    def clock(self) -> list[float]:
        """The running total of day weights, scaled so that an average day is 1."""
        weights = [self.weight(index) for index in range(DAYS)]
        scale = DAYS / sum(weights)
        return list(accumulate(weight * scale for weight in weights))

    def after(self, index: int, wait: float) -> int:
        """Return the day reached by waiting that many average days after a day (-1: from the very start)."""
        passed = self.clock[index] if index >= 0 else 0.0
        return bisect_left(self.clock, passed + wait)


PEOPLE = Rhythm(
    months=(0.84, 0.86, 0.96, 0.97, 0.98, 0.88, 0.74, 0.72, 0.93, 1.04, 1.38, 1.95),
    weekdays=(0.92, 0.94, 0.98, 1.02, 1.18, 1.36, 0.60),
    after_rush=0.55,
)
"""People: a Christmas peak, a summer dip, a busy Friday and Saturday, a quiet Sunday (web orders only)."""

FIRMS = Rhythm(
    months=(0.98, 0.96, 1.04, 1.00, 1.00, 0.96, 0.78, 0.74, 1.16, 1.12, 1.24, 1.12),
    weekdays=(1.25, 1.20, 1.15, 1.10, 0.95, 0.12, 0.03),
    after_rush=0.35,
)
"""Firms order on working days, restock in September and November, and rest in July and August."""

ARRIVALS = Rhythm(PEOPLE.months, PEOPLE.weekdays, PEOPLE.after_rush, growth_a_year=0.05)
"""New customers arrive as people shop, five per cent more of them each year (linear)."""
