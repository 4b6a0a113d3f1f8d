from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from customer_cases import opened, summarised, write

from crmcli.customers import reconcile, summary
from crmcli.customers.aggregate import aggregate_customers
from crmcli.customers.reconcile import remarks
from crmcli.customers.summary import summarise
from crmcli.errors import InternalError
from crmcli.notes import Severity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from crmcli.customers.aggregate import Aggregates
    from crmcli.customers.lines import Lines

HEADER = "customer_id,date,amount,unit_price,status,shop"
EVERY_FATE = (
    "A,2024-01-10,5,1,,N",
    "A,2024-01-10,5,1,,N",  # a duplicate
    "A,2024-01-11,-2,1,,N",  # a refund
    "A,2024-01-11,1.0050,1,,N",  # rounded
    "B,2024-01-12,-7,1,,N",  # refund_only
    "A,2024-02-01,x,0,void,S",  # after_as_of, whatever else it is
    ",2024-01-01,x,0,void,S",  # before_since
    ",2024-01-12,x,0,void,S",  # where
    ",2024-01-12,5,0,void,N",  # status
    ",2024-01-12,5,0,,N",  # no_customer
    "A,2024-01-12,5,0,,N",  # no_price
    "A,2024-01-12,x,1,,N",  # a bad amount
    "A,soon,5,1,,N",  # a bad date
    "\x07,2024-01-12,5,0,,N",  # a bad id
    "A,2024-01-12,5,1",  # a bad record
)
OPTIONS: dict[str, Any] = {"as_of": dt.date(2024, 1, 31), "since": dt.date(2024, 1, 5), "where": {"shop": ("N",)}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "a.csv", *EVERY_FATE, header=HEADER)


def test_each_row_counts_once_under_the_first_reason_that_fits(path: Path) -> None:
    _, notes = summarised(path, **OPTIONS)
    assert notes.rows_read == len(EVERY_FATE)
    assert notes.rows_used == 4
    assert notes.dropped == {
        "after_as_of": 1,
        "before_since": 1,
        "where": 1,
        "status": 1,
        "no_customer": 1,
        "no_price": 1,
        "refund_only": 1,
    }
    assert notes.quarantined == {"MISSING_COLUMNS": 1, "INVALID_ID": 1, "INVALID_DATE": 1, "INVALID_AMOUNT": 1}
    assert [(str(notes.gross), str(notes.refunds), str(notes.refund_only_money))] == [("11.00", "-2.00", "-7.00")]
    assert (notes.rounded_lines, notes.duplicate_rows, notes.as_of_given) == (1, 1, True)


def test_rules_are_listed_in_the_order_in_which_they_claim_rows(path: Path) -> None:
    _, notes = summarised(path, **OPTIONS)
    order = ["after_as_of", "before_since", "where", "status", "no_customer", "no_price", "refund_only"]
    assert list(notes.dropped) == order


def test_the_account_is_plain_data(path: Path) -> None:
    _, notes = summarised(path, **OPTIONS)
    data = notes.to_dict()
    assert json.loads(json.dumps(data, default=str)) == {**data, **{k: str(data[k]) for k in MONEY}}
    assert (data["as_of"], data["net"], data["rows_quarantined"]) == ("2024-01-31", notes.gross + notes.refunds, 4)
    assert data["layouts"][0]["mapping"]["unit_price"] == "unit_price"
    assert len(data["bad_rows"]) == 4


MONEY = ("gross", "refunds", "net", "refund_only_money")


def test_remarks_name_what_a_reader_must_know(path: Path) -> None:
    _, notes = summarised(path, **OPTIONS)
    found = {note.code: note for note in remarks(notes)}
    assert found["quarantined"].severity is Severity.WARNING
    assert found["quarantined"].text == (
        "4 of 15 rows are bad and were not used "
        "(MISSING_COLUMNS 1, INVALID_ID 1, INVALID_DATE 1, INVALID_AMOUNT 1); "
        f"the first: {path}, line 13: amount 'x' is not a usable amount"
    )
    assert found["refund_only"].text.startswith("1 customer has refunds but no order; their -7.00 is not")
    assert found["rounded"].text.startswith("1 line was rounded")
    assert found["duplicate_rows"].text.startswith("1 row repeats")
    dropped = [note.text for note in remarks(notes) if note.code == "dropped_by_rule"]
    assert dropped[0] == "1 row dropped by the rule after_as_of"
    assert len(dropped) == 7


def test_a_clean_file_needs_no_remarks(tmp_path: Path) -> None:
    _, notes = summarised(write(tmp_path / "a.csv", "A,2024-01-01,5"))
    assert [note.code for note in remarks(notes)] == ["orders_are_days"]


class TestWhatDoesNotAddUp:
    def refuse(
        self, path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[pl.DataFrame], pl.DataFrame]
    ) -> str:
        real = aggregate_customers

        def wrong(lines: Lines, money_scale: int) -> Aggregates:
            found = real(lines, money_scale)
            return replace(found, customers=change(found.customers))

        monkeypatch.setattr(summary, "aggregate_customers", wrong)
        with opened(path, **OPTIONS) as transactions, pytest.raises(InternalError) as caught:
            summarise(transactions)
        return caught.value.problem

    def test_a_lost_line(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        problem = self.refuse(path, monkeypatch, lambda frame: frame.with_columns(lines=pl.col("lines") - 1))
        assert problem == "Rows do not add up: 15 read, but 3 used, 4 quarantined and 6 dropped by rules"

    def test_a_lost_customer(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        problem = self.refuse(path, monkeypatch, lambda frame: frame.filter(pl.col("orders") > 0))
        assert problem.startswith("Rows do not add up: 15 read")

    @pytest.mark.parametrize("orders", [0, 1])
    def test_a_lost_cent(self, path: Path, monkeypatch: pytest.MonkeyPatch, orders: int) -> None:
        cent = pl.lit("0.01").cast(pl.Decimal(38, 2))
        less = pl.when((pl.col("orders") > 0) == bool(orders)).then(pl.col("net") - cent).otherwise("net")
        problem = self.refuse(path, monkeypatch, lambda frame: frame.with_columns(net=less))
        assert problem.startswith("Money does not add up: 2.00 in the used lines, 1.99 in the customers")

    def test_a_row_quarantined_twice(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reconcile, "_quarantined", lambda *_: {"INVALID_DATE": 5})
        with opened(path, **OPTIONS) as transactions, pytest.raises(InternalError, match="5 quarantined"):
            summarise(transactions)
