"""Customers drawn from known parameters: what the published score predicts happens."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest
from churn_cases import of_lines, shop

from crmcli.analysis.churn.accuracy import calibration, calibration_slope
from crmcli.analysis.churn.analyse import analyse
from crmcli.analysis.churn.buying import PARETO, fit_buying
from crmcli.analysis.churn.options import ChurnOptions
from crmcli.analysis.churn.snapshots import Snapshot, labelled
from crmcli.analysis.churn.worth import worth
from crmcli.analysis.clv.pareto_nbd import ParetoNbd
from crmcli.analysis.discrimination import discrimination

pytestmark = pytest.mark.slow

CUT = dt.date(2025, 6, 1)
HORIZON = 90
TRUTH = ParetoNbd(r=0.9, alpha=30.0, s=0.7, beta=90.0)


@cache
def base(seed: int) -> tuple[pl.DataFrame, dt.date]:
    """Purchases of 6,000 customers, and the last day of them."""
    return shop(6000, 640, seed), CUT + dt.timedelta(days=HORIZON)


@pytest.mark.parametrize("seed", [11, 12])
def test_predicted_and_actual_churn_agree_by_decile(seed: int) -> None:
    lines, end = base(seed)
    past = of_lines(lines.filter(pl.col("date") <= CUT), CUT)
    future = labelled(of_lines(lines, end), CUT, HORIZON)
    table = analyse(past, replace(ChurnOptions(), views=frozenset({"customers"}), horizon_days=HORIZON)).tables[
        "customers"
    ]
    assert table["customer_id"].equals(future.snapshot.past.frame["customer_id"])
    p = table["p_churn"].to_numpy()
    bins = calibration(p, future.churned)
    slope = np.polyfit(bins.predicted, bins.actual, 1, w=np.sqrt(bins.customers))[0]
    assert 0.9 <= slope <= 1.1
    logit_slope = calibration_slope(p, future.churned)
    assert logit_slope is not None
    assert 0.9 <= logit_slope <= 1.1
    assert np.abs(bins.predicted - bins.actual).max() < 0.06


def test_the_score_ranks_nearly_as_well_as_the_truth() -> None:
    lines, end = base(11)
    past = of_lines(lines.filter(pl.col("date") <= CUT), CUT)
    future = labelled(of_lines(lines, end), CUT, HORIZON)
    table = analyse(past, replace(ChurnOptions(), views=frozenset({"customers"}), horizon_days=HORIZON)).tables[
        "customers"
    ]
    rows = future.snapshot.rows
    truth = TRUTH.p_zero(rows, HORIZON)[rows.index]
    best = discrimination(truth, future.churned).auc
    assert discrimination(table["p_churn"].to_numpy(), future.churned).auc > best - 0.01


def test_value_at_risk_is_the_part_of_value_that_dies() -> None:
    lines, _ = base(11)
    past = of_lines(lines.filter(pl.col("date") <= CUT), CUT)
    snapshot = Snapshot(past)
    found = worth(past, snapshot, fit_buying(PARETO, snapshot, HORIZON), ChurnOptions(horizon_days=HORIZON))
    rows = snapshot.rows
    lost = (1 - TRUTH.p_alive_at(rows, HORIZON))[rows.index]
    assert np.mean(found.at_risk / found.if_alive) == pytest.approx(lost.mean(), abs=0.02)
    assert (found.at_risk <= found.if_alive).all()
    assert (found.future <= found.if_alive * (1 + 1e-9)).all()
    # A year's purchases of those alive, at 40 of money each, as the true model tells them.
    purchases = TRUTH.discounted_purchases(rows, 365, np.log(1.1) / 365)[rows.index]
    assert found.future.sum() == pytest.approx(40 * purchases.sum(), rel=0.1)
