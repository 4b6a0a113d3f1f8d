"""Histories and spending from days: what counts as a purchase, where refunds go, and how steady gaps are."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli.analysis.clv.holdout import holdout_at, split_day
from crmcli.analysis.clv.horizon import Span
from crmcli.analysis.clv.ledger import Ledger, day_number, to_date
from crmcli.analysis.clv.regularity import regularity
from crmcli.customers.summary import CustomerSummary
from crmcli.errors import UsageError

START = dt.date(2024, 1, 1)
Day = tuple[int, int, int, str]
"""Customer, day after START, orders, net money."""


def summary(days: list[Day], last: int) -> CustomerSummary:
    customers = max(one[0] for one in days) + 1
    money = pl.Decimal(38, 2)
    frame = pl.DataFrame(
        {
            "customer": pl.Series([one[0] for one in days], dtype=pl.UInt32),
            "date": [START + dt.timedelta(days=one[1]) for one in days],
            "orders": pl.Series([one[2] for one in days], dtype=pl.Int64),
            "sales": pl.Series([max(Decimal(one[3]), Decimal(0)) for one in days], dtype=money),
            "net": pl.Series([Decimal(one[3]) for one in days], dtype=money),
        }
    ).sort("customer", "date")
    ids = pl.DataFrame({"customer_id": [f"c{i}" for i in range(customers)]})
    return CustomerSummary(ids, START + dt.timedelta(days=last), 2, frame)


DAYS: list[Day] = [
    (0, 0, 1, "10"),
    (0, 3, 0, "-4"),
    (0, 10, 2, "30"),
    (0, 15, 0, "-5"),
    (0, 20, 1, "20"),
    (1, 5, 1, "7"),
    (2, 2, 1, "9"),
    (2, 8, 1, "9"),
    (2, 9, 0, "-20"),
]


@pytest.fixture
def ledger() -> Ledger:
    return Ledger.of(summary(DAYS, 30))


def at(ledger: Ledger, day: int) -> dict[str, list[float]]:
    found = ledger.histories(day_number(START) + day)
    return {name: getattr(found, name).tolist() for name in ("customer", "x", "t_x_days", "age_days", "mean_spend")}


def test_a_refund_belongs_to_the_purchase_before_it(ledger: Ledger) -> None:
    assert at(ledger, 30) == {
        "customer": [0, 1, 2],
        "x": [2, 0, 1],
        "t_x_days": [20, 0, 6],
        "age_days": [30, 25, 28],
        "mean_spend": [22.5, 0.0, -11.0],
    }
    assert ledger.first_purchase_money().tolist() == [6.0, 7.0, 9.0]


def test_histories_of_an_earlier_day_know_nothing_later(ledger: Ledger) -> None:
    assert at(ledger, 4) == {
        "customer": [0, 2],
        "x": [0, 0],
        "t_x_days": [0, 0],
        "age_days": [4, 2],
        "mean_spend": [0.0, 0.0],
    }


def test_what_comes_after_a_split_is_counted_once(ledger: Ledger) -> None:
    zero = day_number(START)
    assert ledger.purchases_between(zero + 4, zero + 30).tolist() == [2, 1, 1]
    assert ledger.money_between(zero + 4, zero + 30).tolist() == [45.0, 7.0, -11.0]
    assert ledger.log_gaps(zero + 30) == pytest.approx(np.log(10) + np.log(10) + np.log(6))
    assert ledger.log_gaps(zero + 9) == pytest.approx(np.log(6))


days_of_customers = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 60), st.integers(1, 3), st.integers(1, 900).map(str)),
    min_size=2,
    max_size=50,
    unique_by=lambda one: (one[0], one[1]),
)


@given(days_of_customers, st.integers(1, 59))
def test_histories_of_a_day_are_those_of_the_summary_of_that_day(days: list[Day], cut: int) -> None:
    names = sorted({one[0] for one in days})
    days = [(names.index(one[0]), *one[1:]) for one in days]
    whole = summary(days, 60)
    day = START + dt.timedelta(days=cut)
    found = Ledger.of(whole).histories(day_number(day))
    earlier = whole.days.filter(pl.col("date") <= day)
    by = earlier.group_by("customer", maintain_order=True).agg(
        n=pl.len() - 1, first=pl.col("date").first(), last=pl.col("date").last()
    )
    assert found.x.tolist() == by["n"].to_list()
    assert found.t_x_days.tolist() == (by["last"] - by["first"]).dt.total_days().to_list()
    assert found.customer.tolist() == by["customer"].to_list()


def test_steady_gaps_are_told_from_random_ones() -> None:
    generator = np.random.default_rng(3)
    customer = np.repeat(np.arange(4000), 2)
    rates = np.repeat(generator.gamma(1, 1, 4000) + 0.1, 2)
    for k in (1.0, 2.0, 4.0):
        gaps = np.maximum(np.round(200 * generator.gamma(k, 1 / k, 8000) / rates), 1).astype(np.int64)
        found = regularity(customer, gaps)
        assert found is not None
        assert found == pytest.approx(k, rel=0.1)


def test_few_customers_tell_nothing_of_steadiness() -> None:
    assert regularity(np.empty(0, np.int64), np.empty(0, np.int64)) is None
    assert regularity(np.arange(100), np.ones(100, np.int64)) is None


def test_the_last_third_is_kept_by_default() -> None:
    first, last = day_number(START), day_number(START) + 300
    assert split_day(first, last, None) == last - 100
    assert split_day(first, last, Span(10, "w")) == last - 70
    assert to_date(split_day(first, last, dt.date(2024, 3, 1))) == dt.date(2024, 3, 1)
    for wish in (Span(2, "y"), dt.date(2023, 1, 1), dt.date(2025, 1, 1)):
        with pytest.raises(UsageError):
            split_day(first, last, wish)


def test_no_holdout_without_something_to_learn_and_to_forecast(ledger: Ledger) -> None:
    zero = day_number(START)
    assert holdout_at(ledger, zero + 4, zero + 30) is None
    assert holdout_at(ledger, zero + 30, zero + 30) is None
    found = holdout_at(ledger, zero + 9, zero + 30)
    assert found is not None
    assert (found.excluded, found.days, found.actual.tolist(), found.long_enough) == (0, 21, [2, 0, 0], False)


def test_naive_forecasts(ledger: Ledger) -> None:
    zero = day_number(START)
    found = holdout_at(ledger, zero + 9, zero + 30)
    assert found is not None
    assert found.same_rate.tolist() == [0, 0, pytest.approx(21 / 7)]
    assert found.population_mean.tolist() == pytest.approx([21 / 20] * 3)
