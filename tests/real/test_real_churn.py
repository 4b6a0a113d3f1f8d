"""`crmcli churn` on published data: the numbers of the methods, from the file to the table."""

from __future__ import annotations

import datetime as dt
import io
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
import real_runs
from command import crmcli

from crmcli.analysis.churn.accuracy import accuracy
from crmcli.analysis.churn.snapshots import Snapshot, labelled
from crmcli.analysis.clv.bg_nbd import fit_bg_nbd
from crmcli.analysis.discrimination import discrimination
from crmcli.customers.summary import summarise
from crmcli.transactions.load import load
from crmcli.transactions.options import ReadOptions

if TYPE_CHECKING:
    from crmcli.customers.summary import CustomerSummary

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
CDNOW = DATA / "cdnow_master.csv"
RETAIL = DATA / "online_retail.parquet"
WALTONS = DATA / "waltons.csv"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real data sets is not here"),
]


run = partial(real_runs.run, "churn")
view = partial(real_runs.view, "churn")


def facts(*arguments: str | Path) -> dict[str, Any]:
    return {name: one["value"] for name, one in real_runs.facts("churn", *arguments)["facts"].items()}


def test_cdnow_month_cohorts() -> None:
    table = view("cohorts", CDNOW)
    start = table.filter(pl.col("age") == 0, pl.col("cohort") != "all")
    assert start["eligible"].to_list() == [7846, 8476, 7248]
    assert start["retention"].to_list() == [1, 1, 1]
    assert start["revenue"].to_list() == [299060.17, 318548.34, 279884.49]
    assert table.filter(pl.col("age") == 1, pl.col("cohort") != "all")["revenue"].to_list() == [
        61041.69,
        62587.03,
        52921.29,
    ]
    january = table.filter(pl.col("cohort") == "1997-01").sort("age")
    assert january["active"].to_list()[1:8] == [1157, 964, 810, 679, 736, 720, 582]
    shares = [14.75, 12.29, 10.32, 8.65, 9.38, 9.18, 7.42]
    assert (january["retention"] * 100).to_list()[1:8] == pytest.approx(shares, abs=0.005)


def test_cdnow_a_month_cut_in_the_middle_is_unknown() -> None:
    table = view("cohorts", CDNOW, "--as-of", "1998-06-29")
    last = table.filter(pl.col("period_start") == "1998-06-01")
    assert last.height == 3
    assert last["active"].null_count() == 3
    assert last["complete"].to_list() == [False] * 3


def test_cdnow_quarters() -> None:
    table = view("rates", CDNOW, "--period", "quarter").filter(pl.col("period") != "1997-Q1")
    assert table["retention_rate"].to_list() == pytest.approx([0.2281, 0.4258, 0.4839, 0.4629, 0.4611], abs=5e-5)
    later = table.filter(pl.col("period") >= "1997-Q3")
    assert later["nrr"].to_list() == pytest.approx([0.5358, 0.6377, 0.5533, 0.5426], abs=5e-5)
    assert later["grr"].to_list() == pytest.approx([0.3757, 0.4068, 0.3944, 0.3853], abs=5e-5)
    assert later["quick_ratio"].to_list() == pytest.approx([0.7022, 1.0485, 0.7915, 0.6937], abs=5e-5)
    names = ("start_revenue", "reactivated_revenue", "expansion", "contraction", "churned_revenue")
    assert [later.row(0, named=True)[name] for name in names] == [359153.66, 99949.62, 57495.28, 72893.53, 151309.66]


def test_cdnow_repeat_rate_by_customer_day() -> None:
    found = facts(CDNOW, "--view", "window")
    assert found["repeat_rate"] == pytest.approx(0.48859, abs=5e-6)
    assert found["repeat_rate_censoring_aware"] > found["repeat_rate"]


def test_cdnow_window() -> None:
    table = view("window", CDNOW)
    assert table.filter("chosen")["days"].to_list() == [232]
    assert {136, 232, 319} <= set(table["days"])
    found = facts(CDNOW, "--view", "window")
    assert found["window_days"] == 232
    assert found["never_return_share"] == pytest.approx(0.302, abs=5e-4)


def held_out(population: str, *arguments: str) -> dict[str, dict[str, Any]]:
    table = view("evaluation", CDNOW, *arguments).filter(pl.col("population") == population)
    return {row["model"]: row for row in table.iter_rows(named=True)}


CONVENTIONS = 0.004
"""How far a bound may be missed for reasons of convention."""


@pytest.mark.parametrize(
    ("population", "horizon", "auc", "brier", "log_loss"),
    [
        ("all", "90d", 0.8368, 0.0899, 0.3018),
        ("all", "180d", 0.8035, 0.1299, 0.4172),
        ("active", "90d", 0.7244, None, None),
        ("active", "180d", 0.6983, None, None),
    ],
)
def test_cdnow_logistic_on_held_out_customers(
    population: str, horizon: str, auc: float, brier: float | None, log_loss: float | None
) -> None:
    row = held_out(population, "--horizon", horizon)["logistic"]
    assert row["auc"] >= auc - CONVENTIONS
    assert row["auc_low"] < row["auc"] < row["auc_high"]
    if brier is not None and log_loss is not None:
        assert row["brier"] <= brier + CONVENTIONS
        assert row["log_loss"] <= log_loss + CONVENTIONS


def test_cdnow_targets_of_the_held_out_table() -> None:
    assert held_out("all")["logistic"]["auc"] >= 0.83
    assert held_out("active")["logistic"]["auc"] >= 0.72
    assert held_out("all")["logistic"]["log_loss"] <= 0.2976
    assert held_out("all", "--horizon", "180d")["logistic"]["log_loss"] <= 0.4121


@pytest.mark.parametrize(
    ("population", "horizon", "customers", "rate", "recency"),
    [
        ("all", "90d", 23570, 0.8599, 0.8280),
        ("all", "180d", 23570, 0.7726, 0.7958),
        ("active", "90d", 3831, 0.5411, 0.5899),
        ("active", "180d", 6355, 0.4614, 0.6210),
    ],
)
def test_cdnow_populations_and_the_baseline(
    population: str, horizon: str, customers: int, rate: float, recency: float
) -> None:
    row = held_out(population, "--horizon", horizon)["recency"]
    assert row["snapshot"] == {"90d": "1998-04-01", "180d": "1998-01-01"}[horizon]
    assert row["customers"] == customers
    assert row["churn_rate"] == pytest.approx(rate, abs=5e-5)
    assert row["auc"] == pytest.approx(recency, abs=5e-5)


def test_cdnow_other_models_reach_their_figures() -> None:
    found = held_out("all")
    assert found["boosting"]["auc"] >= 0.8348 - CONVENTIONS
    assert found["mbg_nbd"]["auc"] >= 0.8306 - CONVENTIONS
    assert found["mbg_nbd"]["brier"] <= 0.0894 + CONVENTIONS
    assert found["mbg_nbd"]["log_loss"] <= 0.3029 + CONVENTIONS
    assert found["boosting"]["auc"] > found["recency"]["auc"]


def test_cdnow_the_published_model_is_named_with_its_reason() -> None:
    found = held_out("all")
    losses = {name: row["log_loss"] for name, row in found.items() if row["log_loss"] is not None}
    best = min(losses, key=lambda name: losses[name])
    assert [name for name, row in found.items() if row["published"]] == [best]
    assert f"Published: {best}, which had the lowest log-loss" in run(CDNOW, "--view", "evaluation").stderr


def test_cdnow_every_customer_has_a_score() -> None:
    table = view("customers", CDNOW)
    assert table.height == 23_570
    assert table["p_churn"].is_between(0, 1).all()
    assert table["lost"].sum() == view("winback", CDNOW).height


@cache
def cdnow() -> CustomerSummary:
    with load([str(CDNOW)], ReadOptions(), stdin=io.BytesIO()) as transactions:
        return summarise(transactions)[0]


def test_cdnow_raw_gaps_are_shorter_than_what_customers_are_silent_for() -> None:
    gaps = Snapshot(cdnow()).gaps
    ended = gaps.gap[gaps.returned]
    assert len(ended) == 44_021
    assert ended.mean() == pytest.approx(72.214, abs=5e-4)
    assert np.quantile(ended, [0.5, 0.8, 0.9, 0.95]).tolist() == [34, 119, 200, 283]
    assert (gaps.end - gaps.last_day > 200).mean() == pytest.approx(0.757, abs=5e-4)


def test_cdnow_p_alive_of_bg_nbd_is_worse_than_a_coin_and_is_no_score_here() -> None:
    past = labelled(cdnow(), dt.date(1998, 4, 1), 90)
    rows = past.snapshot.rows
    model = fit_bg_nbd(rows).model
    alive = model.p_alive(rows)[rows.index]
    assert (alive[past.snapshot.gaps.days == 1] == 1).all()
    assert discrimination(1 - alive, past.churned).auc == pytest.approx(0.345, abs=5e-3)
    p_no_order = model.p_zero(rows, 90)[rows.index]
    assert discrimination(p_no_order, past.churned).auc == pytest.approx(0.8306, abs=1e-3)
    found = accuracy(p_no_order, past.churned)
    assert (found.brier, found.log_loss) == pytest.approx((0.0894, 0.3029), abs=1e-3)


def test_waltons_survival(tmp_path: Path) -> None:
    flies = pl.read_csv(WALTONS).with_row_index("customer_id")
    path = tmp_path / "flies.csv"
    flies.write_csv(path)
    outcome = crmcli(
        "churn", "--contractual", str(path), "--as-of", "2024-12-31", "--by", "group", "--view", "survival"
    )
    assert outcome.code == 0, outcome.stderr
    table = pl.read_csv(io.BytesIO(outcome.stdout), infer_schema_length=None)
    assert table.filter(pl.col("group") == "all")["events"].sum() == 156
    medians = {name: rows.filter(pl.col("survival") <= 0.5)["time"].min() for (name,), rows in table.group_by("group")}
    assert medians == {"all": 56, "control": 58, "miR-137": 26}
    assert "χ² = 122.249" in outcome.stderr


def test_online_retail_tells_something_sensible() -> None:
    found = view("evaluation", RETAIL).filter(pl.col("population") == "all")
    best = found.filter("published").row(0, named=True)
    recency = found.filter(pl.col("model") == "recency").row(0, named=True)
    assert best["auc"] > recency["auc"]
    assert 0.2 < best["churn_rate"] < 0.8
    rates = view("rates", RETAIL)
    assert rates["complete"].to_list() == [True] * 12 + [False]
    assert rates["grr"].drop_nulls().is_between(0, 1).all()
