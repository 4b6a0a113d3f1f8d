"""Two records that a lost, added or moved quote has made one: the second begins within a quoted cell of the first.

By its quotes such a record is as good as any. What gives it away is the text around a line break in the cell: before
it stands the end of a record, after it the beginning of one, each with all its separators and with cells that look
like those of their columns. Addresses and notes of several lines have neither.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmcli.transactions.cell_shapes import LONGEST_CELL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcli.transactions.cell_shapes import ColumnShapes, Fit

_QUOTED = re.compile(rb'"[^"]*(?:""[^"]*)*"')


def hides_record(record: bytes, separator: bytes, columns: ColumnShapes) -> bool:
    """Whether a well-formed record of several lines looks like two records or more."""
    place = column = 0
    for found in _QUOTED.finditer(record):
        column += record.count(separator, place, found.start())
        place = found.end()
        if b"\n" in found[0] and _Cell(found[0][1:-1], separator, column, columns).hides_record():
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Cell:
    """The text of a quoted cell, the column in which it stands, and what is known of all columns."""

    text: bytes
    separator: bytes
    column: int
    columns: ColumnShapes

    @property
    def fields(self) -> int:
        return len(self.columns.shapes)

    def hides_record(self) -> bool:
        separators = _places(self.text, self.separator)
        if len(separators) < self.fields - 1:
            return False
        breaks = _places(self.text, b"\n")
        ends = [*breaks[1:], len(self.text)]
        return any(self._parts_records(separators, place, end) for place, end in zip(breaks, ends, strict=True))

    def _parts_records(self, separators: list[int], place: int, end: int) -> bool:
        """Whether a record seems to end at the line break at `place`, and one to start; the line ends at `end`."""
        before = bisect_left(separators, place)
        whole_next_line = bisect_left(separators, end) - before >= self.fields - 1
        whole_sides = before >= self.fields - 1 - self.column and len(separators) - before >= self.column
        if not self.columns.can_tell:
            return whole_next_line and end < len(self.text)
        if whole_next_line and self._fit_after(separators, place, self.fields).convinces:
            return True
        if not whole_sides:
            return False
        # Behind the last line break, the columns after this one are not part of the cell.
        after = self._fit_after(separators, place, self.fields if end < len(self.text) else self.column + 1)
        return (after + self._fit_before(separators, place)).convinces

    def _fit_before(self, separators: list[int], place: int) -> Fit:
        """How well the cells before a place look like this column and those after it."""
        upto = bisect_left(separators, place)
        first = upto - (self.fields - 1 - self.column)
        starts = [separators[first - 1] + 1 if first else 0, *(at + 1 for at in separators[first:upto])]
        stops = [*separators[first:upto], place]
        cells = (self._ending(start, stop) for start, stop in zip(starts, stops, strict=True))
        return self.columns.fit(self.column, cells)

    def _fit_after(self, separators: list[int], place: int, count: int) -> Fit:
        """How well up to `count` cells after a place look like the first columns."""
        return self.columns.fit(0, self._cells_after(separators, place, count))

    def _cells_after(self, separators: list[int], place: int, count: int) -> Iterator[bytes]:
        first = bisect_left(separators, place)
        start = place + 1
        for stop in [*separators[first : first + count], len(self.text)][:count]:
            yield self.text[start : min(stop, start + LONGEST_CELL + 1)].partition(b"\n")[0]
            start = stop + 1

    def _ending(self, start: int, stop: int) -> bytes:
        """The last line of a cell, or more of it than any telling cell has."""
        return self.text[max(start, stop - LONGEST_CELL - 1) : stop].rpartition(b"\n")[2]


def _places(text: bytes, mark: bytes) -> list[int]:
    return [found.start() for found in re.finditer(re.escape(mark), text)]
