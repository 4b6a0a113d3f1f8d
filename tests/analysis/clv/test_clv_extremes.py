"""No input makes a number that is none: any histories a file can hold, any parameters a fit can end at."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from crmcli.analysis.clv.bg_nbd import BgNbd, fit_bg_nbd
from crmcli.analysis.clv.intervals import purchase_intervals
from crmcli.analysis.clv.mbg_cnbd import MbgCnbd, fit_mbg_cnbd
from crmcli.analysis.clv.mbg_nbd import MbgNbd, fit_mbg_nbd
from crmcli.analysis.clv.newton import BOUND
from crmcli.analysis.clv.pareto_nbd import ParetoNbd, fit_pareto_nbd
from crmcli.analysis.clv.rows import Rows

if TYPE_CHECKING:
    from crmcli.analysis.clv.fit import Fit
    from crmcli.analysis.clv.model import PurchaseModel

FITTERS: dict[str, Any] = {
    "BG": fit_bg_nbd,
    "MBG": fit_mbg_nbd,
    "Pareto": fit_pareto_nbd,
    "CNBD-3": lambda rows: fit_mbg_cnbd(rows, 0.0, (3,)),
}
DECADES = 15_000


@st.composite
def any_rows(draw: st.DrawFn) -> Rows:
    """Few customers, hours or decades old, with few or thousands of purchases; at least one bought again."""

    def customer(least: int) -> tuple[int, int, int]:
        age = draw(st.one_of(st.integers(least, 5), st.integers(least, 400), st.integers(least, DECADES)))
        last = draw(st.one_of(st.just(age), st.integers(least, age)))
        return (draw(st.one_of(st.integers(1, min(last, 4)), st.integers(1, last))) if last else 0, last, age)

    people = [customer(1), *(customer(0) for _ in range(draw(st.integers(0, 12))))]
    copies = draw(st.sampled_from([1, 1, 50]))
    x, t_x, age = np.repeat(np.array(people), copies, axis=0).T
    return Rows.of(x, t_x, age)


def _chances(values: Any) -> bool:
    return bool(np.isfinite(values).all() and (values >= 0).all() and (values <= 1 + 1e-12).all())


def _amounts(values: Any) -> bool:
    return bool(np.isfinite(values).all() and (np.asarray(values) >= 0).all())


def check(model: PurchaseModel, rows: Rows, horizon: float) -> None:
    for chances in (model.p_alive(rows), model.p_alive_at(rows, horizon), model.p_zero(rows, horizon)):
        assert _chances(chances)
    expected = model.expected_purchases(rows, horizon)
    discounted = model.discounted_purchases(rows, horizon, 0.0003)
    assert _amounts(expected)
    assert _amounts(discounted)
    assert (discounted <= expected * (1 + 1e-6) + 1e-12).all()
    assert _amounts(model.purchase_variance(rows, horizon))
    assert _amounts(model.expected_from_birth(np.array([0.0, horizon])))
    assert np.isfinite(model.log_likelihood(rows)).all()


def check_fit(fit: Fit[PurchaseModel], rows: Rows, horizon: float) -> None:
    assert fit.converged, fit
    assert np.isfinite([fit.log_likelihood, fit.aic]).all()
    assert _amounts([(e.estimate, e.std_error, e.ci_low, e.ci_high) for e in fit.table()])
    check(fit.model, rows, horizon)
    low, high = purchase_intervals(fit, rows, horizon)
    assert (low <= high).all()
    assert _amounts(low)
    for model in fit.sigma_models():
        assert _amounts(model.expected_purchases(rows, horizon))


@pytest.mark.parametrize("name", FITTERS)
@given(any_rows(), st.sampled_from([1.0, 365.0]))
@examples(8)
def test_any_histories_give_a_finite_fit(name: str, rows: Rows, horizon: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_fit(FITTERS[name](rows), rows, horizon)


log_parameter = st.floats(-BOUND, BOUND)
KINDS: dict[str, Any] = {
    "BG": BgNbd,
    "MBG": MbgNbd,
    "Pareto": ParetoNbd,
    "CNBD-4": lambda r, alpha, a, b: MbgCnbd(r, alpha, a, b, 4),
}


@pytest.mark.parametrize("name", KINDS)
@given(any_rows(), st.tuples(*[log_parameter] * 4), st.sampled_from([1.0, 365.0]))
@examples(20)
def test_any_parameters_give_finite_predictions(name: str, rows: Rows, logs: tuple[float, ...], horizon: float) -> None:
    model = KINDS[name](*np.exp(logs).tolist())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(model, rows, horizon)


@pytest.mark.parametrize("name", KINDS)
@given(any_rows(), st.tuples(*[log_parameter] * 4))
@examples(15)
def test_any_parameters_give_finite_derivatives(name: str, rows: Rows, logs: tuple[float, ...]) -> None:
    from crmcli.analysis.clv.pareto_likelihood import ParetoLikelihood  # noqa: PLC0415

    model = KINDS[name](1.0, 1.0, 1.0, 1.0)
    unit = max(float(rows.age_days.max()), 1.0) / 10
    objective = ParetoLikelihood(rows, unit) if isinstance(model, ParetoNbd) else model.likelihood(rows, unit)
    value, gradient, hessian = objective(np.array(logs))
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()
    assert np.isfinite(hessian).all()
