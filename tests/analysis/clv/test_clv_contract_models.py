"""sBG and BG/BB: forms of input, limits, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from crmcli.analysis.clv.bg_bb import BgBb, Opportunities, fit_bg_bb
from crmcli.analysis.clv.sbg import Renewals, Sbg, fit_sbg
from crmcli.errors import TooLittleDataError


def codes(fit: object) -> set[str]:
    return {note.code for note in fit.notes}  # type: ignore[attr-defined]


def test_tenures_and_survivors_say_the_same() -> None:
    survivors = np.array([100.0, 60, 45, 40])
    lost_at = np.repeat([1, 2, 3], [40, 15, 5])
    tenures = Renewals.from_tenures(np.append(lost_at, [3] * 40), np.append(np.ones(60), np.zeros(40)))
    cohort = Renewals.from_survivors(survivors)
    assert tenures.at_risk.tolist() == cohort.at_risk.tolist() == [100, 60, 45]
    assert tenures.lost.tolist() == cohort.lost.tolist() == [40, 15, 5]
    assert fit_sbg(tenures).model == fit_sbg(cohort).model


def test_late_joiners_count_as_long_as_they_are_seen() -> None:
    renewals = Renewals.from_tenures(np.array([0, 1, 2, 2]), np.array([0, 0, 1, 0]))
    assert renewals.at_risk.tolist() == [3, 2]
    assert renewals.lost.tolist() == [0, 1]


@pytest.mark.parametrize("survivors", [[10.0], [10.0, 11.0], [10.0, -1.0]])
def test_survivors_that_cannot_be(survivors: list[float]) -> None:
    with pytest.raises(ValueError, match="survivors need"):
        Renewals.from_survivors(np.array(survivors))


def test_retention_is_the_ratio_of_survival() -> None:
    model, t = Sbg(0.7, 1.2), np.arange(1.0, 30.0)
    np.testing.assert_allclose(model.retention(t), model.survival(t) / model.survival(t - 1), rtol=1e-12)
    assert model.survival(np.zeros(1))[0] == 1.0
    assert (np.diff(model.retention(t)) > 0).all()


def test_lifetime_sums_survival() -> None:
    model, t = Sbg(0.7, 1.2), np.arange(0.0, 4000.0)
    discount = 1.1**-t
    assert model.discounted_lifetime(0.1) == pytest.approx((model.survival(t) * discount).sum())
    assert model.discounted_lifetime(0.1, 4) == pytest.approx(
        (model.survival(t + 4) * discount).sum() / model.survival(np.array([3.0]))[0]
    )
    assert model.discounted_lifetime(0.0, horizon_periods=3) == pytest.approx(model.survival(t[:3]).sum())
    assert model.discounted_lifetime(1e-4) > model.discounted_lifetime(1e-3)
    with pytest.raises(ValueError, match="needs a horizon"):
        model.discounted_lifetime(0.0)


def test_sbg_recovery() -> None:
    generator = np.random.default_rng(5)
    chance = generator.beta(0.8, 2.0, 20_000)
    left = generator.geometric(np.maximum(chance, 1e-9))
    seen = generator.integers(1, 9, 20_000)
    fit = fit_sbg(Renewals.from_tenures(np.minimum(left, seen), (left <= seen).astype(np.float64)))
    errors = np.sqrt(np.diag(fit.covariance))
    assert (np.abs(np.log(fit.model.to_values() / [0.8, 2.0])) < 3 * errors).all()


def test_no_renewal_yet() -> None:
    with pytest.raises(TooLittleDataError, match="come up for renewal"):
        fit_sbg(Renewals.from_tenures(np.zeros(5), np.zeros(5)))


def test_nobody_left() -> None:
    with pytest.raises(TooLittleDataError, match="None of the 100 customers has left"):
        fit_sbg(Renewals.from_survivors(np.array([100.0, 100.0])))


@pytest.mark.parametrize(
    ("survivors", "code"),
    [
        ([100.0, 60.0], "clv_one_period"),
        ([100.0, 0.0], "clv_one_period"),
        ([100_000.0, 80_000.0, 64_000.0, 51_200.0], "clv_same_dropout"),
    ],
)
def test_sbg_diagnosis(survivors: list[float], code: str) -> None:
    fit = fit_sbg(Renewals.from_survivors(np.array(survivors)))
    assert codes(fit) == {code}
    assert np.isfinite([(e.estimate, e.std_error, e.ci_low, e.ci_high) for e in fit.table()]).all()
    assert np.isfinite(fit.model.survival(np.arange(0.0, 500.0))).all()


def test_bg_bb_recovery() -> None:
    generator = np.random.default_rng(6)
    n, opportunities = 20_000, 8
    buying = generator.beta(1.2, 0.8, n)[:, None]
    dying = generator.beta(0.7, 2.8, n)[:, None]
    alive = np.cumprod(generator.random((n, opportunities)) >= dying, axis=1)
    bought = (generator.random((n, opportunities)) < buying) & (alive > 0)
    steps = np.arange(1, opportunities + 1)
    histories = Opportunities.of(bought.sum(axis=1), (bought * steps).max(axis=1), np.full(n, opportunities))
    assert len(histories.x) < 40
    fit = fit_bg_bb(histories)
    errors = np.sqrt(np.diag(fit.covariance))
    assert (np.abs(np.log(fit.model.to_values() / [1.2, 0.8, 0.7, 2.8])) < 3 * errors).all()
    still = (histories.weights * fit.model.p_alive(histories)).sum() / n
    assert still == pytest.approx(alive[:, -1].mean(), abs=0.02)


def test_bg_bb_forecast_starts_at_birth() -> None:
    model = BgBb(1.2, 0.75, 0.66, 2.8)
    nothing = np.zeros(1, np.int64)
    born = Opportunities(nothing, nothing, nothing, np.ones(1))
    assert model.expected_from_birth(6) == pytest.approx(model.expected_purchases(born, 6)[0])
    assert model.discounted_purchases(born, 6, 0.1)[0] < model.expected_from_birth(6)
    assert model.p_alive(born)[0] == pytest.approx(1.0)
    assert model.p_alive(born, 1)[0] == pytest.approx(2.8 / 3.46)


def test_bg_bb_nobody_buys() -> None:
    none = np.zeros(2, np.int64)
    with pytest.raises(TooLittleDataError, match="Nobody bought"):
        fit_bg_bb(Opportunities(none, none, np.array([6, 6]), np.ones(2)))


def test_bg_bb_nobody_dies() -> None:
    histories = Opportunities(np.array([6, 3, 2]), np.array([6, 6, 6]), np.array([6, 6, 6]), np.array([9.0, 50, 30]))
    fit = fit_bg_bb(histories)
    assert "clv_no_dropout" in codes(fit)
    assert np.isfinite(fit.model.expected_purchases(histories, 10)).all()


@pytest.mark.parametrize("history", [(2, 1, 6), (1, 7, 6), (0, 1, 6), (-1, 0, 6)])
def test_bg_bb_impossible_histories(history: tuple[int, int, int]) -> None:
    x, t_x, n = (np.array([value]) for value in history)
    with pytest.raises(ValueError, match="0 <= x <= t_x <= n"):
        Opportunities(x, t_x, n, np.ones(1))
