"""The two stretches of time that a regular report compares: from the last report to this one, and the one before."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass

from crmcli.errors import UsageError, did_you_mean

WEEK = "week"
MONTH = "month"
EVERY = (WEEK, MONTH)
"""How often a report may come."""

_WEEK_DAYS = 7
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Windows:
    """Three dates, rising: the window (then, now] is held against the window before it, (before, then].

    A window holds the days after its first date, up to and with its last one.
    """

    before: dt.date
    then: dt.date
    now: dt.date

    def check(self) -> None:
        """Raise UsageError unless the dates rise."""
        if not self.before < self.then < self.now:
            raise UsageError(
                f"The dates to compare, {self.before}, {self.then} and {self.now}, do not rise",
                remedy="Give a later --as-of.",
            )

    @property
    def days(self) -> int:
        """Length of the window."""
        return (self.now - self.then).days

    @property
    def days_before(self) -> int:
        """Length of the window before."""
        return (self.then - self.before).days

    @property
    def first_day(self) -> dt.date:
        """The first day of the window."""
        return self.then + dt.timedelta(days=1)

    @property
    def first_day_before(self) -> dt.date:
        """The first day of the window before."""
        return self.before + dt.timedelta(days=1)


def previous_dates(as_of: dt.date, every: str) -> tuple[dt.date, dt.date]:
    """The dates of the last two reports before `as_of`: (previous, before_previous).

    A week goes back 7 days each. A month goes back to the same day of one and two months earlier, or the last day of
    such a month when it has no such day; both are counted from `as_of`, so that 31 March gives the end of February and
    31 January.

    Args:
        as_of: the date of the report.
        every: week or month.

    Raises:
        UsageError: another word, or a date before which there is no calendar.
    """
    if every not in EVERY:
        known = ", ".join(EVERY)
        raise UsageError(f"--every {every!r} is none of {known}", remedy=did_you_mean(every, EVERY))
    try:
        if every == WEEK:
            return as_of - dt.timedelta(days=_WEEK_DAYS), as_of - dt.timedelta(days=2 * _WEEK_DAYS)
        return _months_back(as_of, 1), _months_back(as_of, 2)
    except (OverflowError, ValueError):
        raise UsageError(f"No {every} lies before {as_of}", remedy="Give a later --as-of.") from None


def _months_back(date: dt.date, months: int) -> dt.date:
    year, month = divmod(date.year * _MONTHS + date.month - 1 - months, _MONTHS)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(date.day, last))
