"""A digit that moved out of a date into the cell beside it, when the separator between them went astray.

`K1001;13.03.2024` becomes `K10011;3.03.2024`: a date as good as any, of another day and another customer. A day of one
digit alone proves nothing, nor does a long id. But the only short day of a column beside the only long one of numbers
that have the same length everywhere else is no coincidence.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from crmcli.transactions.date_formats import written_with
from crmcli.transactions.date_readings import BLANKS, KnownDate

if TYPE_CHECKING:
    from crmcli.transactions.date_readings import DateReading
    from crmcli.transactions.tables import Layout

OTHERS = 2
"""So many numbers of one length make it their length."""

_LAST_DIGITS, _FIRST_DIGITS = "([0-9]+)$", "^([0-9]+)"


def without_shifted_digit(reading: DateReading, layout: Layout, rows: pl.LazyFrame, position: int) -> DateReading:
    """The reading of a date column; such a date is not read.

    Args:
        reading: how the column reads by itself.
        layout: of the files.
        rows: those that have a say.
        position: of the column.
    """
    if not isinstance(reading, KnownDate) or reading.short != 1:
        return reading
    found = _edge(reading)
    if found is None:
        return reading
    part, step, digits = found
    if not 0 <= position + step < layout.own_columns:
        return reading
    date, beside = pl.col(f"c{position}").str.strip_chars(BLANKS), layout.text(position + step).str.strip_chars(BLANKS)
    short = date.str.contains(written_with(reading.format, part, "[1-9]"))
    length = beside.str.extract(digits, 1).str.len_chars()
    lengths = rows.select(short=short, length=length).drop_nulls().collect(engine="streaming")
    of_short, of_others = (lengths.filter(short=which)["length"].to_list() for which in (True, False))
    usual = set(of_others)
    moved = len(of_others) >= OTHERS and len(usual) == 1 and of_short == [usual.pop() + 1]
    return replace(reading, padded=True, clean=False, short=0) if moved else reading


def _edge(reading: KnownDate) -> tuple[str, int, str] | None:
    """The day or month at the edge of the date, the step to the cell it borders on, and the digits there."""
    layout = reading.format.layout
    first, last = layout[1], layout[-2]
    if first in "dm":
        return first, -1, _LAST_DIGITS
    if last in "dm" and not reading.timed:
        return last, 1, _FIRST_DIGITS
    return None
