"""Groups of very few customers are withheld from tables, with as many others as keep them from being reckoned back.

What is protected, within one table: the number of customers and every other figure of a group of 1 to `least` − 1
customers. Whoever knows the totals of the table (which stand elsewhere in a report) and this rule is left with at
least two values for each such number, or sees nothing of any group where that cannot be had (then all are withheld).

What is not: a count of none (it is shown); totals of the whole report; a share of a larger group, even where it stands
for few of its customers; differences between two tables or two reports that cut the customers in different ways; what
a reader knows from elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmcli.analysis.views import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST = 5
"""Customers from which on a group is shown."""

CUSTOMERS = "customers"
"""The unit of columns that count customers."""

_TEXTS = frozenset({Kind.ID, Kind.TEXT, Kind.FLAGS})

Table = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Cell:
    """A withheld number as a reader knows it: between two bounds."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Withheld:
    """Which of several numbers are withheld.

    Attributes:
        few: those from 1 to `least` − 1.
        others: those withheld so that the few cannot be reckoned back.
        marked: whether the few may be marked as such; False where the marks would give them away.
    """

    few: frozenset[int]
    others: frozenset[int]
    marked: bool = True

    @property
    def all(self) -> frozenset[int]:
        """Every number that is withheld."""
        return self.few | self.others


def suppress(table: Table, counted: str, *, least: int = LEAST, total_known: bool = True) -> Table:
    """The table without figures of groups under `least` customers; the one given is left as it is.

    The count of such a group becomes the text `<5`, all that follows the names of its row None; in the row of a group
    that is withheld beside it the count is None as well. Further columns in the unit customers are treated alike cell
    by cell, with the shares of their rows. `withheld` tells how many rows have lost figures.

    Args:
        table: a table of a report's context.
        counted: the name of the column that counts customers.
        least: customers from which on a group is shown; 1 withholds nothing.
        total_known: whether a reader may know the sum of the column; False where rows do not add up to anything,
            such as those of successive periods.
    """
    work = _Work(table, counted, least, total_known=total_known)
    touched = work.groups.all.union(*(work.part(place) for place in work.parts))
    work.blank_groups()
    return {**table, "rows": work.rows, "withheld": len(touched)}


class _Work:
    """A table while figures are taken out of it."""

    def __init__(self, table: Table, counted: str, least: int, *, total_known: bool) -> None:
        self.rows = [list(row) for row in table["rows"]]
        self._kinds = [Kind(column["kind"]) for column in table["columns"]]
        self._least = least
        self._total_known = total_known
        self._first = _first_figure(self._kinds)
        self._place = next(at for at, column in enumerate(table["columns"]) if column["name"] == counted)
        self.parts = [
            at
            for at, column in enumerate(table["columns"])
            if at != self._place and self._kinds[at] is Kind.INTEGER and column["unit"] == CUSTOMERS
        ]
        self.groups = self._chosen(self._place)

    def part(self, place: int) -> frozenset[int]:
        """Withhold small numbers of one further column, with the shares of their rows; the rows touched."""
        cells = self._chosen(place, self.groups.all)
        for number in cells.all:
            row = zip(self.rows[number], self._kinds, strict=True)
            self.rows[number] = [None if kind is Kind.SHARE else cell for cell, kind in row]
            self.rows[number][place] = self._mark(number, cells)
        return cells.all

    def blank_groups(self) -> None:
        """Take every figure out of the rows of groups that are withheld."""
        for number in self.groups.all:
            row = self.rows[number]
            row[self._first :] = [None] * (len(row) - self._first)
            row[self._place] = self._mark(number, self.groups)

    def _chosen(self, place: int, gone: frozenset[int] = frozenset()) -> Withheld:
        labels = [[str(cell) for cell in row[: self._first]] for row in self.rows]
        counts = [row[place] for row in self.rows]
        return _chosen(counts, labels, self._least, total_known=self._total_known, gone=gone)

    def _mark(self, number: int, withheld: Withheld) -> str | None:
        return f"<{self._least}" if number in withheld.few and withheld.marked else None


def _first_figure(kinds: Sequence[Kind]) -> int:
    """Where the names of a row end: at the first column that is no text, nor a date that leads."""
    return next((at for at, kind in enumerate(kinds) if kind not in _TEXTS and (at or kind is not Kind.DATE)), 0)


def _chosen(
    counts: Sequence[Any],
    labels: Sequence[Sequence[str]],
    least: int,
    *,
    total_known: bool,
    gone: frozenset[int] = frozenset(),
) -> Withheld:
    """Choose what is withheld of a column; equal numbers in the order of their labels, so that tables agree.

    Args:
        counts: the numbers; what is no whole number is not looked at.
        labels: names of the rows.
        least: the smallest number that is shown beside 0.
        total_known: whether the sum of all numbers is known.
        gone: rows that are withheld anyway.
    """
    numbers = {place: count for place, count in enumerate(counts) if isinstance(count, int) and place not in gone}
    few = [place for place, count in numbers.items() if 0 < count < least]
    larger = sorted(
        (place for place, count in numbers.items() if count >= least),
        key=lambda place: (numbers[place], labels[place]),
    )
    if not few or not total_known:
        return Withheld(frozenset(few), frozenset())
    lost = [count for place, count in enumerate(counts) if place in gone and isinstance(count, int)]
    for taken in range(len(larger) + 1):
        others = larger[:taken]
        smallest_shown = numbers[larger[taken]] if taken < len(larger) else None
        total = sum(numbers[place] for place in (*few, *others)) + sum(lost)
        bounds = [_Cell(least, total if smallest_shown is None else smallest_shown) for _ in others]
        unknown = [*bounds, *(_Cell(0, total) for _ in lost)]
        if _is_open(len(few), unknown, total, least):
            return Withheld(frozenset(few), frozenset(others))
    return Withheld(frozenset(few), frozenset(larger), marked=False)


def _is_open(few: int, unknown: Sequence[_Cell], total: int, least: int) -> bool:
    """Whether a reader who knows the total is left with several values for each of the few numbers."""
    if few + len(unknown) < 2:  # noqa: PLR2004 — one unknown is the rest of the total
        return False
    low = total - (few - 1) * (least - 1) - sum(cell.high for cell in unknown)
    high = total - (few - 1) - sum(cell.low for cell in unknown)
    values = min(high, least - 1) - max(low, 1) + 1
    return values >= min(2, least - 1)
