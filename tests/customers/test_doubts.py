from __future__ import annotations

import io
from typing import TYPE_CHECKING

from crmcli.customers.reconcile import remarks
from crmcli.customers.summary import summarise
from crmcli.transactions.load import load
from crmcli.transactions.options import ReadOptions

if TYPE_CHECKING:
    from pathlib import Path

    from crmcli.notes import Note


def notes_of(path: Path, *lines: str) -> dict[str, Note]:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    options = ReadOptions(wanted=frozenset({"cost"}))
    with load([str(path)], options, stdin=io.BytesIO()) as transactions:
        _, notes = summarise(transactions)
    return {note.code: note for note in remarks(notes)}


def test_a_customer_for_every_row_is_doubted(tmp_path: Path) -> None:
    rows = [f"{number},2024-01-{number % 28 + 1:02},5" for number in range(100, 130)]
    found = notes_of(tmp_path / "a.csv", "id,date,amount", *rows)
    assert "every one of the 30 customers has a single row: is 'id' the customer" in found["one_row_each"].text


def test_one_customer_with_two_rows_settles_it(tmp_path: Path) -> None:
    rows = [f"{number},2024-01-{number % 28 + 1:02},5" for number in range(100, 130)]
    assert "one_row_each" not in notes_of(tmp_path / "a.csv", "id,date,amount", *rows, rows[0])


def test_statuses_are_listed_and_those_that_sound_like_no_sale_are_warned_of(tmp_path: Path) -> None:
    statuses = ["paid", "paid", "wc-cancelled", "Refunded", "failed"]
    rows = [f"{number},2024-01-02,5,{status}" for number, status in enumerate(statuses)]
    found = notes_of(tmp_path / "a.csv", "customer_id,date,amount,status", *rows)
    sales = "statuses that count as sales: paid 2, Refunded 1; dropped: failed 1, wc-cancelled 1"
    assert found["statuses"].text == sales
    assert "Refunded 1" in found["doubtful_status"].text


def test_what_is_taken_for_granted_is_said(tmp_path: Path) -> None:
    found = notes_of(tmp_path / "a.csv", "customer_id,date,amount,cost", "1,2024-01-02,5,3")
    assert {"orders_are_days", "cost_per_line"} <= set(found)
    found = notes_of(tmp_path / "b.csv", "customer_id,date,amount,order_id", "1,2024-01-02,5,3")
    assert not {"orders_are_days", "cost_per_line"} & set(found)
