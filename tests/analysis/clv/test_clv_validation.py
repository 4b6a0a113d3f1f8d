"""Forecasts against what came: the published comparison on CDNOW, and properties of the measures."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from clv_data import LAST, SPLIT, cdnow_holdout, cdnow_sample, needs_data
from hypothesis import given
from hypothesis import strategies as st

from crmcli.analysis.clv.accuracy import Accuracy, Ranking, correlation_interval, decile_of, normalised_gini
from crmcli.analysis.clv.candidates import fit_choice
from crmcli.analysis.clv.tracking import tracking, week_ends
from crmcli.analysis.clv.validation import validation_table

PUBLISHED = {
    "bg": (0.785, 1.608, 0.626, 4160.6),
    "mbg": (0.765, 1.607, 0.627, 4050.0),
    "pareto": (0.755, 1.603, 0.630, 4270.0),
}
ACTUAL_BY_WEEK_78 = 4339
HOLDOUT_PURCHASES = 1882


class TestCdnow:
    pytestmark = needs_data

    def test_the_split_leaves_the_published_customers_and_purchases(self) -> None:
        holdout = cdnow_holdout()
        histories = holdout.histories
        assert (len(histories), histories.x.sum(), (histories.x > 0).sum()) == (2357, 2457, 946)
        assert (holdout.actual.sum(), holdout.days, holdout.excluded) == (HOLDOUT_PURCHASES, 273, 0)
        assert holdout.long_enough

    @pytest.mark.parametrize("choice", PUBLISHED)
    def test_holdout_errors(self, choice: str) -> None:
        mae, rmse, corr, _ = PUBLISHED[choice]
        holdout = cdnow_holdout()
        rows = holdout.histories.rows
        model = fit_choice(choice, rows, 0.0).model
        found = Accuracy.of(model.expected_purchases(rows, holdout.days)[rows.index], holdout.actual)
        assert (found.mae, found.rmse, found.corr) == pytest.approx((mae, rmse, corr), abs=6e-4)

    def test_errors_of_the_same_rate(self) -> None:
        holdout = cdnow_holdout()
        found = Accuracy.of(holdout.same_rate, holdout.actual)
        assert (found.mae, found.rmse, found.corr) == pytest.approx((1.024, 2.212, 0.584), abs=6e-4)

    def test_zero_for_everyone_has_a_low_absolute_error_and_a_bias(self) -> None:
        holdout = cdnow_holdout()
        found = Accuracy.of(np.zeros(len(holdout.actual)), holdout.actual)
        assert found.mae == pytest.approx(0.798, abs=6e-4)
        assert found.bias == pytest.approx(-0.798, abs=6e-4)

    @pytest.mark.parametrize("choice", PUBLISHED)
    def test_tracking_to_week_78(self, choice: str) -> None:
        holdout = cdnow_holdout()
        model = fit_choice(choice, holdout.histories.rows, 0.0).model
        last = tracking(cdnow_sample(), holdout.histories, model, LAST).row(-1, named=True)
        assert (last["key"], last["customers"], last["actual"]) == ("78", 2357, ACTUAL_BY_WEEK_78)
        assert last["expected"] == pytest.approx(PUBLISHED[choice][3], rel=1e-3)

    def test_every_section_adds_up_to_the_same_purchases(self) -> None:
        holdout = cdnow_holdout()
        model = fit_choice("mbg", holdout.histories.rows, 0.0).model
        table = validation_table(cdnow_sample(), holdout, model, LAST)
        binned = table.filter(pl.col("section").is_in(["by_x", "by_t_x", "by_cohort", "decile"]))
        sums = binned.group_by("section").agg(pl.col("customers", "actual", "expected").sum())
        total = table.filter(section="overall", key="purchases").row(0, named=True)
        assert sums["customers"].to_list() == [2357] * 4
        assert sums["actual"].to_list() == [HOLDOUT_PURCHASES] * 4
        assert sums["expected"].to_list() == pytest.approx([total["expected"]] * 4)

    def test_tracking_before_the_split_follows_the_actual_sum(self) -> None:
        holdout = cdnow_holdout()
        model = fit_choice("mbg", holdout.histories.rows, 0.0).model
        table = tracking(cdnow_sample(), holdout.histories, model, LAST)
        at_split = table.row(38, named=True)
        assert at_split["actual"] == pytest.approx(2457, abs=30)
        assert at_split["expected"] == pytest.approx(2457, rel=0.05)
        assert week_ends(int(holdout.histories.born.min()), LAST)[38] == pytest.approx(SPLIT, abs=7)


numbers = st.lists(st.integers(0, 20), min_size=2, max_size=40)


@given(numbers)
def test_the_perfect_ranking_has_a_gini_of_one(counts: list[int]) -> None:
    actual = np.array(counts, dtype=np.float64)
    expected = None if len(set(counts)) == 1 else 1.0
    assert normalised_gini(actual, actual) == (None if expected is None else pytest.approx(expected))


@given(numbers, st.randoms(use_true_random=False))
def test_no_measure_depends_on_the_order_of_customers(counts: list[int], random: st.DrawFn) -> None:
    actual = np.array(counts, dtype=np.float64)
    forecast = np.round(actual / 3)
    order = np.array(sorted(range(len(counts)), key=lambda _: random.random()))  # type: ignore[attr-defined]
    for kind in (Accuracy, Ranking):
        one, other = kind.of(forecast, actual), kind.of(forecast[order], actual[order])
        for name in kind.__dataclass_fields__:
            assert getattr(one, name) == pytest.approx(getattr(other, name))


def test_a_forecast_without_spread_ranks_nobody() -> None:
    found = Ranking.of(np.ones(20), np.arange(20.0))
    assert Accuracy.of(np.ones(20), np.arange(20.0)).corr is None
    assert (found.gini, found.top_decile_share) == pytest.approx((0.0, 0.1))


def test_deciles_hold_a_tenth_each() -> None:
    assert np.bincount(decile_of(np.arange(95.0))).tolist() == [10, 9, 10, 9, 10, 9, 10, 9, 10, 9]


def test_an_interval_of_a_correlation_holds_it() -> None:
    low, high = correlation_interval(0.6, 50, 1.645) or (0.0, 0.0)
    assert 0.4 < low < 0.6 < high < 0.75
    assert correlation_interval(0.6, 3, 1.645) is None


def test_weeks_end_with_the_last_day() -> None:
    assert week_ends(0, 20).tolist() == [7, 14, 20]
    assert week_ends(0, 14).tolist() == [7, 14]
    assert week_ends(5, 5).tolist() == [5]
