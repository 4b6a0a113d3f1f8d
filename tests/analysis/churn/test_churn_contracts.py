from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from crmcli.analysis.churn.contracts import Contracts, Renewed, analyse_contracts, projection_table
from crmcli.analysis.churn.drivers import drivers_table, telling_attributes
from crmcli.analysis.churn.options import ChurnOptions
from crmcli.analysis.churn.reasons import NOT_GIVEN, reasons_table, service_note, wilson
from crmcli.analysis.churn.survival import grouped, levels
from crmcli.analysis.clv.horizon import Span
from crmcli.analysis.clv.sbg import Renewals, fit_sbg
from crmcli.errors import TooLittleDataError, UsageError

END = dt.date(2024, 12, 31)
MONTH = Span(1, "m")


def contracts(days: list[int], ended: list[bool], **attributes: list[object]) -> Contracts:
    lived, left = np.array(days, dtype=np.int64), np.array(ended, dtype=bool)
    return Contracts(lived, left, Renewed.of_days(lived, left, MONTH), pl.DataFrame(attributes), None, END, MONTH)


def test_periods_are_renewals_decided_on() -> None:
    found = contracts([28, 31, 62, 3, 28, 31, 95], [True, True, True, True, False, False, False])
    assert found.renewals.periods.tolist() == [1, 1, 2, 1, 0, 1, 3]


def test_renewals_of_dates_follow_the_calendar() -> None:
    start = pl.Series([dt.date(2024, 1, 31), dt.date(2024, 1, 31), dt.date(2024, 12, 1)])
    end = pl.Series([dt.date(2024, 2, 29), None, None], dtype=pl.Date)
    found = Renewed.of_dates(start, end, MONTH, END)
    assert found.periods.tolist() == [1, 11, 0]
    assert found.lost.tolist() == [True, False, False]


def test_projection_of_the_published_cohort() -> None:
    survivors = np.array([1000, 869, 743, 653, 593, 551, 517, 491.0])
    renewals = Renewals.from_survivors(survivors)
    table = projection_table(renewals, fit_sbg(renewals))
    assert table["observed"].to_list()[:8] == pytest.approx((survivors / 1000).tolist())
    expected = dict(table.select("period", "expected").iter_rows())
    assert [expected[period] for period in range(8, 13)] == pytest.approx(
        [0.4604, 0.4358, 0.4142, 0.3951, 0.3780], abs=1e-3
    )
    assert table.filter("projected")["observed"].null_count() == 12
    assert (table["expected_low"] <= table["expected"]).all()
    assert (table["expected"] <= table["expected_high"]).all()
    assert table["at_risk"].to_list()[:3] == [None, 1000, 869]


def test_drivers_recover_planted_odds_ratios() -> None:
    rng = np.random.default_rng(0)
    size = 6000
    plan, region = rng.integers(0, 2, size), rng.integers(0, 2, size)
    hazard = 1 / (1 + np.exp(-(-2.2 + 0.8 * plan)))
    ends = rng.geometric(hazard)
    seen = rng.integers(1, 25, size)
    periods, ended = np.minimum(ends, seen), ends <= seen
    attributes = pl.DataFrame(
        {"plan": np.array(["basic", "open"])[plan], "region": np.array(["north", "south"])[region], "age": ["x"] * size}
    )
    table = drivers_table(attributes, periods, ended)
    row = table.row(by_predicate=pl.col("attribute") == "plan", named=True)
    level = {"open": np.exp(0.8), "basic": np.exp(-0.8)}[row["level"]]
    assert row["ci_low"] < level < row["ci_high"]
    assert row["odds_ratio"] == pytest.approx(level, rel=0.1)
    other = table.row(by_predicate=pl.col("attribute") == "region", named=True)
    assert other["ci_low"] < 1 < other["ci_high"]
    assert table["attribute"].to_list() == ["plan", "region"]
    assert row["p_value"] < 1e-6 < other["p_value"]


def test_one_attribute_without_age_effects_is_the_plain_odds_ratio() -> None:
    # 100 contracts of one period each: 40 of 50 left in group a, 20 of 50 in group b.
    ended = np.array([True] * 40 + [False] * 10 + [True] * 20 + [False] * 30)
    attributes = pl.DataFrame({"group": ["a"] * 50 + ["b"] * 50})
    row = drivers_table(attributes, np.ones(100, dtype=np.int64), ended).row(0, named=True)
    assert (row["reference"], row["level"]) == ("a", "b")
    odds = (20 / 30) / (40 / 10)
    error = np.sqrt(1 / 40 + 1 / 10 + 1 / 20 + 1 / 30)
    assert row["odds_ratio"] == pytest.approx(odds, rel=2e-3)
    assert np.log(row["ci_high"] / row["ci_low"]) == pytest.approx(2 * 1.96 * error, rel=2e-3)
    assert (row["contracts"], row["left"]) == (50, 20)


def test_a_level_that_never_leaves_stays_finite() -> None:
    ended = np.array([True] * 30 + [False] * 30)
    attributes = pl.DataFrame({"group": ["a"] * 30 + ["b"] * 30})
    row = drivers_table(attributes, np.ones(60, dtype=np.int64), ended).row(0, named=True)
    assert np.isfinite([row["odds_ratio"], row["ci_low"], row["ci_high"], row["p_value"]]).all()


def test_drivers_need_levels_and_leavers() -> None:
    ended = np.array([True] * 20)
    with pytest.raises(TooLittleDataError, match="two levels"):
        drivers_table(pl.DataFrame({"group": ["a"] * 20}), np.ones(20, dtype=np.int64), ended)
    with pytest.raises(TooLittleDataError, match="only 0"):
        drivers_table(pl.DataFrame({"group": ["a"] * 20}), np.ones(20, dtype=np.int64), ~ended)


def test_wilson_by_published_figures() -> None:
    # Newcombe (1998), Statistics in Medicine 17: 81/263, 15/148, 0/20, 1/29.
    for part, whole, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        assert wilson(part, whole) == pytest.approx((low, high), abs=5e-5)


def test_reasons_of_those_who_gave_one() -> None:
    given = pl.Series(["service", "price", "service", None, "moved"])
    table = reasons_table(given)
    assert table["reason"].to_list() == ["service", "moved", "price", NOT_GIVEN]
    assert table["share"].to_list() == [0.5, 0.25, 0.25, None]
    with pytest.raises(TooLittleDataError):
        reasons_table(pl.Series([None, None], dtype=pl.String))


@pytest.mark.parametrize(
    ("service", "others", "verdict"), [(66, 34, "agrees with"), (40, 60, "less than"), (90, 10, "more than")]
)
def test_the_claim_about_service_is_tested(service: int, others: int, verdict: str) -> None:
    (note,) = service_note(pl.Series(["Bad service"] * service + ["price"] * others))
    assert verdict in note.text
    assert service_note(pl.Series(["price"])) == ()


def test_levels_of_attributes() -> None:
    rare = pl.Series("v", ["a"] * 20 + ["b"] * 12 + ["c"] * 3 + [None] * 2)
    assert dict(levels(rare).value_counts().iter_rows()) == {"a": 20, "b": 12, "(others)": 3, "(missing)": 2}
    numbers = levels(pl.Series("v", [float(number) for number in range(100)]))
    assert dict(numbers.value_counts().iter_rows()) == {
        "1: up to 25": 26,
        "2: up to 50": 25,
        "3: up to 74": 24,
        "4: above 74": 25,
    }
    some = levels(pl.Series("v", [None, *[float(number) for number in range(100)]]))
    assert (some[0], some[1], some[100]) == ("(missing)", "1: up to 25", "4: above 74")
    assert levels(pl.Series("v", [1.0, 2.0] * 10)).unique().sort().to_list() == ["1", "2"]


def test_groups_are_compared_and_all_stands_beside() -> None:
    days = np.array([5, 6, 7, 8, 50, 60, 70, 80])
    found = grouped(days, np.ones(8, dtype=bool), pl.Series(["x"] * 4 + ["y"] * 4))
    assert list(found.curves) == ["all", "x", "y"]
    assert found.comparison is not None
    assert found.comparison.degrees == 1
    assert "differ" in found.note("groups")[0].text
    assert found.table().height == 16


def test_the_views_of_contracts() -> None:
    rng = np.random.default_rng(1)
    days = [int(day) for day in rng.integers(1, 900, 400)]
    ended = [bool(flag) for flag in rng.random(400) < 0.5]
    made = replace(
        contracts(days, ended, plan=["a", "b"] * 200), reason=pl.Series(["price", None] * 200, dtype=pl.String)
    )
    result = analyse_contracts(made, ChurnOptions(by="plan"), 2)
    assert set(result.tables) == {"survival", "projection", "drivers", "reasons"}
    with pytest.raises(UsageError, match="not made of contracts"):
        analyse_contracts(made, ChurnOptions(views=frozenset({"cohorts"})), 2)
    with pytest.raises(UsageError, match="no such column"):
        analyse_contracts(made, ChurnOptions(by="colour"), 2)


def test_a_column_that_states_the_outcome_is_no_driver() -> None:
    rng = np.random.default_rng(2)
    days = [int(day) for day in rng.integers(1, 900, 300)]
    ended = [bool(flag) for flag in rng.random(300) < 0.5]
    status: list[object] = ["cancelled" if flag else "active" for flag in ended]
    made = contracts(days, ended, status=status, plan=["a", "b"] * 150)
    assert telling_attributes(made.attributes, made.ended) == ["status"]
    result = analyse_contracts(made, ChurnOptions(views=frozenset({"drivers"})), 2)
    assert result.tables["drivers"]["attribute"].to_list() == ["plan"]
    assert [note.code for note in result.notes] == ["churn_attribute_leaks"]


def test_nobody_left() -> None:
    made = contracts([400] * 30, [False] * 30, plan=["a", "b"] * 15)
    result = analyse_contracts(made, ChurnOptions(), 2)
    assert set(result.tables) == {"survival"}
    with pytest.raises(TooLittleDataError):
        analyse_contracts(made, ChurnOptions(views=frozenset({"projection"})), 2)
    with pytest.raises(TooLittleDataError):
        analyse_contracts(contracts([], []), ChurnOptions(), 2)
