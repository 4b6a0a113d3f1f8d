"""Allocation day by day, for accounts in which payments name no invoice or one number stands for several items."""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNAPPLIED = -1
_ARRIVAL, _NAMED, _POOLED = 0, 1, 2
"""What happens first on one day."""


@dataclass(slots=True)
class _Item:
    """An invoice on its way: what it asked for, and what named events and pooled payments have settled."""

    item: int
    due: int
    amount: int
    named: int = 0
    pooled: int = 0
    queued: bool = False

    @property
    def open(self) -> int:
        return self.amount - self.named - self.pooled


@dataclass(slots=True)
class _Key:
    """The items of one document number that are dated already, by due date, and what named events have left over."""

    items: list[_Item] = field(default_factory=list)
    over: int = 0
    waiting: list[tuple[int, int]] = field(default_factory=list)


def allocate_pooled(items: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """The movements of all events of some accounts; arguments and result as in `allocate.allocate`."""
    events = events.sort("account", "date", "kind", "key", "amount", nulls_last=True).with_row_index("order")
    moves = _Moves()
    account: int | None = None
    book = _Account(moves)
    for row in _timeline(items, events):
        if row[0] != account:
            account = row[0]
            book = _Account(moves)
        book.take(row)
    own = events.select("event", "account", "kind", order=pl.col("order").cast(pl.Int64))
    return moves.frame().join(own, on="order", how="left", maintain_order="left")


_Row = tuple[int, int, int, int, int, int | None, int]
"""Account, day, what happens, item or event, amount, key, due day (of an arrival)."""


def _timeline(items: pl.DataFrame, events: pl.DataFrame) -> Iterator[_Row]:
    """Everything that happens, by account and day: invoices, then named events, then pooled payments."""
    arrivals = items.select(
        "account",
        pl.col("date").to_physical().alias("day"),
        pl.lit(_ARRIVAL).alias("what"),
        pl.col("item").alias("id"),
        "amount",
        "key",
        pl.col("due").to_physical().alias("due"),
    )
    what = pl.when("pooled").then(_POOLED).otherwise(_NAMED)
    happenings = events.select(
        "account",
        pl.col("date").to_physical().alias("day"),
        what.alias("what"),
        pl.col("order").cast(pl.Int64).alias("id"),
        "amount",
        "key",
        pl.lit(0, pl.Int32).alias("due"),
    )
    yield from pl.concat([arrivals, happenings]).sort("account", "day", "what", "id").iter_rows()


class _Account:
    """One account from its first day to its last."""

    def __init__(self, moves: _Moves) -> None:
        self._moves = moves
        self._keys: dict[int | None, _Key] = defaultdict(_Key)
        self._queue: list[tuple[int, int, _Item]] = []

    def take(self, row: _Row) -> None:
        _, day, what, identity, amount, key, due = row
        if what == _ARRIVAL:
            self._arrive(day, _Item(identity, due, amount), self._keys[key])
        elif what == _POOLED:
            self._settle_oldest(day, identity, amount)
        elif key is None:
            self._moves.add(_UNAPPLIED, day, identity, amount)
        else:
            self._settle_named(day, identity, amount, self._keys[key])

    def _arrive(self, day: int, item: _Item, key: _Key) -> None:
        key.items.append(item)
        key.items.sort(key=lambda one: (one.due, one.item))
        self._queue_up(item)
        waiting, key.waiting = key.waiting, []
        for event, amount in waiting:
            applied = self._apply(day, event, amount, key)
            self._moves.add(_UNAPPLIED, day, event, -applied)

    def _queue_up(self, item: _Item) -> None:
        if not item.queued and item.open > 0:
            item.queued = True
            heapq.heappush(self._queue, (item.due, item.item, item))

    def _settle_named(self, day: int, event: int, amount: int, key: _Key) -> None:
        if not key.items:
            key.waiting.append((event, amount))
            self._moves.add(_UNAPPLIED, day, event, amount)
            return
        applied = self._apply(day, event, amount, key)
        self._moves.add(_UNAPPLIED, day, event, amount - applied)

    def _apply(self, day: int, event: int, amount: int, key: _Key) -> int:
        """Put an amount onto the items of a number; what is left over offsets later reversals. Returns what was put."""
        offset = _offset(amount, key.over)
        key.over += offset
        rest = amount - offset
        applied = 0
        for item in key.items if rest > 0 else reversed(key.items):
            part = min(rest, item.open) if rest > 0 else max(rest, -item.named)
            if part:
                item.named += part
                self._moves.add(item.item, day, event, part)
                self._queue_up(item)
                rest -= part
                applied += part
        key.over += rest
        return applied

    def _settle_oldest(self, day: int, event: int, amount: int) -> None:
        queue = self._queue
        while amount > 0 and queue:
            item = queue[0][2]
            left = item.amount - item.named - item.pooled
            part = min(amount, left)
            if part > 0:
                item.pooled += part
                amount -= part
                self._moves.add(item.item, day, event, part)
            if part == left or left <= 0:
                heapq.heappop(queue)
                item.queued = False
        self._moves.add(_UNAPPLIED, day, event, amount)


def _offset(amount: int, over: int) -> int:
    """The part of an amount that only undoes what earlier events of the other sign left over."""
    if amount > 0 > over:
        return min(amount, -over)
    return max(amount, -over) if amount < 0 < over else 0


class _Moves:
    """Movements as they are made, by column."""

    def __init__(self) -> None:
        self._item: list[int] = []
        self._day: list[int] = []
        self._event: list[int] = []
        self._amount: list[int] = []

    def add(self, item: int, day: int, event: int, amount: int) -> None:
        if amount:
            self._item.append(item)
            self._day.append(day)
            self._event.append(event)
            self._amount.append(amount)

    def frame(self) -> pl.DataFrame:
        columns = {"item": self._item, "date": self._day, "order": self._event, "amount": self._amount}
        schema = {"item": pl.Int64, "date": pl.Int32, "order": pl.Int64, "amount": pl.Int64}
        return pl.DataFrame(columns, schema=schema).with_columns(pl.col("date").cast(pl.Date))
