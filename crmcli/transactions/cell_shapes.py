"""What the cells of each column look like, learned from the first records: enough to tell a record from free text.

The shape of a cell is its text with each run of digits replaced by 9 and each run of letters by A. A column is telling
if most of its cells hold a digit and have one of a few shapes, as dates, amounts and numbered ids do.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_SHAPES = 12
LONGEST_CELL = 64
"""Bytes of a cell that are looked at: no telling cell is longer."""

_MOST = 2 / 3
_ENOUGH = 2
"""Telling cells that must fit before a text may be taken for a record."""

_DIGITS, _LETTERS = re.compile(rb"[0-9]+"), re.compile(rb"[A-Za-z\x80-\xff]+")


@dataclass(frozen=True, slots=True)
class Fit:
    """How many cells of telling columns look like the others there, and how many do not; empty ones do neither."""

    alike: int = 0
    unlike: int = 0

    def __add__(self, other: Fit) -> Fit:
        return Fit(self.alike + other.alike, self.unlike + other.unlike)

    @property
    def convinces(self) -> bool:
        """Whether chance is no explanation."""
        return self.alike >= _ENOUGH and self.alike > self.unlike


@dataclass(frozen=True, slots=True)
class ColumnShapes:
    """By column: the shapes of its cells if it is telling, else None; and the length of its longest cell, in bytes."""

    shapes: tuple[frozenset[bytes] | None, ...]
    longest: tuple[int, ...]

    @classmethod
    def learn(cls, records: Sequence[Sequence[bytes]], fields: int) -> ColumnShapes:
        """From records of `fields` cells each, without their quotes."""
        columns = list(zip(*records, strict=True)) or [()] * fields
        return cls(
            tuple(_telling_shapes(column) for column in columns),
            tuple(max(map(len, column), default=0) for column in columns),
        )

    @property
    def can_tell(self) -> bool:
        """Whether there are telling columns enough to recognise a record."""
        return sum(shapes is not None for shapes in self.shapes) >= _ENOUGH

    def fit(self, first_column: int, cells: Iterable[bytes]) -> Fit:
        """How well neighbouring cells look like the columns from `first_column` on."""
        alike = unlike = 0
        for shapes, cell in zip(self.shapes[first_column:], cells, strict=False):
            shape = shape_of(cell)
            if shapes is not None and shape:
                alike += shape in shapes
                unlike += shape not in shapes
        return Fit(alike, unlike)


def shape_of(cell: bytes) -> bytes:
    """The shape of a cell, without blanks and quotes around it."""
    text = cell[: LONGEST_CELL + 1].strip(b' \t\r"')
    return _LETTERS.sub(b"A", _DIGITS.sub(b"9", text))


def _telling_shapes(column: Sequence[bytes]) -> frozenset[bytes] | None:
    shapes = Counter(shape for cell in column if (shape := shape_of(cell)))
    numbered = {shape: count for shape, count in shapes.items() if b"9" in shape}
    if not numbered or sum(numbered.values()) < _MOST * shapes.total() or len(numbered) > MOST_SHAPES:
        return None
    return frozenset(numbered)
