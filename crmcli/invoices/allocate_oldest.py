"""Allocation where payments that name no invoice settle whatever is oldest, and nothing is ever taken back.

Most accounts with such payments are of this kind. They need the order of days, but no memory beyond what each invoice
still asks for, so they go through one short loop; accounts with reversals, advance payments on a named invoice or
repeated numbers go through `allocate_pool`, which knows every rule and agrees with this one wherever both apply.
"""

from __future__ import annotations

import heapq
from array import array
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNAPPLIED = -1
_ARRIVAL, _NAMED, _POOLED = 0, 1, 2
"""What happens first on one day."""

_SLICE_ROWS = 2**16
_PLACE_BITS = 32
_PLACE = 2**_PLACE_BITS - 1


def allocate_oldest(items: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """The movements of all events of some accounts.

    Args:
        items: as in `allocate.allocate`; no two share a key.
        events: as there, pooled or with the `item` that they name; these are above 0 and dated no earlier than it.

    Returns:
        The columns of `allocate.MOVE_SCHEMA`.
    """
    items = items.sort("item").with_row_index("place").with_columns(pl.col("place").cast(pl.Int64))
    places = items.select("item", "place")
    rows = _timeline(items, events.join(places, on="item", how="left", maintain_order="left"))
    moves = _walk(_fields(rows), items["amount"].to_list())
    order, place, amount = np.frombuffer(moves, dtype=np.int64).reshape(-1, 3).T
    # The place before the first one is the last one, which stands for the account.
    numbers = np.append(items["item"].to_numpy(), _UNAPPLIED)
    moved = rows[order] if len(order) else rows.clear()
    return moved.with_columns(item=pl.Series(numbers[place], dtype=pl.Int64), amount=pl.Series(amount, dtype=pl.Int64))


def _timeline(items: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Everything that happens, by account and day: invoices, then events that name one, then the others."""
    arrivals = items.select("account", "date", "amount", "place", "due", what=pl.lit(_ARRIVAL))
    what = pl.when("pooled").then(_POOLED).otherwise(_NAMED)
    happenings = events.select("account", "date", "amount", "place", "event", "kind", what=what)
    rows = pl.concat([arrivals, happenings], how="diagonal")
    return rows.sort("account", "date", "what", "kind", "place", "amount", nulls_last=True)


_Row = tuple[int, int, int, int, int]
"""Account, what happens, amount, place of the item (unless pooled), due day (of an arrival)."""


def _fields(rows: pl.DataFrame) -> Iterator[_Row]:
    wanted = rows.select("account", "what", "amount", "place", pl.col("due").to_physical())
    for part in wanted.iter_slices(_SLICE_ROWS):
        yield from zip(*(column.to_list() for column in part.get_columns()), strict=True)


def _walk(timeline: Iterator[_Row], left: list[int]) -> array[int]:
    """Row, place of the item (or unapplied) and amount of every movement; `left` is what each item asks for."""
    moves: array[int] = array("q")
    account, queue = -1, list[int]()
    for row, (number, what, amount, place, due) in enumerate(timeline):
        if number != account:
            account, queue = number, []
        if what == _ARRIVAL:
            # One whole number sorts by due day, then by place, and compares faster than a pair.
            heapq.heappush(queue, due << _PLACE_BITS | place)
        elif what == _NAMED:
            _settle(place, left, row, amount, moves)
        else:
            _settle_oldest(queue, left, row, amount, moves)
    return moves


def _settle(place: int, left: list[int], row: int, amount: int, moves: array[int]) -> None:
    """Settle one item as far as it goes."""
    part = min(amount, left[place])
    left[place] -= part
    moves.extend((row, place, part, row, _UNAPPLIED, amount - part))


def _settle_oldest(queue: list[int], left: list[int], row: int, amount: int, moves: array[int]) -> None:
    """Settle the items that are due first."""
    while amount > 0 and queue:
        place = queue[0] & _PLACE
        asked = left[place]
        if asked > amount:
            left[place] = asked - amount
            moves.extend((row, place, amount))
            return
        heapq.heappop(queue)
        left[place] = 0
        moves.extend((row, place, asked))
        amount -= asked
    moves.extend((row, _UNAPPLIED, amount))
