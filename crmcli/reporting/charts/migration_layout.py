"""Where lines and bands of the picture of migration lie, from the moves alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LEAST, _PADDING = 38, 8
_THICKNESS, _THICKEST = 250, 110
_BENDS = (0, 0.2, 0.4, 0.6, 0.8, 1)


@dataclass(frozen=True, slots=True)
class Move:
    """Customers who went from one segment to another, and whether that is a better one."""

    before: str
    now: str
    customers: int
    up: bool


@dataclass(frozen=True, slots=True)
class Line:
    """The line of a segment on the page: how many left and joined it, and where it lies."""

    segment: str
    left: int
    joined: int
    top: float
    bottom: float

    @property
    def middle(self) -> float:
        """Its middle."""
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Point:
    """A place on both edges of a band: across from 0 to 1, and down the page."""

    across: float
    top: float
    bottom: float


@dataclass(frozen=True)
class Layout:
    """Lines of the segments, the better ones above, and bands between them; all lengths are of the page.

    All moves count; the first `drawn` of them have a band.
    """

    moves: Sequence[Move]
    start: float
    drawn: int

    @cached_property
    def segments(self) -> list[str]:
        """From best to worst, as far as the moves tell; else as they come."""
        left = list(dict.fromkeys(chain.from_iterable((move.before, move.now) for move in self.moves)))
        above: dict[str, set[str]] = {segment: set() for segment in left}
        for move in self.moves:
            better, worse = (move.now, move.before) if move.up else (move.before, move.now)
            above[worse].add(better)
        ranked: list[str] = []
        while left:
            ranked.append(next((segment for segment in left if above[segment] <= set(ranked)), left[0]))
            left.remove(ranked[-1])
        return ranked

    @cached_property
    def unit(self) -> float:
        """How thick one customer is: all bands together, and those of the largest segment, have their limits."""
        largest = max(max(self._left(segment), self._joined(segment)) for segment in self.segments)
        return min(_THICKNESS / sum(move.customers for move in self.moves), _THICKEST / largest)

    @cached_property
    def lines(self) -> list[Line]:
        """One per segment: as high as what left or joined it, and as a text on a phone."""
        lines: list[Line] = []
        top = self.start
        for segment in self.segments:
            left, joined = self._left(segment), self._joined(segment)
            bottom = top + max(_LEAST, max(left, joined) * self.unit + 2 * _PADDING)
            lines.append(Line(segment, left, joined, top, bottom))
            top = bottom
        return lines

    def bands(self) -> Iterator[tuple[Move, list[Point]]]:
        """Each move with the points of its band, which leaves and arrives level."""
        starts, ends = self._slots(leaving=True), self._slots(leaving=False)
        for move in self.moves[: self.drawn]:
            start, end = starts[move], ends[move]
            thick = max(move.customers * self.unit, 1)
            tops = [(across, start + (end - start) * (3 - 2 * across) * across**2) for across in _BENDS]
            yield move, [Point(across, round(top, 2), round(top + thick, 2)) for across, top in tops]

    def _slots(self, *, leaving: bool) -> dict[Move, float]:
        """Where each band begins or ends: in the order of where it leads, so that few cross, centred in the line."""
        rank = {segment: place for place, segment in enumerate(self.segments)}
        slots: dict[Move, float] = {}
        for line in self.lines:
            own = [move for move in self.moves if (move.before if leaving else move.now) == line.segment]
            top = line.middle - sum(move.customers for move in own) * self.unit / 2
            for move in sorted(own, key=lambda move: rank[move.now if leaving else move.before]):
                slots[move] = top
                top += move.customers * self.unit
        return slots

    def _left(self, segment: str) -> int:
        return sum(move.customers for move in self.moves if move.before == segment)

    def _joined(self, segment: str) -> int:
        return sum(move.customers for move in self.moves if move.now == segment)
