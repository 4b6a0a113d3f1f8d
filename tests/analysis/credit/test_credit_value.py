"""Value after the costs of credit: worked by hand, and who is in one of the inputs only."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import polars as pl
import pytest
from ledgers import ledger_of

from crmcli.analysis.credit.analyse import analyse
from crmcli.analysis.credit.options import CreditOptions
from crmcli.analysis.credit.value import (
    blocked_lines,
    mean_balances,
    value_facts,
    value_notes,
    value_table,
    yearly_rate,
)
from crmcli.errors import InputError, UsageError

MONEY = pl.Decimal(38, 2)
HEAD = "invoice_id,customer_id,invoice_date,due_date,amount,currency\n"
PAID = "invoice_id,payment_date,amount\n"


def money(*values: str | None) -> pl.Series:
    return pl.Series([None if value is None else Decimal(value) for value in values], dtype=MONEY)


IDS = ("a", "b", "c", "d", "e", "f")
LIMITS = pl.DataFrame(
    {
        "customer_id": IDS,
        "currency": "EUR",
        "exposure": money("1000.00", "200.00", "-50.00", "0.00", "10.00", "300.00"),
        "limit": money("500.00", "1000.00", "0.00", "100.00", "0.00", "0.00"),
        "hold": ["yes", "no", "no", "no", "yes", "yes"],
        "hold_reason": ["over_limit", None, None, None, "minimum_score", "prepay"],
    }
)
SCORED = pl.DataFrame(
    {
        "customer_id": IDS,
        "pd": [0.04, 0.25, 0.1, None, 0.015, 0.1],
        "exposure": [100_000, 20_000, -5_000, 0, 1_000, 30_000],
        "secured": [400.0, None, None, None, 25.0, None],
    }
)
BALANCES = pl.DataFrame({"customer_id": IDS, "mean_balance": [50_005.0, 10_000.0, -300.0, 15.0, 25.0, 100.0]})
CLV = pl.DataFrame(
    {
        "customer_id": ["a", "b", "c", "d", "e", "z"],
        "future_value": money("100.00", "200.00", "300.00", "1.00", "1.00", "9.00"),
        "clv": money("2000.00", "900.00", "2000.00", "30.00", "20.00", "99.00"),
    }
)


def table(rate: float = 0.1) -> pl.DataFrame:
    return value_table(LIMITS, SCORED, BALANCES, CLV, rate)


def test_worked_by_hand() -> None:
    found = table()
    # a: (1,000 − 400) × 4 % = 24; b: 200 × 25 % = 50; c owes nothing; d neither, whatever its pd; e is secured.
    assert found["expected_loss"].equals(money("24.00", "50.00", "0.00", "0.00", "0.00", "30.00"))
    # 10 % of 500.05 is 50.005, of 0.15 it is 0.015, of 0.25 it is 0.025: half-even; what they are owed costs nothing.
    assert found["carrying_cost"].equals(money("50.00", "10.00", "0.00", "0.02", "0.02", "0.10"))
    assert found["credit_adjusted_value"].equals(money("1926.00", "840.00", "2000.00", "29.98", "19.98", None))
    assert found["value_rank"].to_list() == [2, 3, 1, 4, 5, None]


def test_the_valuable_that_would_be_blocked() -> None:
    found = table()
    # A fifth of the five with a clv is one place, which a and c share; c has no limit, f is blocked but unknown.
    assert found["valuable_but_blocked"].to_list() == [True, False, True, False, False, None]
    assert list(blocked_lines(found)) == [
        "Valuable but would be blocked (2), by credit-adjusted value:",
        "  c: 2,000.00 · limit 0",
        "  a: 1,926.00 · over_limit",
    ]
    assert [fact.value for fact in value_facts(found, "EUR")] == [2, Decimal("3926.00")]


def test_nobody_is_valuable_when_credit_costs_more() -> None:
    found = table(rate=100.0)
    assert found.row(0, named=True)["credit_adjusted_value"] < 0
    assert found["valuable_but_blocked"].to_list()[:2] == [False, False]


def test_nobody_blocked_is_said() -> None:
    assert list(blocked_lines(table().head(0))) == ["Valuable but would be blocked: nobody"]


def test_a_long_list_says_how_many_more() -> None:
    many = pl.concat([table().head(1)] * 12)
    lines = list(blocked_lines(many))
    assert len(lines) == 12
    assert lines[-1] == "  and 2 more: --view value, valuable_but_blocked"


def test_who_is_in_one_input_only_is_counted() -> None:
    (note,) = value_notes(table(), CLV)
    assert "5 customers have invoices and transactions; 1 have no transactions" in note.text
    assert "1 buyers have no invoices" in note.text
    with pytest.raises(InputError, match="No customer of the invoices"):
        list(value_notes(table(), CLV.filter(pl.col("customer_id") == "z")))


def test_mean_balance_by_hand() -> None:
    invoices = HEAD + "1,a,2024-01-01,2024-01-31,100.00,EUR\n2,b,2020-01-01,2020-01-31,73.00,EUR\n"
    payments = PAID + "1,2024-01-05,40.00\n1,2024-01-09,60.00\n"
    ledger = ledger_of(invoices, payments, as_of=dt.date(2024, 1, 10))
    found = dict(mean_balances(ledger).iter_rows())
    # 100.00 on the 1st to the 4th, 60.00 on the 5th to the 8th, nothing on two: 640.00 over ten days.
    assert found == {"a": 6_400.0, "b": 7_300.0}


def test_the_rate_of_a_year_of_360_days() -> None:
    assert yearly_rate(0.1, 365) == pytest.approx(0.1)
    assert yearly_rate(0.072, 360) == pytest.approx(0.073)


def test_the_view_lacks_without_worth_or_with_two_currencies() -> None:
    invoices = HEAD + "1,a,2024-01-01,2024-01-31,100.00,EUR\n2,b,2024-01-01,2024-01-31,73.00,USD\n"
    ledger = ledger_of(invoices, PAID + "1,2024-01-05,40.00\n", as_of=dt.date(2024, 3, 1))
    only = CreditOptions(views={"value"})
    with pytest.raises(UsageError, match="--transactions"):
        analyse(ledger, only)
    with pytest.raises(UsageError, match="one currency"):
        analyse(ledger, replace(only, clv=CLV))
    page = analyse(ledger, CreditOptions(clv=CLV))
    assert "value" not in page.tables
    assert "value_lacks" in {note.code for note in page.notes}
