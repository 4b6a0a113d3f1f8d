"""`crmcli clv` on published data, from the file to the numbers."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import real_runs

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
MASTER = DATA / "cdnow_master.csv"
SAMPLE = (DATA / "cdnow_sample.csv", "--map", "customer_id=master_id")
RETAIL = DATA / "online_retail.parquet"
APPAREL = DATA / "clvtools_apparel_transactions.csv"
CALIBRATION = (*SAMPLE, "--as-of", "1997-09-30")

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real data sets is not here"),
]


run = partial(real_runs.run, "clv")
view = partial(real_runs.view, "clv")


def facts(*arguments: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = real_runs.facts("clv", *arguments)["facts"]
    return found


def estimates(model: str, *arguments: str | Path) -> list[float]:
    return view("parameters", *arguments).filter(model=model)["estimate"].to_list()


def errors_of(model: str, *arguments: str | Path) -> list[float]:
    return view("parameters", *arguments).filter(model=model)["std_error"].to_list()


@pytest.mark.parametrize(
    ("model", "expected", "likelihood"),
    [
        ("BG/NBD", (0.2426, 4.4136, 0.7929, 2.4259), -9582.4292),
        ("MBG/NBD", (0.5248, 6.1831, 0.8914, 1.6140), -9582.1357),
        ("Pareto/NBD", (0.5533, 10.5777, 0.6062, 11.669), -9594.9762),
    ],
)
def test_published_parameters_from_the_file(model: str, expected: tuple[float, ...], likelihood: float) -> None:
    assert estimates(model, *CALIBRATION) == pytest.approx(expected, rel=1e-3)
    models = view("models", *CALIBRATION)
    assert models.filter(model=model)["log_likelihood"].item() == pytest.approx(likelihood, abs=1e-3)


def test_akaike_prefers_bg_and_mbg_and_the_holdout_prefers_pareto() -> None:
    aic = view("models", *CALIBRATION)["aic"].to_list()
    assert aic == pytest.approx([19172.86, 19172.27, 19197.95], abs=6e-3)
    whole = view("models", *SAMPLE, "--holdout", "39w")
    assert whole.filter("recommended")["model"].to_list() == ["Pareto/NBD"]
    assert whole["holdout_rmse"].to_list() == pytest.approx([1.608, 1.607, 1.603], abs=6e-4)
    assert whole["holdout_mae"].to_list() == pytest.approx([0.785, 0.765, 0.755], abs=6e-4)
    assert whole["holdout_corr"].to_list() == pytest.approx([0.626, 0.627, 0.630], abs=6e-4)


def test_the_split_can_be_a_date_and_months_are_of_the_calendar() -> None:
    by_weeks = view("validation", *SAMPLE, "--holdout", "39w", "--model", "pareto")
    assert by_weeks.equals(view("validation", *SAMPLE, "--holdout", "1997-09-30", "--model", "pareto"))


def test_validation_against_the_published_figures() -> None:
    table = view("validation", *SAMPLE, "--holdout", "39w", "--model", "pareto")
    overall = {row["key"]: row for row in table.filter(section="overall").iter_rows(named=True)}
    assert overall["mae"]["same_rate"] == pytest.approx(1.024, abs=6e-4)
    assert overall["rmse"]["same_rate"] == pytest.approx(2.212, abs=6e-4)
    assert overall["mae_of_zero"]["expected"] == pytest.approx(0.798, abs=6e-4)
    last = table.filter(section="tracking").row(-1, named=True)
    assert (last["key"], last["actual"]) == ("78", 4339)
    assert last["expected"] == pytest.approx(4270.0, rel=1e-3)
    money = {row["key"]: row["expected"] for row in table.filter(section="spend").iter_rows(named=True)}
    assert money["mae"] == pytest.approx(29.45, abs=6e-3)
    assert money["corr"] == pytest.approx(0.572, abs=6e-4)


def test_apparel() -> None:
    arguments = (APPAREL, "--as-of", "2006-12-31")
    assert view("customers", *arguments).height == 600
    assert estimates("BG/NBD", *arguments) == pytest.approx([0.6073, 20.957, 1.2756, 8.861], rel=1e-3)
    assert estimates("Pareto/NBD", *arguments) == pytest.approx([1.4489, 48.635, 0.5613, 46.882], rel=1e-3)
    likelihoods = view("models", *arguments)["log_likelihood"].to_list()
    assert likelihoods[:3] == pytest.approx([-5857.02, -5848.05, -5848.10], abs=6e-3)


def test_the_master_file_needs_no_option() -> None:
    customers = view("customers", MASTER)
    assert (customers.height, customers["customer_id"].is_sorted()) == (23_570, True)
    assert customers["historical_value"].sum() == pytest.approx(2_500_315.63)
    assert (customers["expected_purchases_low"] <= customers["expected_purchases_high"]).all()
    assert (customers["future_value_low"] <= customers["future_value_high"]).all()
    assert customers.filter(pl.col("repeat_purchases") == 0).height == 12_054
    assert not any(customers.select(pl.col(pl.Float64).is_nan().any()).row(0))


def test_a_quarter_of_forecasts_is_not_outside_of_its_interval() -> None:
    """Purchases of the holdout against intervals at the split: what nobody fitted."""
    at_split = view("customers", *CALIBRATION, "--horizon", "39w", "--model", "pareto")
    later = view("customers", *SAMPLE, "--model", "pareto").select("customer_id", x="repeat_purchases")
    both = at_split.join(later, on="customer_id").with_columns(came=pl.col("x") - pl.col("repeat_purchases"))
    inside = pl.col("came").is_between(pl.col("expected_purchases_low"), pl.col("expected_purchases_high"))
    assert both.height == 2357
    # Counts are whole, so that intervals of 90 % hold more.
    assert 0.9 <= both.select(inside.mean()).item() <= 0.98


def test_online_retail_is_explained_without_options() -> None:
    outcome = run(RETAIL, "-f", "table")
    assert outcome.table.startswith("crmcli clv · as of 2011-12-09")
    found = facts(RETAIL)
    assert found["customers"]["value"] == 4_338
    assert found["value_basis"]["value"] == "revenue net of refunds"
    low, high = found["future_value_low"]["value"], found["future_value_high"]["value"]
    assert low < found["future_value"]["value"] < high
    for part in ("forecasts the 124 days after", "flag loss", "flag no_repeat", "Intervals hold chance"):
        assert part in outcome.stderr


def test_online_retail_loses_no_customer_with_large_refunds() -> None:
    customers = view("customers", RETAIL)
    assert customers.height == 4_338
    losing = customers.filter(pl.col("flags").fill_null("").str.contains("loss"))
    assert losing.height == 12
    assert (losing["mean_spend"] <= 0).all()


def test_cohorts_of_the_master_file_end_where_customers_do() -> None:
    cohorts = view("cohorts", MASTER)
    observed = cohorts.filter(~pl.col("projected")).group_by("cohort", maintain_order=True).last()
    assert observed["customers"].to_list() == [7846, 8476, 7248]
    total = float((observed["value_per_customer"] * observed["customers"]).sum())
    assert total == pytest.approx(2_500_315.63)
    final = cohorts.group_by("cohort", maintain_order=True).last()
    future = float((final["value_per_customer"] * final["customers"]).sum()) - total
    assert future == pytest.approx(facts(MASTER)["future_value"]["value"], rel=1e-4)


def test_ages_of_a_cohort_rise_one_by_one_and_value_never_falls() -> None:
    first = view("cohorts", MASTER).filter(cohort="1997-01")
    assert first.filter(~pl.col("projected"))["age_months"].to_list() == list(range(18))
    assert (first["value_per_customer"].diff().drop_nulls() >= 0).all()
