from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from churn_cases import TOY, of_lines, shop, summary_of
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from crmcli.analysis.churn.facts import rates_facts
from crmcli.analysis.churn.features import gaps_of
from crmcli.analysis.churn.rates import rates_table
from crmcli.analysis.churn.views import RATES
from crmcli.analysis.churn.visits import visits
from crmcli.analysis.conform import conform

if TYPE_CHECKING:
    from decimal import Decimal

    from crmcli.customers.summary import CustomerSummary


def table(summary: CustomerSummary, period: str = "quarter") -> pl.DataFrame:
    return conform(rates_table(visits(summary, period), gaps_of(summary), 2), RATES, 2)


def row(frame: pl.DataFrame, period: str) -> dict[str, Any]:
    return frame.row(by_predicate=pl.col("period") == period, named=True)


def end_revenue(frame: pl.DataFrame) -> list[Decimal]:
    gained = pl.col("expansion") + pl.col("new_revenue") + pl.col("reactivated_revenue")
    lost = pl.col("contraction") + pl.col("churned_revenue")
    return frame.select(pl.col("start_revenue") + gained - lost).to_series().to_list()


def test_the_toy_of_the_methods() -> None:
    second = row(table(summary_of(TOY, "2024-06-30")), "2024-Q2")
    assert second["nrr"] == pytest.approx(0.7778, abs=5e-5)
    assert second["grr"] == pytest.approx(0.6667, abs=5e-5)
    assert second["retention_rate"] == pytest.approx(2 / 3)
    assert second["quick_ratio"] == pytest.approx(1.1667, abs=5e-5)
    assert [second[name] for name in ("start_customers", "retained", "lost", "new", "returned")] == [3, 2, 1, 1, 1]
    money = ("start_revenue", "expansion", "contraction", "churned_revenue", "new_revenue", "reactivated_revenue")
    assert [second[name] for name in money] == [180, 20, 30, 30, 40, 10]


def test_the_running_period_has_no_figures() -> None:
    last = row(table(summary_of(TOY, "2024-06-29")), "2024-Q2")
    assert last["complete"] is False
    assert all(last[name] is None for name in RATES.column_names() if name not in {"period", "complete"})


def test_the_first_period_has_nothing_before_it() -> None:
    first = row(table(summary_of(TOY, "2024-06-30")), "2023-Q4")
    assert (first["start_customers"], first["retention_rate"], first["nrr"], first["new"]) == (0, None, None, 1)


def test_a_refund_takes_nobody_away_and_grr_stays_within_its_range() -> None:
    rows = (("a", "2024-01-05", 100), ("a", "2024-04-05", -100), ("a", "2024-04-06", 5), ("b", "2024-01-06", 10))
    second = row(table(summary_of(rows, "2024-06-30")), "2024-Q2")
    assert (second["contraction"], second["churned_revenue"]) == (95, 10)
    assert second["grr"] == pytest.approx(5 / 110)


def test_a_period_without_any_order_loses_everyone_and_the_next_one_wins_them_back() -> None:
    rows = (("a", "2024-01-05", 10), ("a", "2024-03-05", 12))
    frame = table(summary_of(rows, "2024-03-31"), "month")
    february, march = row(frame, "2024-02"), row(frame, "2024-03")
    assert (february["lost"], february["churned_revenue"], february["retention_rate"]) == (1, 10, 0.0)
    assert (march["returned"], march["reactivated_revenue"], march["start_customers"]) == (1, 12, 0)


def test_repeat_rate_counts_second_days_only() -> None:
    rows = (("a", "2024-01-05", 1), ("a", "2024-01-06", 1), ("b", "2024-01-05", 1), ("b", "2024-02-01", 1))
    assert table(summary_of(rows, "2024-02-29"), "month")["repeat_rate"].to_list() == [0.5, 1.0]


def test_churn_is_rescaled_to_a_year_by_compounding() -> None:
    frame = table(summary_of(TOY, "2024-06-30"))
    facts = {fact.name: fact.value for fact in rates_facts(frame, [92, 91, 91])}
    assert facts["churn_rate_annual"] == pytest.approx(1 - (2 / 3) ** (365 / 91))


@given(seed=st.integers(0, 10_000), period=st.sampled_from(["week", "month", "quarter"]), end=st.integers(1, 250))
@examples(25)
def test_identities(seed: int, period: str, end: int) -> None:
    lines = shop(25, 260, seed)
    as_of = dt.date(2024, 1, 1) + dt.timedelta(days=end)
    if lines.filter(pl.col("date") <= as_of).is_empty():
        return
    summary = of_lines(lines, as_of)
    frame = table(summary, period).filter("complete")
    active = frame["retained"] + frame["new"] + frame["returned"]
    assert frame["start_customers"].to_list()[1:] == active.to_list()[:-1]
    assert (frame["retained"] + frame["lost"]).equals(frame["start_customers"])
    assert end_revenue(frame)[:-1] == frame["start_revenue"].to_list()[1:]
    assert (frame["nrr"] >= frame["grr"]).drop_nulls().all()
    assert frame["grr"].drop_nulls().is_between(0, 1).all()
    assert frame["repeat_rate"].drop_nulls().is_between(0, 1).all()
    before = of_lines(lines.filter(pl.col("date") <= as_of), as_of)
    assert table(before, period).equals(table(summary, period))
