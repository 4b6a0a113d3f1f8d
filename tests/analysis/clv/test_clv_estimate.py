"""Estimation: what is refused, what is diagnosed, that no better point is missed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from clv_cases import BG, MBG, MODELS, PARETO
from clv_simulators import simulate, whole_days

from crmcli.analysis.clv.bg_nbd import BgNbd, fit_bg_nbd
from crmcli.analysis.clv.mbg_cnbd import fit_mbg_cnbd
from crmcli.analysis.clv.mbg_nbd import MbgNbd, fit_mbg_nbd
from crmcli.analysis.clv.newton import BOUND, maximise
from crmcli.analysis.clv.pareto_nbd import ParetoNbd, fit_pareto_nbd
from crmcli.analysis.clv.rows import Rows
from crmcli.analysis.clv.units import TimeUnit
from crmcli.errors import TooLittleDataError
from crmcli.exit_codes import ExitCode

FITTERS: list[Any] = [fit_bg_nbd, fit_mbg_nbd, fit_pareto_nbd, lambda rows: fit_mbg_cnbd(rows, 0.0, (3,))]
each_fit = pytest.mark.parametrize("fit", FITTERS, ids=["BG", "MBG", "Pareto", "CNBD-3"])


def rows(x: list[int], t_x: list[int], age: list[int]) -> Rows:
    return Rows.of(np.array(x), np.array(t_x), np.array(age))


def codes(fit: Any) -> set[str]:
    return {note.code for note in fit.notes}


@each_fit
@pytest.mark.parametrize("age", [0, 300])
def test_nobody_buys_again(fit: Any, age: int) -> None:
    with pytest.raises(TooLittleDataError) as refused:
        fit(rows([0] * 5, [0] * 5, [age] * 5))
    assert refused.value.exit_code == ExitCode.TOO_LITTLE_DATA
    assert refused.value.problem.startswith("None of the 5 customers bought on more than one day")


@each_fit
def test_few_repeaters_are_told(fit: Any) -> None:
    assert "clv_few_repeaters" in codes(fit(rows([0] * 99 + [1], [0] * 99 + [3], [100] * 100)))


@each_fit
def test_nobody_drops_out(fit: Any) -> None:
    """Everyone bought on the last day."""
    result = fit(rows([1, 2, 3, 4] * 30, [300] * 120, [300] * 120))
    assert "clv_no_dropout" in codes(result)
    assert result.converged
    assert result.model.p_alive(rows([2], [300], [300]))[0] == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("fit", FITTERS[:3], ids=["BG", "MBG", "Pareto"])
def test_customers_who_are_all_alike(fit: Any) -> None:
    generator = np.random.default_rng(1)
    x = generator.poisson(20, 500)
    last = np.floor(400 * generator.random(500) ** (1 / np.maximum(x, 1))).astype(np.int64)
    result = fit(Rows.of(x, np.where(x > 0, np.maximum(x, last), 0), np.full(500, 400)))
    assert {"clv_same_rate", "clv_no_dropout"} <= codes(result)
    assert result.converged
    assert result.model.r / result.model.alpha == pytest.approx(20 / 400, rel=0.05)


@pytest.mark.parametrize("model", [BG, MBG, PARETO], ids=lambda model: model.title)
@pytest.mark.parametrize("seed", range(3))
def test_no_start_leads_higher(model: Any, seed: int) -> None:
    """Against climbs from a grid of starts on the exact rows."""
    generator = np.random.default_rng(seed)
    data = whole_days(simulate(model, generator.integers(50, 500, 300).astype(np.float64), 0.0, seed))
    fit = {"BG/NBD": fit_bg_nbd, "MBG/NBD": fit_mbg_nbd, "Pareto/NBD": fit_pareto_nbd}[model.title](data)  # type: ignore[operator]
    objective = _objective(model, data, 50.0)
    starts = [
        np.log([r, alpha, c, d]) for r in (0.2, 3.0) for alpha in (0.5, 5.0) for c in (0.1, 2.0) for d in (0.5, 9.0)
    ]
    best = maximise(objective, starts).point.value - data.repeat_purchases * np.log(50.0)
    assert fit.converged
    assert fit.log_likelihood >= best - 1e-6


@pytest.mark.parametrize("model", [BG, MBG, PARETO], ids=lambda model: model.title)
def test_a_quasi_newton_search_finds_no_more(model: Any) -> None:
    from scipy.optimize import minimize  # noqa: PLC0415 — a peer, for this test only

    data = whole_days(simulate(model, np.full(400, 300.0), 0.0, seed=11))
    fit = {"BG/NBD": fit_bg_nbd, "MBG/NBD": fit_mbg_nbd, "Pareto/NBD": fit_pareto_nbd}[model.title](data)  # type: ignore[operator]
    objective = _objective(model, data, 30.0)
    found = [
        minimize(
            lambda logs: tuple(-part for part in objective(logs)[:2]),
            np.log(start),
            jac=True,
            method="L-BFGS-B",
            bounds=[(-BOUND, BOUND)] * 4,
        ).fun
        for start in ([1.0, 1.0, 1.0, 1.0], [0.3, 0.3, 0.5, 3.0], [3.0, 10.0, 0.1, 5.0])
    ]
    assert fit.log_likelihood >= -min(found) - data.repeat_purchases * np.log(30.0) - 1e-6


def _objective(model: Any, data: Rows, unit_days: float) -> Any:
    from crmcli.analysis.clv.pareto_likelihood import ParetoLikelihood  # noqa: PLC0415

    return ParetoLikelihood(data, unit_days) if isinstance(model, ParetoNbd) else model.likelihood(data, unit_days)


@each_fit
def test_time_scale_does_not_matter(fit: Any) -> None:
    """The same customers ten times slower have the same shapes and ten times the scales."""
    data = whole_days(simulate(MBG, np.full(500, 200.0), 0.0, seed=2))
    slow = Rows(data.x, 10 * data.t_x_days, 10 * data.age_days, data.weights, data.index)
    one, other = fit(data), fit(slow)
    np.testing.assert_allclose(other.model.rescaled(10.0).to_values(), one.model.to_values(), rtol=1e-5)
    np.testing.assert_allclose(other.covariance, one.covariance, rtol=1e-4, atol=1e-9)
    if one.model.name != "mbg_cnbd":
        shift = data.repeat_purchases * np.log(10)
        assert other.log_likelihood == pytest.approx(one.log_likelihood - shift, abs=1e-6)


@each_fit
def test_weights_are_customers(fit: Any) -> None:
    """Rows that stand for several customers give the fit of as many rows of one."""
    data = whole_days(simulate(BG, np.full(300, 250.0), 0.0, seed=3))
    singles = Rows(
        data.x[data.index], data.t_x_days[data.index], data.age_days[data.index], np.ones(300), np.arange(300)
    )
    one, other = fit(data), fit(singles)
    np.testing.assert_allclose(one.model.to_values(), other.model.to_values(), rtol=1e-5)
    assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-7)


@each_fit
def test_the_same_data_give_the_same_bits(fit: Any) -> None:
    data = simulate(MBG, np.full(400, 300.0), 0.0, seed=4)
    one, other = fit(whole_days(data)), fit(whole_days(data))
    assert one.model == other.model
    assert (one.covariance == other.covariance).all()


def test_refitting_from_nearby_agrees() -> None:
    data = whole_days(simulate(PARETO, np.full(800, 300.0), 0.0, seed=8))
    fit = fit_pareto_nbd(data)
    again = fit_pareto_nbd(data, ParetoNbd(*(fit.model.to_values() * 1.2)))
    np.testing.assert_allclose(again.model.to_values(), fit.model.to_values(), rtol=1e-4)


def test_regularity_is_found_and_counted() -> None:
    steady = MODELS[4]
    data = simulate(steady, np.full(1500, 500.0), 0.0, seed=9)
    fit = fit_mbg_cnbd(data.rows, data.log_gaps)
    assert fit.model.k == 4
    alone = fit_mbg_cnbd(data.rows, data.log_gaps, (4,))
    assert fit.aic == pytest.approx(alone.aic + 2)
    assert fit_mbg_cnbd(data.rows, data.log_gaps, near=fit.model).model.k == 4


def test_estimates_in_units() -> None:
    fit = fit_bg_nbd(whole_days(simulate(BG, np.full(500, 300.0), 0.0, seed=10)))
    days, months = fit.table(TimeUnit.DAY), fit.table(TimeUnit.MONTH)
    assert months[1].estimate == pytest.approx(days[1].estimate / (365.2425 / 12))
    assert months[1].ci_high / months[1].estimate == pytest.approx(days[1].ci_high / days[1].estimate)
    assert [one.parameter for one in days] == ["r", "alpha", "a", "b"]
    assert all(one.ci_low < one.estimate < one.ci_high for one in days)


@pytest.mark.parametrize("kind", [BgNbd, MbgNbd, ParetoNbd])
def test_models_are_restored_from_their_values(kind: Any) -> None:
    model = kind(0.1, 2.0, 0.3, 4.0)
    assert model.with_values(model.to_values()) == model
