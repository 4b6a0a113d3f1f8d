from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from crmcli.customers.reconcile import remarks
from crmcli.customers.summary import summarise
from crmcli.errors import InputError
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


def test_a_missing_cost_is_warned_of(tmp_path: Path) -> None:
    found = notes_of(tmp_path / "a.csv", "customer_id,date,amount,cost", "1,2024-01-02,5,3", "2,2024-01-03,5,")
    assert found["cost_incomplete"].text == "1 used lines have no cost, so that no margin is computed"


def test_an_order_total_on_every_row_is_doubted(tmp_path: Path) -> None:
    header = "customer_id,date,order_id,order_total"
    found = notes_of(tmp_path / "a.csv", header, "1,2024-01-02,A,30", "1,2024-01-02,A,30", "2,2024-01-03,B,7")
    assert "'order_total' is the same on all rows of each of the 1 orders" in found["order_total_repeated"].text
    found = notes_of(tmp_path / "b.csv", header, "1,2024-01-02,A,30", "1,2024-01-02,A,20", "2,2024-01-03,B,7")
    assert "order_total_repeated" not in found


class TestOverlaps:
    HEADER = "customer_id,date,order_id,amount"

    def files(self, tmp_path: Path) -> list[str]:
        (tmp_path / "a.csv").write_text(f"{self.HEADER}\n1,2024-01-02,A,5\n1,2024-01-03,B,5\n", encoding="utf-8")
        (tmp_path / "b.csv").write_text(f"{self.HEADER}\n1,2024-01-03,B,5\n2,2024-01-03,B,6\n", encoding="utf-8")
        return [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]

    def test_an_order_in_two_files_is_warned_of(self, tmp_path: Path) -> None:
        with load(self.files(tmp_path), ReadOptions(), stdin=io.BytesIO()) as transactions:
            _, notes = summarise(transactions)
        found = {note.code: note for note in remarks(notes)}
        assert found["overlapping_orders"].text.startswith("1 orders stand in more than one file")

    def test_and_refused_with_strict(self, tmp_path: Path) -> None:
        options = ReadOptions(strict=True)
        with (
            load(self.files(tmp_path), options, stdin=io.BytesIO()) as transactions,
            pytest.raises(InputError, match="more than one file"),
        ):
            summarise(transactions)
