"""Decide how a date column reads, over all of its values: a format is never guessed, nor the order of day and month."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn

import polars as pl

from crmcli.errors import InputError, UsageError
from crmcli.transactions.date_counts import DateCounter, matches
from crmcli.transactions.date_formats import FORMATS, known_format
from crmcli.transactions.date_readings import (
    BLANKS,
    DateReading,
    KnownDate,
    NumberOfDays,
    RequestedDate,
    TextOf,
    TypedDate,
    as_text,
)
from crmcli.transactions.tally import merged, tally

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcli.transactions.date_formats import DateFormat
    from crmcli.transactions.forms import CellForm
    from crmcli.transactions.tally import Tally

__all__ = ["DateDetector", "DateReading"]

DECISIVE_RATIO = 20
"""Values of one order of day and month must outnumber those of the other so many times to make them mere errors."""

_NUMBERS = {
    "excel": NumberOfDays("spreadsheet day numbers, as requested", per_day=1, zero=-25_569, excel=True),
    "unix": NumberOfDays("seconds since 1970-01-01 UTC, as requested", per_day=86_400, zero=0),
    "unix-ms": NumberOfDays("milliseconds since 1970-01-01 UTC, as requested", per_day=86_400_000, zero=0),
}
_NAMES_A_YEAR = re.compile(r"%[-_0]?[YyGgDFcvx+]")
_TEXTUAL = (pl.String, pl.Categorical, pl.Enum, pl.Null)


class DateDetector:
    """Decides how a date column reads.

    Args:
        column: its name in the frame.
        where: how a message names it.
        dtype: its type in the frame.
        sample: some of its values; they only choose which format is counted.
        requested: the value of --date-format: a strptime format, `excel`, `unix` or `unix-ms`.

    Raises:
        InputError: a type that holds no dates.
        UsageError: a requested format without a year.
    """

    def __init__(self, column: str, where: str, dtype: pl.DataType, sample: pl.Series, requested: str | None) -> None:
        self.column = pl.col(column)
        self.where = where
        self.dtype = dtype
        self.requested = requested
        self._temporal = isinstance(dtype, pl.Date | pl.Datetime)
        self._require_usable()
        self._counter = None if self._temporal else self._choose(sample.cast(pl.String).str.strip_chars(BLANKS))

    def _require_usable(self) -> None:
        if not (self._temporal or self.dtype.is_numeric() or self.dtype in _TEXTUAL):
            raise InputError(f"{self.where} holds {self.dtype} values, which cannot be dates")
        if self.requested and self.requested not in _NUMBERS and not _NAMES_A_YEAR.search(self.requested):
            raise UsageError(
                f"--date-format {self.requested!r} names no year",
                remedy="Give a format such as '%d/%m/%Y', or excel, unix or unix-ms.",
            )

    def _choose(self, sample: pl.Series) -> DateCounter | None:
        """Counts for the format that most of the sample has; None for a way of reading that is no known format."""
        if self.requested:
            form = known_format(self.requested)
            return DateCounter(form, None, sample) if form else None
        if self.dtype.is_numeric():
            return DateCounter(FORMATS["%Y%m%d"], None, sample)
        form = max(FORMATS.values(), key=lambda known: matches(sample, known.pattern()))
        return DateCounter(form, FORMATS[form.swapped] if form.swapped else None, sample)

    def evidence(self) -> dict[str, pl.Expr]:
        """Aggregations over the column, for `decide`."""
        if self._temporal:
            return {"missing": self.column.null_count()}
        if self._counter:
            text = self.column if self.dtype == pl.String else as_text(self.column, whole_floats=self.dtype.is_float())
            return {"tally": tally(text, self._counter)}
        values = self.column.cast(pl.String).str.strip_chars(BLANKS)
        return {
            "values": (values != "").sum(),
            "readable": self._requested_reading().date(self.column).count(),
            "example": values.filter(values != "").min(),
        }

    def counts_under(self, form: CellForm) -> tuple[str, ...] | None:
        """See `Detector.counts_under`."""
        return self._counter.counts_under(form) if self._counter else None

    def decide(self, evidence: Mapping[str, Any]) -> DateReading:
        """The reading.

        Raises:
            InputError: most values are no dates, or the dates read in two ways.
        """
        if self._temporal:
            return TypedDate("typed dates" if self.dtype == pl.Date else "typed times", is_date=self.dtype == pl.Date)
        if self._counter is None:
            self._require_most(evidence["readable"], evidence["values"], str(evidence["example"]))
            return self._requested_reading()
        return self._of_text(self._decide_known(self._counter, merged(evidence["tally"])))

    def _requested_reading(self) -> DateReading:
        requested = self.requested or ""
        if requested in _NUMBERS:
            return _NUMBERS[requested]
        return self._of_text(RequestedDate(f"{requested}, as requested", requested))

    def _of_text(self, reading: DateReading) -> DateReading:
        if self.dtype == pl.String:
            return reading
        return TextOf(reading.description, reading, whole_floats=self.dtype.is_float())

    def _decide_known(self, counter: DateCounter, found: Tally) -> DateReading:
        readable = found["first"] + found["second"] + found["same"] + found["either"]
        values = found["rows"] - found["missing"]
        self._require_most(readable, values, found.examples.get("unreadable", ""))
        if found["naive"] and found["aware"]:
            self._refuse_mixed_times(found)
        chosen, description = self._decide_order(counter.form, counter.twin, found)
        padded = counter.is_padded(found, readable)
        astray = found["second"] if chosen is counter.form else found["first"]
        clean = values == (found["padded"] if padded else readable) and not astray and not found["untidy"]
        timed = found["naive"] + found["aware"] > 0
        short = 0 if padded else readable - found["padded"]
        return KnownDate(description, chosen, padded=padded, timed=timed, clean=clean, short=short)

    def _decide_order(self, form: DateFormat, twin: DateFormat | None, found: Tally) -> tuple[DateFormat, str]:
        """The format with its order of day and month settled, and a description that says how."""
        if twin is None:
            return form, f"{self.requested}, as requested" if self.requested else form.strptime
        if found["first"] or found["second"]:
            self._require_clear_majority(form, twin, found)
            winner, count = max((form, found["first"]), (twin, found["second"]), key=lambda pair: pair[1])
            values = found["rows"] - found["missing"]
            return winner, f"{winner.strptime}, decided by {count:,} of {values:,} values"
        if found["either"] and "." not in form.strptime:
            self._refuse_either(form, twin, found)
        # With dots no country writes the month first; a value that did would have decided above.
        day_first = min(form, twin, key=lambda known: known.strptime)
        how = "" if found["either"] else ", day and month are the same number throughout"
        return day_first, day_first.strptime + how

    def _require_clear_majority(self, form: DateFormat, twin: DateFormat, found: Tally) -> None:
        less, more = sorted((found["first"], found["second"]))
        if more < DECISIVE_RATIO * less:
            raise InputError(
                f"{self.where} mixes two orders of day and month: "
                f"{found.examples['first']!r} is {form.strptime}, {found.examples['second']!r} is {twin.strptime}",
                extent=f"{found['first']:,} values are {form.strptime} only, {found['second']:,} {twin.strptime} only",
                remedy=f"Make the column consistent, or read one order with --date-format '{form.strptime}'",
            )

    def _refuse_either(self, form: DateFormat, twin: DateFormat, found: Tally) -> NoReturn:
        raise InputError(
            f"{self.where} reads in two ways: {found.examples['either']!r} fits {form.strptime} and {twin.strptime}",
            extent=f"No value decides: in all {found['either'] + found['same']:,} day and month are at most 12",
            remedy=f"Say which: --date-format '{form.strptime}' or --date-format '{twin.strptime}'",
        )

    def _refuse_mixed_times(self, found: Tally) -> NoReturn:
        raise InputError(
            f"{self.where} mixes times with and without an offset: "
            f"{found.examples['aware']!r} and {found.examples['naive']!r}",
            extent=f"{found['aware']:,} values carry an offset, {found['naive']:,} do not",
            remedy="Write all times with an offset, or all without.",
        )

    def _require_most(self, readable: int, values: int, example: str) -> None:
        if 2 * readable < values:
            fit = f"--date-format {self.requested!r}" if self.requested else "a known date format"
            raise InputError(
                f"{self.where}: most values do not fit {fit}, such as {example!r}",
                extent=f"{values - readable:,} of {values:,} values cannot be read",
                remedy=self._remedy(example),
            )

    def _remedy(self, example: str) -> str:
        if self.requested:
            return "Give the format that the values have, for instance --date-format '%d/%m/%Y'"
        if self.dtype.is_numeric() or re.fullmatch(r"[0-9]+(\.[0-9]+)?", example):
            return "Say how numbers count: --date-format excel, unix or unix-ms"
        short = re.fullmatch(r"[0-9]{1,2}([/.-])[0-9]{1,2}\1[0-9]{2}(\D.*)?", example)
        if short:
            return (
                f"Say how two-digit years are written, for instance --date-format '{short[1].join(['%d', '%m', '%y'])}'"
            )
        return "Say how dates are written, for instance --date-format '%d/%m/%Y' (or excel, unix, unix-ms)"
