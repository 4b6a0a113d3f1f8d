from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from life_cases import gaps_of

from crmcli.analysis.segment.trend import later_repeats, significantly_few


def test_the_midpoint_is_in_the_earlier_half_and_the_first_order_counts_in_none() -> None:
    # Observed for 24 days from the first order: day 12 is the midpoint.
    gaps = gaps_of({"a": [0, 3, 12], "b": [0, 3, 13], "c": [4, 14, 15], "d": [24]}, end=24)
    assert later_repeats(gaps).tolist() == [0, 1, 1, 0]


def test_with_an_odd_number_of_days_the_midpoint_is_half_a_day() -> None:
    gaps = gaps_of({"a": [0, 12], "b": [0, 13]}, end=25)
    assert later_repeats(gaps).tolist() == [0, 1]


def few(repeats: int, some: int, p_value: float = 0.1) -> bool:
    return bool(significantly_few(np.array([repeats]), np.array([some]), p_value)[0])


@pytest.mark.parametrize(
    ("repeats", "some", "expected"),
    [
        (0, 0, False),
        (3, 0, False),
        (4, 0, True),
        (4, 1, False),
        (6, 0, True),
        (6, 1, False),
        (7, 1, True),
        (20, 6, True),
    ],
)
def test_what_chance_shows_less_often_than_once_in_ten(*, repeats: int, some: int, expected: bool) -> None:
    # 1/8 · 1/16 · 5/16 · 1/64 · 7/64 · 8/128 · .0577
    assert few(repeats, some) is expected


@settings(deadline=None)
@given(st.integers(0, 300), st.data(), st.sampled_from([0.001, 0.05, 0.1, 0.3, 0.5]))
def test_it_is_the_exact_binomial(repeats: int, data: st.DataObject, p_value: float) -> None:
    some = data.draw(st.integers(0, repeats))
    tail = Fraction(sum(comb(repeats, k) for k in range(some + 1)), 2**repeats)
    assert few(repeats, some, p_value) is (tail < Fraction(p_value))


@pytest.mark.parametrize("repeats", [1, 5, 41, 299])
def test_a_p_value_of_just_the_limit_is_not_below_it(repeats: int) -> None:
    assert not few(repeats, repeats // 2, 0.5)  # Half of all outcomes, exactly.
    assert not few(repeats, repeats, 1)
    assert few(repeats, repeats - 1, 1)


def test_a_customer_of_very_many_days() -> None:
    assert few(7000, 3400)
    assert not few(7000, 3480)
