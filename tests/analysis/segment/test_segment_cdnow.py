"""The published CDNOW data: 23,570 customers who first bought in early 1997, followed to mid-1998."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from crmcli.analysis.segment.analyse import analyse, fit_thresholds
from crmcli.analysis.segment.options import SegmentOptions
from crmcli.analysis.segment.threshold_text import parse_thresholds, thresholds_text
from crmcli.customers.summary import CustomerSummary

if TYPE_CHECKING:
    from crmcli.analysis.result import Result

DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"
YEAR_END = dt.date(1997, 12, 31)
MID_YEAR = dt.date(1998, 6, 30)

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real data sets is not here"),
]


@cache
def summary(as_of: dt.date) -> CustomerSummary:
    """One order per customer and day, rows on as_of included."""
    money = pl.Decimal(38, 2)
    lines = pl.read_csv(DATA / "cdnow_master.csv", infer_schema=False).select(
        "customer_id",
        pl.col("date").str.to_date("%Y%m%d"),
        pl.col("dollar_value").str.to_decimal(scale=2).cast(money).alias("amount"),
    )
    customers = lines.filter(pl.col("date") <= as_of).group_by("customer_id")
    frame = customers.agg(
        pl.col("date").min().alias("first_date"),
        pl.col("date").max().alias("last_date"),
        pl.col("date").n_unique().cast(pl.Int64).alias("orders"),
        pl.col("amount").sum().alias("monetary"),
    )
    return CustomerSummary(frame.sort("customer_id").with_columns(refunds=pl.lit(0).cast(money)), as_of, 2)


@cache
def result(as_of: dt.date) -> Result:
    return analyse(summary(as_of))


@cache
def frozen() -> Result:
    text = thresholds_text(fit_thresholds(summary(YEAR_END), SegmentOptions()))
    return analyse(summary(MID_YEAR), SegmentOptions(thresholds=parse_thresholds(text, "saved", scores=5)))


def counts(of: Result) -> dict[str, int]:
    return dict(of.tables["segments"].select("segment", "customers").iter_rows())


def segments(of: Result) -> pl.Series:
    return of.tables["customers"]["segment"]


def test_frequency_scores() -> None:
    scores = result(MID_YEAR).tables["customers"]["f_score"].value_counts(sort=True)
    assert dict(scores.iter_rows()) == {1: 12_054, 3: 4_040, 4: 3_641, 5: 3_835}


def test_segments_at_the_end_of_1997() -> None:
    assert counts(result(YEAR_END)) == {
        "hibernating": 8_699,
        "about_to_sleep": 3_949,
        "champions": 3_745,
        "potential_loyalists": 3_107,
        "loyal_customers": 2_288,
        "at_risk": 746,
        "need_attention": 576,
        "promising": 432,
        "cant_lose": 28,
    }


def test_segments_in_mid_1998_with_frozen_thresholds() -> None:
    assert counts(frozen()) == {
        "hibernating": 12_054,
        "champions": 3_560,
        "at_risk": 3_402,
        "loyal_customers": 2_498,
        "potential_loyalists": 1_333,
        "cant_lose": 596,
        "need_attention": 127,
    }


def test_segments_in_mid_1998_scored_anew() -> None:
    assert counts(result(MID_YEAR)) == {
        "hibernating": 8_679,
        "champions": 4_134,
        "about_to_sleep": 3_375,
        "loyal_customers": 3_243,
        "potential_loyalists": 2_421,
        "need_attention": 950,
        "at_risk": 762,
        "cant_lose": 6,
    }


def test_silent_customers_move_on_frozen_thresholds_and_seem_to_stand_still_when_scored_anew() -> None:
    # All customers bought before the end of 1997, so both summaries list the same people in the same order.
    moves = pl.DataFrame(
        {
            "silent": summary(MID_YEAR).frame["orders"] == summary(YEAR_END).frame["orders"],
            "frozen": segments(frozen()) != segments(result(YEAR_END)),
            "anew": segments(result(MID_YEAR)) != segments(result(YEAR_END)),
        }
    )
    only_anew = moves.filter(pl.col("anew") & ~pl.col("frozen"))
    assert moves["silent"].sum() == 18_196
    assert moves.filter("silent").select("anew", "frozen").sum().row(0) == (2_992, 8_769)
    assert (only_anew["silent"].sum(), only_anew.height) == (18, 139)


def test_concentration() -> None:
    measures = dict(result(MID_YEAR).tables["concentration"].iter_rows())
    assert measures["gini"] == pytest.approx(0.634571, abs=5e-7)
    assert measures["top_1_percent_share"] == pytest.approx(0.15876, abs=5e-6)
    assert measures["top_5_percent_share"] == pytest.approx(0.36691, abs=5e-6)
    assert measures["top_20_percent_share"] == pytest.approx(0.67777, abs=5e-6)


def test_tiers() -> None:
    table = result(MID_YEAR).tables["abc"]
    assert table["customers"].to_list() == [236, 943, 3_535, 18_856]
    assert table["value_share"].to_list() == pytest.approx([0.15876, 0.20815, 0.31087, 0.32223], abs=5e-6)
