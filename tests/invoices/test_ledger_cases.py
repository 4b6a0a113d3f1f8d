"""Published cases of ageing: dates, partial payments, advance payments, terms and sources of due dates."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest
from ledgers import codes_of, ledger_of, read

from crmcli.analysis.credit.aging import DUE, INVOICE, aging_table
from crmcli.analysis.credit.buckets import Buckets
from crmcli.errors import InputError
from crmcli.invoices.terms import Terms, parse_terms
from crmcli.transactions.options import ReadOptions

HEADER = "invoice_id,customer_id,invoice_date,due_date,amount\n"
PAYMENTS = "customer_id,invoice_id,date,amount\n"
EMPTY = PAYMENTS + "nobody,,2000-01-01,0.00\n"


def aged(invoices: str, payments: str, day: str, *, basis: str = DUE) -> dict[str, Decimal]:
    ledger = ledger_of(HEADER + invoices, payments, dt.date.fromisoformat(day))
    (row,) = aging_table(ledger, Buckets(), basis).iter_rows(named=True)
    money: dict[str, Decimal] = {name: value for name, value in row.items() if isinstance(value, Decimal) and value}
    return money


def test_one_bucket_for_each_age() -> None:
    dues = {
        "2018-01-15": 500,
        "2017-12-15": 1_000,
        "2017-11-15": 2_000,
        "2017-10-15": 4_000,
        "2017-09-15": 8_000,
        "2017-08-15": 160_000,
    }
    rows = "".join(f"I{n},c,2017-07-01,{due},{amount}\n" for n, (due, amount) in enumerate(dues.items()))
    found = aged(rows, EMPTY, "2017-12-31")
    assert list(found.values()) == [500, 1_000, 2_000, 4_000, 8_000, 160_000, 175_500]
    assert list(found) == ["not_due", "d1_30", "d31_60", "d61_90", "d91_120", "d121_plus", "outstanding"]


def test_partial_payments_age_from_the_due_date_of_the_invoice() -> None:
    invoice = "I1,c,2016-11-30,2017-02-28,10000\n"
    paid = PAYMENTS + "c,I1,2016-11-09,1500\nc,I1,2016-11-30,1000\nc,I1,2017-01-30,2000\n"
    assert aged(invoice, paid, "2017-04-04") == {"d31_60": 5_500, "outstanding": 5_500}
    assert aged(invoice, paid, "2016-12-31") == {"not_due": 7_500, "outstanding": 7_500}
    ledger = ledger_of(HEADER + invoice, paid, dt.date(2017, 4, 4))
    assert aging_table(ledger, Buckets(), DUE)["oldest_days"].to_list() == [35]


def test_an_invoice_paid_later_is_open_before() -> None:
    invoices = (
        "invoice_id,customer_id,invoice_date,due_date,amount,paid_date\nI1,c,2020-04-30,2020-05-30,80,2020-06-30\n"
    )
    opened = ledger_of(invoices, as_of=dt.date(2020, 5, 31)).open_items()
    assert opened.select("invoice_id", "open").rows() == [("I1", 8_000)]
    assert ledger_of(invoices, as_of=dt.date(2020, 6, 30)).open_items().is_empty()


def test_an_advance_payment_without_invoice_stays_unapplied_and_a_later_payment_does_not_leak() -> None:
    march = "".join(f"M{n},c,2019-03-{n + 10},2019-04-{n + 10},10000\n" for n in range(5))
    payments = PAYMENTS + "c,,2019-02-10,1000\nc,,2019-05-20,49000\n"
    found = aged(march + "A,c,2019-04-15,2019-05-15,100000\n", payments, "2019-04-30")
    assert (found["outstanding"], found["unapplied"]) == (Decimal(149_000), Decimal(-1_000))


def test_a_payment_without_number_settles_the_oldest_due_of_its_own_time_only() -> None:
    rows = "old,c,2024-01-01,2024-03-01,100\nsoon,c,2024-01-02,2024-02-01,100\nlater,c,2024-01-20,2024-01-25,100\n"
    ledger = ledger_of(HEADER + rows, PAYMENTS + "c,,2024-01-10,150\n", dt.date(2024, 1, 31))
    assert dict(ledger.open_items().select("invoice_id", "open").iter_rows()) == {"old": 5_000, "later": 10_000}


def test_basis_invoice_counts_from_the_invoice_date() -> None:
    assert aged("I1,c,2024-01-01,2024-03-01,100\n", EMPTY, "2024-02-10", basis=INVOICE)["d31_60"] == 100


def test_credit_notes_do_not_vanish_and_write_offs_are_no_payments() -> None:
    invoices = (
        "invoice_id,customer_id,invoice_date,due_date,amount,doc_type,reference\n"
        "I1,c,2024-01-01,2024-01-31,100,invoice,\nI2,c,2024-01-01,2024-01-31,50,invoice,\n"
        "C1,c,2024-01-05,,-20,credit_note,I1\nC2,c,2024-01-06,,-7,credit_note,\nW1,c,2024-06-01,,-50,write_off,I2\n"
    )
    ledger = ledger_of(invoices, EMPTY, dt.date(2024, 6, 30))
    assert dict(ledger.open_items().select("invoice_id", "open").iter_rows()) == {"I1": 8_000}
    assert ledger.unapplied()["unapplied"].to_list() == [-700]
    documents = ledger.documents("")
    assert (documents.credits, documents.write_offs, documents.payments) == (2_700, 5_000, 0)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("net 30", "2024-02-14"),
        ("n/30", "2024-02-14"),
        ("30 days", "2024-02-14"),
        ("30", "2024-02-14"),
        ("2/10 net 30", "2024-02-14"),
        ("2% 10, net 45", "2024-02-29"),
        ("2/10 n/60", "2024-03-15"),
        ("EOM", "2024-01-31"),
        ("net 30 EOM", "2024-03-01"),
        ("15 prox", "2024-02-15"),
        ("31 prox", "2024-02-29"),
        ("due on receipt", "2024-01-15"),
        ("月结30天", "2024-03-01"),
        ("30 Tage netto", "2024-02-14"),
    ],
)
def test_terms(text: str, due: str) -> None:
    terms = parse_terms(text)
    assert terms is not None
    assert terms.due(dt.date(2024, 1, 15)).isoformat() == due


@pytest.mark.parametrize("text", ["NAH4", "", "as agreed", "Z030", "net 4000", "2/60 net 30"])
def test_terms_that_say_nothing_are_not_guessed(text: str) -> None:
    assert parse_terms(text) is None


def test_discount_terms() -> None:
    assert parse_terms("2/10 net 30") == Terms(30, discount=Decimal("0.02"), discount_days=10)


def test_a_missing_due_date_falls_back_and_says_so() -> None:
    invoices = (
        "invoice_id,customer_id,invoice_date,due_date,terms,amount\n"
        "I1,a,2024-01-01,2024-01-10,net 30,1\nI2,a,2024-01-01,,net 30,1\nI3,a,2024-01-01,,?,1\nI4,b,2024-01-01,,,1\n"
    )
    customers = "customer_id,terms\na,net 60\n"
    with_default, _ = read(invoices, EMPTY, customers, default_terms=Terms(14))
    found = with_default.items.sort("invoice_id").select("due", "due_source").rows()
    assert found == [
        (dt.date(2024, 1, 10), "due_date"),
        (dt.date(2024, 1, 31), "terms"),
        (dt.date(2024, 3, 1), "customer_terms"),
        (dt.date(2024, 1, 15), "default_terms"),
    ]
    without, notes = read(invoices, EMPTY)
    assert without.items["due_source"].to_list().count("invoice_date") == 2
    assert "due_source" in codes_of(notes)


def test_plain_sales_are_refused_with_what_is_missing() -> None:
    with pytest.raises(InputError) as caught:
        ledger_of("order_id,customer_id,date,amount\n1,c,2024-01-01,5.00\n")
    assert "no due date, no terms and no paid date in it, and no payments file beside it" in caught.value.problem
    assert caught.value.remedy is not None
    assert "--default-terms" in caught.value.remedy


def test_open_items_without_payments_are_a_snapshot() -> None:
    rows = "Customer,Num,Date,Due Date,Amount,Open Balance\nA,1001,2024-01-05,2024-02-04,100.00,40.00\n"
    ledger, notes = read(rows)
    assert ledger.is_snapshot
    assert ledger.open_items()["open"].to_list() == [4_000]
    assert "snapshot" in codes_of(notes)


def test_currencies_are_never_added() -> None:
    rows = (
        "invoice_id,customer_id,invoice_date,due_date,amount,currency\n"
        "I1,a,2024-01-01,2024-01-31,100,EUR\nI2,a,2024-01-01,2024-01-31,100,USD\n"
    )
    payments = "invoice_id,date,amount\nI2,2024-01-05,30\n"
    table = aging_table(ledger_of(rows, payments, dt.date(2024, 1, 10)), Buckets(), DUE)
    assert table.select("customer_id", "currency", "outstanding").rows() == [
        ("a", "EUR", Decimal("100.00")),
        ("a", "USD", Decimal("70.00")),
    ]


def test_a_payment_that_could_belong_to_two_currencies_is_refused() -> None:
    rows = (
        "invoice_id,customer_id,invoice_date,due_date,amount,currency\n"
        "I1,a,2024-01-01,2024-01-31,100,EUR\nI2,a,2024-01-01,2024-01-31,100,USD\n"
    )
    with pytest.raises(InputError, match="several currencies"):
        ledger_of(rows, PAYMENTS + "a,,2024-01-05,30\n")


def test_what_a_rule_drops_takes_its_payments_along() -> None:
    rows = (
        HEADER.replace("amount", "amount,branch") + "I1,a,2024-01-01,2024-01-31,100,x\nI2,b,2024-01-01,2024-01-31,7,y\n"
    )
    payments = PAYMENTS + "a,I1,2024-01-05,30\nb,I2,2024-01-05,7\nb,,2024-01-06,9\n"
    ledger, notes = read(rows, payments, reading=ReadOptions(where={"branch": ("x",)}))
    assert dict(notes.dropped) == {"where": 3}
    assert ledger.documents("").owed == 7_000


def test_due_dates_settle_how_the_other_dates_read() -> None:
    rows = HEADER + "I1,a,1/2/2024,1/31/2024,100\nI2,a,2/1/2024,3/2/2024,100\n"
    ledger = ledger_of(rows, PAYMENTS + "a,I1,2024-01-05,30\n")
    assert ledger.items["date"].sort().to_list() == [dt.date(2024, 1, 2), dt.date(2024, 2, 1)]


def test_items_say_where_they_come_from() -> None:
    ledger = ledger_of(HEADER + "I1,a,2024-01-01,2024-01-31,100\n", EMPTY)
    assert ledger.items.schema["amount"] == pl.Int64


def test_payments_with_a_minus_are_payments_and_those_without_are_taken_back() -> None:
    rows = HEADER + "I1,a,2024-01-01,2024-01-31,100\n"
    minus = PAYMENTS + "a,I1,2024-01-05,-30\na,I1,2024-01-06,-30\n"
    ledger, notes = read(rows, minus)
    assert ledger.documents("").payments == 6_000
    assert "negative_payments" in codes_of(notes)
    ledger, notes = read(rows, minus + "a,I1,2024-01-07,10\n")
    assert ledger.documents("").payments == 5_000
    assert any("1 without one count as taken back" in note.text for note in notes.remarks())
