from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pytest
from churn_cases import of_lines, shop, summary_of

from crmcli.analysis.churn.buying import MBG, PARETO, fit_buying
from crmcli.analysis.churn.learning import fit_boosting, fit_logistic
from crmcli.analysis.churn.scorer import Reasons
from crmcli.analysis.churn.snapshots import Snapshot, labelled
from crmcli.analysis.clv.mbg_nbd import MbgNbd
from crmcli.errors import TooLittleDataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from crmcli.analysis.churn.scorer import Scorer
    from crmcli.analysis.churn.snapshots import Labelled


@pytest.fixture(scope="module")
def past() -> Labelled:
    return labelled(of_lines(shop(700, 400, 8), dt.date(2025, 2, 1)), dt.date(2024, 10, 1), 90)


def logit(p: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.log(p) - np.log1p(-p))


@pytest.mark.parametrize("kind", ["logistic", "boosting", MBG, PARETO])
def test_reasons_add_up_to_the_log_odds(kind: str, past: Labelled) -> None:
    fits: dict[str, Callable[..., Scorer]] = {"logistic": fit_logistic, "boosting": fit_boosting}
    snapshot = past.snapshot
    scorer = fits[kind](snapshot.features.matrix, past.churned) if kind in fits else fit_buying(kind, snapshot, 90)
    assert scorer.name == kind
    p = scorer.p_churn(snapshot)
    inside = (p > 1e-9) & (p < 1 - 1e-9)
    reasons = scorer.reasons(snapshot)
    total = reasons.base + reasons.contributions.sum(axis=1)
    assert total[inside] == pytest.approx(logit(p[inside]), abs=1e-6)


@pytest.mark.parametrize("fit", [fit_logistic, fit_boosting])
def test_fits_are_the_same_every_time(fit: object, past: Labelled) -> None:
    assert callable(fit)
    first, second = (fit(past.snapshot.features.matrix, past.churned).p_churn(past.snapshot) for _ in range(2))
    assert np.array_equal(first, second)


def test_no_purchase_by_mbg_is_death_or_silence(past: Labelled) -> None:
    scorer = fit_buying(MBG, past.snapshot, 90)
    model, rows = scorer.fit.model, past.snapshot.rows
    assert isinstance(model, MbgNbd)
    alive = model.p_alive(rows)
    silent = ((model.alpha + rows.age_days) / (model.alpha + rows.age_days + 90)) ** (model.r + rows.x)
    assert scorer.p_churn(past.snapshot) == pytest.approx((1 - alive + alive * silent)[rows.index], rel=1e-9)


def test_one_time_buyers_are_likelier_gone_the_longer_they_are_silent(past: Labelled) -> None:
    p = fit_buying(MBG, past.snapshot, 90).p_churn(past.snapshot)
    once = past.snapshot.gaps.days == 1
    order = np.argsort(past.snapshot.recency_days[once])
    assert (np.diff(p[once][order]) >= -1e-12).all()
    assert p[once].max() > 0.9


def test_without_a_second_day_no_buying_model_fits() -> None:
    rows = [(f"c{number}", "2024-01-01", 5) for number in range(30)]
    with pytest.raises(TooLittleDataError):
        fit_buying(MBG, Snapshot(summary_of(rows, "2024-06-30")), 90)


def test_reasons_are_written_strongest_first_and_small_ones_left_out() -> None:
    parts = np.array([[0.1, -2.346, 0.004], [0.0, 0.001, -0.002], [1.0, 1.0, -3.0]])
    texts = Reasons(0.0, ("silence", "spend", "age"), parts).texts().to_list()
    assert texts == ["spend -2.35;silence +0.10", "", "age -3.00;silence +1.00;spend +1.00"]
