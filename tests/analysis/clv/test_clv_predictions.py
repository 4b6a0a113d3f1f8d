"""Predictions: against printed formulas, at the points where those break down, and against each other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import exact
import mpmath as mp
import numpy as np
import pytest
from clv_cases import BG, CNBD, MBG, MODELS, PARETO, histories, history
from clv_simulators import simulate

from crmcli.analysis.clv.bg_bb import BgBb, Opportunities
from crmcli.analysis.clv.bg_nbd import BgNbd
from crmcli.analysis.clv.counts import Prospect, count_sums, p_at_least
from crmcli.analysis.clv.mbg_cnbd import MbgCnbd
from crmcli.analysis.clv.pareto_nbd import ParetoNbd
from crmcli.analysis.clv.quantiles import count_quantiles

if TYPE_CHECKING:
    from crmcli.analysis.clv.model import PurchaseModel

CUSTOMERS = histories(
    (0, 0, 0),
    (0, 0, 30),
    (0, 0, 500),
    (1, 1, 1),
    (1, 200, 200),
    (2, 30, 400),
    (7, 300, 301),
    (40, 250, 900),
    (90, 400, 420),
)
TRIPLES = list(zip(CUSTOMERS.x.tolist(), CUSTOMERS.t_x_days.tolist(), CUSTOMERS.age_days.tolist(), strict=True))
HORIZONS = (0.5, 90.0, 365.0, 3650.0)
each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: f"{model.title}{getattr(model, 'k', '')}")


def expected(model: PurchaseModel, x: int, t_x: float, age: float, horizon: float) -> float:
    return float(model.expected_purchases(history(x, float(t_x), float(age)), horizon)[0])


@pytest.mark.parametrize("a", [0.3, 0.7929, 1.6, 4.0])
@pytest.mark.parametrize("horizon", HORIZONS)
def test_bg_expectation(a: float, horizon: float) -> None:
    model = replace(BG, a=a)
    for x, t_x, age in TRIPLES:
        formula = exact.bg_expectation(x, t_x, age, horizon, *model.to_values().tolist())
        assert expected(model, x, t_x, age, horizon) == pytest.approx(float(formula), rel=1e-10)


@pytest.mark.parametrize("parameters", [PARETO, ParetoNbd(0.5, 20.0, 3.0, 400.0), ParetoNbd(2.0, 400.0, 0.2, 7.0)])
@pytest.mark.parametrize("horizon", HORIZONS)
def test_pareto_expectation(parameters: ParetoNbd, horizon: float) -> None:
    for x, t_x, age in TRIPLES:
        formula = exact.pareto_expectation(x, t_x, age, horizon, *parameters.to_values().tolist())
        assert expected(parameters, x, t_x, age, horizon) == pytest.approx(float(formula), rel=1e-9)


@pytest.mark.parametrize("a", [1.0, 1 + 1e-12, 1 - 1e-9])
def test_bg_expectation_at_a_of_one(a: float) -> None:
    for x, t_x, age in TRIPLES:
        around = [
            exact.bg_expectation(x, t_x, age, 365, 0.25, 31, 1 + mp.mpf(step) * mp.mpf(10) ** -12, 2.4)
            for step in (-1, 1)
        ]
        formula = float(sum(around) / 2)
        assert expected(BgNbd(0.25, 31.0, a, 2.4), x, t_x, age, 365.0) == pytest.approx(formula, rel=1e-8)


def test_bg_expectation_where_a_plus_b_plus_x_is_one() -> None:
    a, b = 0.25, 0.75
    around = [
        exact.bg_expectation(0, 0, 300, 365, 0.25, 31, a, mp.mpf(b) + mp.mpf(sign) * mp.mpf(10) ** -12)
        for sign in (-1, 1)
    ]
    assert expected(BgNbd(0.25, 31.0, a, b), 0, 0, 300, 365.0) == pytest.approx(float(sum(around) / 2), rel=1e-8)


@pytest.mark.parametrize("s", [1.0, 1 + 1e-12, 1 - 1e-9, 1 + 1e-7])
def test_pareto_expectation_at_s_of_one(s: float) -> None:
    for x, t_x, age in TRIPLES:
        formula = exact.pareto_expectation(x, t_x, age, 365, 0.55, 74, mp.mpf(s) + mp.mpf(10) ** -20, 82)
        assert expected(ParetoNbd(0.55, 74.0, s, 82.0), x, t_x, age, 365.0) == pytest.approx(float(formula), rel=1e-8)


def test_pareto_worth_of_all_future_at_an_infinite_horizon() -> None:
    """DERT of Fader, Hardie and Lee (2005): P(alive)·(r+x)/(α+T)·δ^{s−1}(β+T)^s·U(s, s, δ(β+T))."""
    rate = 0.0003
    r, alpha, s, beta = map(float, PARETO.to_values())
    worth = PARETO.discounted_purchases(CUSTOMERS, float("inf"), rate)
    for (x, _, age), p_alive, value in zip(TRIPLES, PARETO.p_alive(CUSTOMERS), worth, strict=True):
        scale = mp.mpf(beta + age)
        formula = p_alive * (r + x) / (alpha + age) * rate ** (s - 1) * scale**s * mp.hyperu(s, s, rate * scale)
        assert value == pytest.approx(float(formula), rel=1e-9)


def test_bg_bb_expectation() -> None:
    for values in ((1.2, 0.75, 0.66, 2.8), (0.1, 5.0, 3.0, 0.2), (40.0, 2.0, 1 + 1e-9, 70.0)):
        for x, t_x, n in ((0, 0, 6), (3, 5, 6), (6, 6, 6), (1, 1, 40), (0, 0, 0)):
            one = Opportunities(np.array([x]), np.array([t_x]), np.array([n]), np.ones(1))
            formula = exact.bg_bb_expectation(x, t_x, n, 5, *values)
            assert BgBb(*values).expected_purchases(one, 5)[0] == pytest.approx(float(formula), rel=1e-10)


@each_model
@pytest.mark.parametrize("horizon", HORIZONS)
def test_silence_is_a_ratio_of_likelihoods(model: PurchaseModel, horizon: float) -> None:
    ratio = np.exp(model.log_likelihood(CUSTOMERS.later(horizon)) - model.log_likelihood(CUSTOMERS))
    np.testing.assert_allclose(model.p_zero(CUSTOMERS, horizon), ratio, rtol=1e-10)


@each_model
def test_silence_is_no_first_purchase(model: PurchaseModel) -> None:
    one = np.ones(len(CUSTOMERS), np.int64)
    np.testing.assert_allclose(
        1 - model.p_zero(CUSTOMERS, 365.0), model.p_at_least(CUSTOMERS, 365.0, one), rtol=1e-7, atol=1e-12
    )


@each_model
def test_series_and_closed_form_of_the_count_agree(model: PurchaseModel) -> None:
    mixture, series = model.mixture(CUSTOMERS), model.series(CUSTOMERS, 365.0)
    np.testing.assert_allclose(mixture.sum(axis=0), model.p_alive(CUSTOMERS), rtol=1e-12)
    for y in range(1, 60):
        stepped = sum(
            share * part.advance()[CUSTOMERS.pairs.index] for share, part in zip(mixture, series, strict=True)
        )
        direct = model.p_at_least(CUSTOMERS, 365.0, np.full(len(CUSTOMERS), y))
        np.testing.assert_allclose(np.asarray(stepped), direct, rtol=1e-7, atol=1e-12)


@each_model
def test_moments_are_sums_over_the_count(model: PurchaseModel) -> None:
    tails = np.array([model.p_at_least(CUSTOMERS, 365.0, np.full(len(CUSTOMERS), y)) for y in range(1, 900)])
    mean = tails.sum(axis=0)
    square = ((2 * np.arange(1, 900) - 1)[:, None] * tails).sum(axis=0)
    np.testing.assert_allclose(model.expected_purchases(CUSTOMERS, 365.0), mean, rtol=1e-6)
    np.testing.assert_allclose(model.purchase_variance(CUSTOMERS, 365.0), square - mean**2, rtol=2e-5)


@each_model
def test_moments_at_once_are_those_one_by_one(model: PurchaseModel) -> None:
    none, mean, variance = model.count_moments(CUSTOMERS, 365.0)
    np.testing.assert_allclose(none, model.p_zero(CUSTOMERS, 365.0), rtol=1e-12)
    np.testing.assert_allclose(mean, model.expected_purchases(CUSTOMERS, 365.0), rtol=1e-12)
    np.testing.assert_allclose(variance, model.purchase_variance(CUSTOMERS, 365.0), rtol=1e-12)


@each_model
def test_quantiles_are_where_the_count_crosses(model: PurchaseModel) -> None:
    levels = (0.05, 0.5, 0.95, 0.999)
    quantiles = count_quantiles((model,), CUSTOMERS, 365.0, levels)
    for level, found in zip(levels, quantiles, strict=True):
        above = model.p_at_least(CUSTOMERS, 365.0, found + 1)
        at = np.where(found > 0, model.p_at_least(CUSTOMERS, 365.0, np.maximum(found, 1)), 1.0)
        assert (above <= 1 - level + 1e-9).all()
        assert (at > 1 - level - 1e-9).all()


@each_model
def test_a_new_customer_is_one_without_history(model: PurchaseModel) -> None:
    ages = np.array([0.0, 1.0, 90.0, 1000.0])
    born = [expected(model, 0, 0.0, 0.0, age) for age in ages]
    np.testing.assert_allclose(model.expected_from_birth(ages), born, rtol=1e-11)


@each_model
def test_forecasts_are_martingales(model: PurchaseModel) -> None:
    """What a new customer is expected to buy in t + h is that up to t and that after t, over all histories to t."""
    simulated = simulate(model, np.full(60_000, 300.0), 200.0, seed=5)
    forecast = model.expected_purchases(simulated.rows, 200.0)
    total = simulated.rows.repeats + forecast
    born = model.expected_from_birth(np.array([500.0]))[0]
    assert total.mean() == pytest.approx(born, abs=4 * total.std() / len(total) ** 0.5)


@each_model
def test_discounting_costs_what_the_wait_costs(model: PurchaseModel) -> None:
    """Against a sum over short pieces of the horizon."""
    rate = 0.002

    def pieces(count: int) -> Any:
        edges = np.linspace(0.0, 365.0, count + 1)
        cumulated = np.stack([model.expected_purchases(CUSTOMERS, edge) for edge in edges])
        worth = np.exp(-rate * (edges[1:] + edges[:-1]) / 2)[:, None]
        return (np.diff(cumulated, axis=0) * worth).sum(axis=0)

    extrapolated = (4 * pieces(240) - pieces(120)) / 3
    np.testing.assert_allclose(model.discounted_purchases(CUSTOMERS, 365.0, rate), extrapolated, rtol=2e-6)
    at_once = model.expected_purchases(CUSTOMERS, 365.0)
    np.testing.assert_allclose(model.discounted_purchases(CUSTOMERS, 365.0, 0.0), at_once, rtol=1e-9)
    assert model.discounted_purchases(CUSTOMERS, 0.0, rate) == pytest.approx(np.zeros(len(CUSTOMERS)))


@each_model
def test_life_fades(model: PurchaseModel) -> None:
    now, soon, late = (model.p_alive_at(CUSTOMERS, days) for days in (0.0, 30.0, 3000.0))
    np.testing.assert_allclose(now, model.p_alive(CUSTOMERS), rtol=1e-12)
    assert (now >= soon).all()
    assert (soon >= late).all()
    assert (late > 0).all()


@each_model
def test_survival_of_the_horizon_as_simulated(model: PurchaseModel) -> None:
    simulated = simulate(model, np.full(60_000, 300.0), 200.0, seed=6)
    for chances, happened in (
        (model.p_alive(simulated.rows), simulated.alive),
        (model.p_alive_at(simulated.rows, 200.0), simulated.alive_later),
    ):
        spread = 4 * np.sqrt((chances * (1 - chances)).sum()) + 1
        assert chances.sum() == pytest.approx(happened.sum(), abs=spread)


@pytest.mark.parametrize("model", [BG, MBG, CNBD, PARETO], ids=lambda model: model.title)
def test_count_after_a_given_past_as_simulated(model: PurchaseModel) -> None:
    """All customers with two purchases and a long silence: their future distribution, not just its mean."""
    simulated = simulate(model, np.full(200_000, 200.0), 300.0, seed=7)
    rows = simulated.rows
    alike = (rows.x == 2) & (np.abs(rows.t_x_days - 120) < 25)
    seen = simulated.future[alike]
    some = rows.chosen(np.flatnonzero(alike))
    for y in (1, 2, 3, 5, 8):
        chance = model.p_at_least(some, 300.0, np.full(len(some), y))
        assert chance.sum() == pytest.approx((seen >= y).sum(), abs=4 * np.sqrt((chance * (1 - chance)).sum()) + 1)
    forecast, variance = model.expected_purchases(some, 300.0), model.purchase_variance(some, 300.0)
    assert forecast.sum() == pytest.approx(seen.sum(), abs=4 * np.sqrt(variance.sum()))
    assert variance.mean() == pytest.approx(((seen - forecast) ** 2).mean(), rel=0.12)


def test_silence_without_gap_is_life() -> None:
    """t_x = T: nothing happened since, so only those models doubt life that let the last purchase be the end."""
    fresh = history(5, 200.0, 200.0)
    assert PARETO.p_alive(fresh)[0] == 1.0
    assert BG.p_alive(fresh)[0] == pytest.approx(1 / (1 + BG.a / (BG.b + 4)))
    assert BG.p_alive(history(0, 0.0, 900.0))[0] == 1.0


@pytest.mark.parametrize("ratio", [5e3, 1e6])
def test_a_long_rest_of_the_count_is_integrated(ratio: float) -> None:
    """A horizon thousands of times longer than the rate's scale, against E[(1 − (1+pw)^{−n})/p] over p."""
    for shape, a, b in ((0.05, 0.6, 2.0), (0.4, 1.0, 3.0), (900.0, 0.3, 5.0)):
        prospect = Prospect(np.array([shape]), np.array([ratio]), a, np.array([b]))
        with mp.workdps(20):

            def piece(log_p: Any, shape: float = shape, a: float = a, b: float = b) -> Any:
                p = mp.exp(log_p)
                return p ** (a - 1) * (1 - p) ** (b - 1) * -mp.expm1(-shape * mp.log1p(p * ratio))

            formula = mp.quad(piece, mp.linspace(-120, 0, 31)) / mp.beta(a, b)
        assert count_sums(prospect).mean[0] == pytest.approx(float(formula), rel=1e-6)


def test_no_horizon_no_purchases() -> None:
    prospect = Prospect(np.ones(2), np.zeros(2), 0.5, np.ones(2))
    assert count_sums(prospect).mean.tolist() == [0.0, 0.0]
    assert p_at_least(prospect, np.ones(2)).tolist() == [0.0, 0.0]


def test_steady_customers_are_overdue_sooner() -> None:
    """The same silence says more of death when gaps are regular."""
    silent = history(6, 300.0, 400.0)
    steady = MbgCnbd(MBG.r, MBG.alpha / 3, MBG.a, MBG.b, 3)
    assert steady.p_alive(silent)[0] < MBG.p_alive(silent)[0]


@each_model
def test_time_units_do_not_matter(model: PurchaseModel) -> None:
    weekly = model.rescaled(7.0)
    rows = replace(CUSTOMERS, t_x_days=CUSTOMERS.t_x_days / 7, age_days=CUSTOMERS.age_days / 7)
    np.testing.assert_allclose(weekly.p_alive(rows), model.p_alive(CUSTOMERS), rtol=1e-12)
    np.testing.assert_allclose(
        weekly.expected_purchases(rows, 365.0 / 7), model.expected_purchases(CUSTOMERS, 365.0), rtol=1e-11
    )
