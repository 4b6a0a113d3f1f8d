"""Trends, slopes, scissors and the forecast: planted patterns are found, and nothing is found where nothing is."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from ledgers import ledger_of

from crmcli.analysis.credit.buckets import Buckets
from crmcli.analysis.credit.forecast import cash_forecast
from crmcli.analysis.credit.late_model import late_model
from crmcli.analysis.credit.slopes import FASTER, SLOWER, STEADY, delay_slopes, scissors
from crmcli.analysis.credit.states import transitions
from crmcli.analysis.credit.trend import direction_of, trend_points

START = dt.date(2023, 1, 2)
HEADER = "invoice_id,customer_id,invoice_date,due_date,amount,paid_date\n"
SAMPLE = Path(__file__).parents[3] / "sample_data"


def weekly(customer: str, delay: float, change: float = 0.0, noise: int = 0, growth: float = 0.0) -> str:
    """Two years of weekly invoices whose delay changes by so much a month."""
    rng = np.random.default_rng(7)
    lines = []
    for week in range(104):
        day = START + dt.timedelta(days=7 * week)
        late = round(delay + change * week * 7 / 30.4375 + (int(rng.integers(-noise, noise + 1)) if noise else 0))
        due = day + dt.timedelta(days=30)
        amount = round(100 * (1 + growth * week), 2)
        lines.append(f"{customer}{week},{customer},{day},{due},{amount},{due + dt.timedelta(days=late)}")
    return "\n".join(lines) + "\n"


def test_slopes_find_who_gets_slower() -> None:
    rows = HEADER + weekly("slow", -5, 2.0, 3) + weekly("fast", 30, -2.0, 3) + weekly("same", 5, 0.0, 3)
    found = {customer: (slope, arrow) for customer, slope, arrow in delay_slopes(ledger_of(rows)).iter_rows()}
    assert found["slow"] == (pytest.approx(2.0, abs=0.3), SLOWER)
    assert found["fast"] == (pytest.approx(-2.0, abs=0.3), FASTER)
    assert found["same"][1] == STEADY
    assert abs(found["same"][0]) < 0.1


def test_a_slope_needs_four_payments() -> None:
    rows = "".join(f"I{n},a,2024-0{n}-01,2024-0{n}-28,10,2024-0{n + 1}-01\n" for n in range(1, 4))
    assert delay_slopes(ledger_of(HEADER + rows))["dbt_slope"].to_list() == [None]


def test_scissors_need_both_blades() -> None:
    rows = HEADER + weekly("both", -5, 2.0, growth=0.02) + weekly("slower", -5, 2.0) + weekly("more", 0, growth=0.02)
    day = START + dt.timedelta(days=7 * 103)
    assert scissors(ledger_of(rows, as_of=day))["customer_id"].to_list() == ["both"]


def test_planted_slow_payers_of_the_sample_are_found() -> None:
    ledger = ledger_of((SAMPLE / "invoices.csv").read_text("utf-8"), (SAMPLE / "payments.csv").read_text("utf-8"))
    slower = delay_slopes(ledger).filter(pl.col("direction") == SLOWER)
    assert slower.height >= 10
    # From 4 days early to 42 late in 24 months.
    assert slower["dbt_slope"].median() == pytest.approx(46 / 24, abs=0.5)
    assert scissors(ledger).height >= 1


def test_directions() -> None:
    assert direction_of(None, 5.0) is None
    assert [direction_of(100.0, value) for value in (103.0, 97.0, 101.0)] == [SLOWER, FASTER, STEADY]


def test_the_change_of_receivables_is_the_sum_of_its_parts() -> None:
    ledger = ledger_of(HEADER + weekly("a", 5, 1.0, growth=0.01), as_of=dt.date(2024, 11, 15))
    buckets = Buckets()
    points = trend_points(ledger, buckets, transitions(ledger, buckets), None)
    parts = {point.key: point.value for point in points if point.kind == "delta_receivables"}
    assert {point.period for point in points if point.kind == "delta_receivables"} == {"2024-10"}
    total = parts.pop("total")
    assert sum(value or 0 for value in parts.values()) == pytest.approx(total)


def test_the_forecast_of_punctual_customers_is_their_due_invoices() -> None:
    ledger = ledger_of(HEADER + weekly("a", 2), as_of=START + dt.timedelta(days=7 * 100))
    forecast = cash_forecast(ledger)
    assert forecast is not None
    # Each week one invoice of 100.00 is paid 32 days after it was written.
    assert [round(week.expected) for week in forecast.weeks[:4]] == [10_000] * 4
    assert forecast.weeks[5].expected == 0


def test_the_band_of_the_forecast_holds_about_as_often_as_it_says() -> None:
    rows = HEADER + "".join(weekly(f"c{number}", 2 + number, noise=6) for number in range(12))
    forecast = cash_forecast(ledger_of(rows, as_of=START + dt.timedelta(days=7 * 103)))
    assert forecast is not None
    assert forecast.coverage is not None
    assert forecast.coverage >= 0.6
    assert all(week.low <= week.expected <= week.high for week in forecast.weeks)


def test_no_forecast_without_payments_or_without_anything_open() -> None:
    assert cash_forecast(ledger_of(HEADER + "I1,a,2024-01-01,2024-01-31,10,\n")) is None
    assert cash_forecast(ledger_of(HEADER + "I1,a,2024-01-01,2024-01-31,10,2024-02-01\n")) is None


def test_the_late_model_learns_who_is_late_and_needs_enough_of_both() -> None:
    rows = HEADER + "".join(weekly(f"c{n}", -8 if n % 2 else 4, noise=6) for n in range(8))
    found = late_model(ledger_of(rows))
    assert found is not None
    assert found.model > 0.85
    assert found.fields < 0.65
    assert late_model(ledger_of(HEADER + weekly("a", -3))) is None


def test_traits_are_columns_of_their_common_values() -> None:
    from crmcli.analysis.credit.late_features import trait_columns  # noqa: PLC0415

    train = pl.DataFrame(
        {"country": ["b", "b", "a", "a", "c", None], "channel": pl.Series([None] * 6, dtype=pl.String)}
    )
    columns = trait_columns(train, 2)
    other = pl.DataFrame({"country": ["a", "b", "c", None, "d"], "channel": ["x"] * 5})
    assert other.select(columns).rows() == [(1.0, 0.0), (0.0, 1.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)]


def test_a_trait_that_tells_who_is_late_enters_the_model() -> None:
    lines = [
        f"{line},{'electronic' if n % 2 else 'paper'}"
        for n in range(8)
        for line in weekly(f"c{n}", -8 if n % 2 else 4, noise=6).splitlines()
    ]
    plain = late_model(ledger_of(HEADER + "".join(line.rpartition(",")[0] + "\n" for line in lines)))
    told = late_model(ledger_of(HEADER.replace("paid_date", "paid_date,channel") + "\n".join(lines) + "\n"))
    assert plain is not None
    assert told is not None
    assert plain.fields < 0.65
    assert told.fields > 0.85


def test_the_history_of_an_invoice_ends_before_its_date() -> None:
    from crmcli.analysis.credit.late_features import HISTORY, INVOICE_FIELDS, invoice_rows  # noqa: PLC0415

    rows = HEADER + weekly("a", 5, noise=9) + weekly("b", -2, noise=9)
    whole = invoice_rows(ledger_of(rows))
    day = START + dt.timedelta(days=350)
    cut = invoice_rows(ledger_of(rows, as_of=day))
    columns = ["item", *INVOICE_FIELDS, *HISTORY]
    known = whole.filter(pl.col("date") <= day).select(columns).drop("item")
    assert known.equals(cut.select(columns).drop("item"))
