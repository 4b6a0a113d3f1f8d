"""The maximiser on functions whose maxima are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from crmcli.analysis.clv.estimate import covariance_of
from crmcli.analysis.clv.newton import BOUND, maximise, to_logs

if TYPE_CHECKING:
    from crmcli.analysis.clv.arrays import Floats

PEAK = np.array([1.0, -2.0])
CURVED = np.array([[4.0, 1.0], [1.0, 3.0]])


def hill(logs: Floats) -> tuple[float, Floats, Floats]:
    away = logs - PEAK
    return -0.5 * float(away @ CURVED @ away), -CURVED @ away, -CURVED


def saddle(logs: Floats) -> tuple[float, Floats, Floats]:
    """Two hills at ±1 in the first direction; a plain Newton step from 0.1 would end between them."""
    x, y = logs
    return (
        float(-((x**2 - 1) ** 2) - y**2),
        np.array([-4 * x * (x**2 - 1), -2 * y]),
        np.array([[4 - 12 * x**2, 0.0], [0.0, -2.0]]),
    )


def ridge(logs: Floats) -> tuple[float, Floats, Floats]:
    """Rises for ever towards 0 in the first direction."""
    fall = float(np.exp(-logs[0]))
    return -fall - float(logs[1] ** 2), np.array([fall, -2 * logs[1]]), np.diag([-fall, -2.0])


def slope(logs: Floats) -> tuple[float, Floats, Floats]:
    return float(logs.sum()), np.ones(2), np.zeros((2, 2))


def test_a_quadratic_takes_a_step_or_two() -> None:
    optimum = maximise(hill, [np.array([0.0, 0.0])])
    assert optimum.converged
    np.testing.assert_allclose(optimum.point.logs, PEAK, atol=1e-12)
    covariance, weak = covariance_of(optimum)
    np.testing.assert_allclose(covariance, np.linalg.inv(CURVED))
    assert not weak.any()


def test_saddles_are_left_uphill() -> None:
    optimum = maximise(saddle, [np.array([0.1, 3.0])])
    assert optimum.converged
    np.testing.assert_allclose(np.abs(optimum.point.logs), [1, 0], atol=1e-6)


def test_the_best_of_several_starts_wins() -> None:
    def two(logs: Floats) -> tuple[float, Floats, Floats]:
        value, gradient, hessian = saddle(logs)
        return value + 0.1 * logs[0], gradient + np.array([0.1, 0.0]), hessian

    assert maximise(two, [np.array([-2.0, 0.0]), np.array([2.0, 0.0])]).point.logs[0] > 0


def test_an_endless_ridge_ends_and_is_weak() -> None:
    optimum = maximise(ridge, [np.array([0.0, 1.0])])
    covariance, weak = covariance_of(optimum)
    assert optimum.converged
    assert weak.tolist() == [True, False]
    assert np.isfinite(covariance).all()


def test_a_slope_ends_at_the_bounds() -> None:
    optimum = maximise(slope, [np.array([0.0, 1.0])])
    covariance, weak = covariance_of(optimum)
    assert optimum.converged
    assert optimum.point.logs == pytest.approx(np.full(2, BOUND))
    assert optimum.at_bound.all()
    assert weak.all()
    assert (covariance == 0).all()


def test_chain_rule_to_logarithms() -> None:
    values = np.array([2.0, 5.0])
    gradient, hessian = to_logs(values, np.array([3.0, -1.0]), np.array([[1.0, 2.0], [2.0, 4.0]]))
    assert gradient.tolist() == [6.0, -5.0]
    assert hessian.tolist() == [[10.0, 20.0], [20.0, 95.0]]
