from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from load_cases import HEADER, opened, write, write_parquet

from crmcli.customers.summary import summarise
from crmcli.errors import InputError
from crmcli.transactions.options import MaxBad
from crmcli.transactions.quarantine import EXAMPLES, bad_rows, enforce_limit

if TYPE_CHECKING:
    from pathlib import Path

    from crmcli.transactions.notes import BadRow

SOUND = tuple(f"C{number},2024-01-{number % 28 + 1:02d},1" for number in range(20))
LATE = dt.date(2199, 12, 31)


def listed(*paths: Path, limit: int | None = None, **options: Any) -> list[BadRow]:
    with opened(*paths, **options) as transactions:
        return bad_rows(transactions, options.get("as_of") or LATE, limit)


def told(*paths: Path, **options: Any) -> list[tuple[str, int, str]]:
    """File, line and message of every bad row."""
    return [(row.file.rsplit("/", 1)[-1], row.line, row.message) for row in listed(*paths, **options)]


def enforced(path: Path, **options: Any) -> None:
    with opened(path, **options) as transactions:
        _, notes = summarise(transactions)
        enforce_limit(notes, transactions)


class TestMessages:
    @pytest.mark.parametrize(
        ("line", "code", "message"),
        [
            ("A,soon,1", "INVALID_DATE", "Day 'soon' is not a date as the column writes them"),
            ("A,,1", "INVALID_DATE", "Day is missing"),
            ("A,2024-02-30,1", "INVALID_DATE", "Day '2024-02-30' is not a date as the column writes them"),
            (
                "A,30.01.2024,1",
                "INCONSISTENT_DATE",
                "Day '30.01.2024' is written in another date format than the column",
            ),
            ("A,1899-12-30,1", "INVALID_DATE", "Day '1899-12-30' is out of the years 1900 to 2199"),
            ("A,9999-12-31,1", "INVALID_DATE", "Day '9999-12-31' is out of the years 1900 to 2199"),
            ("A,2024-01-01,x", "INVALID_AMOUNT", "Total 'x' is not a usable amount"),
            (
                "A,2024-01-01,1234567890123456.5",
                "INVALID_AMOUNT",
                "Total '1234567890123456.5' has more than the 15 digits before the decimal mark that are read",
            ),
            ("A,2024-01-01,", "INVALID_AMOUNT", "Total is missing"),
            ("A,2024-01-01,inf", "NON_FINITE", "Total 'inf' is not a finite amount"),
            ("A\x07B,2024-01-01,1", "INVALID_ID", "Who 'A\\x07B' holds control characters or a line break"),
        ],
    )
    def test_a_bad_cell(self, tmp_path: Path, line: str, code: str, message: str) -> None:
        path = write(tmp_path / "a.csv", *SOUND, line, header="Who,Day,Total")
        mapping = {"customer_id": "Who", "date": "Day", "amount": "Total"}
        (row,) = listed(path, mapping=mapping)
        assert (row.file, row.line, row.code, row.raw) == (str(path), 22, code, line)
        assert (row.column, row.message) == (message.partition(" ")[0], message)

    def test_the_factor_that_is_bad_is_named(self, tmp_path: Path) -> None:
        lines = ["A,2024-01-01,1,2"] * 5 + [
            "A,2024-01-01,x,2",
            "A,2024-01-01,1,y",
            "A,2024-01-01,1,",
            "A,2024-01-01,,0",
        ]
        path = write(tmp_path / "a.csv", *lines, header="Client,Date,Qty,Unit Price")
        assert told(path) == [
            ("a.csv", 7, "Qty 'x' is not a usable amount"),
            ("a.csv", 8, "Unit Price 'y' is not a usable amount"),
            ("a.csv", 9, "Unit Price is missing"),
        ]

    def test_a_bad_cost_is_not_called_a_bad_amount(self, tmp_path: Path) -> None:
        lines = ["A,2024-01-01,5,1", "A,2024-01-01,5,", "A,2024-01-01,5,x"]
        path = write(tmp_path / "a.csv", *lines, header=f"{HEADER},COGS")
        assert told(path, wanted=frozenset({"cost"})) == [("a.csv", 4, "COGS 'x' is not a usable amount")]
        assert told(path) == []


class TestOrder:
    def test_by_file_and_line_whatever_the_defect(self, tmp_path: Path) -> None:
        one = write(tmp_path / "1.csv", *SOUND, "A,soon,1", "short", "A,2024-01-01,x", "", "A,2024-01-01,1,2")
        two = write(tmp_path / "2.csv", *SOUND, '"A', 'B",2024-01-01,1', "short", "A,2024-01-01,x")
        found = [(row.file.rsplit("/", 1)[-1], row.line, row.code) for row in listed(one, two)]
        assert found == [
            ("1.csv", 22, "INVALID_DATE"),
            ("1.csv", 23, "MISSING_COLUMNS"),
            ("1.csv", 24, "INVALID_AMOUNT"),
            ("1.csv", 26, "EXTRA_COLUMNS"),
            ("2.csv", 22, "INVALID_ID"),
            ("2.csv", 24, "MISSING_COLUMNS"),
            ("2.csv", 25, "INVALID_AMOUNT"),
        ]

    def test_rows_of_parquet(self, tmp_path: Path) -> None:
        days = [dt.date(2024, 1, 1), None, dt.date(1800, 1, 1)]
        path = write_parquet(tmp_path / "a.parquet", customer_id=["A", "B", "C"], date=days, amount=[1, 2, 3])
        assert told(path) == [
            ("a.parquet", 2, "date is missing"),
            ("a.parquet", 3, "date '1800-01-01' is out of the years 1900 to 2199"),
        ]

    def test_a_few_for_messages_and_all_for_a_list(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", *SOUND, *["A,2024-01-01,x"] * 9, "short")
        assert [row.line for row in listed(path, limit=EXAMPLES)] == [22, 23, 24, 25, 26]
        assert [row.line for row in listed(path)] == list(range(22, 32))

    def test_the_first_few_are_the_first_of_both_kinds(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", "short", *SOUND, *["A,2024-01-01,x"] * 3, "short", *["A,2024-01-01,x"] * 3)
        assert [row.line for row in listed(path, limit=EXAMPLES)] == [2, 23, 24, 25, 26]


class TestWhatIsNotBad:
    LINES = (*SOUND, "A,2024-02-09,x", "A,2023-12-31,x", "A,2024-01-09,x")

    def test_rows_after_as_of(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", *self.LINES)
        assert [line for _, line, _ in told(path, as_of=dt.date(2024, 2, 8))] == [23, 24]
        assert [line for _, line, _ in told(path, as_of=dt.date(2024, 2, 9))] == [22, 23, 24]

    def test_rows_before_since(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", *self.LINES, "A,,1")
        assert [line for _, line, _ in told(path, since=dt.date(2024, 1, 1))] == [22, 24, 25]

    def test_as_many_are_listed_as_counted(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", *self.LINES, "short", "A,,1", "A\x01,2024-01-03,2", ",2024-01-03,x")
        since, as_of = dt.date(2024, 1, 2), dt.date(2024, 2, 1)
        with opened(path, since=since, as_of=as_of) as transactions:
            _, notes = summarise(transactions)
            rows = bad_rows(transactions, as_of, None)
        assert len(rows) == notes.rows_quarantined == 4
        assert list(notes.examples) == rows


class TestDeferredIds:
    def test_bad_ids_are_listed_though_the_sample_hid_them(self, tmp_path: Path) -> None:
        lines = [f"{number},2024-01-01,1" for number in range(2_050)]
        path = write(tmp_path / "a.csv", *lines, "A\x01,2024-01-01,1", "B,2024-01-01,x")
        with opened(path) as transactions:
            assert transactions.ids_deferred
            _, notes = summarise(transactions)
            assert bad_rows(transactions, notes.as_of, None) == list(notes.examples)
        assert [row.code for row in notes.examples] == ["INVALID_ID", "INVALID_AMOUNT"]


class TestLimit:
    def bad(self, folder: Path, sound: int, bad: int) -> Path:
        return write(folder / "a.csv", *["A,2024-01-01,1"] * sound, *["A,2024-01-01,x"] * bad)

    def test_ten_rows_are_always_allowed_by_default(self, tmp_path: Path) -> None:
        enforced(self.bad(tmp_path, 20, 10))
        with pytest.raises(InputError) as caught:
            enforced(self.bad(tmp_path, 20, 11))
        assert caught.value.lines() == [
            f"{tmp_path / 'a.csv'}, line 22: amount 'x' is not a usable amount",
            "11 of 31 rows are bad (INVALID_AMOUNT 11); 10 are allowed",
            "See them all with --rejects FILE; mend the file, or allow more with --max-bad 5%",
        ]

    def test_half_a_per_cent_of_many(self, tmp_path: Path) -> None:
        enforced(self.bad(tmp_path, 2_985, 15))
        with pytest.raises(InputError, match="amount 'x'") as caught:
            enforced(self.bad(tmp_path, 2_985, 16))
        assert "16 of 3,001 rows are bad" in str(caught.value.extent)

    def test_an_explicit_share_allows_no_more(self, tmp_path: Path) -> None:
        enforced(self.bad(tmp_path, 90, 10), max_bad=MaxBad(share=Decimal("0.1"), rows=0))
        with pytest.raises(InputError, match="amount 'x'"):
            enforced(self.bad(tmp_path, 98, 2), max_bad=MaxBad(share=Decimal("0.01"), rows=0))
        with pytest.raises(InputError, match="amount 'x'"):
            enforced(self.bad(tmp_path, 99, 1), max_bad=MaxBad(share=Decimal("0.0"), rows=0))

    def test_strict_allows_none_whatever_else_does(self, tmp_path: Path) -> None:
        with pytest.raises(InputError) as caught:
            enforced(self.bad(tmp_path, 99, 1), strict=True, max_bad=MaxBad(share=Decimal("1.0"), rows=99))
        assert caught.value.extent == "1 of 100 rows is bad (INVALID_AMOUNT 1); --strict allows none"
        enforced(self.bad(tmp_path, 9, 0), strict=True)

    def test_rows_that_rules_drop_are_not_bad(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", *[",2024-01-01,1"] * 50, "A,2024-01-01,1")
        enforced(path, strict=True)

    def test_all_codes_are_counted(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", *SOUND, "A,soon,1", "short", "A,2024-01-01,x", "A,2024-01-01,x")
        with pytest.raises(InputError) as caught:
            enforced(path, strict=True)
        assert "(MISSING_COLUMNS 1, INVALID_DATE 1, INVALID_AMOUNT 2)" in str(caught.value.extent)
