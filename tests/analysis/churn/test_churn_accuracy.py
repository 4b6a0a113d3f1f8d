from __future__ import annotations

import math

import numpy as np
import pytest

from crmcli.analysis.churn.accuracy import accuracy, calibration, calibration_slope, decile, top_lift

P = np.array([0.9, 0.8, 0.3, 0.1])
LEFT = np.array([True, False, True, False])


def test_measures_by_hand() -> None:
    found = accuracy(P, LEFT)
    assert found.brier == pytest.approx((0.01 + 0.64 + 0.49 + 0.01) / 4)
    assert found.brier_skill == pytest.approx(1 - found.brier / 0.25)
    assert found.log_loss == pytest.approx(-(math.log(0.9) + math.log(0.2) + math.log(0.3) + math.log(0.9)) / 4)
    assert found.ece == pytest.approx((0.1 + 0.8 + 0.7 + 0.1) / 4)


def test_certainty_that_is_wrong_costs_much_but_not_infinity() -> None:
    assert 10 < accuracy(np.array([1.0, 0.5]), np.array([False, True])).log_loss < 30


def test_the_churn_rate_for_everyone_has_no_skill() -> None:
    assert accuracy(np.full(4, 0.5), LEFT).brier_skill == 0


def test_lift_of_the_top_tenth() -> None:
    score, left = np.arange(20.0), np.arange(20) >= 15
    assert top_lift(score, left) == pytest.approx(1 / 0.25)
    assert top_lift(np.zeros(20), left) == pytest.approx(1.0)


def test_lift_counts_a_fair_part_of_ties_across_the_border() -> None:
    # The top two of twenty: one clear churner, then four tied of whom one left.
    score = np.array([9.0, 5.0, 5.0, 5.0, 5.0, *[0.0] * 15])
    left = np.zeros(20, dtype=bool)
    left[[0, 1, 19]] = True
    assert top_lift(score, left) == pytest.approx((1 + 0.25) / 2 / (3 / 20))


def test_deciles_have_equal_size_and_ties_stay_together() -> None:
    assert np.bincount(decile(np.arange(100.0)))[1:].tolist() == [10] * 10
    assert set(decile(np.ones(7)).tolist()) == {6}
    assert decile(np.array([0.1])).tolist() == [6]


def test_calibration_groups_hold_everyone() -> None:
    rng = np.random.default_rng(0)
    p = rng.random(1003)
    found = calibration(p, rng.random(1003) < p)
    assert found.customers.sum() == 1003
    assert np.abs(found.predicted - found.actual).max() < 0.15


def test_slope_is_one_for_the_truth_and_below_for_boldness() -> None:
    rng = np.random.default_rng(1)
    logit = rng.normal(0, 1.5, 200_000)
    left = rng.random(len(logit)) < 1 / (1 + np.exp(-logit))
    assert calibration_slope(1 / (1 + np.exp(-logit)), left) == pytest.approx(1, abs=0.02)
    assert calibration_slope(1 / (1 + np.exp(-2 * logit)), left) == pytest.approx(0.5, abs=0.02)
    assert calibration_slope(np.full(4, 0.5), LEFT) is None
