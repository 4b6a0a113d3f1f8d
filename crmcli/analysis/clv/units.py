"""Time units for reporting parameters and log-likelihoods. Models themselves count in days."""

from __future__ import annotations

from enum import Enum
from math import log


class TimeUnit(Enum):
    """A unit and its length in days; a month is a twelfth of the mean Gregorian year, and never used for horizons."""

    DAY = 1.0
    WEEK = 7.0
    MONTH = 365.2425 / 12

    @property
    def days(self) -> float:
        """Length in days."""
        return self.value


DAYS_PER_YEAR = 365.0


def daily_rate(discount_rate_annual: float) -> float:
    """Continuous discount rate per day of an effective annual rate, ln(1 + d)/365: one per cent is 0.01."""
    return log(1.0 + discount_rate_annual) / DAYS_PER_YEAR
