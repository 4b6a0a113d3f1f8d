"""Intervals of predictions and bootstrap."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from clv_cases import MBG, histories
from clv_simulators import simulate, whole_days

from crmcli.analysis.clv.bg_nbd import fit_bg_nbd
from crmcli.analysis.clv.gamma_gamma import GammaGamma
from crmcli.analysis.clv.intervals import (
    bootstrap,
    normal_interval,
    purchase_intervals,
    value_variance,
)
from crmcli.analysis.clv.mbg_nbd import MbgNbd, fit_mbg_nbd
from crmcli.analysis.clv.pareto_nbd import ParetoNbd, fit_pareto_nbd
from crmcli.analysis.clv.quantiles import count_quantiles
from crmcli.analysis.clv.rows import Rows

HORIZON = 200.0


@cache
def sample(customers: int = 800) -> Rows:
    return whole_days(simulate(MBG, np.full(customers, 300.0), 0.0, seed=21))


@cache
def fitted(customers: int = 800) -> Any:
    return fit_mbg_nbd(sample(customers))


def test_sigma_models_have_the_moments_of_the_estimate() -> None:
    fit = fitted()
    logs = np.log([model.to_values() for model in fit.sigma_models()])
    center = np.log(fit.model.to_values())
    np.testing.assert_allclose(logs.mean(axis=0), center, rtol=1e-12)
    np.testing.assert_allclose((logs - center).T @ (logs - center) / len(logs), fit.covariance, rtol=1e-9, atol=1e-12)


def test_draws_have_the_moments_of_the_estimate_and_a_seed() -> None:
    fit = fitted()
    logs = np.log([model.to_values() for model in fit.draws(20_000, seed=1)])
    np.testing.assert_allclose(np.cov(logs.T), fit.covariance, rtol=0.1, atol=2e-3)
    assert fit.draws(3, seed=5) == fit.draws(3, seed=5)
    assert fit.draws(3, seed=5) != fit.draws(3, seed=6)


def test_sigma_models_spread_predictions_as_random_ones_do() -> None:
    fit = fitted()
    some = histories((0, 0, 300), (3, 200, 300), (12, 290, 300))
    drawn = [model.expected_purchases(some, HORIZON) for model in fit.draws(600, seed=3)]
    found = [model.expected_purchases(some, HORIZON) for model in fit.sigma_models()]
    np.testing.assert_allclose(np.std(found, axis=0), np.std(drawn, axis=0), rtol=0.15)


def test_uncertain_parameters_widen_intervals() -> None:
    some = histories((0, 0, 300), (3, 200, 300), (12, 290, 300), (60, 299, 300))
    fit = fitted(60)
    low, high = purchase_intervals(fit, some, HORIZON)
    known_low, known_high = count_quantiles((fit.model,), some, HORIZON, (0.05, 0.95))
    assert (low <= known_low).all()
    assert (high >= known_high).all()
    assert high[-1] - low[-1] > known_high[-1] - known_low[-1]


@pytest.mark.parametrize(
    "truth", [MbgNbd(2.0, 20.0, 0.4, 12.0), ParetoNbd(2.0, 20.0, 0.6, 600.0)], ids=lambda model: model.title
)
def test_nine_of_ten_customers_are_within_their_interval(truth: Any) -> None:
    """Counts are whole: an interval may hold more than it must, never clearly less on either side."""
    simulated = simulate(truth, np.full(10_000, 100.0), HORIZON, seed=22)
    rows = simulated.rows
    fit = {MbgNbd: fit_mbg_nbd, ParetoNbd: fit_pareto_nbd}[type(truth)](whole_days(simulated))  # type: ignore[operator]
    low, high = purchase_intervals(fit, rows, HORIZON)
    busy = low > 0
    assert busy.sum() > 2000
    assert 0.03 < (simulated.future > high).mean() < 0.055
    assert 0.02 < (simulated.future[busy] < low[busy]).mean() < 0.06


def test_sums_are_never_negative() -> None:
    interval = normal_interval(1.0, 100.0)
    assert interval.low == 0.0
    assert interval.high == pytest.approx(1 + 10 * 1.6448536)


def test_money_of_a_random_number_of_random_amounts() -> None:
    """Mean and variance of the money of like customers against a simulation."""
    generator = np.random.default_rng(24)
    spend = GammaGamma(6.2, 6.0, 15.0)
    truth = MBG
    simulated = simulate(truth, np.full(300_000, 200.0), HORIZON, seed=25)
    rows = simulated.rows
    alike = np.flatnonzero((rows.x == 3) & (np.abs(rows.t_x_days - 160) < 20))
    some, count = rows.chosen(alike), simulated.future[alike]
    rate = generator.gamma(spend.p * 3 + spend.q, 1 / (spend.v + 3 * 20.0), len(alike))
    money = np.where(count > 0, generator.gamma(np.maximum(spend.p * count, 1.0), 1.0) / rate, 0.0)
    x, mean_spend = np.full(len(alike), 3), np.full(len(alike), 20.0)
    own, within = spend.spend_variances(x, mean_spend)
    expected_count = truth.expected_purchases(some, HORIZON)
    each = spend.expected_spend(x, mean_spend)
    variance = value_variance(expected_count, truth.purchase_variance(some, HORIZON), each, own, within)
    assert (expected_count * each).mean() == pytest.approx(money.mean(), rel=0.03)
    assert variance.mean() == pytest.approx(money.var(), rel=0.1)


def test_bootstrap_agrees_with_the_information() -> None:
    rows = sample()
    fit = fit_bg_nbd(rows)
    models = bootstrap(fit, rows, fit_bg_nbd, 60, seed=1)
    spread = np.log([model.to_values() for model in models]).std(axis=0)
    np.testing.assert_allclose(spread[:2], np.sqrt(np.diag(fit.covariance))[:2], rtol=0.4)
    assert bootstrap(fit, rows, fit_bg_nbd, 2, seed=1) == models[:2]


def test_bootstrap_redraws_where_nobody_buys_again() -> None:
    rows = Rows.of(np.array([0, 0, 0, 1]), np.array([0, 0, 0, 9]), np.full(4, 20))
    models = bootstrap(fit_bg_nbd(rows), rows, fit_bg_nbd, 5, seed=2)
    assert len(models) == 5
