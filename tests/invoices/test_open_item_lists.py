"""Lists of open items and other exports as people really send them: what is open is read, and nothing is doubled."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from ledgers import codes_of, read

from crmcli.analysis.credit.aging import DUE, aging_table
from crmcli.analysis.credit.buckets import Buckets
from crmcli.errors import InputError, TooLittleDataError
from crmcli.invoices.ledger import reconcile
from crmcli.invoices.terms import parse_terms
from crmcli.transactions.options import ReadOptions


def aged(text: str, day: str, **more: Any) -> list[dict[str, object]]:
    """The rows of the ageing without what is 0 or missing."""
    reading = ReadOptions(as_of=dt.date.fromisoformat(day), skip_lines=more.pop("skip_lines", 0))
    ledger, _ = read(text, reading=reading, **more)
    assert list(reconcile(ledger))
    table = aging_table(ledger, Buckets(), DUE).drop("account", "outstanding", "disputed", "oldest_days")
    return [{name: cell for name, cell in row.items() if cell} for row in table.iter_rows(named=True)]


QUICKBOOKS = (
    'Open Invoices Report\n"All Dates, as of 12/31/2025"\n\n'
    "Type,Date,Num,Customer,Terms,Due Date,Aging,Open Balance\n"
    'Invoice,10/15/2025,1037,Sonne,Net 30,11/14/2025,47,"$362.07"\n'
    'Invoice,12/20/2025,1041,Sonne,Net 30,01/19/2026,,"1,200.00"\n'
    "Credit Memo,12/21/2025,1042,Sonne,,12/21/2025,10,(100.00)\n"
    'Payment,12/22/2025,,Cool,,12/22/2025,,"(55.25)"\n'
    "Invoice,11/01/2025,1038,Cool,Due on receipt,11/01/2025,60,85.00\n"
    'TOTAL,,,,,,,"$1,491.82"\n'
)


def test_open_invoices_of_quickbooks_with_credits_and_payments() -> None:
    found = aged(QUICKBOOKS, "2025-12-31", skip_lines=3)
    assert found == [
        {"customer_id": "Cool", "d31_60": Decimal("85.00"), "unapplied": Decimal("-55.25")},
        {
            "customer_id": "Sonne",
            "not_due": Decimal("1200.00"),
            "d31_60": Decimal("362.07"),
            "unapplied": Decimal("-100.00"),
        },
    ]


def test_a_list_of_open_items_says_that_it_is_one() -> None:
    ledger, notes = read(QUICKBOOKS, reading=ReadOptions(skip_lines=3))
    assert ledger.is_snapshot
    assert {"snapshot", "without_invoice"} <= codes_of(notes)
    texts = [note.text for note in notes.remarks()]
    assert any("is a list of open items" in text and "taken to be 2025-12-22 (--as-of)" in text for text in texts)
    assert any("1 row of kind payment names no invoice: it stays unapplied" in text for text in texts)


ERPNEXT = (
    "posting_date,party,voucher_type,voucher_no,due_date,invoiced,paid,credit_note,outstanding,currency\n"
    "2025-01-10,Grant,Sales Invoice,S1,2025-02-09,1000,400,0,600,INR\n"
    "2025-02-10,Grant,Sales Invoice,S2,2025-03-12,500,0,50,450,INR\n"
    "2025-02-12,West,Payment Entry,P3,,-200,0,0,-200,INR\n"
)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(ERPNEXT, id="open amounts"),
        pytest.param(
            "\n".join(",".join(line.split(",")[:8]) for line in ERPNEXT.splitlines()[:3]) + "\n", id="paid and credited"
        ),
    ],
)
def test_what_is_left_counts_where_no_date_tells_when_it_was_paid(text: str) -> None:
    (grant, *_) = aged(text, "2025-02-12")
    grant.pop("currency", None)
    assert grant == {"customer_id": "Grant", "not_due": Decimal("450.00"), "d1_30": Decimal("600.00")}


def test_a_whole_ledger_with_open_amounts_is_still_a_ledger() -> None:
    text = (
        "Date,Transaction Type,Num,Customer,Due Date,Amount,Open Balance,Applied To\n"
        "01/10/2024,Invoice,1001,A,02/09/2024,100.00,40.00,\n"
        "02/20/2024,Payment,7001,A,,-60.00,0.00,1001\n"
        "01/15/2024,Invoice,1002,B,02/14/2024,50.00,50.00,\n"
    )
    ledger, _ = read(text)
    assert not ledger.is_snapshot
    before = ledger.at(dt.date(2024, 2, 1)).open_items()
    assert sorted(before.select("invoice_id", "open").rows()) == [("1001", 10_000), ("1002", 5_000)]
    # With a row missing, the payments no longer explain what is open.
    cut = "".join(line for line in text.splitlines(keepends=True) if "Payment" not in line)
    ledger, _ = read(cut + "02/21/2024,Payment,7009,B,,-5.00,-5.00,\n")
    assert ledger.is_snapshot
    assert sorted(ledger.open_items().select("invoice_id", "open").rows()) == [("1001", 4_000), ("1002", 5_000)]
    assert ledger.unapplied()["unapplied"].to_list() == [-500]


def test_a_credit_note_among_open_items_of_odoo_stays_unapplied() -> None:
    text = (
        "Number,Invoice Partner Display Name,Invoice/Bill Date,Invoice Date Due,Total Signed,Amount Due Signed,Status\n"
        "INV/1,Deco,2025-02-08,2025-03-10,575.00,75.00,Posted\n"
        "RINV/1,Deco,2025-02-20,2025-02-20,-115.00,-115.00,Posted\n"
        "/,Deco,2025-02-26,2025-03-28,92.00,92.00,Draft\n"
    )
    assert aged(text, "2025-03-01") == [
        {"customer_id": "Deco", "not_due": Decimal("75.00"), "unapplied": Decimal("-115.00")}
    ]


def test_open_amounts_beside_a_payments_file_are_refused() -> None:
    text = "Customer,Num,Date,Due Date,Open Balance\nA,1001,2024-01-05,2024-02-04,40.00\n"
    with pytest.raises(InputError, match="no column looks like amount"):
        read(text, "invoice_id,date,amount\n1001,2024-02-01,5\n")


def test_xero_invoices_with_repeated_totals_credit_notes_and_drafts() -> None:
    text = (
        "ContactName,InvoiceNumber,InvoiceDate,DueDate,Total,InvoiceAmountPaid,InvoiceAmountDue,Description,LineAmount,"
        "Currency,Type,Status\n"
        "ABC,INV-41,10/10/2025,09/11/2025,250.00,0.00,250.00,Chair,200.00,GBP,Sales invoice,Awaiting Payment\n"
        "ABC,INV-41,10/10/2025,09/11/2025,250.00,0.00,250.00,Delivery,50.00,GBP,Sales invoice,Awaiting Payment\n"
        "Basket,INV-42,13/10/2025,12/11/2025,914.55,500.00,414.55,Basket,914.55,GBP,Sales invoice,Awaiting Payment\n"
        "Basket,CN-3,14/10/2025,,-100.00,0.00,-100.00,Return,-100.00,GBP,Sales credit note,Awaiting Payment\n"
        "Boom,INV-31,01/07/2025,31/07/2025,1000.00,0.00,1000.00,Ads,1000.00,GBP,Sales invoice,Draft\n"
    )
    found = [{name: row[name] for name in row if name != "currency"} for row in aged(text, "2025-10-31")]
    assert found == [
        {"customer_id": "ABC", "not_due": Decimal("250.00")},
        {"customer_id": "Basket", "not_due": Decimal("414.55"), "unapplied": Decimal("-100.00")},
    ]


def test_open_items_of_sap_in_german_with_trailing_minus() -> None:
    text = (
        "Kunde;Belegnummer;Belegart;Belegdatum;Nettofälligkeit;Betrag in HW;Währung;Ausgleich;Rechnungsbezug\n"
        "0000100234;1800000123;DR;01.09.2025;01.10.2025;1.190,00;EUR;;\n"
        "0000100234;1800000124;DR;15.10.2025;14.11.2025;2.380,00;EUR;30.10.2025;\n"
        "0000100234;1400000901;DZ;30.10.2025;30.10.2025;2.380,00-;EUR;30.10.2025;\n"
        "0000100234;1600000055;DG;05.11.2025;05.11.2025;119,00-;EUR;;1800000123\n"
        "0000100999;1800000130;RV;20.11.2025;20.12.2025;500,00;EUR;;\n"
        "0000100999;1400000910;DZ;25.11.2025;25.11.2025;200,00-;EUR;;\n"
        "*;;;;;1.371,00;EUR;;\n"
    )
    assert aged(text, "2025-11-25") == [
        {"customer_id": "0000100234", "currency": "EUR", "d31_60": Decimal("1071.00")},
        {"customer_id": "0000100999", "currency": "EUR", "not_due": Decimal("300.00")},
    ]


def test_an_aged_summary_of_xero_in_months() -> None:
    text = (
        "Contact,Current,< 1 Month,1 Month,2 Months,3 Months,Older,Total\n"
        "ABC,250.00,0.00,0.00,1299.50,0.00,0.00,1549.50\nBasket,0.00,914.55,0.00,0.00,0.00,0.00,914.55\n"
        "Boom,1000.00,0.00,0.00,0.00,0.00,(50.00),950.00\nTotal,1250.00,914.55,0.00,1299.50,0.00,(50.00),3414.05\n"
        "Percentage of total,36.6%,26.8%,0.0%,38.1%,0.0%,-1.5%,100.0%\n"
    )
    assert aged(text, "2025-10-31") == [
        {"customer_id": "ABC", "not_due": Decimal("250.00"), "d61_90": Decimal("1299.50")},
        {"customer_id": "Basket", "d1_30": Decimal("914.55")},
        {"customer_id": "Boom", "not_due": Decimal("1000.00"), "unapplied": Decimal("-50.00")},
    ]


PLAIN = "Invoice No,Customer,Invoice Date,Due,Amount,Currency\n"


def test_rows_that_repeat_each_other_are_a_warning() -> None:
    row = "A3,Smith,2025-02-01,2025-03-03,250.00,USD\n"
    ledger, notes = read(PLAIN + row * 2, default_terms=parse_terms("30"))
    assert ledger.open_items()["open"].to_list() == [50_000]
    assert "repeated_lines" in codes_of(notes)
    _, notes = read(PLAIN + row + row.replace("250", "30"))
    assert codes_of(notes) & {"repeated_lines", "invoice_lines"} == {"invoice_lines"}


def test_a_payment_in_another_currency_than_its_invoice_stays_unapplied_and_is_told() -> None:
    rows = PLAIN + "A1,Zed,2025-01-01,2025-01-31,9.00,EUR\nA4,Smith,2025-03-15,2025-04-14,300.00,USD\n"
    ledger, notes = read(rows, "Date,Customer,Invoice No,Amount,Currency\n2025-03-20,Smith,A4,100.00,EUR\n")
    assert ledger.open_items()["open"].sum() == 30_900
    assert ledger.documents("EUR").payments == 10_000
    assert any("not in the ledger, or not in that currency" in note.text for note in notes.remarks())


def test_a_number_that_names_two_invoices_is_no_guess() -> None:
    rows = PLAIN + "1,C,2025-01-01,2025-01-31,100,EUR\n2,C,2025-01-15,2025-02-14,200,EUR\n"
    ledger, notes = read(rows, 'customer,date,amount,invoice\nC,2025-02-20,250,"1, 2"\n')
    assert ledger.open_items()["open"].sum() == 30_000
    assert any("'1, 2'" in note.text for note in notes.remarks())


def test_invoices_that_only_a_status_calls_paid_are_not_open() -> None:
    text = (
        "Invoice #,Customer Name,Invoice Date,Due Date,Amount,Status\n"
        "1,A,2025-01-31,2025-03-02,100.00,Open\n2,A,2025-01-31,2025-03-02,60.00,Paid\n"
        "3,A,2025-01-31,2025-03-02,7.00,Partially Paid\n"
    )
    ledger, notes = read(text)
    assert sorted(ledger.open_items()["open"].to_list()) == [700, 10_000]
    assert dict(notes.dropped) == {"paid": 1}
    assert "partly_paid" in codes_of(notes)
    # With payments, a status of today says nothing of another day.
    ledger, notes = read(
        text, "invoice_id,date,amount\n2,2025-02-20,60\n", reading=ReadOptions(as_of=dt.date(2025, 2, 1))
    )
    assert ledger.open_items()["open"].sum() == 16_700
    with pytest.raises(TooLittleDataError, match="1 are paid by their status"):
        read("\n".join(text.splitlines()[::2][:1] + text.splitlines()[2:3]) + "\n")


def test_receipts_with_headings_of_their_own() -> None:
    rows = PLAIN + "A1,Zed,2025-01-01,2025-01-31,9.00,EUR\n"
    receipts = "Receipt No,Received From,Receipt Date,Amount Received,Against Invoice\nR1,Zed,2025-02-01,4.00,A1\n"
    ledger, _ = read(rows, receipts)
    assert ledger.open_items()["open"].to_list() == [500]


@pytest.mark.parametrize(("column", "value"), [("visit_rating", "7"), ("bureau_score", "-1")])
def test_ratings_on_another_scale_are_refused(column: str, value: str) -> None:
    rows = PLAIN + "A1,Zed,2025-01-01,2025-01-31,9.00,EUR\n"
    with pytest.raises(InputError, match=rf"{column} of customer 'Zed' is {value}, not from"):
        read(rows, customers=f"customer_id,{column}\nZed,{value}\nOther,4\n")


STATEMENT = (
    "Date,Type,Num,Customer,Due Date,Amount,Balance\n"
    "01/05/2025,Invoice,1,A,02/04/2025,100.00,100.00\n01/15/2025,Invoice,2,A,02/14/2025,50.00,150.00\n"
    "01/25/2025,Payment,9,A,,-100.00,50.00\n01/31/2025,Invoice,3,A,03/02/2025,25.00,75.00\n"
)


@pytest.mark.parametrize("text", [STATEMENT, STATEMENT.replace("01/25/2025,Payment,9,A,,-100.00,50.00\n", "")])
def test_a_running_balance_is_not_what_an_invoice_leaves(text: str) -> None:
    ledger, notes = read(text)
    assert "running_balance" in codes_of(notes)
    expected = [2_500, 5_000] if "Payment" in text else [2_500, 5_000, 10_000]
    assert sorted(ledger.open_items()["open"].to_list()) == expected
    assert ledger.is_snapshot == ("Payment" not in text)


def test_interest_on_few_items_is_still_open() -> None:
    rows = "".join(f"2025-01-05,{n},A,2025-02-04,100.00,{110 if n == 7 else 40}.00\n" for n in range(20))
    ledger, notes = read("Date,Num,Customer,Due Date,Amount,Balance\n" + rows)
    assert "running_balance" not in codes_of(notes)
    assert ledger.open_items()["open"].sum() == 19 * 4_000 + 11_000
