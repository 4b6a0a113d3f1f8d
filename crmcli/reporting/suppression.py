"""Groups of very few customers are withheld from tables, with others where they could be reckoned back.

Protected is, within one table, the number of customers and every other figure of a group of 1 to `least` - 1 customers.
Whoever knows the totals of the table (which stand elsewhere in a report) and this rule is left with at least two values
for each such number. That takes no second group where several small ones blur each other, else that of the next size
(every one of it) is withheld as well; and where their sum would still tell, all that is withheld looks alike, so that
nobody knows which is which. With no larger group in the table every row is withheld, and little can be promised.

Not protected are: that a count is none (it is shown); totals of the whole report; a share of a larger group, even where
it stands for few of its customers; parts of a group against what else is known of that group; differences between two
tables or two reports that cut the customers in different ways; what a reader knows from elsewhere.
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
class Withheld:
    """Which of several numbers are withheld.

    Attributes:
        few: those from 1 to `least` − 1.
        others: those withheld so that the few cannot be reckoned back.
        marked: whether the few may be marked as such; False where the marks would give them away.
    """

    few: frozenset[int]
    others: frozenset[int] = frozenset()
    marked: bool = True

    @property
    def all(self) -> frozenset[int]:
        """Every number that is withheld."""
        return self.few | self.others


def suppress(table: Table, counted: str, *, least: int = LEAST, total_known: bool = True) -> Table:
    """The table without figures of groups under `least` customers; the one given is left as it is.

    A table that has been through this already comes out as it went in.

    The count of such a group becomes the text `<5`, all that follows the names of its row None; in the row of a group
    that is withheld beside it the count is None as well. Further columns in the unit customers are treated alike cell
    by cell, with the shares of their rows. `withheld` tells how many rows have lost figures.

    Args:
        table: a table of a report's context.
        counted: the name of the column that counts customers.
        least: customers from which on a group is shown; 1 withholds nothing.
        total_known: whether a reader may know the sum of the column; False where rows do not add up to anything,
            such as those of successive periods. A table whose `sums` give each row a label says it more finely: rows
            of one label add up to a number that is told elsewhere, those with None to none.
    """
    labels = table.get("sums") or [total_known or None] * len(table["rows"])
    rows, withheld = list(table["rows"]), table.get("withheld", 0)
    for label in dict.fromkeys(labels):
        places = [place for place, own in enumerate(labels) if own == label]
        work = _Work({**table, "rows": [rows[place] for place in places]}, counted, least, total_known=bool(label))
        withheld += len(work.groups.all.union(*(work.part(place) for place in work.parts)))
        work.blank_groups()
        for place, row in zip(places, work.rows, strict=True):
            rows[place] = row
    return {**table, "rows": rows, "withheld": withheld}


def open_rows(table: Table, counted: str) -> list[int]:
    """The rows of a suppressed table whose groups are shown, for pictures of the same groups."""
    place = next(at for at, column in enumerate(table["columns"]) if column["name"] == counted)
    return [number for number, row in enumerate(table["rows"]) if isinstance(row[place], int)]


def open_groups(counts: Sequence[int], least: int) -> list[int]:
    """Which of several groups, whose sum is known, a picture without a table may show."""
    withheld = _chosen(counts, least, total_known=True).all if least > 1 else frozenset()
    return [number for number in range(len(counts)) if number not in withheld]


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
        counts = [row[place] for row in self.rows]
        return _chosen(counts, self._least, total_known=self._total_known, gone=gone)

    def _mark(self, number: int, withheld: Withheld) -> str | None:
        return f"<{self._least}" if number in withheld.few and withheld.marked else None


def _first_figure(kinds: Sequence[Kind]) -> int:
    """Where the names of a row end: at the first column that is no text, nor a date that leads."""
    return next((at for at, kind in enumerate(kinds) if kind not in _TEXTS and (at or kind is not Kind.DATE)), 0)


def _chosen(
    counts: Sequence[Any],
    least: int,
    *,
    total_known: bool,
    gone: frozenset[int] = frozenset(),
) -> Withheld:
    """Choose what is withheld of a column.

    Every choice is a function of what a reader sees anyway, or leaves numbers unmarked that could be swapped without a
    trace, so that knowing this rule helps nobody.

    Args:
        counts: the numbers; what is no whole number is not looked at.
        least: the smallest number that is shown beside 0.
        total_known: whether the sum of all numbers is known.
        gone: rows that are withheld anyway.
    """
    numbers = {place: count for place, count in enumerate(counts) if isinstance(count, int) and place not in gone}
    few = frozenset(place for place, count in numbers.items() if 0 < count < least)
    lost = sum(count for place, count in enumerate(counts) if place in gone and isinstance(count, int))
    total = lost + sum(numbers[place] for place in few)
    reader = _Reader(len(few), least, others_withheld=bool(gone))
    if not few or not total_known or reader.is_left_open(total):
        return Withheld(few)
    larger = sorted({count for count in numbers.values() if count >= least})
    if not larger:
        return Withheld(few, frozenset(numbers) - few, marked=False)
    cover = frozenset(place for place, count in numbers.items() if count == larger[0])
    total += larger[0] * len(cover)
    marked = len(few) == 1 and not gone and reader.is_left_open(total, len(cover), [*larger, None][1])
    return Withheld(few, cover, marked)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Somebody who knows the rule, and the sum of what is withheld.

    Attributes:
        few: how many numbers are marked as few.
        least: from which on a number is not few.
        others_withheld: whether further numbers of any size are withheld.
    """

    few: int
    least: int
    others_withheld: bool

    def is_left_open(self, total: int, covers: int = 0, shown: int | None = None) -> bool:
        """Whether several values are possible for each of the few numbers.

        Args:
            total: the sum of all that is withheld.
            covers: how many equal numbers of at least `least` are among that.
            shown: the smallest number that is shown; covers are smaller.
        """
        most = self.few * (self.least - 1)
        if not covers:
            return len(self._values(total)) > 1
        first = max(self.least, -((most - total) // covers)) if not self.others_withheld else self.least
        last = (total - self.few) // covers
        sizes = range(first, 1 + (last if shown is None else min(last, shown - 1)))
        return len({value for size in sizes for value in self._values(total - size * covers)}) > 1

    def _values(self, rest: int) -> range:
        """What one of the few numbers may be when they, and others withheld, sum up to `rest`."""
        low = 1 if self.others_withheld else rest - (self.few - 1) * (self.least - 1)
        high = rest - (self.few - 1)
        return range(max(low, 1), 1 + min(high, self.least - 1))
