from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcli.customers.money import concatenated, to_money, to_units

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST = 10**24
"""Minor units of the largest line: a product of two numbers below 10⁹ at scale 6."""

UNITS = st.one_of(
    st.integers(-LARGEST, LARGEST),
    st.integers(-(10**6), 10**6),
    st.sampled_from([0, -1, 1, 2**32, -(2**32), 2**62, -(2**62), 2**63, LARGEST, -LARGEST]),
)


def money(units: Sequence[int | None], scale: int = 2) -> pl.Series:
    amounts = [None if unit is None else Decimal(unit).scaleb(-scale) for unit in units]
    return pl.Series("amount", amounts, dtype=pl.Decimal(38, scale))


def values(series: pl.Series, scale: int = 2) -> list[int]:
    assert series.dtype == pl.Decimal(38, scale)
    return [int(amount.scaleb(scale)) for amount in series]


def limbs(*units: int) -> int:
    return len(to_units(money(units)).limbs)


class TestLimbs:
    def test_everyday_money_takes_one(self) -> None:
        assert limbs(0) == limbs(5, -5) == limbs(2**61) == 1

    def test_as_many_as_sums_need(self) -> None:
        assert limbs(2**62) == limbs(-(2**62)) == limbs(2**61, 2**61) == 2
        assert limbs(2**93, 2**93) == limbs(LARGEST, *[0] * 50_000) == 3

    def test_a_column_of_nothing(self) -> None:
        assert values(to_money(to_units(money([])), 2)) == []
        assert values(to_money(to_units(money([None, None])), 2)) == [0, 0]


class TestArithmetic:
    @settings(deadline=None)
    @given(st.lists(UNITS | st.none(), max_size=8), st.integers(0, 6))
    def test_back_and_forth(self, units: list[int | None], scale: int) -> None:
        assert values(to_money(to_units(money(units, scale)), scale), scale) == [unit or 0 for unit in units]

    @settings(deadline=None)
    @given(st.lists(UNITS, min_size=1, max_size=12), st.data())
    def test_sums_of_runs(self, units: list[int], data: st.DataObject) -> None:
        cuts = data.draw(st.sets(st.integers(1, len(units) - 1))) if len(units) > 1 else set()
        starts = [0, *sorted(cuts)]
        found = to_money(to_units(money(units)).sums(np.array(starts)), 2)
        ends = [*starts[1:], len(units)]
        assert values(found) == [sum(units[start:end]) for start, end in zip(starts, ends, strict=True)]

    @settings(deadline=None)
    @given(st.lists(st.tuples(UNITS, st.booleans()), min_size=1, max_size=8))
    def test_parts_and_their_rest(self, lines: list[tuple[int, bool]]) -> None:
        whole = to_units(money([unit for unit, _ in lines]))
        chosen = whole.where(np.array([flag for _, flag in lines]))
        assert values(to_money(chosen, 2)) == [unit if flag else 0 for unit, flag in lines]
        assert values(to_money(whole.minus(chosen), 2)) == [0 if flag else unit for unit, flag in lines]
        assert values(to_money(whole.zeros(), 2)) == [0] * len(lines)

    @pytest.mark.parametrize("unit", [3, -(2**70)])
    def test_taken_and_joined(self, unit: int) -> None:
        whole = to_units(money([unit, 1, -2]))
        joined = concatenated([whole.take(np.array([2, 0])), whole.take(np.array([1]))])
        assert values(to_money(joined, 2)) == [-2, unit, 1]

    def test_no_runs(self) -> None:
        assert values(to_money(to_units(money([2**70, 1])).sums(np.array([], dtype=np.int64)), 2)) == []

    def test_many_of_the_largest(self) -> None:
        units = to_units(money([LARGEST] * 1_000 + [-LARGEST] * 999, 6))
        assert values(to_money(units.sums(np.array([0, 1_000])), 6), 6) == [1_000 * LARGEST, -999 * LARGEST]
