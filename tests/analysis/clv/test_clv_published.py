"""Published parameters, likelihoods and predictions."""

from __future__ import annotations

import datetime as dt
from functools import cache
from math import log
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from clv_cases import (
    BG,
    CDNOW,
    DATA,
    LAST,
    MBG,
    PARETO,
    SPLIT,
    WEEK,
    cdnow,
    future_purchases,
    histories,
    log_gaps,
    needs_files,
    published,
)

from crmcli.analysis.clv.bg_bb import Opportunities, fit_bg_bb
from crmcli.analysis.clv.bg_nbd import fit_bg_nbd
from crmcli.analysis.clv.gamma_gamma import fit_gamma_gamma
from crmcli.analysis.clv.mbg_cnbd import fit_mbg_cnbd
from crmcli.analysis.clv.mbg_nbd import fit_mbg_nbd
from crmcli.analysis.clv.pareto_nbd import fit_pareto_nbd
from crmcli.analysis.clv.sbg import Renewals, fit_sbg
from crmcli.analysis.clv.units import TimeUnit

if TYPE_CHECKING:
    from crmcli.analysis.clv.fit import Fit
    from crmcli.analysis.clv.model import PurchaseModel

pytestmark = needs_files

FITTERS: dict[str, Any] = {"BG": fit_bg_nbd, "MBG": fit_mbg_nbd, "Pareto": fit_pareto_nbd}
EXAMPLES = histories((26, 30.86 * WEEK, 31 * WEEK), (2, 30.43 * WEEK, 38.86 * WEEK), (0, 0.0, 38.86 * WEEK))


@cache
def fitted(name: str) -> Fit[PurchaseModel]:
    fit: Fit[PurchaseModel] = FITTERS[name](cdnow())
    return fit


def near(value: object, relative: float = 1e-3) -> Any:
    return pytest.approx(value, rel=relative)


def test_the_sample_is_that_of_the_papers() -> None:
    rows = cdnow()
    assert (rows.customers, rows.repeat_purchases, rows.weights[rows.x > 0].sum()) == (2357, 2457, 946)


@pytest.mark.parametrize(
    ("name", "estimates", "errors", "log_likelihood", "aic"),
    [
        ("BG", [0.2426, 4.4136, 0.7929, 2.4259], [0.0126, 0.3782, 0.1857, 0.7054], -9582.4292, 19172.86),
        ("MBG", [0.5248, 6.1831, 0.8914, 1.6140], [0.0833, 0.6956, 0.1548, 0.5375], -9582.1357, 19172.27),
        ("Pareto", [0.5533, 10.5777, 0.6062, 11.669], [0.0476, 0.8427, 0.1873, 6.21], -9594.9762, 19197.95),
    ],
)
def test_cdnow_fits(name: str, estimates: list[float], errors: list[float], log_likelihood: float, aic: float) -> None:
    fit = fitted(name)
    table = fit.table(TimeUnit.WEEK)
    assert [row.estimate for row in table] == near(estimates)
    assert [row.std_error for row in table] == near(errors, 4e-3), "printed with three digits"
    assert fit.log_likelihood_in(TimeUnit.WEEK) == pytest.approx(log_likelihood, abs=1e-3)
    assert fit.aic == pytest.approx(aic, abs=0.006)
    assert fit.converged
    assert fit.notes == ()
    assert fit.customers == 2357


def test_the_log_likelihood_depends_on_the_unit() -> None:
    assert fitted("BG").log_likelihood_in(TimeUnit.DAY) == pytest.approx(-14363.53, abs=0.005)


def test_log_likelihood_of_rows_sums_to_that_of_the_fit() -> None:
    for name in FITTERS:
        fit = fitted(name)
        assert cdnow().total(fit.model.log_likelihood(cdnow())) == pytest.approx(fit.log_likelihood, abs=1e-7)


@pytest.mark.parametrize(
    ("model", "weeks_39", "weeks_52", "alive"),
    [
        (BG, [20.7503, 1.2259, 0.1948], 25.7590, [0.96892, 0.72661, 1.0]),
        (MBG, [19.448, 1.2627, 0.1540], 24.000, [0.96555, 0.70613, 0.38972]),
        (PARETO, [20.1157, 1.4551, 0.1071], 25.4563, [0.99792, 0.86912, 0.29510]),
    ],
    ids=["BG", "MBG", "Pareto"],
)
def test_predictions_for_three_customers(
    model: PurchaseModel, weeks_39: list[float], weeks_52: float, alive: list[float]
) -> None:
    assert list(model.expected_purchases(EXAMPLES, 39 * WEEK)) == near(weeks_39)
    assert model.expected_purchases(EXAMPLES, 52 * WEEK)[0] == near(weeks_52)
    assert list(model.p_alive(EXAMPLES)) == near(alive)


@pytest.mark.parametrize(("name", "expected"), [("BG", 1.44401), ("MBG", 1.41889), ("Pareto", 1.47343)])
def test_a_new_customer_in_a_year(name: str, expected: float) -> None:
    assert fitted(name).model.expected_from_birth(np.array([52 * WEEK]))[0] == near(expected)


def test_discounted_expected_residual_transactions() -> None:
    worth = PARETO.discounted_purchases(EXAMPLES, float("inf"), log(1.15) / 52 / WEEK)
    assert worth[0] == near(86.2615)


@pytest.mark.parametrize(("name", "expected"), [("BG", 4160.6), ("MBG", 4050.0), ("Pareto", 4270.0)])
def test_cumulative_purchases_at_week_78(name: str, expected: float) -> None:
    customers = future_purchases(*CDNOW, SPLIT, LAST)
    ages = customers.select((LAST - pl.col("first")).dt.total_days())
    total = fitted(name).model.expected_from_birth(ages.to_series().to_numpy().astype(np.float64)).sum()
    assert total == near(expected, 2e-5)
    assert int(customers["purchases"].sum()) + cdnow().repeat_purchases == 4339


@pytest.mark.parametrize(
    ("name", "mae", "rmse", "correlation"),
    [("BG", 0.785, 1.608, 0.626), ("MBG", 0.765, 1.607, 0.627), ("Pareto", 0.755, 1.603, 0.630)],
)
def test_holdout(name: str, mae: float, rmse: float, correlation: float) -> None:
    actual = future_purchases(*CDNOW, SPLIT, LAST)["purchases"].to_numpy()
    expected = fitted(name).model.expected_purchases(cdnow(), 39 * WEEK)[cdnow().index]
    assert actual.sum() == 1882
    assert np.abs(actual - expected).mean() == pytest.approx(mae, abs=6e-4)
    assert np.sqrt(((actual - expected) ** 2).mean()) == pytest.approx(rmse, abs=6e-4)
    assert np.corrcoef(actual, expected)[0, 1] == pytest.approx(correlation, abs=6e-4)


@pytest.mark.parametrize(
    ("fit", "estimates", "log_likelihood"),
    [
        (fit_bg_nbd, [0.6073, 20.957, 1.2756, 8.861], -5857.02),
        (fit_mbg_nbd, None, -5848.05),
        (fit_pareto_nbd, [1.4489, 48.635, 0.5613, 46.882], -5848.10),
    ],
)
def test_apparel(fit: Any, estimates: list[float] | None, log_likelihood: float) -> None:
    rows = published("clvtools_apparel_transactions.csv", "Id", "Date", dt.date(2006, 12, 31), "%Y-%m-%d")
    result = fit(rows)
    assert result.customers == 600
    assert result.log_likelihood_in(TimeUnit.WEEK) == pytest.approx(log_likelihood, abs=0.006)
    if estimates:
        assert [row.estimate for row in result.table()] == near(estimates)


def test_regularity_one_is_mbg() -> None:
    fit = fit_mbg_cnbd(cdnow(), log_gaps(*CDNOW, SPLIT), (1,))
    assert fit.log_likelihood_in(TimeUnit.WEEK) == pytest.approx(-9582.1357, abs=1e-3)
    assert [row.estimate for row in fit.table()] == near([row.estimate for row in fitted("MBG").table()], 1e-6)


def test_cdnow_buys_at_random() -> None:
    fit = fit_mbg_cnbd(cdnow(), log_gaps(*CDNOW, SPLIT))
    assert fit.model.k == 1
    assert fit.aic == pytest.approx(19172.27 + 2, abs=0.006), "k was chosen"


def test_gamma_gamma() -> None:
    table = pl.read_csv(DATA / "cdnow_sample_39week_summary.csv")
    x, mean = table["x"].to_numpy(), table["zbar"].to_numpy()
    fit = fit_gamma_gamma(x, mean)
    assert list(fit.model.to_values()) == near([6.2488, 3.7446, 15.4477])
    assert fit.log_likelihood == pytest.approx(-4055.923, abs=1e-3)
    assert fit.customers == 946
    assert fit.model.population_spend() == near(35.1710)
    first_ten = [24.66, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    assert list(fit.model.expected_spend(x, mean)[:10]) == pytest.approx(first_ten, abs=0.006)


@pytest.mark.parametrize(
    ("segment", "estimates", "log_likelihood", "forecast", "lifetime"),
    [
        ("Regular", [0.7041, 1.1820], -1680.265, [0.2201, 0.2044, 0.1912, 0.1799, 0.1700], 3.6949),
        ("High End", [0.6681, 3.8061], -1611.158, [0.4604, 0.4358, 0.4142, 0.3951, 0.3780], 5.9223),
    ],
)
def test_sbg(
    segment: str, estimates: list[float], log_likelihood: float, forecast: list[float], lifetime: float
) -> None:
    table = pl.read_csv(DATA / "sbg_retention.csv").filter(pl.col("segment") == segment).sort("year")
    fit = fit_sbg(Renewals.from_survivors(table["survivors"].head(8).to_numpy()))
    assert list(fit.model.to_values()) == near(estimates)
    assert fit.log_likelihood == pytest.approx(log_likelihood, abs=1e-3)
    assert list(fit.model.survival(np.arange(8.0, 13.0))) == pytest.approx(forecast, abs=6e-5)
    assert fit.model.discounted_lifetime(0.1) == pytest.approx(lifetime, abs=6e-5)


def test_bg_bb() -> None:
    table = pl.read_csv(DATA / "donations_bgbb.csv")
    x, t_x, n = (table[name].to_numpy() for name in ("frequency", "recency", "periods"))
    donors = Opportunities(x, t_x, n, table["weights"].to_numpy().astype(np.float64))
    fit = fit_bg_bb(donors)
    assert list(fit.model.to_values()) == near([1.2035, 0.7497, 0.6567, 2.7834])
    assert fit.log_likelihood == pytest.approx(-33225.581, abs=1e-3)
    assert fit.customers == 11104
    assert (donors.weights * fit.model.expected_purchases(donors, 5)).sum() == near(12884.2, 1e-5)
