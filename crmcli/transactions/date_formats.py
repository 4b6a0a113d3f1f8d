"""The date formats that are recognised unasked, each as a pattern that matches exactly the dates that exist.

A strptime format alone is too lenient to decide anything: it takes `24` for a year, `2024-1- 01` for a date and a date
cut short for another one. So patterns decide what a value is, and strptime only converts.
"""

from __future__ import annotations

from dataclasses import dataclass

_YEAR = "(?:19|20|21)[0-9]{2}"
_LEAP_YEAR = "(?:(?:19|21)(?:0[48]|[2468][048]|[13579][26])|20(?:[02468][048]|[13579][26]))"
_NAMES = {
    31: "(?i:jan(?:uary)?|mar(?:ch)?|may|july?|aug(?:ust)?|oct(?:ober)?|dec(?:ember)?)",
    30: "(?i:apr(?:il)?|june?|sep(?:tember)?|nov(?:ember)?)",
    28: "(?i:feb(?:ruary)?)",
}
_MONTHS = {31: "(?:0?[13578]|1[02])", 30: "(?:0?[469]|11)", 28: "0?2"}
_DAYS = {
    31: "(?:0?[1-9]|[12][0-9]|3[01])",
    30: "(?:0?[1-9]|[12][0-9]|30)",
    28: "(?:0?[1-9]|1[0-9]|2[0-8])",
}

_SECONDS = r"(?::(?:[0-5][0-9]|60)(?:[.,][0-9]{1,9})?)?"
_CLOCK = rf"(?:T| +)(?:[01]?[0-9]|2[0-3]):[0-5][0-9]{_SECONDS}(?: ?[AaPp]\.?[Mm]\.?)?"
_COMPACT_CLOCK = "T?(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9])?"
_OFFSET = "(?: ?(?:Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?))"


@dataclass(frozen=True, slots=True)
class DateFormat:
    """One way to write dates, with or without a time of day behind the date.

    Attributes:
        strptime: the format of the date part; `%B` reads short month names, too.
        layout: the same with places {y}, {m}, {d}, {b} for patterns.
        swapped: the strptime format with day and month exchanged, if numbers alone cannot tell the two apart.
    """

    strptime: str
    layout: str
    swapped: str | None = None

    @property
    def compact(self) -> bool:
        """Written without separators, hence always padded."""
        return self.layout == "{y}{m}{d}"

    @property
    def year_first(self) -> bool:
        """Written from the largest unit to the smallest."""
        return self.layout.startswith("{y}")

    @property
    def width(self) -> int | None:
        """Characters of the padded date part, None where month names vary."""
        return None if "%B" in self.strptime else len(self.layout.format(y="0000", m="00", d="00").replace("\\", ""))

    def date_pattern(self, *, padded: bool) -> str:
        """Matches the date part, without anchors."""
        cases = [self._case(_YEAR, length, _DAYS[length], padded=padded) for length in (31, 30, 28)]
        leap_day = self._case(_LEAP_YEAR, 28, "29", padded=padded)
        return f"(?:{'|'.join([*cases, leap_day])})"

    def _case(self, year: str, length: int, day: str, *, padded: bool) -> str:
        month = _MONTHS[length]
        if padded or self.compact:
            month, day = month.replace("0?", "0"), day.replace("0?", "0")
        return self.layout.format(y=year, m=month, d=day, b=_NAMES[length])

    def pattern(self, *, padded: bool = False, time: str | None = None) -> str:
        """Matches a whole value.

        Args:
            padded: require two digits for day and month.
            time: "none", "naive" or "aware" (with an offset); None takes any.
        """
        return f"^{self.date_pattern(padded=padded)}{self.time_pattern(time)}$"

    def time_pattern(self, time: str | None) -> str:
        """Matches what may follow the date part."""
        clock = f"(?:{_CLOCK}|{_COMPACT_CLOCK})" if self.compact else f"(?:{_CLOCK})"
        return {"none": "", "naive": clock, "aware": clock + _OFFSET, None: f"(?:{clock}{_OFFSET}?)?"}[time]


def _pair(separator: str) -> tuple[DateFormat, DateFormat]:
    day_first, month_first = f"%d{separator}%m{separator}%Y", f"%m{separator}%d{separator}%Y"
    mark = f"\\{separator}" if separator == "." else separator
    return (
        DateFormat(day_first, f"{{d}}{mark}{{m}}{mark}{{y}}", swapped=month_first),
        DateFormat(month_first, f"{{m}}{mark}{{d}}{mark}{{y}}", swapped=day_first),
    )


FORMATS = {
    known.strptime: known
    for known in (
        DateFormat("%Y-%m-%d", "{y}-{m}-{d}"),
        DateFormat("%Y/%m/%d", "{y}/{m}/{d}"),
        DateFormat("%Y.%m.%d", r"{y}\.{m}\.{d}"),
        DateFormat("%Y%m%d", "{y}{m}{d}"),
        *_pair("/"),
        *_pair("-"),
        *_pair("."),
        DateFormat("%d-%B-%Y", "{d}-{b}-{y}"),
        DateFormat("%d %B %Y", "{d} {b} {y}"),
        DateFormat("%B %d, %Y", "{b} {d}, {y}"),
        DateFormat("%B %d %Y", "{b} {d} {y}"),
        DateFormat("%Y年%m月%d日", "{y}年{m}月{d}日"),
    )
}
"""strptime format → format. Of a pair that numbers cannot tell apart, day first comes first."""


def known_format(requested: str) -> DateFormat | None:
    """The recognised format that a requested one names."""
    return FORMATS.get(requested.replace("%b", "%B").replace("%h", "%B").replace("%F", "%Y-%m-%d"))


def other_formats(*chosen: str) -> str:
    """A pattern of the values that some format but the chosen ones would read."""
    others = (known for known in FORMATS.values() if known.strptime not in chosen)
    return "|".join(known.pattern() for known in others)


def same_both_ways(known: DateFormat) -> str:
    """A pattern of the values whose day and month have the same number."""
    twins = (known.layout.format(y=_YEAR, m=f"0?{n}", d=f"0?{n}") for n in range(1, 10))
    twins_of_ten = (known.layout.format(y=_YEAR, m=str(n), d=str(n)) for n in range(10, 13))
    return f"^(?:{'|'.join([*twins, *twins_of_ten])})(?:[T ].*)?$"


def written_with(known: DateFormat, part: str, digits: str) -> str:
    """A pattern of the values whose day ("d") or month ("m") is written with digits that fit a pattern."""
    places = {"y": _YEAR, "b": "[A-Za-z]+", "m": "[0-9]{1,2}", "d": "[0-9]{1,2}", part: digits}
    return f"^{known.layout.format(**places)}(?:[T ].*)?$"
