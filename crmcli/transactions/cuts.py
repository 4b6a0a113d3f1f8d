"""Sound records that a line break may have cut: beside them stands a piece without any separator.

A line break within the last cell of a record leaves all its separators before the break, one within the first cell all
of them behind it. Either way a line remains that looks whole, but whose last or first cell has lost a part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crmcli.transactions.cell_shapes import shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcli.transactions.bits import Bools, Places
    from crmcli.transactions.learned import LearnedColumns
    from crmcli.transactions.records import Lines

_SLACK = 2
"""Bytes by which a whole id may be longer than all in the sample."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The lines of a chunk (m lines), and what is decided about them.

    Attributes:
        lines: the lines.
        pieces: (m,) records of one field, of which the header has more.
        sound: (m,) first lines of sound records.
        blank: (m,) lines without text.
        owner: (m,) first line of the record that a line belongs to.
        before: the piece that ends right before the first line, if there is one and no broken record precedes it.
        follows_sound: the record before the first line is sound, or there is none.
    """

    lines: Lines
    pieces: Bools
    sound: Bools
    blank: Bools
    owner: Places
    before: bytes | None
    follows_sound: bool

    def cut(self, columns: LearnedColumns) -> Iterator[tuple[int, str]]:
        """The first lines of the sound records that may be cut, and what speaks for it."""
        if self.before is not None and self._is_cut_behind(self.before, 0, columns):
            yield 0, _message("before", self.before)
        for number in self._beside_sound():
            piece = self.lines.record(number, number)
            if self._is_cut_before(piece, number - 1, columns):
                yield int(self.owner[number - 1]), _message("after", piece)
            if self.may_begin_record(number) and self._is_cut_behind(piece, number + 1, columns):
                yield number + 1, _message("before", piece)

    def _beside_sound(self) -> list[int]:
        """The pieces with a sound record before or behind them."""
        of_sound = np.concatenate((np.zeros(1, np.bool_), self.sound[self.owner], np.zeros(1, np.bool_)))
        return np.flatnonzero(self.pieces & (of_sound[:-2] | of_sound[2:])).tolist()

    def may_begin_record(self, number: int) -> bool:
        """Whether nothing but a sound record, or a blank line, precedes a piece: it is then no rest of a broken one."""
        if number == 0:
            return self.follows_sound
        return bool(self.blank[number - 1] or self.sound[self.owner[number - 1]])

    def _is_cut_before(self, piece: bytes, number: int, columns: LearnedColumns) -> bool:
        """Whether a piece may be the rest of the last cell of the record that ends with a line."""
        if number < 0 or not self.sound[self.owner[number]]:
            return False
        cell = self.lines.record(number, number).rpartition(columns.separator)[2]
        if b'"' in cell:
            return False
        shapes = columns.shapes.shapes[-1]
        if shapes is not None:
            return shape_of(cell + piece) in shapes
        if b'"' in piece:
            return False
        if cell and cell + piece in columns.last_cells:
            return True
        # Before a broken record the piece is rather part of that, and the last line of a file may well be a footer.
        return number + 2 < self.lines.count and bool(self.sound[number + 2])

    def _is_cut_behind(self, piece: bytes, number: int, columns: LearnedColumns) -> bool:
        """Whether a piece may be the beginning of the first cell of the record that starts with a line."""
        if number >= self.lines.count or not self.sound[number]:
            return False
        cell = self.lines.record(number, number).partition(columns.separator)[0]
        if b'"' in cell:
            return False
        shapes, longest = columns.shapes.shapes[0], columns.shapes.longest[0]
        if shapes is not None:
            return shape_of(piece + cell) in shapes and len(piece + cell) <= longest + _SLACK
        return len(piece + cell) <= longest


def _message(where: str, piece: bytes) -> str:
    shown = piece.decode("utf-8", "replace")
    return f"perhaps cut by a line break: {shown!r}, in the line {where} it, may belong to it"
