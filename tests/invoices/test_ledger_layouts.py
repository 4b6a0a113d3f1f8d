"""The exports of accounting systems, each read without an option into the same ledger."""

from __future__ import annotations

import datetime as dt

import pytest
from ledgers import codes_of, ledger_of, read

from crmcli.errors import InputError
from crmcli.invoices.doc_types import DocKind

AS_OF = dt.date(2024, 3, 15)
"""On this day customer A owes 100.00 − 60.00 on 1001, and B owes 50.00 on 1002."""

SAP = (
    "KUNNR,BELNR,BLART,BLDAT,FAEDT,DMBTR,SHKZG,WAERS,AUGDT,REBZG\n"
    "0000A,1001,RV,2024-01-10,2024-02-09,100.00,S,EUR,,\n"
    "0000A,7001,DZ,2024-02-20,,60.00,H,EUR,,1001\n"
    "0000B,1002,RV,2024-01-15,2024-02-14,50.00,S,EUR,,\n"
)
QUICKBOOKS = (
    "Date,Transaction Type,Num,Customer,Due Date,Amount,Applied To\n"
    "01/10/2024,Invoice,1001,A,02/09/2024,100.00,\n"
    "02/20/2024,Payment,7001,A,,-60.00,1001\n"
    "01/15/2024,Invoice,1002,B,02/14/2024,50.00,\n"
)
ERPNEXT = (
    "posting_date,party,voucher_type,voucher_no,against_voucher,due_date,debit,credit\n"
    "2024-01-10,A,Sales Invoice,1001,,2024-02-09,100.00,0\n"
    "2024-02-20,A,Payment Entry,7001,1001,,0,60.00\n"
    "2024-01-15,B,Sales Invoice,1002,,2024-02-14,50.00,0\n"
)
ODOO = (
    "move_name,invoice_partner_display_name,invoice_date,invoice_date_due,amount_total_signed,move_type,reference\n"
    "1001,A,2024-01-10,2024-02-09,100.00,out_invoice,\n"
    "7001,A,2024-02-20,,-60.00,entry,1001\n"
    "1002,B,2024-01-15,2024-02-14,50.00,out_invoice,\n"
)
CHINESE = (
    "客户,发票号,开票日期,到期日,应收金额,单据类型,核销发票号\n"
    "A,1001,2024年1月10日,2024年2月9日,100.00,发票,\n"
    "A,7001,2024年2月20日,,60.00,收款,1001\n"
    "B,1002,2024年1月15日,2024年2月14日,50.00,发票,\n"
)


@pytest.mark.parametrize("text", [SAP, QUICKBOOKS, ERPNEXT, ODOO, CHINESE], ids=["sap", "qb", "erpnext", "odoo", "zh"])
def test_ledger_lines(text: str) -> None:
    opened = ledger_of(text, as_of=AS_OF).open_items()
    assert sorted(opened.select("invoice_id", "open").rows()) == [("1001", 4_000), ("1002", 5_000)]


def test_xero_repeats_the_total_on_each_line() -> None:
    text = (
        "ContactName,InvoiceNumber,InvoiceDate,DueDate,Total,InvoiceAmountDue,Description,LineAmount,Currency\n"
        "A,INV-1,2024-01-10,2024-02-09,100.00,40.00,tea,70.00,EUR\n"
        "A,INV-1,2024-01-10,2024-02-09,100.00,40.00,cups,30.00,EUR\n"
    )
    ledger, notes = read(text)
    assert ledger.open_items()["open"].to_list() == [4_000]
    assert dict(notes.dropped) == {"repeated_total": 1}


def test_lines_of_one_invoice_are_added() -> None:
    text = "invoice_id,customer_id,invoice_date,due_date,amount,paid_date\n" + "I1,a,2024-01-01,2024-01-31,10,\n" * 2
    ledger, notes = read(text + "I2,a,2024-01-01,2024-01-31,5,2024-02-01\n")
    assert ledger.open_items()["open"].to_list() == [2_000]
    assert "repeated_lines" in codes_of(notes)
    different, notes = read(text.replace(",10,", ",12,", 1) + "I2,a,2024-01-01,2024-01-31,5,2024-02-01\n")
    assert different.open_items()["open"].to_list() == [2_200]
    assert "invoice_lines" in codes_of(notes)


def test_instalments_with_one_number_are_settled_in_turn() -> None:
    text = (
        "invoice_id,customer_id,invoice_date,due_date,amount\n"
        "I1,a,2024-01-01,2024-03-31,10\nI1,a,2024-01-01,2024-01-31,10\n"
    )
    ledger = ledger_of(text, "invoice_id,date,amount\nI1,2024-02-01,15\n", AS_OF)
    assert ledger.open_items().select("due", "open").rows() == [(dt.date(2024, 3, 31), 500)]


def test_an_unknown_document_type_is_an_error_that_names_the_flag() -> None:
    text = SAP.replace(",DZ,", ",ZX,")
    with pytest.raises(InputError) as caught:
        ledger_of(text, as_of=AS_OF)
    assert "'ZX' (1 rows)" in caught.value.problem
    ledger, _ = read(text, doc_types={"zx": DocKind.PAYMENT})
    assert ledger.documents("EUR").payments == 6_000


def test_cleared_payments_do_not_count_beside_the_clearing_dates() -> None:
    text = (
        "customer_id,invoice_id,doc_type,invoice_date,due_date,amount,clearing_date\n"
        "A,1001,RV,2024-01-10,2024-02-09,100.00,2024-02-20\n"
        "A,7001,DZ,2024-02-20,,-100.00,2024-02-20\n"
    )
    ledger, notes = read(text)
    assert (ledger.documents("").payments, dict(notes.dropped)) == (10_000, {"cleared": 1})


def test_paid_dates_beside_a_payments_file_do_not_count_twice() -> None:
    text = "invoice_id,customer_id,invoice_date,due_date,amount,paid_date\nI1,a,2024-01-01,2024-01-31,10,2024-02-01\n"
    ledger, notes = read(text, "invoice_id,date,amount\nI1,2024-02-01,10\n")
    assert ledger.documents("").payments == 1_000
    assert "settlements_ignored" in codes_of(notes)


def test_dates_that_went_through_floats() -> None:
    text = (
        "cust_number,doc_id,posting_date,due_in_date,clear_date,total_open_amount,invoice_currency\n"
        "0200769623,1930438491.0,2020-01-26,20200210.0,,54273.28,USD\n"
        "0200980828,1929646410.0,2019-07-22,20190811.0,2019-08-08 00:00:00,79656.60,USD\n"
    )
    ledger = ledger_of(text, as_of=dt.date(2020, 1, 26))
    assert ledger.items.select("invoice_id", "due").sort("invoice_id").rows() == [
        ("1929646410", dt.date(2019, 8, 11)),
        ("1930438491", dt.date(2020, 2, 10)),
    ]


def test_drafts_and_voided_documents_do_not_count() -> None:
    text = (
        "invoice_id,customer_id,invoice_date,due_date,amount,status\n"
        "I1,a,2024-01-01,2024-01-31,10,posted\nI2,a,2024-01-01,2024-01-31,10,draft\nI3,a,2024-01-01,2024-01-31,10,VOIDED\n"
    )
    ledger, notes = read(text)
    assert (ledger.items.height, dict(notes.dropped)) == (1, {"status": 2})


def test_a_payment_by_another_customer_settles_the_invoice_it_names() -> None:
    text = "invoice_id,customer_id,invoice_date,due_date,amount\nI1,a,2024-01-01,2024-01-31,10\n"
    ledger, notes = read(text, "customer_id,invoice_id,date,amount\nparent,I1,2024-02-01,10\nb,I9,2024-02-01,3\n")
    assert ledger.open_items().is_empty()
    assert {"paid_by_other", "unknown_invoice"} <= codes_of(notes)
    assert ledger.unapplied()["unapplied"].to_list() == [-300]


def test_a_payment_of_nobody_is_quarantined() -> None:
    text = "invoice_id,customer_id,invoice_date,due_date,amount\nI1,a,2024-01-01,2024-01-31,10\n"
    _, notes = read(text, "invoice_id,date,amount\nI1,2024-02-01,4\nI7,2024-02-01,4\n")
    assert [(row.line, row.code) for row in notes.bad] == [(3, "NULL_ID")]


def test_a_paid_amount_without_its_date_is_quarantined_and_says_why() -> None:
    text = (
        "invoice_id,customer_id,invoice_date,due_date,amount,paid_date,paid_amount\n"
        "1,a,2025-01-01,2025-01-31,100,2025-02-10,60\n2,a,2025-01-01,2025-01-31,70,,20\n"
    )
    ledger, notes = read(text)
    assert ledger.open_items()["open"].to_list() == [4_000]
    (bad,) = notes.bad
    assert (bad.line, bad.code) == (3, "INVALID_DATE")
    assert bad.message == "paid_date is missing, though something was paid"
