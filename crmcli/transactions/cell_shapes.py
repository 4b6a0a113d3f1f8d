"""What the cells of each column look like, learned from the first records: enough to tell a record from free text.

The shape of a cell is its text with each run of digits replaced by 9 and each run of letters by A, without the signs
around it. A column is telling if most of its cells hold a digit and have one of a few shapes, as dates, amounts and
numbered ids do.
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

_MANY_TEXTS = 20
"""Cells of free text that are needed to learn a habit from."""

_BLANKS = b" \t\r"
_MINUS = "\u2212".encode()
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


@dataclass(frozen=True, slots=True)
class Habits:
    """What the cells of one column have in common without exception.

    Attributes:
        filled: none is empty.
        unpadded: none has blanks around it.
        shapes: those that all of them have, empty ones apart, if these are few and hold a digit; else None.
    """

    filled: bool
    unpadded: bool
    shapes: frozenset[bytes] | None

    @classmethod
    def learn(cls, cells: Sequence[bytes]) -> Habits:
        """From the cells of the column; few of them show no habits unless they are regular."""
        telling = _telling_shapes(cells) or frozenset()
        regular = bool(telling) and all(shape in telling for cell in cells if (shape := shape_of(cell)))
        if not regular and len(cells) < _MANY_TEXTS:
            return cls(filled=False, unpadded=False, shapes=None)
        return cls(
            filled=all(cell.strip(_BLANKS) for cell in cells),
            unpadded=not any(map(_is_padded, cells)),
            shapes=telling if regular else None,
        )

    def broken_by(self, cell: bytes) -> bool:
        """Whether a cell is unlike all that were learned from."""
        if not cell.strip(_BLANKS):
            return self.filled
        if self.unpadded and _is_padded(cell):
            return True
        return self.shapes is not None and shape_of(cell) not in self.shapes


def shape_of(cell: bytes) -> bytes:
    """The shape of a cell, without blanks, quotes and signs around it."""
    text = cell[: LONGEST_CELL + 1].replace(_MINUS, b"-").strip(b' \t\r"+-()')
    return _LETTERS.sub(b"A", _DIGITS.sub(b"9", text))


def _is_padded(cell: bytes) -> bool:
    return cell != cell.strip(_BLANKS)


def _telling_shapes(column: Sequence[bytes]) -> frozenset[bytes] | None:
    shapes = Counter(shape for cell in column if (shape := shape_of(cell)))
    numbered = {shape: count for shape, count in shapes.items() if b"9" in shape}
    if not numbered or sum(numbered.values()) < _MOST * shapes.total() or len(numbered) > MOST_SHAPES:
        return None
    return frozenset(numbered)
