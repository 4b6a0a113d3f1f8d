"""Movement and attention on published data: the CDNOW migration, and where the customers of a gift shop live."""

from __future__ import annotations

import io
from functools import cache, partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import real_runs

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
CDNOW = DATA / "cdnow_master.csv"
RETAIL = DATA / "online_retail.parquet"
APPAREL = DATA / "clvtools_apparel_transactions.csv"
COVARIATES = DATA / "clvtools_apparel_static_covariates.csv"
HALF_YEAR = ("--as-of", "1998-06-30", "--compare-to", "1997-12-31")

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real data sets is not here"),
]


run = partial(real_runs.run, "segment")
view = partial(real_runs.view, "segment")


def facts(*arguments: str | Path) -> dict[str, Any]:
    return {name: one["value"] for name, one in real_runs.facts("segment", *arguments)["facts"].items()}


def ends(table: pl.DataFrame, column: str) -> dict[str, int]:
    return dict(table.group_by(column).agg(pl.col("customers").sum()).iter_rows())


def test_cdnow_moves_under_frozen_thresholds() -> None:
    table = view("migration", CDNOW, *HALF_YEAR)
    assert ends(table, "from_segment") == {
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
    assert ends(table, "to_segment") == {
        "hibernating": 12_054,
        "champions": 3_560,
        "at_risk": 3_402,
        "loyal_customers": 2_498,
        "potential_loyalists": 1_333,
        "cant_lose": 596,
        "need_attention": 127,
    }


def test_cdnow_moves_when_each_date_is_scored_by_itself() -> None:
    assert ends(view("migration", CDNOW, *HALF_YEAR, "--rescore"), "to_segment") == {
        "hibernating": 8_679,
        "champions": 4_134,
        "about_to_sleep": 3_375,
        "loyal_customers": 3_243,
        "potential_loyalists": 2_421,
        "need_attention": 950,
        "at_risk": 762,
        "cant_lose": 6,
    }


def test_re_scoring_hides_that_most_of_the_silent_went_silent() -> None:
    found = facts(CDNOW, *HALF_YEAR)
    assert found["silent_customers"] == 18_196
    assert found["silent_changed_rescored"] == 2_992
    assert found["silent_changed_frozen"] == 8_769
    assert found["silent_changed_only_by_rescoring"] == 18
    assert found["changed_only_by_rescoring"] == 139


def test_the_value_of_both_dates_is_that_of_their_own_runs() -> None:
    table = view("migration", CDNOW, *HALF_YEAR)
    for column, as_of in (("value_before", "1997-12-31"), ("value_after", "1998-06-30")):
        assert round(table[column].sum(), 2) == pytest.approx(float(facts(CDNOW, "--as-of", as_of)["revenue"]))


@cache
def countries(by: str) -> pl.DataFrame:
    return view("profile", RETAIL, "--attribute", "Country", "--by", by)


def country(by: str, group: str, level: str) -> dict[str, Any]:
    table = countries(by)
    return table.row(by_predicate=(pl.col("group") == group) & (pl.col("level") == level), named=True)


def test_the_british_buy_small_and_the_continent_in_bulk() -> None:
    """9 of 10 customers live in the United Kingdom; of the best twentieth it is 8 of 10, and Germans are overtaken."""
    small, vip = country("tier", "small", "United Kingdom"), country("class", "vip", "United Kingdom")
    assert small["base_share"] == pytest.approx(0.9037, abs=0.0005)
    assert small["index"] > 1 > vip["index"]
    assert small["q_value"] < 0.001
    assert vip["q_value"] < 0.01
    german = country("tier", "large", "Germany")
    assert german["index"] == pytest.approx(2.67, abs=0.01)
    assert german["ci_low"] == pytest.approx(1.49, abs=0.01)
    assert german["q_value"] < 0.05


def test_country_says_next_to_nothing_about_recency_and_frequency() -> None:
    assert countries("segment").filter(pl.col("q_value") <= 0.05).is_empty()


def test_every_customer_has_one_country() -> None:
    outcome = run(RETAIL, "--attribute", "Country", "--by", "class", "--view", "profile")
    assert "8 of 4,338 customers have several values of 'Country' (12370, 12394, 12417, …)" in outcome.stderr
    of_class = countries("class").filter(pl.col("group") == "vip")
    assert of_class["customers"].sum() == 217
    assert of_class["group_share"].sum() == pytest.approx(1)


def test_ids_that_are_floats_in_one_file_and_text_in_the_other_meet() -> None:
    """The apparel shop's covariates: 600 customers, 38 % of them won offline, nobody without a row."""
    outcome = run(APPAREL, "--customers", COVARIATES, "--view", "profile", "--by", "class")
    assert "have no row there" not in outcome.stderr
    table = pl.read_csv(io.BytesIO(outcome.stdout), schema_overrides={"level": pl.String})
    assert set(table["attribute"]) == {"Gender", "Channel"}
    shares = dict(table.select("level", "base_share").filter(table["attribute"] == "Channel").iter_rows())
    assert shares["1"] == pytest.approx(0.38)
