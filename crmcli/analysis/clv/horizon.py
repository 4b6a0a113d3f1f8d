"""Spans of time as people say them: 365d, 52w, 12m, 3y. Months and years are those of the calendar."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from crmcli.errors import UsageError

_SPAN = re.compile(r"(?P<count>[0-9]{1,5})\s*(?P<unit>[dwmy])", re.IGNORECASE)
_WORDS = {"d": "days", "w": "weeks", "m": "months", "y": "years"}
_MONTHS = {"m": 1, "y": 12}
_DAYS = {"d": 1, "w": 7}


@dataclass(frozen=True, slots=True)
class Span:
    """A number of days (d), weeks (w), calendar months (m) or calendar years (y)."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str, flag: str) -> Span:
        """Read a span given with an option.

        Raises:
            UsageError: it is none, or longer than dates go.
        """
        found = _SPAN.fullmatch(text.strip())
        if found is None or int(found["count"]) == 0:
            raise UsageError(
                f"{flag} {text!r} is no span of time",
                remedy=f"Write a number and d, w, m or y: {flag} 365d, {flag} 52w, {flag} 12m, {flag} 3y",
            )
        return cls(int(found["count"]), found["unit"].lower())

    def after(self, date: dt.date) -> dt.date:
        """The date this long after another; the 31st becomes the last day of a shorter month.

        Raises:
            UsageError: it lies beyond the year 9999.
        """
        return self._moved(date, 1)

    def before(self, date: dt.date) -> dt.date:
        """The date this long before another.

        Raises:
            UsageError: it lies before the year 1.
        """
        return self._moved(date, -1)

    def days_after(self, date: dt.date) -> int:
        """Days that this span takes when it begins on a date."""
        return (self.after(date) - date).days

    def __str__(self) -> str:
        words = _WORDS[self.unit]
        return f"{self.count} {words if self.count > 1 else words[:-1]}"

    def _moved(self, date: dt.date, sign: int) -> dt.date:
        try:
            if self.unit in _DAYS:
                return date + dt.timedelta(days=sign * self.count * _DAYS[self.unit])
            return _months_later(date, sign * self.count * _MONTHS[self.unit])
        except (OverflowError, ValueError):
            raise UsageError(f"{self} from {date} lies beyond the calendar") from None


def _months_later(date: dt.date, months: int) -> dt.date:
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    return dt.date(year, month + 1, min(date.day, calendar.monthrange(year, month + 1)[1]))
