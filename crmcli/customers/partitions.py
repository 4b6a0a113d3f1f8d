"""Lines in the order (customer, day), a part at a time.

Random access to memory is what limits a group-by of many rows. So all lines are sorted once by the leading bits of the
customer's hash, as plain integers that carry the position of the line in their low bits; and then part by part, in
pieces that fit the processor's cache, by customer and day.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from crmcli.customers.lines import DAY_BITS, DAY_MASK, DAY_ZERO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

PART_LINES = 150_000
"""Lines of one part, about: its arrays fit the second-level cache."""

_WORD_BITS = 64
_U64 = np.uint64


@dataclass(frozen=True, slots=True)
class SortedPart:
    """The lines of some customers: their positions among all lines, sorted by customer and day.

    `customer_starts` and `day_starts` are places in `positions` where a customer, or a customer's day, begins;
    `day_customers` numbers the customer of each of these days, and `days` counts them from 1970. `collided` says that
    two customers share a hash, so that nothing here can be used.
    """

    positions: NDArray[np.int64]
    customer_starts: NDArray[np.int64]
    day_starts: NDArray[np.int64]
    day_customers: NDArray[np.int64]
    days: NDArray[np.int32]
    collided: bool


def sorted_parts(
    customer: NDArray[np.uint64], used: NDArray[np.bool_] | None, part_lines: int = PART_LINES
) -> Iterator[tuple[NDArray[np.uint64], int]]:
    """All used lines as sorted keys, cut into parts such that no customer is in two; none without lines.

    Yields:
        Keys (leading bits of the customer above the position), and the number of bits of the position.
    """
    width = max(len(customer) - 1, 1).bit_length()
    low = _low(width)
    positions = np.arange(len(customer), dtype=_U64) if used is None else np.flatnonzero(used).astype(_U64)
    keys = (customer & ~low if used is None else customer[used] & ~low) | positions
    keys.sort()
    bits = (len(keys) // part_lines).bit_length()
    borders = [number << (_WORD_BITS - bits) for number in range(1, 1 << bits)]
    cuts = [0, *np.searchsorted(keys, np.array(borders, dtype=_U64)), len(keys)]
    for start, end in pairwise(cuts):
        if end > start:
            yield keys[start:end], width


def sort_part(
    keys: NDArray[np.uint64], width: int, customer: NDArray[np.uint64], tag: NDArray[np.uint64]
) -> SortedPart:
    """Sort one part by customer and day.

    Args:
        keys: one part of `sorted_parts`.
        width: bits of the position in a key.
        customer: the hash (or exact code) of each line's customer.
        tag: a second hash of it above the day, as in `Lines`.
    """
    positions = (keys & _low(width)).astype(np.int64)
    tags = tag[positions]
    new_customer = _is_new(keys >> _U64(width))
    if _changes_inside(tags, new_customer):
        # The leading bits of two customers agree: sort by all bits.
        order = np.lexsort((tags & _U64(DAY_MASK), customer[positions]))
        new_customer = _is_new(customer[positions[order]])
    else:
        order = _order(new_customer, tags)
    tags = tags[order]
    days = (tags & _U64(DAY_MASK)).astype(np.int32)
    day_starts = np.flatnonzero(_is_new(days) | new_customer)
    return SortedPart(
        positions=positions[order],
        customer_starts=np.flatnonzero(new_customer),
        day_starts=day_starts,
        day_customers=np.cumsum(new_customer[day_starts]) - 1,
        days=days[day_starts] + np.int32(DAY_ZERO),
        collided=_changes_inside(tags, new_customer),
    )


def _order(new_customer: NDArray[np.bool_], tags: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Places of lines, sorted by customer (they stand together already) and day."""
    count = len(tags)
    width = max(count - 1, 1).bit_length()
    if 2 * width + 1 + DAY_BITS > _WORD_BITS:
        # A part of this size holds a giant customer; customer, day and place no longer fit one word.
        return np.lexsort((tags & _U64(DAY_MASK), np.cumsum(new_customer)))
    key = np.cumsum(new_customer, dtype=_U64) << _U64(DAY_BITS)
    key |= tags & _U64(DAY_MASK)
    key <<= _U64(width)
    key |= np.arange(count, dtype=_U64)
    key.sort()
    return (key & _low(width)).astype(np.int64)


def _changes_inside(tags: NDArray[np.uint64], new_customer: NDArray[np.bool_]) -> bool:
    """Whether the second hash changes anywhere but between customers."""
    return bool(np.any(_is_new(tags >> _U64(DAY_BITS)) & ~new_customer))


def _low(width: int) -> np.uint64:
    return _U64((1 << width) - 1)


def _is_new(values: NDArray[np.uint64] | NDArray[np.int32]) -> NDArray[np.bool_]:
    new = np.empty(len(values), dtype=np.bool_)
    new[:1] = True
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return new
