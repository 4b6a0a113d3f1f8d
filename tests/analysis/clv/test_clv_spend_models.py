"""Gamma-Gamma: shrinkage, infinite means, equal amounts, and what is left out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from crmcli.analysis.clv.gamma_gamma import GammaGamma, fit_gamma_gamma
from crmcli.errors import TooLittleDataError

MODEL = GammaGamma(6.25, 3.74, 15.4)


def codes(fit: object) -> set[str]:
    return {note.code for note in fit.notes}  # type: ignore[attr-defined]


def test_one_time_buyers_get_the_population_mean() -> None:
    x = np.array([0, 1, 5, 500])
    expected = MODEL.expected_spend(x, np.full(4, 90.0))
    assert expected[0] == pytest.approx(6.25 * 15.4 / 2.74)
    assert expected[0] == MODEL.population_spend()
    assert (np.diff(expected) > 0).all(), "the more purchases, the less is shrunk"
    assert expected[-1] == pytest.approx(90, rel=0.01)


def test_a_mean_given_without_purchases_is_not_looked_at() -> None:
    spends = MODEL.expected_spend(np.zeros(3, np.int64), np.array([0.0, 50.0, np.nan]))
    assert (spends == MODEL.population_spend()).all()


def test_quantiles_of_the_own_mean() -> None:
    x, mean = np.array([0, 4]), np.array([0.0, 30.0])
    shape, scale = 6.25 * x + 3.74, 6.25 * (15.4 + x * mean)
    for level, found in zip((0.05, 0.5, 0.95), MODEL.spend_quantiles(x, mean, (0.05, 0.5, 0.95)), strict=True):
        np.testing.assert_allclose(found, stats.invgamma(shape, scale=scale).ppf(level), rtol=1e-9)


def test_variances() -> None:
    x, mean = np.array([0, 4]), np.array([0.0, 30.0])
    shape, scale = 6.25 * x + 3.74, 6.25 * (15.4 + x * mean)
    own, within = MODEL.spend_variances(x, mean)
    np.testing.assert_allclose(own, stats.invgamma(shape, scale=scale).var(), rtol=1e-9)
    square = stats.invgamma(shape, scale=scale).moment(2) if len(x) == 1 else own + (scale / (shape - 1)) ** 2
    np.testing.assert_allclose(within, square / 6.25, rtol=1e-9)


def test_an_infinite_population_mean_gives_way_to_the_median() -> None:
    heavy = GammaGamma(2.0, 0.8, 10.0)
    assert not heavy.mean_is_finite
    median = stats.invgamma(0.8, scale=20.0).median()
    assert heavy.population_spend() == pytest.approx(median)
    assert heavy.expected_spend(np.array([3]), np.array([40.0]))[0] == pytest.approx(2 * (10 + 120) / (6 + 0.8 - 1))
    own, within = heavy.spend_variances(np.array([0, 3]), np.array([0.0, 40.0]))
    assert np.isfinite([*own, *within]).all()


def test_heavy_tails_are_told() -> None:
    generator = np.random.default_rng(1)
    rate = generator.gamma(0.6, 1.0, 3000)
    fit = fit_gamma_gamma(np.ones(3000, np.int64), generator.gamma(4.0, 1.0, 3000) / rate)
    assert "clv_spend_mean_infinite" in codes(fit)
    assert np.isfinite(fit.model.population_spend())


def test_recovery() -> None:
    generator = np.random.default_rng(2)
    n = 6000
    x = generator.integers(1, 12, n)
    rate = generator.gamma(MODEL.q, 1 / MODEL.v, n)
    mean = generator.gamma(MODEL.p * x) / rate / x
    fit = fit_gamma_gamma(x, mean)
    errors = np.sqrt(np.diag(fit.covariance))
    assert (np.abs(np.log(fit.model.to_values() / MODEL.to_values())) < 3 * errors).all()


def test_money_unit_does_not_matter() -> None:
    generator = np.random.default_rng(3)
    x, mean = generator.integers(1, 9, 400), generator.gamma(3.0, 10.0, 400)
    euro, cent = fit_gamma_gamma(x, mean), fit_gamma_gamma(x, 100 * mean)
    np.testing.assert_allclose(cent.model.to_values(), euro.model.to_values() * [1, 1, 100], rtol=1e-5)
    assert cent.log_likelihood == pytest.approx(euro.log_likelihood - 400 * np.log(100), abs=1e-5)


def test_weights_are_customers() -> None:
    x, mean, weights = np.array([1, 2, 5, 3]), np.array([5.0, 9.0, 30.0, 12.0]), np.array([3, 1, 2, 4])
    one = fit_gamma_gamma(x, mean, weights.astype(np.float64))
    other = fit_gamma_gamma(np.repeat(x, weights), np.repeat(mean, weights))
    np.testing.assert_allclose(one.model.to_values(), other.model.to_values(), rtol=1e-5)
    assert one.customers == 10


@pytest.mark.parametrize("x", [[3, 2, 5, 1], [1], [1, 1, 1], [400, 1]])
def test_equal_amounts_are_flagged(x: list[int]) -> None:
    fit = fit_gamma_gamma(np.array(x), np.full(len(x), 20.0))
    assert "clv_equal_spend" in codes(fit)
    assert fit.model.population_spend() == pytest.approx(20.0, rel=1e-4)
    np.testing.assert_allclose(fit.model.expected_spend(np.array(x), np.full(len(x), 20.0)), 20.0, rtol=1e-4)
    assert all(np.isfinite(variance).all() for variance in fit.model.spend_variances(np.array([0]), np.zeros(1)))


def test_means_that_are_not_positive_are_left_out_and_counted() -> None:
    generator = np.random.default_rng(4)
    x, mean = generator.integers(1, 9, 50), generator.gamma(3.0, 10.0, 50)
    fit = fit_gamma_gamma(np.append(x, [2, 3, 0]), np.append(mean, [-4.0, 0.0, 0.0]))
    assert fit.model == fit_gamma_gamma(x, mean).model
    assert "2 customers" in next(note.text for note in fit.notes if note.code == "clv_spend_not_positive")


@pytest.mark.parametrize(("x", "mean"), [([0, 0], [0.0, 0.0]), ([2, 3], [-1.0, 0.0])])
def test_nothing_to_learn_from(x: list[int], mean: list[float]) -> None:
    with pytest.raises(TooLittleDataError, match="positive mean spend"):
        fit_gamma_gamma(np.array(x), np.array(mean))


def test_extreme_amounts_stay_finite() -> None:
    fit = fit_gamma_gamma(np.array([1, 3000, 2]), np.array([0.01, 1e9, 5.0]))
    spends = fit.model.expected_spend(np.array([0, 1, 3000]), np.array([0.0, 0.01, 1e9]))
    assert np.isfinite(spends).all()
    assert (spends > 0).all()
