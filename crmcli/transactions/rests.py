"""Lines that count as whole records by chance, but are the rest of the broken record before them.

A cell of several lines may hold as many separators behind its line break as there are columns before it. If the quotes
around it are lost, its last line then has the number of fields of a record, and the cells behind the text are right.
Only those before it give it away: they are parts of the text, and unlike all other cells of their columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmcli.transactions.bits import Bools, Places
    from crmcli.transactions.cell_shapes import Habits
    from crmcli.transactions.dialect import Layout
    from crmcli.transactions.learned import LearnedColumns
    from crmcli.transactions.records import Lines

QUOTE = b'"'


@dataclass(frozen=True, slots=True)
class Break:
    """Where a record broke off: behind so many separators, and whether its quotes are broken."""

    separators: int
    quoted: bool


@dataclass(frozen=True, slots=True)
class Followers:
    """The lines of a chunk (m lines), and which of them may be the rest of a record before them.

    Attributes:
        lines: the lines.
        heads: (m,) first lines of records.
        sound: (m,) those of sound ones.
        layout: of the text.
        before: how a record breaks off right before the first line; None if none does.
    """

    lines: Lines
    heads: Bools
    sound: Bools
    layout: Layout
    before: Break | None

    def rests(self, columns: LearnedColumns, settled: int) -> tuple[dict[int, str], Break | None]:
        """The first lines of such records before a line, each with what speaks for it, and `before` for that line."""
        places = np.flatnonzero(self.heads[:settled])
        heads, separators = places.tolist(), self._separators(places, settled).tolist()
        sound, complete = self.sound[places].tolist(), self.lines.complete[places].tolist()
        found: dict[int, str] = {}
        at, before = 0, self.before
        while at < len(heads):
            if before is None:
                at = _first_broken(sound, at)
                if at == len(heads):
                    break
            elif sound[at]:
                unlike = self._unlike_cell(heads[at], before, columns.habits)
                if unlike:
                    found[heads[at]] = unlike
                at, before = at + 1, None
                continue
            before = self._broken_off(before, separators[at], quoted=not complete[at])
            at += 1
        return found, before

    def _broken_off(self, before: Break | None, separators: int, *, quoted: bool) -> Break | None:
        """How a record breaks off with a broken one of so many separators, which may be the rest of it or all."""
        whole = self.layout.fields - 1
        if before and before.separators + separators < whole:
            return Break(before.separators + separators, before.quoted or quoted)
        return Break(separators, quoted) if separators < whole else None

    def _separators(self, heads: Places, settled: int) -> Places:
        """Separators in all lines of each record, also those within quotes."""
        sums = np.concatenate((np.zeros(1, np.int64), np.cumsum(self.lines.outside + self.lines.inside)))
        separators: Places = np.diff(sums[np.append(heads, settled)])
        return separators

    def _unlike_cell(self, number: int, before: Break, habits: Sequence[Habits]) -> str | None:
        """Names a cell that is no cell of its column, among those that precede the place where a record broke off.

        Cells may well be empty for other reasons, and count only behind broken quotes.
        """
        for column, cell in enumerate(self._first_cells(number, before.separators)):
            if (cell or before.quoted) and habits[column].broken_by(cell):
                shown, heading = cell.decode("utf-8", "replace"), self.layout.names[column]
                return (
                    f"perhaps the rest of the broken record before it: {shown!r} is unlike the other cells of the "
                    f"column {heading!r}"
                )
        return None

    def _first_cells(self, number: int, count: int) -> Iterator[bytes]:
        """Up to so many cells of a record, as long as they stand without quotes."""
        cells = self.lines.record(number, number).split(self.layout.delimiter.encode(), count)
        for cell in cells[:count]:
            if QUOTE in cell:
                return
            yield cell


def _first_broken(sound: list[bool], start: int) -> int:
    """The first place from `start` on that is not sound, or the number of all."""
    try:
        return sound.index(False, start)
    except ValueError:
        return len(sound)
