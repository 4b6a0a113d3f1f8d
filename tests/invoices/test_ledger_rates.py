"""Exchange rates: what was settled stays settled, and the converted ledger reconciles like the one it came from."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import ledger_of

from crmcli.errors import InputError
from crmcli.invoices.fx import Rates, converted, parse_rates
from crmcli.invoices.ledger import reconcile

HEADER = "invoice_id,customer_id,invoice_date,due_date,amount,currency\n"
PAYMENTS = "customer_id,invoice_id,date,amount,currency\nz,,2024-01-01,0.01,EUR\n"
END = dt.date(2024, 12, 31)


@st.composite
def files(draw: st.DrawFn) -> tuple[str, str]:
    invoices, payments = HEADER, PAYMENTS
    for number in range(draw(st.integers(1, 6))):
        currency = draw(st.sampled_from(["EUR", "USD", "JPY"]))
        cents = draw(st.integers(1, 99_999))
        invoices += f"I{number},c{number % 2},2024-02-{number + 1:02d},2024-03-01,{cents / 100:.2f},{currency}\n"
        for part in draw(st.lists(st.integers(1, 2 * cents), max_size=3)):
            named = draw(st.sampled_from([f"I{number}", ""]))
            payments += f"c{number % 2},{named},2024-0{draw(st.integers(1, 6))}-15,{part / 100:.2f},{currency}\n"
    return invoices, payments


@settings(max_examples=40, deadline=None)
@given(files(), st.decimals("0.0001", "999", places=4), st.integers(0, 300))
def test_a_converted_ledger_reconciles_on_any_day(texts: tuple[str, str], rate: Decimal, day: int) -> None:
    ledger = ledger_of(*texts, END)
    rates = Rates("EUR", {"EUR": Decimal(1), "USD": rate, "JPY": Decimal("0.0061")})
    there = converted(ledger, rates)
    at = dt.date(2024, 1, 1) + dt.timedelta(days=day)

    (found,) = list(reconcile(there.at(at)))

    assert found.currency == "EUR"
    still_open = set(ledger.at(at).open_items()["invoice_id"])
    assert set(there.at(at).open_items()["invoice_id"]) <= still_open


def test_half_a_cent_goes_to_the_even_one() -> None:
    rows = HEADER + "I1,a,2024-02-01,2024-03-01,0.01,USD\nI2,a,2024-02-01,2024-03-01,0.03,USD\n"
    ledger = converted(ledger_of(rows, PAYMENTS, END), Rates("EUR", {"EUR": Decimal(1), "USD": Decimal("0.5")}))
    assert ledger.items["amount"].to_list() == [0, 2]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("code,rate\nEUR,1\n", "need the columns"),
        ("currency,rate\nEUR,1\nUSD,x\n", "line 3: 'x' is not a usable rate"),
        ("currency,rate\nEUR,1\nUSD,-2\n", "usable rate"),
        ("currency,rate\nEUR,1\nEUR,2\n", "stands twice"),
        ("currency,rate\nEUR,2\n", "no currency has the rate 1"),
        ("currency,rate\nEUR,1\nUSD,1\n", "EUR, USD all have"),
    ],
)
def test_rates_that_are_refused(text: str, part: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_rates(text, "rates.csv")
    assert part in caught.value.problem


def test_rates() -> None:
    rates = parse_rates("\ufeffCurrency,Rate\neur,1\nUSD,0.92\n", "rates.csv")
    assert (rates.target, rates.rates) == ("EUR", {"EUR": Decimal(1), "USD": Decimal("0.92")})
