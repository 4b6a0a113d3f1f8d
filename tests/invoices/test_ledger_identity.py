"""The ledger reconciles on any day, and no later document changes what an earlier day shows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import ledger_of, read

from crmcli.analysis.credit.aging import BASES, aging_table
from crmcli.analysis.credit.buckets import Buckets
from crmcli.errors import InternalError
from crmcli.invoices.allocate import UNAPPLIED, allocate
from crmcli.invoices.allocate_pool import allocate_pooled
from crmcli.invoices.ledger import reconcile

DAY = dt.date(2024, 1, 1)
END = dt.date(2025, 1, 1)
HEADER = "invoice_id,customer_id,invoice_date,due_date,terms,amount,disputed,doc_type,reference,currency\n"
PAYMENTS = "customer_id,invoice_id,payment_date,amount,currency\n"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a random ledger: its day, its text, what it adds to what is owed, and whether it is a payment."""

    day: int
    text: str
    adds: int
    currency: str
    is_payment: bool = False


def _date(day: int) -> str:
    return (DAY + dt.timedelta(days=day)).isoformat()


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}" if cents >= 0 else f"-{-cents // 100}.{-cents % 100:02d}"


@st.composite
def ledgers(draw: st.DrawFn) -> list[Row]:
    """Invoices, partial and advance payments, overpayments, credits, write-offs, disputes, gaps; two currencies."""
    rows: list[Row] = []
    for number in range(draw(st.integers(1, 8))):
        customer = draw(st.sampled_from("ab"))
        currency = draw(st.sampled_from(["EUR", "EUR", "USD"])) if customer == "b" else "EUR"
        day, amount = draw(st.integers(0, 120)), draw(st.integers(1, 50_000))
        due = draw(st.sampled_from(["", _date(day), _date(day + 30), _date(day + 60)]))
        terms = draw(st.sampled_from(["", "net 30", "2/10 net 45", "EOM", "15 prox", "as usual"]))
        disputed = draw(st.sampled_from(["yes", "no", ""]))
        name = f"I{number}"
        text = f"{name},{customer},{_date(day)},{due},{terms},{_money(amount)},{disputed},invoice,,{currency}"
        rows.append(Row(day, text, amount, currency))
        rows += draw(st.lists(_reduction(name, customer, currency, amount), max_size=3))
    return rows


@st.composite
def _reduction(draw: st.DrawFn, name: str, customer: str, currency: str, amount: int) -> Row:
    kind = draw(st.sampled_from(["payment", "payment", "pooled", "credit_note", "loose_credit", "write_off", "bounce"]))
    day = draw(st.integers(0, 200))
    cents = draw(st.integers(1, 2 * amount))
    if kind in {"payment", "pooled", "bounce"}:
        cents = -cents if kind == "bounce" else cents
        named = "" if kind == "pooled" else name
        return Row(
            day, f"{customer},{named},{_date(day)},{_money(cents)},{currency}", -cents, currency, is_payment=True
        )
    reference = "" if kind == "loose_credit" else name
    doc_type = "credit_note" if kind == "loose_credit" else kind
    text = f"X{day},{customer},{_date(day)},,,{_money(-cents)},no,{doc_type},{reference},{currency}"
    return Row(day, text, -cents, currency)


def _files(rows: list[Row]) -> tuple[str, str]:
    invoices = HEADER + "".join(f"{row.text}\n" for row in rows if not row.is_payment)
    # Payments of a customer of their own: the file is never empty, and most of its amounts are never negative.
    payments = PAYMENTS + f"z,,{_date(-1)},0.02,EUR\n" * 50 + "".join(f"{row.text}\n" for row in rows if row.is_payment)
    return invoices, payments


@settings(max_examples=60, deadline=None)
@given(ledgers(), st.integers(0, 210))
def test_the_identity_holds_on_any_day_and_for_each_currency(rows: list[Row], day: int) -> None:
    ledger = ledger_of(*_files(rows), END).at(DAY + dt.timedelta(days=day))

    expected: dict[str, int] = {"EUR": -100}
    for row in rows:
        expected[row.currency] = expected.get(row.currency, 0) + (row.adds if row.day <= day else 0)
    assert {found.currency: found.in_buckets + found.unapplied for found in reconcile(ledger)} == expected
    assert {found.currency: found.documents.owed for found in reconcile(ledger)} == expected


@settings(max_examples=60, deadline=None)
@given(ledgers(), st.integers(0, 210), st.sets(st.integers(1, 200), min_size=1, max_size=5), st.sampled_from(BASES))
def test_the_ageing_adds_up_by_any_buckets_and_basis(rows: list[Row], day: int, bounds: set[int], basis: str) -> None:
    ledger = ledger_of(*_files(rows), END).at(DAY + dt.timedelta(days=day))
    buckets = Buckets(tuple(sorted(bounds)))
    table = aging_table(ledger, buckets, basis)

    owed = {found.currency: found.documents.owed for found in reconcile(ledger)}
    shown = dict(table.group_by("currency").agg(pl.col("outstanding").sum()).iter_rows())
    assert {name: int(shown.get(name, 0) * 100) for name in owed} == owed
    parts = table.select(pl.sum_horizontal(*buckets.names, "unapplied").alias("parts"))["parts"]
    assert parts.equals(table["outstanding"].rename("parts"))


@settings(max_examples=40, deadline=None)
@given(ledgers(), st.integers(0, 210))
def test_later_documents_change_nothing_on_an_earlier_day(rows: list[Row], day: int) -> None:
    as_of = DAY + dt.timedelta(days=day)
    known = [row for row in rows if row.day <= day]
    if not any("invoice," in row.text and not row.is_payment for row in known):
        return

    whole, cut = ledger_of(*_files(rows), as_of), ledger_of(*_files(known), as_of)

    assert whole.open_items().drop("item").equals(cut.open_items().drop("item"))
    assert whole.unapplied().equals(cut.unapplied())
    later = ledger_of(*_files(rows), END).at(as_of).open_items()
    columns = ["customer_id", "invoice_id", "open"]
    assert later.select(columns).equals(whole.open_items().select(columns))


@settings(max_examples=40, deadline=None)
@given(ledgers())
def test_what_is_open_lies_between_nothing_and_the_invoice(rows: list[Row]) -> None:
    opened = ledger_of(*_files(rows), END).open_items()
    assert opened.filter((pl.col("open") <= 0) | (pl.col("open") > pl.col("amount"))).is_empty()


@settings(max_examples=60, deadline=None)
@given(ledgers())
def test_the_running_sum_and_the_day_by_day_allocation_agree(rows: list[Row]) -> None:
    items = pl.DataFrame(
        [
            {"item": n, "account": 0, "key": n, "date": row.day, "due": row.day + 30, "amount": row.adds}
            for n, row in enumerate(row for row in rows if row.adds > 0 and not row.is_payment)
        ],
        schema_overrides={"account": pl.UInt32, "date": pl.Int32, "due": pl.Int32},
    ).with_columns(pl.col("date", "due").cast(pl.Date))
    events = pl.DataFrame(
        [
            {"event": n, "account": 0, "key": n % items.height, "date": row.day, "amount": -row.adds}
            for n, row in enumerate(row for row in rows if row.adds < 0 or row.is_payment)
        ],
        schema={"event": pl.Int64, "account": pl.UInt32, "key": pl.Int64, "date": pl.Int32, "amount": pl.Int64},
    ).with_columns(pl.col("date").cast(pl.Date), pooled=pl.lit(value=False), kind=pl.lit("payment"))

    def by_day(moves: pl.DataFrame) -> pl.DataFrame:
        sums = moves.group_by("item", "date").agg(pl.col("amount").sum())
        return sums.filter(pl.col("amount") != 0).sort("item", "date")

    assert by_day(allocate(items, events)).equals(by_day(allocate_pooled(items, events)))


def test_a_broken_ledger_names_the_mismatch() -> None:
    ledger = ledger_of(
        HEADER + "I1,a,2024-01-01,2024-01-31,,100.00,no,invoice,,EUR\n", PAYMENTS + "a,I1,2024-01-05,30.00,EUR\n"
    )
    (good,) = reconcile(ledger)
    assert (good.in_buckets, good.unapplied) == (7_000, 0)
    broken = replace(ledger, moves=ledger.moves.with_columns(pl.col("amount") - 1))
    with pytest.raises(InternalError) as caught:
        list(reconcile(broken))
    assert "buckets 7,001 + unapplied 0 = 7,001, but the documents leave 7,000" in caught.value.problem


def test_unapplied_money_is_a_movement_of_its_own() -> None:
    ledger = ledger_of(
        HEADER + "I1,a,2024-01-10,2024-01-31,,100.00,no,invoice,,EUR\n", PAYMENTS + "a,I1,2024-01-05,130.00,EUR\n"
    )
    moves = ledger.moves.select("item", "date", "amount").rows()
    assert sorted(moves) == [
        (UNAPPLIED, dt.date(2024, 1, 5), 13_000),
        (UNAPPLIED, dt.date(2024, 1, 10), -10_000),
        (0, dt.date(2024, 1, 10), 10_000),
    ]


def test_rows_are_accounted_for() -> None:
    invoices = HEADER + "I1,a,2024-01-10,2024-01-31,,100.00,no,invoice,,EUR\nI2,,2024-01-11,,,5.00,no,invoice,,EUR\n"
    _, notes = read(invoices, PAYMENTS + "a,I1,2024-01-12,130.00,EUR\n")
    assert (notes.rows_read, notes.rows_used, dict(notes.quarantined)) == (3, 2, {"NULL_ID": 1})
