"""Loss rates by cohorts, roll rates and Markov chains, against published figures and on small ledgers."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from ledgers import ledger_of

from crmcli.analysis.credit.buckets import Buckets
from crmcli.analysis.credit.cohorts import payment_curves
from crmcli.analysis.credit.loss_rates import absorption, cohort_rates, markov_rates, roll_products
from crmcli.analysis.credit.provision import provision_table
from crmcli.analysis.credit.states import transitions


def test_cohort_rates_of_the_provision_matrix() -> None:
    rates = [rate for rate in cohort_rates([50, 27, 15, 6], 2) if rate is not None]
    assert rates == pytest.approx([0.02, 0.04, 2 / 23, 0.25, 1.0])
    balances = [300, 140, 60, 23, 5]
    assert sum(b * r for b, r in zip(balances, rates, strict=True)) == pytest.approx(27.567, abs=5e-4)


def test_absorbing_chain_of_three_months() -> None:
    q = np.array([[0, 0.20, 0], [0, 0, 0.10], [0, 0, 0]])
    r = np.array([[0.80, 0], [0.90, 0], [0.85, 0.15]])
    lost = absorption(q, r)[:, 1]
    assert lost == pytest.approx([0.003, 0.015, 0.15])
    assert 150_000 * lost[0] == pytest.approx(450)


def test_absorbing_chain_of_two_states() -> None:
    b = absorption([[0.25, 0.25], [0.05, 0.25]], [[0.5, 0], [0.5, 0.2]])
    assert b.sum(axis=1) == pytest.approx([1, 1])
    assert 40_000 * b[0, 1] + 50_000 * b[1, 1] == pytest.approx(17_272.73, abs=0.005)


def test_markov_rates_from_moved_money() -> None:
    stayed = np.array([[0, 200.0, 0], [0, 0, 10.0], [0, 0, 0]])
    rates = markov_rates(stayed, np.array([800, 90, 85.0]), np.array([0, 0, 15.0]))
    assert rates == pytest.approx([0.003, 0.015, 0.15])
    assert markov_rates(stayed[:1, :1], np.array([0.0]), np.array([0.0])) == [None]
    # Nobody saw what became of the money that came to the last bucket; the one before leads there, the first does not.
    alone = np.array([[0, 0, 0], [0, 0, 10.0], [0, 0, 0]])
    assert markov_rates(alone, np.array([9.0, 90, 0]), np.array([1.0, 0, 0])) == [pytest.approx(0.1), None, None]
    # A bucket that never empties gives no rate, rather than a division by nothing.
    assert markov_rates(np.array([[5.0]]), np.array([0.0]), np.array([0.0])) == [None]


def test_roll_products() -> None:
    assert roll_products([0.2, 0.1], 0.15) == pytest.approx([0.003, 0.015, 0.15])
    assert roll_products([0.2, 0.0, None], 0.5) == [0.0, 0.0, None, 0.5]
    assert roll_products([0.2, None], None) == [None, None, None]


LOSING = (
    "invoice_id,customer_id,invoice_date,due_date,amount,doc_type,reference\n"
    + "".join(f"I{n},c{n % 5},2023-{n:02d}-10,2023-{n:02d}-28,100,invoice,\n" for n in range(1, 13))
    + "W,c2,2024-01-31,,-100,write_off,I2\n"
    + "N,c1,2024-06-20,2024-07-20,400,invoice,\nM,c1,2024-05-20,2024-06-20,200,invoice,\n"
)
PAID = "invoice_id,date,amount\n" + "".join(f"I{n},2023-{n:02d}-25,100\n" for n in range(1, 13) if n != 2)


def test_a_ledger_with_one_loss_in_twelve() -> None:
    ledger = ledger_of(LOSING, PAID, dt.date(2024, 6, 30))
    buckets = Buckets()
    table = provision_table(ledger, buckets, transitions(ledger, buckets))
    row = table.filter(pl.col("bucket") == "not_due").row(0, named=True)
    assert row["balance"] == Decimal("400.00")
    assert row["cohort_rate"] == pytest.approx(1 / 12)
    assert row["provision_cohort"] == Decimal("33.33")
    late = table.filter(pl.col("bucket") == "d1_30").row(0, named=True)
    assert (late["balance"], late["cohort_rate"]) == (Decimal("200.00"), 1.0)
    assert table["backtest_lost"].sum() == Decimal("100.00")


def test_payment_curves_fall_and_written_off_money_stays_unpaid() -> None:
    curves = payment_curves(ledger_of(LOSING, PAID, dt.date(2024, 6, 30)))
    by_month = {
        (month, age): share
        for month, age, share in curves.select("invoice_month", "age_months", "unpaid_share").iter_rows()
    }
    assert by_month["2023-03", 0] == 0
    assert [by_month["2023-02", age] for age in range(17)] == [1.0] * 17
    assert curves.filter(pl.col("invoice_month") == "2024-06")["complete"].to_list() == ["yes"]
    open_month = payment_curves(ledger_of(LOSING, PAID, dt.date(2024, 6, 25)))
    assert open_month.filter(pl.col("invoice_month") == "2024-06")["complete"].to_list() == ["no"]


def test_transitions_keep_all_money() -> None:
    ledger = ledger_of(LOSING, PAID, dt.date(2024, 6, 30))
    moved = transitions(ledger, Buckets())
    for _, stayed, started in moved.by_month:
        assert (stayed.sum(axis=1) <= started + 1e-9).all()
    assert moved.lost.sum() == pytest.approx(10_000)
