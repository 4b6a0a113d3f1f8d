"""Parameters come back from simulated customers, and intervals hold what they promise."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from clv_cases import BG, MBG, PARETO
from clv_simulators import simulate

from crmcli.analysis.clv.bg_nbd import BgNbd, fit_bg_nbd
from crmcli.analysis.clv.mbg_cnbd import MbgCnbd, fit_mbg_cnbd
from crmcli.analysis.clv.mbg_nbd import MbgNbd, fit_mbg_nbd
from crmcli.analysis.clv.pareto_nbd import ParetoNbd, fit_pareto_nbd
from crmcli.analysis.clv.value_intervals import CountMoments, total_purchases

if TYPE_CHECKING:
    from crmcli.analysis.clv.arrays import Floats
    from crmcli.analysis.clv.fit import Fit
    from crmcli.analysis.clv.model import PurchaseModel

TRUTHS: dict[str, PurchaseModel] = {
    "BG": BgNbd(0.6, 30.0, 0.8, 2.5),
    "MBG": MbgNbd(0.8, 30.0, 0.8, 2.5),
    "Pareto": ParetoNbd(0.8, 40.0, 0.8, 90.0),
    "CNBD-2": MbgCnbd(0.8, 15.0, 0.8, 2.5, 2),
}
REPLICATIONS, CUSTOMERS, HORIZON = 300, 1500, 180.0


def fit(truth: PurchaseModel, simulated: Any) -> Fit[PurchaseModel]:
    fits: dict[type, Any] = {BgNbd: fit_bg_nbd, MbgNbd: fit_mbg_nbd, ParetoNbd: fit_pareto_nbd}
    if isinstance(truth, MbgCnbd):
        steady: Fit[PurchaseModel] = fit_mbg_cnbd(simulated.rows, simulated.log_gaps, (truth.k,))
        return steady
    result: Fit[PurchaseModel] = fits[type(truth)](simulated.rows)
    return result


@cache
def replications(name: str) -> tuple[Floats, Floats, list[bool]]:
    """Errors of the logarithms, their standard errors, and whether the total fell within its interval."""
    truth = TRUTHS[name]
    misses, errors, held = [], [], []
    for seed in range(REPLICATIONS):
        ages = np.random.default_rng(7000 + seed).uniform(200, 600, CUSTOMERS)
        simulated = simulate(truth, ages, HORIZON, 9000 + seed)
        found = fit(truth, simulated)
        assert found.converged
        misses.append(np.log(found.model.to_values() / truth.to_values()))
        errors.append(np.sqrt(np.diag(found.covariance)))
        if seed % 2 == 0:
            central = CountMoments.of((found.model,), simulated.rows, HORIZON)
            spread = CountMoments.of(found.sigma_models(), simulated.rows, HORIZON)
            total = total_purchases(central, spread, simulated.rows, 0.9)
            held.append(total.low <= simulated.future.sum() <= total.high)
    return np.array(misses), np.array(errors), held


@pytest.mark.slow
@pytest.mark.parametrize("name", TRUTHS)
def test_intervals_cover_the_truth(name: str) -> None:
    misses, errors, _ = replications(name)
    covered = (np.abs(misses) < 1.6448536 * errors).mean(axis=0)
    assert ((covered >= 0.85) & (covered <= 0.95)).all(), covered


@pytest.mark.slow
@pytest.mark.parametrize("name", TRUTHS)
def test_estimates_center_on_the_truth(name: str) -> None:
    """The median miss is small beside the standard error."""
    misses, errors, _ = replications(name)
    assert (np.abs(np.median(misses / errors, axis=0)) < 0.35).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", TRUTHS)
def test_totals_fall_within_their_interval(name: str) -> None:
    held = replications(name)[2]
    assert 0.82 <= np.mean(held) <= 0.97


@pytest.mark.parametrize("truth", [BG, MBG, PARETO, MbgCnbd(0.8, 15.0, 0.8, 2.5, 3)], ids=lambda model: model.title)
def test_recovery_within_three_standard_errors(truth: PurchaseModel) -> None:
    simulated = simulate(truth, np.random.default_rng(1).uniform(100, 700, 8000), 0.0, seed=77)
    found = fit(truth, simulated)
    miss = np.abs(np.log(found.model.to_values() / truth.to_values()))
    assert (miss < 3 * np.sqrt(np.diag(found.covariance))).all()
    assert found.notes == ()
