from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from churn_cases import of_lines, shop, summary_of

from crmcli.analysis.churn import held_out
from crmcli.analysis.churn.analyse import MAKERS, analyse
from crmcli.analysis.churn.customers import profit_if_contacted
from crmcli.analysis.churn.expected_profit import Costs
from crmcli.analysis.churn.options import ACTIVE, ChurnOptions
from crmcli.errors import TooLittleDataError, UsageError
from crmcli.notes import Severity

if TYPE_CHECKING:
    from crmcli.analysis.result import Result

END = dt.date(2025, 2, 1)


@pytest.fixture(scope="module")
def lines() -> pl.DataFrame:
    return shop(700, 397, 8)


@pytest.fixture(scope="module")
def result(lines: pl.DataFrame) -> Result:
    return analyse(of_lines(lines, END))


def only(view: str, **changes: Any) -> ChurnOptions:
    return replace(ChurnOptions(), views=frozenset({view}), **changes)


def test_every_view_of_transactions_is_made(result: Result) -> None:
    assert set(result.tables) == set(MAKERS) - {"uplift"}
    assert result.tables["customers"].height == result.tables["customers"]["customer_id"].n_unique()


def test_customers_hold_together(result: Result) -> None:
    table = result.tables["customers"]
    assert table["p_churn"].is_between(0, 1).all()
    assert table["decile"].is_between(1, 10).all()
    assert (table["value_at_risk"] >= 0).all()
    assert table.filter("lost")["expected_next_date"].null_count() == table["lost"].sum()
    assert (table.filter("contact")["expected_profit_if_contacted"] > 0).all()
    assert not table.filter("contact")["lost"].any()
    assert (table["expected_next_date"].drop_nulls() > END).all()
    assert table["model"].n_unique() == 1
    ranked = table.sort("p_churn")["decile"]
    assert ranked.is_sorted()


def test_appending_rows_after_as_of_changes_no_byte(lines: pl.DataFrame, result: Result) -> None:
    later = lines.with_columns(pl.col("date").dt.offset_by("2y"))
    again = analyse(of_lines(pl.concat([lines, later]), END))
    for name, table in result.tables.items():
        assert table.equals(again.tables[name]), name
    assert result.facts == again.facts
    assert result.notes == again.notes


def test_who_was_published_had_the_lowest_log_loss(result: Result) -> None:
    tested = result.tables["evaluation"].filter(pl.col("population") == "all", pl.col("log_loss").is_not_null())
    best = tested.sort("log_loss").row(0, named=True)
    assert best["published"]
    assert tested["published"].sum() == 1
    assert result.tables["customers"]["model"][0] == best["model"]
    note = next(note for note in result.notes if note.code == "churn_published")
    assert best["model"] in note.text
    assert f"{best['log_loss']:.4f}" in note.text


def test_both_baselines_stand_beside_every_population(result: Result) -> None:
    table = result.tables["evaluation"]
    for population in ("all", "active"):
        models = table.filter(pl.col("population") == population)["model"].to_list()
        assert models[-2:] == ["recency", "frequency"]
        assert set(models[:-2]) == {"logistic", "boosting", "mbg_nbd", "pareto_nbd"}


def test_the_active_population_scores_only_the_active(lines: pl.DataFrame) -> None:
    found = analyse(of_lines(lines, END), only("customers", population=ACTIVE)).tables["customers"]
    recent = of_lines(lines, END).frame["last_date"] >= END - dt.timedelta(days=90)
    assert found["p_churn"].is_not_null().equals(recent.alias("p_churn"))
    assert not found.filter(pl.col("p_churn").is_null())["contact"].any()
    tested = analyse(of_lines(lines, END), only("evaluation", population=ACTIVE)).tables["evaluation"]
    assert tested["population"].unique().to_list() == [ACTIVE]


def test_winback_ranks_the_lost_by_what_they_would_bring(result: Result) -> None:
    back, customers = result.tables["winback"], result.tables["customers"]
    assert back.height == customers["lost"].sum()
    assert back["rank"].to_list() == list(range(1, back.height + 1))
    assert back["expected_value"].is_sorted(descending=True)
    joined = back.join(customers, on="customer_id")
    assert (joined["p_return"] + joined["p_churn"]).to_list() == pytest.approx([1.0] * back.height)
    costs = back["spend_cap"].cast(pl.Float64) - 10 * back["p_return"] - 1
    assert back["expected_value"].cast(pl.Float64).to_list() == pytest.approx(costs.to_list(), abs=0.011)


def test_profit_of_a_contact() -> None:
    costs = Costs(contact_cost=1.0, offer_value=10.0, save_rate=0.3)
    found = profit_if_contacted(np.array([0.0, 1.0, 0.5]), np.array([200.0, 200.0, 200.0]), costs)
    assert found == pytest.approx([-11.0, 56.0, 22.5])


def test_a_score_no_better_than_silence_is_said_so_loudly() -> None:
    # Everybody buys on the same plan: a purchase every 60 days, or never again, by the toss of a coin.
    rng = np.random.default_rng(0)
    rows = []
    for number in range(400):
        day = dt.date(2024, 1, 1) + dt.timedelta(days=int(rng.integers(0, 60)))
        while day < END:
            rows.append((f"{number:03d}", day.isoformat(), 10))
            if rng.random() < 0.25:
                break
            day += dt.timedelta(days=60)
    found = analyse(summary_of(rows, END.isoformat()), only("evaluation", horizon_days=60))
    table = found.tables["evaluation"].filter(pl.col("population") == "all")
    auc = dict(table.select("model", "auc").iter_rows())
    published = table.filter("published")["model"][0]
    loud = [note for note in found.notes if note.code == "churn_not_better_than_recency"]
    assert bool(loud) == (auc[published] <= auc["recency"])
    assert all(note.severity is Severity.WARNING for note in loud)


def test_one_customer_one_day() -> None:
    summary = summary_of([("a", "2024-01-01", 5)], "2024-01-01")
    with pytest.raises(TooLittleDataError, match="None of the 1 customers"):
        analyse(summary, only("window"))
    with pytest.raises(TooLittleDataError):
        analyse(summary, only("customers"))
    found = analyse(summary, replace(ChurnOptions(), views=frozenset({"customers", "cohorts", "rates", "window"})))
    assert set(found.tables) == {"cohorts", "rates"}
    warned = {note.code for note in found.notes if note.severity is Severity.WARNING}
    assert warned == {"churn_too_little", "churn_one_period"}


def test_nobody_returned() -> None:
    rows = [(f"c{number:02d}", f"2024-{1 + number % 6:02d}-10", 5) for number in range(60)]
    found = analyse(summary_of(rows, "2024-12-31"))
    assert {"cohorts", "rates", "survival"} <= set(found.tables)
    assert "customers" not in found.tables
    assert {fact.name: fact.value for fact in found.facts}["repeat_rate"] == 0


def test_too_short_a_history_is_scored_without_a_test_and_says_so() -> None:
    lines = shop(300, 60, 2)
    as_of = dt.date(2024, 2, 29)
    found = analyse(of_lines(lines, as_of), only("customers"))
    assert found.tables["customers"]["model"].unique().to_list()[0] in {"mbg_nbd", "pareto_nbd"}
    loud = next(note for note in found.notes if note.code == "churn_not_tested")
    assert loud.severity is Severity.WARNING
    with pytest.raises(TooLittleDataError, match="too short"):
        analyse(of_lines(lines, as_of), only("evaluation"))


def test_views_of_contracts_and_uplift_are_refused_with_the_reason(lines: pl.DataFrame) -> None:
    summary = of_lines(lines, END)
    with pytest.raises(UsageError, match="contracts instead of transactions"):
        analyse(summary, only("drivers"))
    with pytest.raises(UsageError, match="randomised treatment"):
        analyse(summary, only("uplift"))


@pytest.mark.parametrize(
    "options",
    [
        ChurnOptions(population="some"),
        ChurnOptions(period="day"),
        ChurnOptions(retention="never"),
        ChurnOptions(horizon_days=0),
    ],
)
def test_unknown_options_are_refused(options: ChurnOptions, lines: pl.DataFrame) -> None:
    with pytest.raises(UsageError):
        analyse(of_lines(lines, END), options)


def test_survival_compares_orders_by_number(result: Result) -> None:
    table = result.tables["survival"]
    assert table["group"].unique().sort().to_list() == ["after order 1", "after order 2", "after order 3+", "all"]
    assert any(note.code == "churn_log_rank" for note in result.notes)
    assert (table["ci_low"].fill_null(0) <= table["survival"]).all()


def test_the_profit_curve_starts_at_nothing_and_marks_its_best_part(result: Result) -> None:
    table = result.tables["profit"]
    assert table.height == 21
    assert table.row(0, named=True)["profit"] == 0
    assert table["leavers_reached"].is_sorted()
    assert table["leavers_reached"][-1] == 1
    assert table.filter("best")["profit"].to_list() == [table["profit"].max()]


def test_the_part_of_repeat_customers_stands_beside_the_quoted_one_as_a_reference(result: Result) -> None:
    (line,) = result.captions["rates"]
    repeat = next(fact.value for fact in result.facts if fact.name == "repeat_rate")
    assert f"{repeat:.1%}" in line
    assert "65%" in line
    assert "no target" in line
    assert line.count("│") == 2


def test_an_active_population_of_nobody(lines: pl.DataFrame) -> None:
    summary = of_lines(lines, dt.date(2026, 6, 1))
    found = analyse(summary, only("customers", population=ACTIVE)).tables["customers"]
    assert found["p_churn"].null_count() == found.height
    assert not found["contact"].any()
    with pytest.raises(TooLittleDataError):
        analyse(summary, only("evaluation", population=ACTIVE))


def test_customers_without_value_are_worth_no_campaign(lines: pl.DataFrame) -> None:
    nothing = lines.with_columns(pl.col("amount") * 0)
    found = analyse(of_lines(nothing.cast(lines.schema), END), replace(ChurnOptions(), views=None))
    assert not found.tables["customers"]["contact"].any()
    assert (found.tables["evaluation"]["empc"] == 0).all()
    assert found.tables["customers"]["value_at_risk"].sum() == 0
    assert found.tables["rates"]["nrr"].null_count() == found.tables["rates"].height


def test_refunds_do_not_break_anything(lines: pl.DataFrame) -> None:
    back = lines.gather_every(5).with_columns(pl.col("amount") * -1, pl.col("date") + pl.duration(days=3))
    summary = of_lines(pl.concat([lines, back.cast(lines.schema)]), END)
    found = analyse(summary)
    assert found.tables["rates"]["grr"].drop_nulls().is_between(0, 1).all()
    assert any(note.code == "churn_refunds" for note in found.notes)
    assert np.isfinite(found.tables["customers"]["p_churn"].to_numpy()).all()


def test_a_large_base_is_learnt_from_by_every_kth_customer_and_scored_in_full(
    lines: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_out, "MOST_CUSTOMERS", 400)
    found = analyse(of_lines(lines, END), only("customers"))
    assert found.tables["customers"].height == 700
    note = next(note for note in found.notes if note.code == "churn_sampled")
    assert "every k-th customer" in note.text


def test_a_shift_of_the_level_is_said_loudly(lines: pl.DataFrame) -> None:
    # From a month before the test on, all that customers would have bought falls away but for a few.
    stop = END - dt.timedelta(days=90)
    thin = pl.concat([lines.filter(pl.col("date") <= stop), lines.filter(pl.col("date") > stop).gather_every(6)])
    found = analyse(of_lines(thin, END), only("evaluation"))
    loud = next(note for note in found.notes if note.code == "churn_level_shift")
    assert loud.severity is Severity.WARNING
    assert "were expected" in loud.text


def test_calibration_has_limits_that_hold_what_happened(result: Result) -> None:
    table = result.tables["calibration"]
    assert (table["actual_low"] <= table["actual"]).all()
    assert (table["actual"] <= table["actual_high"]).all()
    assert table["customers"].sum() == result.tables["evaluation"]["customers"].max()
