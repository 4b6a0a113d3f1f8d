"""Unit economics, levers, cohorts and totals against figures worked out in other ways."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from test_clv_value_intervals import AS_OF, CALIBRATION, simulated

from crmcli.analysis.clv.analyse import analyse, result_of, workbench
from crmcli.analysis.clv.by_customer import value_by_customer
from crmcli.analysis.clv.economics import gap_lever, new_customer, payback_days
from crmcli.analysis.clv.horizon import Span
from crmcli.analysis.clv.options import ClvOptions
from crmcli.analysis.clv.rows import Rows
from crmcli.analysis.clv.saved import fingerprint, parse_saved, saved_text
from crmcli.analysis.clv.totals import Totals
from crmcli.analysis.clv.views import CLV_CATALOGUE
from crmcli.errors import TooLittleDataError, UsageError

if TYPE_CHECKING:
    from crmcli.analysis.clv.workbench import Workbench

SUMMARY, _ = simulated(np.random.default_rng(8), 400)


def bench(model: str = "mbg", **options: object) -> Workbench:
    return workbench(SUMMARY, ClvOptions(model=model, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize("model", ["mbg", "pareto"])
def test_shorter_gaps_are_a_faster_clock_or_a_higher_rate(model: str) -> None:
    """Rates 1/0.9 of what they are given the history: those of a history in nine tenths of the time (MBG)."""
    one = bench(model, discount_rate_annual=0.0)
    rows, spend = one.histories.rows, one.spending.expected(one.histories.x, one.histories.mean_spend)
    now = one.fit.model.expected_purchases(rows, one.horizon_days)
    then = now / 0.9
    if model == "mbg":
        shorter = Rows(rows.x, 0.9 * rows.t_x_days, 0.9 * rows.age_days, rows.weights, rows.index)
        then = one.fit.model.rescaled(1 / 0.9).expected_purchases(shorter, one.horizon_days)
    assert gap_lever(one) == pytest.approx(float((then - now)[rows.index] @ spend))
    assert 0 < gap_lever(one) <= one.future_value.expected / 9 * (1 + 1e-9)


def test_payback_is_the_first_day_that_covers_the_cost() -> None:
    one = bench()
    new = new_customer(one)
    cost = new.first_purchase + new.later / 2
    day = payback_days(one, cost)
    assert day is not None

    def worth(days: float) -> float:
        later = one.fit.model.discounted_purchases(Rows.newborn(), days, one.rate_per_day)[0]
        return new.first_purchase + float(later) * one.spending.population

    assert worth(day) >= cost > worth(day - 1)
    assert payback_days(one, new.first_purchase / 2) == 0
    assert payback_days(one, 1e9) is None


def test_value_so_far_is_exact() -> None:
    total = SUMMARY.frame["monetary"].sum()
    assert Decimal(str(Totals(bench()).historical)) == total
    table = bench(margin_share=Decimal("0.333")).customer_values
    assert table["historical_value"].to_list() == [
        round(value * Decimal("0.333"), 2) for value in SUMMARY.frame["monetary"]
    ]


def test_without_discount_future_value_is_purchases_times_spend() -> None:
    one = bench(discount_rate_annual=0.0)
    assert one.scores.value == pytest.approx(one.scores.purchases * one.scores.spend)
    assert (bench(discount_rate_annual=0.2).scores.value <= one.scores.value + 1e-9).all()


def test_cohorts_reach_the_totals() -> None:
    one = bench(horizon=Span(9, "m"))
    cohorts = result_of(one).tables["cohorts"]
    now = cohorts.filter(~pl.col("projected")).group_by("cohort", maintain_order=True).last()
    assert now["until"].unique().to_list() == [AS_OF]
    assert (now["value_per_customer"] * now["customers"]).sum() == pytest.approx(Totals(one).historical)
    end = cohorts.group_by("cohort", maintain_order=True).last()
    future = float((end["value_per_customer"] * end["customers"]).sum()) - Totals(one).historical
    assert future == pytest.approx(one.future_value.expected)
    assert now["customers"].sum() == 400


def test_all_views_are_made_when_none_is_named() -> None:
    result = analyse(SUMMARY, ClvOptions(model="mbg"))
    assert set(result.tables) == {"customers", "forecast", "summary", "models", "parameters", "validation", "cohorts"}
    assert result.others == ("decomposition",)
    for name, table in result.tables.items():
        assert tuple(table.columns) == CLV_CATALOGUE.view(name).column_names()


def test_one_value_per_customer() -> None:
    found = value_by_customer(SUMMARY, ClvOptions(model="mbg"))
    assert found.columns == ["customer_id", "historical_value", "future_value", "clv"]
    assert found["customer_id"].to_list() == SUMMARY.frame["customer_id"].to_list()
    assert (found["clv"] == found["historical_value"] + found["future_value"]).all()


def test_a_saved_model_reads_back_as_it_was() -> None:
    one = bench("pareto")
    saved = parse_saved(saved_text(one), "m.json")
    assert saved.fit.model == one.fit.model
    assert np.array_equal(saved.fit.covariance, one.fit.covariance)
    assert saved.spending.model == one.spending.model
    again = workbench(SUMMARY, ClvOptions(saved=saved))
    assert again.scores.value.tolist() == one.scores.value.tolist()


def test_a_fingerprint_tells_other_data_and_not_another_order() -> None:
    histories = bench().histories
    other, _ = simulated(np.random.default_rng(9), 400)
    assert fingerprint(histories) != fingerprint(workbench(other, ClvOptions()).histories)
    assert fingerprint(histories) == fingerprint(workbench(SUMMARY, ClvOptions(model="bg")).histories)


def test_validation_needs_a_split_with_something_before_it() -> None:
    options = ClvOptions(model="mbg", holdout=Span(CALIBRATION - 1, "d"))
    result = analyse(SUMMARY, options)
    assert "validation" not in result.tables
    assert result.tables["models"]["holdout_mae"].null_count() == 1


def test_unknown_models_and_empty_summaries_are_refused() -> None:
    with pytest.raises(UsageError, match="none of"):
        workbench(SUMMARY, ClvOptions(model="ml"))
    empty = type(SUMMARY)(SUMMARY.frame.clear(), AS_OF, 2, SUMMARY.days.clear())
    with pytest.raises(TooLittleDataError):
        workbench(empty, ClvOptions())
