"""Aged summaries, one row per customer: the list comes back to the cent, and nothing else is claimed."""

from __future__ import annotations

import datetime as dt

import pytest
from ledgers import codes_of, read

from crmcli.analysis.credit.analyse import analyse
from crmcli.analysis.credit.options import CreditOptions
from crmcli.errors import InputError, UsageError
from crmcli.invoices.aged_summary import aged_columns
from crmcli.transactions.options import ReadOptions

DAY = ReadOptions(as_of=dt.date(2024, 5, 31))
SUMMARY = (
    "Customer,Current,1 - 30,31 - 60,61 - 90,> 90,Total\n"
    "A,100.00,50.00,0.00,,7.25,157.25\nB,,,20.00,,,20.00\nC,,-5.00,,,,-5.00\nD,,,,,,0.00\nTOTAL,100.00,45.00,20.00,0.00,7.25,172.25\n"
)


@pytest.mark.parametrize(
    ("header", "bounds"),
    [
        ("Customer,Current,1 - 30,31 - 60,61 - 90,> 90,Total", (30, 60, 90)),
        ("Customer,0-30,31-60,61-90,91+", (30, 60, 90)),
        ("Contact,Current,1-30 days,31-60 days,Over 60", (30, 60)),
        ("party,not_due,d1_30,d31_60,d61_90,d91_120,d121_plus", (30, 60, 90, 120)),
        ("客户,未到期,1-30天,31-60天,60以上", (30, 60)),
    ],
)
def test_headers_of_summaries(header: str, bounds: tuple[int, ...]) -> None:
    found = aged_columns(header.split(","))
    assert found is not None
    assert found.bounds == bounds


@pytest.mark.parametrize(
    "header", ["invoice_id,customer_id,invoice_date,due_date,amount", "id,0-30", "a,Current,Total"]
)
def test_other_headers_are_none(header: str) -> None:
    assert aged_columns(header.split(",")) is None


def test_buckets_with_a_gap_are_refused() -> None:
    with pytest.raises(InputError, match="gaps or overlap"):
        aged_columns(["Customer", "1-30", "41-60", ">60"])


def test_the_list_comes_back() -> None:
    ledger, notes = read(SUMMARY, reading=DAY)
    table = analyse(ledger, CreditOptions(views={"aging"})).tables["aging"]
    rows = table.drop("currency", "disputed", "oldest_days").rows()
    assert [[str(cell) for cell in row] for row in rows] == [
        ["A", "100.00", "50.00", "0.00", "0.00", "7.25", "0.00", "157.25"],
        ["B", "0.00", "0.00", "20.00", "0.00", "0.00", "0.00", "20.00"],
        ["C", "0.00", "0.00", "0.00", "0.00", "0.00", "-5.00", "-5.00"],
    ]
    assert table.columns[2:7] == ["not_due", "d1_30", "d31_60", "d61_90", "d91_plus"]
    assert (notes.rows_read, notes.rows_used, dict(notes.dropped)) == (5, 4, {"total_row": 1})
    assert "snapshot" in codes_of(notes)


def test_the_day_must_be_named() -> None:
    with pytest.raises(InputError, match="does not say of which day"):
        read(SUMMARY)


def test_nothing_else_can_be_told() -> None:
    ledger, _ = read(SUMMARY, reading=DAY)
    assert set(analyse(ledger).tables) == {"aging", "limits"}
    for options in (CreditOptions(basis="invoice"), CreditOptions(views={"cohorts"})):
        with pytest.raises(UsageError):
            analyse(ledger, options)
