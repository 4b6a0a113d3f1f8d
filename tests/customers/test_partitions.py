from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcli.customers import partitions
from crmcli.customers.lines import DAY_BITS
from crmcli.customers.partitions import sort_part, sorted_parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmcli.customers.partitions import SortedPart

LAST_DAY = 109_572
"""2199-12-31 in days since 1900."""

CUSTOMERS = st.one_of(
    st.integers(0, 2**64 - 1),
    st.integers(0, 3).map(lambda low: (1 << 63) | low),  # equal in all leading bits
    st.integers(0, 3).map(lambda high: high << 62),
    st.just(2**64 - 1),
)
LINES = st.lists(st.tuples(CUSTOMERS, st.integers(0, LAST_DAY) | st.integers(0, 2), st.booleans()), max_size=40)
LEDGERS = st.tuples(LINES, st.integers(1, 10))


def hashes(values: Sequence[int]) -> NDArray[np.uint64]:
    return np.array(values, dtype=np.uint64)


def tags(customers: Sequence[int], days: Sequence[int]) -> NDArray[np.uint64]:
    """A second hash that differs wherever the first one does: the rank of the customer."""
    ranks = {customer: rank for rank, customer in enumerate(sorted(set(customers)))}
    return hashes([(ranks[customer] << DAY_BITS) | day for customer, day in zip(customers, days, strict=True)])


def sort_all(
    customers: Sequence[int], days: Sequence[int], used: Sequence[bool] | None = None, part_lines: int = 3
) -> list[SortedPart]:
    customer, tag = hashes(customers), tags(customers, days)
    parts = sorted_parts(customer, None if used is None else np.array(used, dtype=np.bool_), part_lines)
    return [sort_part(keys, width, customer, tag) for keys, width in parts]


class TestParts:
    @settings(deadline=None)
    @given(LEDGERS)
    def test_every_used_line_stands_in_one_part_and_each_customer_in_one(
        self, case: tuple[list[tuple[int, int, bool]], int]
    ) -> None:
        lines, part_lines = case
        customers = [customer for customer, _, _ in lines]
        parts = sort_all(customers, [day for _, day, _ in lines], [used for _, _, used in lines], part_lines)
        positions = [part.positions.tolist() for part in parts]
        assert sorted(chain.from_iterable(positions)) == [at for at, (_, _, used) in enumerate(lines) if used]
        owners = [{customers[at] for at in part} for part in positions]
        assert sum(map(len, owners)) == len(set().union(*owners))
        assert all(positions)

    def test_lines_are_split_once_there_are_too_many(self) -> None:
        customers = [number << 58 for number in range(64)]
        assert len(sort_all(customers, [0] * 64, part_lines=100)) == 1
        assert len(sort_all(customers, [0] * 64, part_lines=10)) == 8

    def test_a_customer_with_nearly_all_lines_is_not_split(self) -> None:
        customers = [5 << 60] * 100 + [9 << 60]
        assert [len(part.positions) for part in sort_all(customers, list(range(101)), part_lines=10)] == [100, 1]

    @pytest.mark.parametrize("used", [None, []])
    def test_no_lines_make_no_parts(self, used: list[bool] | None) -> None:
        assert sort_all([], [], used) == []

    def test_no_used_lines_make_no_parts(self) -> None:
        assert sort_all([1, 2], [0, 0], [False, False]) == []


class TestOrder:
    @settings(deadline=None)
    @given(LEDGERS, st.booleans())
    def test_as_a_plain_sort_would(self, case: tuple[list[tuple[int, int, bool]], int], packed: bool) -> None:  # noqa: FBT001
        lines, part_lines = case
        customers, days = [line[0] for line in lines], [line[1] for line in lines]
        with pytest.MonkeyPatch.context() as patch:
            if not packed:
                # As if the part were so long that customer, day and place did not fit one word.
                patch.setattr(partitions, "_WORD_BITS", 20 if part_lines > len(lines) else 64)
            parts = sort_all(customers, days, part_lines=part_lines)
        for part in parts:
            self.check(part, customers, days)

    def check(self, part: SortedPart, customers: Sequence[int], days: Sequence[int]) -> None:
        """The starts cut the sorted lines into customers and their days."""
        keys = [(customers[at], days[at]) for at in part.positions]
        assert keys == sorted(keys)
        assert not part.collided
        by_customer = np.split(np.array(part.positions), part.customer_starts[1:])
        assert [{customers[at] for at in group} for group in by_customer] == [
            {c} for c in dict.fromkeys(map(first, keys))
        ]
        by_day = np.split(np.array(part.positions), part.day_starts[1:])
        found = [{(customers[at], days[at]) for at in group} for group in by_day]
        assert found == [{key} for key in dict.fromkeys(keys)]
        number = {customer: at for at, customer in enumerate(dict.fromkeys(map(first, keys)))}
        assert part.day_customers.tolist() == [number[customer] for customer, _ in dict.fromkeys(keys)]

    def test_customers_that_share_all_leading_bits(self) -> None:
        (part,) = sort_all([8, 9, 8, 9, 8], [3, 1, 2, 1, 3], part_lines=100)
        assert part.positions.tolist() == [2, 0, 4, 1, 3]
        assert part.customer_starts.tolist() == [0, 3]
        assert part.day_starts.tolist() == [0, 1, 3]
        assert part.day_customers.tolist() == [0, 0, 1]

    def test_the_first_and_the_last_day(self) -> None:
        (part,) = sort_all([1 << 60, 1 << 60], [LAST_DAY, 0], part_lines=100)
        assert part.positions.tolist() == [1, 0]
        assert part.day_starts.tolist() == [0, 1]


class TestCollisions:
    def test_two_second_hashes_of_one_customer_are_seen(self) -> None:
        customer, tag = hashes([7 << 60, 7 << 60]), hashes([1 << DAY_BITS, 2 << DAY_BITS])
        ((keys, width),) = sorted_parts(customer, None)
        assert sort_part(keys, width, customer, tag).collided

    @given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), max_size=12))
    @settings(deadline=None)
    def test_exactly_where_a_first_hash_has_two_second_ones(self, lines: list[tuple[int, int, int]]) -> None:
        customer = hashes([first << 62 for first, _, _ in lines])
        tag = hashes([(second << DAY_BITS) | day for _, second, day in lines])
        seen = any(sort_part(*part, customer, tag).collided for part in sorted_parts(customer, None, 3))
        pairs = {line[:2] for line in lines}
        assert seen == (len(pairs) > len({first for first, _ in pairs}))


def first(key: tuple[int, int]) -> int:
    return key[0]
