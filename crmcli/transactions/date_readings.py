"""How a date column reads, once that is decided: expressions for the date and for what is wrong with a row."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from crmcli.transactions.codes import Defect
from crmcli.transactions.date_formats import other_formats

if TYPE_CHECKING:
    from crmcli.transactions.date_formats import DateFormat

BLANKS = " \t\n\v\f\r"
FIRST_DATE = date(1900, 1, 1)
LAST_DATE = date(2199, 12, 31)
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class DateReading(ABC):
    """How one column becomes dates; `description` says it for the notes."""

    description: str

    @abstractmethod
    def date(self, column: pl.Expr) -> pl.Expr:
        """Date: the calendar date as written, null where none can be read."""

    def is_like(self, other: DateReading) -> bool:
        """Whether the two give the same date for whatever both can read."""
        return type(self) is type(other)

    def defect(self, column: pl.Expr) -> pl.Expr:
        """UInt8: 0, `Defect.INVALID_DATE` (or missing), `Defect.INCONSISTENT_DATE` (as another format writes it)."""
        return _code(self.date(column).is_null(), Defect.INVALID_DATE)


@dataclass(frozen=True, slots=True)
class KnownDate(DateReading):
    """Text in one of the known formats.

    Attributes:
        format: the format, its order of day and month decided.
        padded: day and month need two digits: a shorter value was cut off.
        timed: some values carry a time of day.
        clean: every value is read, as it stands; nothing but conversion is left to do.
        short: number of values that are read although their day or month has one digit.
    """

    format: DateFormat
    padded: bool
    timed: bool
    clean: bool
    short: int = field(default=0, compare=False)

    def date(self, column: pl.Expr) -> pl.Expr:
        """Date: the part of the value before the time, null where the value does not match the format."""
        # Looking dates up in the cache takes longer than reading them.
        return self._date_part(column).str.to_date(self.format.strptime, strict=False, cache=False)

    def is_like(self, other: DateReading) -> bool:
        """See `DateReading.is_like`."""
        return isinstance(other, KnownDate) and self.format == other.format

    def _date_part(self, column: pl.Expr) -> pl.Expr:
        if self.clean and not self.timed:
            return column
        if self.clean and self.padded and self.format.width:
            return column.str.head(self.format.width)
        if self.clean and self.format.width:
            return column.str.extract("^([^ T]+)", 1)
        pattern = f"^({self.format.date_pattern(padded=self.padded)}){self.format.time_pattern(None)}$"
        return column.str.strip_chars(BLANKS).str.extract(pattern, 1)

    def defect(self, column: pl.Expr) -> pl.Expr:
        """UInt8: see `DateReading.defect`."""
        if self.clean:
            return _code(column.is_null(), Defect.INVALID_DATE)
        text = column.str.strip_chars(BLANKS)
        return _mismatch(text, text.str.contains(self.format.pattern(padded=self.padded)), self.format.strptime)


@dataclass(frozen=True, slots=True)
class RequestedDate(DateReading):
    """Text in a strptime format that the user gave and that is none of the known ones."""

    strptime: str

    def date(self, column: pl.Expr) -> pl.Expr:
        """Date: null where the value does not fit the format or the year is out of range."""
        return in_range(column.str.strip_chars(BLANKS).str.to_date(self.strptime, strict=False))

    def defect(self, column: pl.Expr) -> pl.Expr:
        """UInt8: see `DateReading.defect`."""
        return _mismatch(column.str.strip_chars(BLANKS), self.date(column).is_not_null())


@dataclass(frozen=True, slots=True)
class NumberOfDays(DateReading):
    """Numbers, typed or as text, that count time since a fixed date.

    Attributes:
        per_day: units in a day.
        zero: the day that 0 stands for, in days since 1970-01-01.
        excel: day numbers before 60 are one too low, and day 60 is a date that never was.
    """

    per_day: int
    zero: int
    excel: bool = False

    def date(self, column: pl.Expr) -> pl.Expr:
        """Date: null where the value is no plain number or the year is out of range."""
        text = column.cast(pl.String).str.strip_chars(BLANKS)
        plain = text.str.contains(r"^-?[0-9]{1,15}(?:\.[0-9]*)?$")
        days = (pl.when(plain).then(text).cast(pl.Float64, strict=False) / self.per_day).floor()
        if self.excel:
            days = pl.when(days < 60).then(days + 1).when(days > 60).then(days)  # noqa: PLR2004
        days += self.zero
        low, high = (FIRST_DATE - _EPOCH).days, (LAST_DATE - _EPOCH).days
        return pl.when(days.is_between(low, high)).then(days).cast(pl.Int32).cast(pl.Date)


@dataclass(frozen=True, slots=True)
class TextOf(DateReading):
    """A column of another type that reads like its text: categories, or whole numbers such as 20240102."""

    text: DateReading
    whole_floats: bool = False

    def date(self, column: pl.Expr) -> pl.Expr:
        """Date: as the reading of the text."""
        return self.text.date(as_text(column, whole_floats=self.whole_floats))

    def defect(self, column: pl.Expr) -> pl.Expr:
        """UInt8: as the reading of the text."""
        return self.text.defect(as_text(column, whole_floats=self.whole_floats))


@dataclass(frozen=True, slots=True)
class TypedDate(DateReading):
    """A column of dates, or of points in time, whose date is the one in their own time zone."""

    is_date: bool

    def date(self, column: pl.Expr) -> pl.Expr:
        """Date: null where the year is out of range."""
        return in_range(column if self.is_date else column.dt.date())


def as_text(column: pl.Expr, *, whole_floats: bool) -> pl.Expr:
    """A column as text; in a float column whole numbers lose their fraction and NaN is missing."""
    if not whole_floats:
        return column.cast(pl.String)
    whole = pl.when((column == column.floor()) & (column.abs() < 2**53)).then(column).cast(pl.Int64)
    return pl.coalesce(whole.cast(pl.String), column.fill_nan(None).cast(pl.String))


def in_range(dates: pl.Expr) -> pl.Expr:
    """The dates whose year can be meant."""
    return pl.when(dates.is_between(FIRST_DATE, LAST_DATE)).then(dates)


def _code(failed: pl.Expr, defect: Defect) -> pl.Expr:
    return failed.cast(pl.UInt8) * pl.lit(int(defect), pl.UInt8)


def _mismatch(text: pl.Expr, readable: pl.Expr, *chosen: str) -> pl.Expr:
    elsewhere = text.str.contains(other_formats(*chosen))
    return (
        pl.when(readable)
        .then(pl.lit(0, pl.UInt8))
        .when(elsewhere)
        .then(pl.lit(int(Defect.INCONSISTENT_DATE), pl.UInt8))
        .otherwise(pl.lit(int(Defect.INVALID_DATE), pl.UInt8))
    )
