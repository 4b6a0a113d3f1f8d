"""Lift, its limits, exact p-values and q-values against worked and published numbers."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from crmcli.analysis.segment.lift import Counts, exact_p_values, lift, lift_limits, q_values, ratio_limits


def counts(*rows: tuple[int, int, int, int]) -> Counts:
    columns = [np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)]
    return Counts(*columns)


def test_lift_by_hand() -> None:
    # 30 of 100 in the group, 60 of 400 in all: 0.30 ÷ 0.15.
    assert lift(counts((30, 100, 30, 300))).tolist() == [pytest.approx(2.0, abs=1e-15)]


def test_koopmans_own_example() -> None:
    """Koopman (1984): 36 of 40 against 16 of 80, ratio 4.5, 95 % limits 2.94 and 7.15."""
    low, high = ratio_limits(counts((36, 40, 16, 80)))
    assert low[0] == pytest.approx(2.94, abs=0.005)
    assert high[0] == pytest.approx(7.15, abs=0.005)


def test_limits_of_the_ratio_become_limits_of_the_lift() -> None:
    row = counts((36, 40, 16, 80))
    low, high = lift_limits(row)
    w = 40 / 120
    ratio_low, ratio_high = ratio_limits(row)
    assert low[0] == pytest.approx(ratio_low[0] / (w * ratio_low[0] + 1 - w))
    assert high[0] == pytest.approx(ratio_high[0] / (w * ratio_high[0] + 1 - w))
    assert low[0] < lift(row)[0] < high[0]


def test_where_a_share_is_nothing() -> None:
    low, high = lift_limits(counts((0, 10, 5, 30), (5, 10, 0, 30)))
    assert low[0] == 0.0
    assert 0 < high[0] < 3
    assert 0 < low[1] < 4
    assert high[1] == 4.0  # The trait is all in the group, which is a quarter of all: no lift can be larger.


def test_where_everybody_has_the_trait() -> None:
    low, high = lift_limits(counts((10, 10, 30, 30)))
    assert low[0] < 1 < high[0] < 4


def test_the_lady_tasting_tea() -> None:
    """Fisher (1935): 3 of 4 and 1 of 4 right; two-sided 34 of 70 tables."""
    assert exact_p_values(counts((3, 4, 1, 4)))[0] == pytest.approx(34 / 70, abs=1e-14)


@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_exact_p_values_are_those_of_another_implementation(n1: int, n2: int, data: st.DataObject) -> None:
    x1, x2 = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n2))
    expected = stats.fisher_exact([[x1, n1 - x1], [x2, n2 - x2]]).pvalue
    assert exact_p_values(counts((x1, n1, x2, n2)))[0] == pytest.approx(expected, abs=1e-9)


def test_exact_p_values_hold_for_a_million() -> None:
    p = exact_p_values(counts((50_500, 500_000, 50_000, 500_000)))[0]
    expected = stats.chi2_contingency([[50_500, 449_500], [50_000, 450_000]]).pvalue  # with Yates' correction
    assert p == pytest.approx(expected, rel=0.01)


def test_exact_p_values_hold_for_ten_millions_and_far_out() -> None:
    """Where no table in reach is as unlikely as this one, the p-value is below every number."""
    p = exact_p_values(counts((1_002_000, 5_000_000, 1_000_000, 5_000_000), (5_000, 5_000, 0, 5_000_000)))
    expected = stats.chi2_contingency([[1_002_000, 3_998_000], [1_000_000, 4_000_000]]).pvalue
    assert p[0] == pytest.approx(expected, rel=0.01)
    assert p[1] == 0.0


def test_q_values_find_what_benjamini_and_hochberg_found() -> None:
    """Their example of 1995: fifteen p-values, of which four are found at 5 % (three by Bonferroni)."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528]
    q = q_values(np.array([*p, 0.7590, 1.0]))
    assert int((q <= 0.05).sum()) == 4
    assert q[0] == pytest.approx(0.0001 * 15)
    assert q[4] == pytest.approx(min(0.0201 * 15 / 5, 0.0278 * 15 / 6, 0.0298 * 15 / 7, 0.0344 * 15 / 8))
    assert q[-1] == 1.0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_q_values_are_monotone_and_no_smaller_than_p(p_values: list[float]) -> None:
    p = np.array(p_values)
    q = q_values(p)
    assert (q >= p - 1e-15).all()
    assert (np.diff(q[np.argsort(p)]) >= -1e-15).all()


def test_limits_cover_the_truth_as_often_as_they_say() -> None:
    """Exact coverage over all tables of two binomials, for a lift in a group of 30 out of 90."""
    n1, n2, p1, p2 = 30, 60, 0.3, 0.2
    tables = [(x1, n1, x2, n2) for x1, x2 in product(range(n1 + 1), range(n2 + 1)) if x1 + x2]
    low, high = ratio_limits(counts(*tables))
    probability = [stats.binom.pmf(x1, n1, p1) * stats.binom.pmf(x2, n2, p2) for x1, _, x2, _ in tables]
    covered = sum(p for p, a, b in zip(probability, low, high, strict=True) if a <= p1 / p2 <= b)
    assert math.isclose(covered, 0.95, abs_tol=0.01)
