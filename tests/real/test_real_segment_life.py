"""The customer's life on published data: gaps, stages, periods, loyalty, from the file to the numbers."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from command import crmcli

from crmcli.analysis.churn_window import churn_window
from crmcli.analysis.order_gaps import order_gaps
from crmcli.customers.summary import summarise
from crmcli.transactions.load import load
from crmcli.transactions.options import ReadOptions

if TYPE_CHECKING:
    from crmcli.analysis.order_gaps import OrderGaps

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
CDNOW = DATA / "cdnow_master.csv"
RETAIL = DATA / "online_retail.parquet"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real data sets is not here"),
]


@cache
def output(*arguments: str | Path) -> bytes:
    outcome = crmcli("segment", *arguments)
    assert outcome.code == 0, outcome.stderr
    return outcome.stdout


def view(name: str, *arguments: str | Path) -> pl.DataFrame:
    return pl.read_csv(io.BytesIO(output(*arguments, "--view", name)), schema_overrides={"customer_id": pl.String})


def fact(name: str, *arguments: str | Path) -> Any:
    document = json.loads(output(*arguments, "-o", "/dev/null", "-f", "csv", "--facts", "-"), parse_float=Decimal)
    return document["facts"][name]["value"]


@cache
def cdnow_gaps() -> OrderGaps:
    with load([str(CDNOW)], ReadOptions(), stdin=io.BytesIO()) as transactions:
        summary, _ = summarise(transactions)
    found = order_gaps(summary)
    assert found is not None
    return found


def test_cdnow_raw_gaps_are_biased_short() -> None:
    raw = cdnow_gaps().gap[cdnow_gaps().returned]
    assert len(raw) == 44_021
    assert float(np.median(raw)) == 34
    assert raw.mean() == pytest.approx(72.214, abs=5e-4)
    assert np.quantile(raw, [0.8, 0.9, 0.95]).tolist() == [119, 200, 283]
    silent = cdnow_gaps().gap[~cdnow_gaps().returned]
    assert (silent > 200).mean() == pytest.approx(0.757, abs=5e-4)


def test_cdnow_time_to_the_next_order_and_churn_window() -> None:
    curve = cdnow_gaps().curve()
    assert curve.median == 94
    windows = [churn_window(curve, share) for share in (0.8, 0.9, 0.95)]
    assert [window.days for window in windows if window] == [136, 232, 319]
    assert windows[0] is not None
    assert windows[0].level == pytest.approx(0.302, abs=5e-4)


def test_cdnow_repeat_rate() -> None:
    assert (cdnow_gaps().days > 1).mean() == pytest.approx(0.48859, abs=5e-6)


def test_cdnow_stages() -> None:
    table = view("stages", CDNOW)
    counts = dict(table.group_by("stage").agg(pl.col("customers").sum()).iter_rows())
    assert counts == {"termination": 17_286, "decline": 771, "maturity": 3_132, "growth": 2_381, "formation": 0}
    assert table["share"].sum() == pytest.approx(1)
    assert fact("pool_gap_days", CDNOW) == 94
    assert fact("churn_window_days", CDNOW) == 232
    assert float(fact("overdue_ratio", CDNOW)) == pytest.approx(3.447, abs=5e-4)
    assert fact("termination_customers", CDNOW) == 17_286


def test_cdnow_customers_add_up_to_the_stages() -> None:
    found = view("customers", CDNOW).group_by("stage", "stage_rule").len()
    table = view("stages", CDNOW).filter(pl.col("customers") > 0).select("stage", "rule", "customers")
    assert sorted(found.rows()) == sorted(table.rows())


def test_cdnow_quarter_states() -> None:
    rows = view("periods", CDNOW).filter(pl.col("period").is_in(["1997-Q2", "1997-Q3", "1997-Q4"]))
    assert rows.drop("complete").rows() == [
        ("1997-Q2", 5376, 0, 5376, 0, 18194),
        ("1997-Q3", 4263, 0, 2289, 1974, 3087),
        ("1997-Q4", 4221, 0, 2063, 2158, 2200),
    ]


@pytest.mark.parametrize("period", ["week", "month", "quarter"])
def test_cdnow_states_add_up(period: str) -> None:
    table = view("periods", CDNOW, "--period", period).filter(pl.col("complete").cast(pl.String) == "true")
    assert (table["active"] == table["new"] + table["retained"] + table["resurrected"]).all()
    assert (table["active"].shift(1, fill_value=0) == table["retained"] + table["dormant"]).all()
    assert table["new"].sum() == 23_570


@pytest.mark.parametrize("name", ["stages", "loyalty", "matrix"])
def test_cdnow_every_view_holds_every_customer_and_cent(name: str) -> None:
    table = pl.read_csv(io.BytesIO(output(CDNOW, "--view", name)), infer_schema=False)
    assert table["customers"].cast(pl.Int64).sum() == 23_570
    money = table["revenue"].str.to_decimal(scale=2).cast(pl.Decimal(38, 2))
    assert money.sum() == Decimal("2500315.63")


def test_cdnow_cannot_tell_loyalty_types_and_says_what_is_missing() -> None:
    outcome = crmcli("segment", CDNOW, "--view", "loyalty")
    assert "monopoly cannot be identified from transactions" in outcome.stderr
    assert "incentive (no promotion column); price (no discount column)" in outcome.stderr
    rules = view("customers", CDNOW)["loyalty_rule"].unique().sort().to_list()
    assert rules == ["not_repeat;needs_discount;needs_category", "repeat;needs_promotion;needs_discount;needs_category"]


def test_online_retail_stages_are_believable() -> None:
    counts = dict(view("stages", RETAIL).group_by("stage").agg(pl.col("customers").sum()).iter_rows())
    assert sum(counts.values()) == 4_338
    assert all(counts.values()), "a shop with newcomers has customers in every stage"
    assert counts["maturity"] > counts["decline"]
    assert 30 <= fact("pool_gap_days", RETAIL) <= 120
