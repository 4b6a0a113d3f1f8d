"""Likelihoods and their derivatives against the printed formulas in arbitrary precision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import exact
import mpmath as mp
import numpy as np
import pytest
from clv_cases import histories, history

from crmcli.analysis.clv.bg_bb import BgBb, BgBbLikelihood, Opportunities
from crmcli.analysis.clv.bg_nbd import BgNbd
from crmcli.analysis.clv.gamma_gamma import GammaGammaLikelihood
from crmcli.analysis.clv.mbg_cnbd import MbgCnbd
from crmcli.analysis.clv.mbg_nbd import MbgNbd
from crmcli.analysis.clv.pareto_likelihood import ParetoLikelihood
from crmcli.analysis.clv.pareto_nbd import ParetoNbd
from crmcli.analysis.clv.sbg import Renewals, SbgLikelihood

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmcli.analysis.clv.arrays import Floats
    from crmcli.analysis.clv.newton import Objective

RANDOM = np.random.default_rng(20)
CUSTOMERS = [
    (0, 0, 0),
    (0, 0, 30),
    (1, 1, 1),
    (1, 200, 200),
    (2, 30, 400),
    (7, 300, 301),
    (40, 250, 3000),
    (200, 400, 420),
]
PARAMETERS = [tuple(map(float, np.exp(RANDOM.normal([-0.5, 3, -0.3, 1], [1, 1.5, 1, 1.5])))) for _ in range(6)]
RATES = [tuple(map(float, np.exp(RANDOM.normal([-0.5, 3, -0.5, 3], [1, 1.5, 1, 1.5])))) for _ in range(8)]
RATES += [(0.5, 30.0, 0.6, 30.0), (0.5, 30.0, 0.6, 30.0000001), (300.0, 1e4, 0.3, 5.0), (0.4, 0.01, 2.0, 4000.0)]


def log_likelihood(model: Any, x: int, t_x: float, age: float) -> float:
    return float(model.log_likelihood(history(x, float(t_x), float(age)))[0])


@pytest.mark.parametrize("parameters", PARAMETERS)
@pytest.mark.parametrize(
    ("kind", "formula"), [(BgNbd, exact.bg_likelihood), (MbgNbd, exact.mbg_likelihood)], ids=["BG", "MBG"]
)
def test_beta_geometric(kind: Any, formula: Callable[..., Any], parameters: tuple[float, ...]) -> None:
    for x, t_x, age in CUSTOMERS:
        expected = float(mp.log(formula(x, t_x, age, *parameters)))
        assert log_likelihood(kind(*parameters), x, t_x, age) == pytest.approx(expected, rel=1e-11, abs=1e-11)


@pytest.mark.parametrize("parameters", PARAMETERS[:3])
@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_regular(k: int, parameters: tuple[float, float, float, float]) -> None:
    for x, t_x, age in CUSTOMERS:
        expected = float(mp.log(exact.cnbd_likelihood(x, t_x, age, *parameters, k)))
        assert log_likelihood(MbgCnbd(*parameters, k), x, t_x, age) == pytest.approx(expected, rel=1e-11, abs=1e-11)


@pytest.mark.parametrize("parameters", RATES)
def test_pareto(parameters: tuple[float, ...]) -> None:
    for x, t_x, age in CUSTOMERS:
        expected = float(mp.log(exact.pareto_likelihood(x, t_x, age, *parameters)))
        assert log_likelihood(ParetoNbd(*parameters), x, t_x, age) == pytest.approx(expected, rel=1e-10, abs=1e-10)


def test_pareto_with_thousands_of_purchases() -> None:
    for parameters in ((0.55, 74.0, 0.6, 82.0), (0.55, 74.0, 0.6, 20.0)):
        expected = float(mp.log(exact.pareto_likelihood(3000, 3650, 3700, *parameters)))
        assert log_likelihood(ParetoNbd(*parameters), 3000, 3650, 3700) == pytest.approx(expected, rel=1e-11)


def test_bg_bb() -> None:
    for a, b, c, d in ((1.2, 0.75, 0.66, 2.8), (0.1, 5.0, 3.0, 0.2), (40.0, 2.0, 1.0, 70.0)):
        for x, t_x, n in ((0, 0, 6), (3, 5, 6), (6, 6, 6), (1, 1, 40), (0, 0, 0)):
            one = Opportunities(np.array([x]), np.array([t_x]), np.array([n]), np.ones(1))
            expected = float(mp.log(exact.bg_bb_likelihood(x, t_x, n, a, b, c, d)))
            assert BgBb(a, b, c, d).log_likelihood(one)[0] == pytest.approx(expected, rel=1e-11, abs=1e-11)


def test_gamma_gamma() -> None:
    for p, q, v in ((6.2, 3.7, 15.4), (0.4, 1.1, 200.0), (80.0, 0.7, 0.01)):
        for x, mean in ((1, 20.0), (7, 0.02), (900, 1e5)):
            one = GammaGammaLikelihood(np.array([x]), np.array([mean]), np.ones(1))
            expected = float(mp.log(exact.gamma_gamma_likelihood(x, mean, p, q, v)))
            assert one(np.log([p, q, v]))[0] == pytest.approx(expected, rel=1e-11)


def _mixed_rows() -> Any:
    x = RANDOM.integers(0, 30, 60)
    age = RANDOM.integers(40, 700, 60).astype(np.float64)
    return histories(*((int(n), float(np.ceil(t / 2)) if n else 0.0, float(t)) for n, t in zip(x, age, strict=True)))


ROWS = _mixed_rows()
OBJECTIVES: dict[str, tuple[Objective, list[float]]] = {
    "BG": (BgNbd(1, 1, 1, 1).likelihood(ROWS, 50.0), [0.5, 1.2, 0.7, 2.0]),
    "MBG": (MbgNbd(1, 1, 1, 1).likelihood(ROWS, 50.0), [0.5, 1.2, 0.7, 2.0]),
    "CNBD-2": (MbgCnbd(1, 1, 1, 1, 2).likelihood(ROWS, 50.0), [0.5, 1.2, 0.7, 2.0]),
    "CNBD-4": (MbgCnbd(1, 1, 1, 1, 4).likelihood(ROWS, 50.0), [2.5, 0.7, 1.0, 1.0]),
    "Pareto, alpha < beta": (ParetoLikelihood(ROWS, 50.0), [0.5, 1.2, 0.7, 2.0]),
    "Pareto, alpha > beta": (ParetoLikelihood(ROWS, 50.0), [2.0, 3.0, 1.0, 0.4]),
    "Gamma-Gamma": (GammaGammaLikelihood(np.arange(1, 61), RANDOM.gamma(3, 10, 60), np.ones(60)), [3.0, 2.0, 9.0]),
    "sBG": (SbgLikelihood(Renewals.from_survivors(np.array([100.0, 60, 50, 44, 44]))), [0.8, 1.4]),
    "BG/BB": (
        BgBbLikelihood(
            Opportunities(np.array([0, 2, 5]), np.array([0, 3, 6]), np.array([6, 6, 7]), np.array([5.0, 2, 1]))
        ),
        [1.0, 0.8, 0.6, 2.0],
    ),
}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_gradient_and_hessian_are_those_of_the_value(name: str) -> None:
    objective, values = OBJECTIVES[name]
    logs = np.log(values)
    step = 1e-5
    value, gradient, hessian = objective(logs)
    pairs = [(objective(logs + step * axis), objective(logs - step * axis)) for axis in np.eye(len(logs))]
    slopes: Floats = np.array([(up[0] - down[0]) / (2 * step) for up, down in pairs])
    bends: Floats = np.array([(up[1] - down[1]) / (2 * step) for up, down in pairs])
    assert np.isfinite(value)
    np.testing.assert_allclose(gradient, slopes, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(hessian, bends, rtol=1e-6, atol=1e-6)


def test_gradient_of_pareto_is_exact() -> None:
    """A row where the printed form loses ten digits to cancellation."""
    x, t_x, age, values = 60, 300, 330, (0.6, 70.0, 0.5, 90.0)
    gradient = ParetoLikelihood(history(x, float(t_x), float(age)), 1.0)(np.log(values))[1]
    for position, value in enumerate(values):

        def at(moved: Any, position: int = position) -> Any:
            return mp.log(exact.pareto_likelihood(x, t_x, age, *values[:position], moved, *values[position + 1 :]))

        assert gradient[position] / value == pytest.approx(exact.derivative(at, value), rel=1e-9)


@pytest.mark.parametrize("kind", [BgNbd, MbgNbd, ParetoNbd])
def test_alike_customers_do_not_cancel(kind: Any) -> None:
    """As r grows with r/α fixed, and both shapes of dropout, the likelihood tends to that of identical customers."""
    rate, death = 0.02, 0.1 if kind is not ParetoNbd else 0.005
    far = [
        kind(
            size, size / rate, *((size * death, size * (1 - death)) if kind is not ParetoNbd else (size, size / death))
        )
        for size in (1e7, 1e9, 1e11)
    ]
    values = [log_likelihood(model, 9, 350.0, 400.0) for model in far]
    assert values[0] == pytest.approx(values[1], rel=1e-6)
    assert values[1] == pytest.approx(values[2], rel=1e-7)
