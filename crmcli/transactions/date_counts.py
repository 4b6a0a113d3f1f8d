"""Count, over a whole column, what decides how its dates read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcli.transactions.date_formats import same_both_ways, written_with
from crmcli.transactions.date_readings import BLANKS
from crmcli.transactions.tally import Tally, distinct

if TYPE_CHECKING:
    import polars as pl

    from crmcli.transactions.date_formats import DateFormat
    from crmcli.transactions.forms import CellForm

PADDED_SHARE = 0.9
"""From this share of padded values on, an unpadded one is taken for a padded one that was cut off."""

ZEROS_PER_SHORT = 2
"""The same for short columns: so many values with a leading zero for each unpadded one."""


class DateCounter:
    """Counts the values of a batch, trimmed, that a format reads.

    Counts: rows · missing (null or blank) · untidy (blank, or surrounded by blanks) · first, second (only the format,
    only its twin reads it) · same, either (both do, to the same date or to different ones) · padded · naive, aware
    (with a time of day, without and with an offset) · unreadable.

    Args:
        form: the format to count.
        twin: the same with day and month exchanged, if it is open which of the two is meant.
        sample: some values, trimmed: they tell which form most values have; that form is counted by one pattern.
    """

    def __init__(self, form: DateFormat, twin: DateFormat | None, sample: pl.Series) -> None:
        self.form = form
        self.twin = twin
        self._time = max(("none", "naive", "aware"), key=lambda time: matches(sample, form.pattern(time=time)))
        padded, any_width = (matches(sample, form.pattern(padded=padded)) for padded in (True, False))
        self._padded = padded >= PADDED_SHARE * any_width
        self._sampled = sample.len()
        self._signs = [_signs_of_padding(sample, form, part) for part in ("d", "m") if f"{{{part}}}" in form.layout]

    def counts_under(self, form: CellForm) -> tuple[str, ...] | None:
        """The names under which each value of a form counts, if it is the expected one of padded dates."""
        if self.twin or not self._padded or (form.date, form.time) != (self.form, self._time):
            return None
        return ("first", "padded") if form.time == "none" else ("first", "padded", form.time)

    def __call__(self, values: pl.Series) -> Tally:
        """Count one batch of text."""
        found = Tally()
        found.counts.update(rows=values.len(), missing=values.null_count())
        others = values if self.twin else self._count_expected(values, found)
        if others.len() > others.null_count():
            self._count_others(others.drop_nulls(), found)
        return found

    def _count_expected(self, values: pl.Series, found: Tally) -> pl.Series:
        """Count the values of the expected form and return the others."""
        pattern = self.form.pattern(padded=self._padded, time=self._time)
        expected, others = values, values.clear()
        if values.null_count() or not distinct(values).str.contains(pattern).all():
            fits = values.str.contains(pattern)
            expected, others = values.filter(fits), values.filter(~fits)
        found.add("first", expected, example=False)
        if self._padded:
            found.add("padded", expected, example=False)
        else:
            found.counts["padded"] += matches(expected, self.form.pattern(padded=True))
        if self._time != "none":
            found.add(self._time, expected)
        return others

    def _count_others(self, values: pl.Series, found: Tally) -> None:
        text = values.str.strip_chars(BLANKS)
        found.counts["untidy"] += int(((text != values) | (text == "")).sum())
        found.counts["missing"] += int((text == "").sum())
        text = text.filter(text != "")
        first = text.str.contains(self.form.pattern())
        second = text.str.contains(self.twin.pattern()) if self.twin else first & False
        found.add("first", text.filter(first & ~second))
        found.add("second", text.filter(second & ~first))
        self._count_open(text.filter(first & second), found)
        found.add("unreadable", text.filter(~(first | second)))
        self._count_forms(text.filter(first | second), found)

    def _count_open(self, text: pl.Series, found: Tally) -> None:
        if text.len():
            same = text.str.contains(same_both_ways(self.form))
            found.add("same", text.filter(same))
            found.add("either", text.filter(~same))

    def _count_forms(self, text: pl.Series, found: Tally) -> None:
        patterns = [form.pattern(padded=True) for form in (self.form, self.twin) if form]
        found.counts["padded"] += matches(text, "|".join(patterns))
        timed = text.filter(text.str.contains(":", literal=True) | text.str.contains("^[0-9]{8}T?[0-9]"))
        if timed.len():
            aware = timed.str.contains(self.form.time_pattern("aware") + "$")
            found.add("aware", timed.filter(aware))
            found.add("naive", timed.filter(~aware))

    def is_padded(self, found: Tally, readable: int) -> bool:
        """Whether days and months have two digits, so that a shorter value was cut off.

        A leading zero says so, and so do two digits in nearly all numbered days and months. Beside names of months two
        digits do not: all days may be late ones. Few values are all in the sample, where zeros were counted.
        """
        nearly_all = found["padded"] >= PADDED_SHARE * readable
        if found["rows"] > self._sampled or (nearly_all and self.form.width):
            return nearly_all
        # Nobody pads the month behind a year but not the day; 9.04.2024 does occur.
        signs = [tuple(map(sum, zip(*self._signs, strict=True)))] if self.form.year_first else self._signs
        return all(zeros >= ZEROS_PER_SHORT * short for zeros, short in signs)


def _signs_of_padding(sample: pl.Series, form: DateFormat, part: str) -> tuple[int, int]:
    """How many values have a leading zero in their day or month, and how many have one digit only."""
    return matches(sample, written_with(form, part, "0[1-9]")), matches(sample, written_with(form, part, "[1-9]"))


def matches(text: pl.Series, pattern: str) -> int:
    """How many values a pattern matches."""
    return int(text.str.contains(pattern).sum())
