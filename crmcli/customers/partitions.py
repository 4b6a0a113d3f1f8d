"""Lines in the order (customer, day), a partition at a time.

Random access to memory is what limits a group-by of many rows. So lines are first split by the leading bits of the
customer's hash into parts that fit the processor's cache; within a part, sorting plain integers that carry the position
in their low bits is several times faster than sorting rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

PARTITION_LINES = 150_000
"""Lines of one part: its arrays fit the second-level cache."""

MAX_PARTITION_BITS = 8
"""Parts are numbered in one byte, whose sort is a radix sort."""

DAY_BITS = 17
"""358 years of days; dates lie in 1900–2199."""

DAY_ZERO = -25_567
"""1900-01-01 in days since 1970."""

_WORD_BITS = 64
_U64 = np.uint64


@dataclass(frozen=True, slots=True)
class SortedPart:
    """The order of one part of the lines: positions within the part, sorted by customer and day.

    `customer_starts` and `day_starts` are places in that order where a customer, or a customer's day, begins;
    `day_customers` numbers the customer of each of these days.
    """

    order: NDArray[np.int64]
    customer_starts: NDArray[np.int64]
    day_starts: NDArray[np.int64]
    day_customers: NDArray[np.int64]


def partition(customer: NDArray[np.uint64], used: NDArray[np.bool_] | None) -> Iterator[NDArray[np.int64]]:
    """Positions of the used lines, split by the leading bits of the customer; no customer is in two parts."""
    positions = np.arange(len(customer)) if used is None else np.flatnonzero(used)
    bits = min((len(positions) // PARTITION_LINES).bit_length(), MAX_PARTITION_BITS)
    if not bits:
        yield positions
        return
    codes = customer if used is None else customer[positions]
    number = (codes >> _U64(_WORD_BITS - bits)).astype(np.uint8)
    order = np.argsort(number, kind="stable")
    ends = np.cumsum(np.bincount(number, minlength=1 << bits))
    for start, end in zip((0, *ends[:-1]), ends, strict=True):
        part = order[start:end]
        yield part if used is None else positions[part]


def sort_part(customers: NDArray[np.uint64], day: NDArray[np.int32]) -> SortedPart:
    """Sort one part by customer and day.

    The fast way keeps only the leading bits of each hash beside the position; where two customers share those, the part
    is sorted by the whole of it.
    """
    days = (day - DAY_ZERO).astype(_U64)
    order, groups = _fast_order(customers, days)
    new_customer = _is_new(customers[order])
    if np.count_nonzero(new_customer) != groups:
        order = np.lexsort((days, customers))
        new_customer = _is_new(customers[order])
    day_starts = np.flatnonzero(_is_new(days[order]) | new_customer)
    day_customers = np.cumsum(new_customer[day_starts]) - 1
    return SortedPart(order, np.flatnonzero(new_customer), day_starts, day_customers)


def _fast_order(customers: NDArray[np.uint64], days: NDArray[np.uint64]) -> tuple[NDArray[np.int64], int]:
    """Positions sorted by leading hash bits and day, and the number of groups of equal leading bits.

    The number is 0, which never fits, where group, day and position do not fit one word.
    """
    count = len(customers)
    width = max(count - 1, 1).bit_length()
    if 2 * width + 1 + DAY_BITS > _WORD_BITS:
        return np.arange(count), 0
    bits, low = _U64(width), _U64((1 << width) - 1)
    key = (customers & ~low) | np.arange(count, dtype=_U64)
    key.sort()
    by_customer = key & low
    number = np.cumsum(_is_new(key >> bits), dtype=np.uint64)
    key = (((number << _U64(DAY_BITS)) | days[by_customer.astype(np.int64)]) << bits) | by_customer
    key.sort()
    return (key & low).astype(np.int64), int(number[-1]) if count else 0


def _is_new(values: NDArray[np.uint64]) -> NDArray[np.bool_]:
    new = np.empty(len(values), dtype=np.bool_)
    new[:1] = True
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return new
