from __future__ import annotations

import datetime as dt
import gzip
import io
from typing import TYPE_CHECKING

import polars as pl
import pytest
from load_cases import HEADER, codes, opened, rows, write, write_parquet

from crmcli.errors import InputError, TooLittleDataError
from crmcli.transactions.codes import Defect
from crmcli.transactions.load import load
from crmcli.transactions.options import ReadOptions

if TYPE_CHECKING:
    from pathlib import Path

DAY = dt.date(2024, 1, 1)


def places(*paths: Path) -> list[tuple[str, int]]:
    with opened(*paths) as transactions:
        sound = sum(table.sound for table in transactions.tables)
        found = [transactions.place(row) for row in range(sound)]
        with pytest.raises(IndexError):
            transactions.place(sound)
    return [(name.rsplit("/", 1)[-1], line) for name, line in found]


class TestRows:
    def test_files_follow_one_another(self, tmp_path: Path) -> None:
        one = write(tmp_path / "1.csv", "A,2024-01-01,1", "B,2024-01-01,2")
        two = write(tmp_path / "2.csv", "C,2024-01-01,3")
        found = rows(one, two)
        assert found["row"].to_list() == [0, 1, 2]
        assert found["customer_id"].to_list() == ["A", "B", "C"]

    def test_columns_that_one_file_lacks_are_null_there(self, tmp_path: Path) -> None:
        one = write(tmp_path / "1.csv", "A,2024-01-01,1")
        two = write(tmp_path / "2.csv", "B,2024-01-01,2,7", header=f"{HEADER},order_id")
        with opened(one, two) as transactions:
            assert transactions.columns == {"order_id"}
        assert rows(one, two)["order_id"].to_list() == [None, "7"]

    def test_standard_input(self) -> None:
        stdin = io.BytesIO(b"customer_id,date,amount\nA,2024-01-01,1\n")
        with load(["-"], ReadOptions(), stdin=stdin) as transactions:
            assert transactions.frame.collect()["customer_id"].to_list() == ["A"]
            assert transactions.records == 1

    def test_records_count_the_unsound_too(self, tmp_path: Path) -> None:
        with opened(write(tmp_path / "a.csv", "A,2024-01-01,1", "B,2024-01-01", "", "C,2024-01-01,1")) as transactions:
            assert transactions.records == 3
            assert [note.rows for note in transactions.files()] == [3]
            (defect,) = transactions.structural_defects()
        assert (defect.line, defect.code, defect.column, defect.raw) == (3, "MISSING_COLUMNS", "", "B,2024-01-01")


class TestPlace:
    def test_lines_of_plain_files(self, tmp_path: Path) -> None:
        one = write(tmp_path / "1.csv", "A,2024-01-01,1", "B,2024-01-01,2")
        two = write(tmp_path / "2.csv", "C,2024-01-01,3")
        assert places(one, two) == [("1.csv", 2), ("1.csv", 3), ("2.csv", 2)]

    def test_blank_lines_bad_records_and_line_breaks_in_cells_are_passed(self, tmp_path: Path) -> None:
        one = write(tmp_path / "1.csv", "A,2024-01-01,1")
        lines = ["", "A,2024-01-01,1", "bad", '"B', '2",2024-01-01,1', "", "C,2024-01-01,1"]
        two = write(tmp_path / "2.csv", *lines)
        assert places(one, two) == [("1.csv", 2), ("2.csv", 3), ("2.csv", 5), ("2.csv", 8)]

    def test_lines_before_the_header_count(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("\n\ncustomer_id,date,amount\nA,2024-01-01,1\n")
        assert places(path) == [("a.csv", 4)]

    def test_rows_of_parquet_between_files(self, tmp_path: Path) -> None:
        one = write(tmp_path / "1.csv", "A,2024-01-01,1")
        two = write_parquet(tmp_path / "2.parquet", customer_id=["B", "C"], date=[DAY, DAY], amount=[1, 2])
        three = write(tmp_path / "3.csv", "D,2024-01-02,1")
        # Files of one header stand together.
        assert places(one, two, three) == [("1.csv", 2), ("3.csv", 2), ("2.parquet", 1), ("2.parquet", 2)]


class TestHeadings:
    def test_each_file_by_its_own(self, tmp_path: Path) -> None:
        one = write(tmp_path / "1.csv", "A,2024-01-01,1")
        two = write(tmp_path / "2.csv", "2,B,2024-01-01", header="Total,Client,Order Date")
        with opened(one, two) as transactions:
            assert transactions.heading(str(one), "amount") == "amount"
            assert transactions.heading(str(two), "amount") == "Total"
            assert [note.mapping["date"] for note in transactions.layouts] == ["date", "Order Date"]


class TestTooLittle:
    def test_headers_alone(self, tmp_path: Path) -> None:
        one, two = write(tmp_path / "1.csv"), write_parquet(tmp_path / "2.parquet", customer_id=[], date=[], amount=[])
        with pytest.raises(TooLittleDataError) as caught:
            rows(one, two)
        assert caught.value.problem == f"{one}, {two}: there is a header, but no row below it"

    def test_one_of_several_files_may_be_without_rows(self, tmp_path: Path) -> None:
        one = write(tmp_path / "1.csv")
        two = write(tmp_path / "2.csv", "A,2024-01-01,1", header="customer_id,date,total")
        assert codes(one, two) == codes(two, one) == [""]

    def test_an_empty_file_is_no_table(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("")
        with pytest.raises(InputError, match="is empty"):
            rows(path)


class TestIdsDecided:
    LATE = (*(f"{number},2024-01-01,1" for number in range(2_050)), " 7 ,2024-01-01,1")

    def test_deferred_ids_are_passed_on_as_they_are(self, tmp_path: Path) -> None:
        with opened(write(tmp_path / "a.csv", *self.LATE)) as transactions:
            assert transactions.ids_deferred
            assert transactions.frame.collect()["customer_id"][-1] == " 7 "
            decided = transactions.with_ids_decided()
            assert not decided.ids_deferred
            assert decided.frame.collect()["customer_id"][-1] == "7"
            described = decided.layouts[0].readings["customer_id"]
            assert described == "surrounding blanks removed from 1, which merged 1 with others"

    def test_nothing_is_deferred_that_the_sample_shows(self, tmp_path: Path) -> None:
        with opened(write(tmp_path / "a.csv", *reversed(self.LATE))) as transactions:
            assert not transactions.ids_deferred

    def test_a_note_on_columns_is_kept(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", "7,2024-01-01,1,x,y", header=f"{HEADER},Order No,Invoice No")
        with opened(path) as transactions:
            for either in (transactions, transactions.with_ids_decided()):
                assert [note.code for note in either.notes] == ["unmapped_column"]


class TestDamaged:
    def damaged(self, path: Path) -> Path:
        names = [f"C{number}" for number in range(3_000)]
        write_parquet(path, customer_id=names, date=[DAY] * 3_000, amount=[1.5] * 3_000)
        data = bytearray(path.read_bytes())
        data[8:400] = bytes(392)
        path.write_bytes(data)
        return path

    def test_a_parquet_file_that_breaks_off_in_its_pages_is_named(self, tmp_path: Path) -> None:
        sound = write_parquet(tmp_path / "a.parquet", customer_id=["A"], date=[DAY], amount=[1.5])
        path = self.damaged(tmp_path / "b.parquet")
        with pytest.raises(InputError) as caught:
            rows(sound, path)
        assert caught.value.problem == f"{path}: the Parquet file is damaged"
        assert len(caught.value.lines()) == 3

    def fail(self, path: Path, error: BaseException) -> None:
        with opened(path):
            raise error

    @pytest.mark.parametrize("kind", [pl.exceptions.PanicException, pl.exceptions.ComputeError])
    def test_a_failure_of_another_kind_is_not_called_damage(self, tmp_path: Path, kind: type[BaseException]) -> None:
        path = write(tmp_path / "a.csv", "A,2024-01-01,1")
        with pytest.raises(kind):
            self.fail(path, kind("assertion failed"))
        path = write_parquet(tmp_path / "a.parquet", customer_id=["A"], date=[DAY], amount=[1.5])
        with pytest.raises(kind):
            self.fail(path, kind("assertion failed"))


class TestLayoutsTogether:
    """What each file says alone may contradict what the files say together."""

    def refused(self, tmp_path: Path, first: str, second: str) -> InputError:
        (tmp_path / "a.csv").write_text(first, encoding="utf-8")
        (tmp_path / "b.csv").write_text(second, encoding="utf-8")
        paths = [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]
        with pytest.raises(InputError) as caught, load(paths, ReadOptions(), stdin=io.BytesIO()):
            pass
        return caught.value

    def test_signs_of_two_currencies(self, tmp_path: Path) -> None:
        error = self.refused(
            tmp_path, "customer_id,date,amount\n1,2024-01-02,€5\n", "customer_id,date,amount,x\n1,2024-01-02,$5,\n"
        )
        assert "amounts in €" in error.problem
        assert "b.csv in $" in error.problem

    def test_a_sign_against_a_currency_column(self, tmp_path: Path) -> None:
        error = self.refused(
            tmp_path,
            "customer_id,date,amount\n1,2024-01-02,€5\n",
            "customer_id,date,amount,currency\n1,2024-01-02,5,USD\n",
        )
        assert "USD" in error.problem

    def test_ids_keep_their_point_in_all_files_or_in_none(self, tmp_path: Path) -> None:
        first = write(tmp_path / "a.csv", "17850.0,2024-01-02,5")
        numbers = write(tmp_path / "b.csv", "17850,2024-01-02,5,", header=f"{HEADER},x")
        mixed = write(tmp_path / "c.csv", "17850.0,2024-01-02,5,", "A1,2024-01-02,5,", header=f"{HEADER},y")
        assert rows(first, numbers)["customer_id"].to_list() == ["17850", "17850"]
        assert rows(first, mixed)["customer_id"].to_list() == ["17850.0", "17850.0", "A1"]
        assert rows(first, numbers, mixed)["customer_id"].to_list() == ["17850.0", "17850", "17850.0", "A1"]

    def test_order_ids_keep_their_point_in_all_files_or_in_none(self, tmp_path: Path) -> None:
        first = write(tmp_path / "a.csv", "7,2024-01-02,5,10.0", header=f"{HEADER},order_id")
        second = write(tmp_path / "b.csv", "7,2024-01-02,5,10", header=f"{HEADER},order number")
        third = write(tmp_path / "c.csv", "7,2024-01-02,5,A", header=f"{HEADER},invoice_no")
        assert rows(first, second)["order_id"].to_list() == ["10", "10"]
        assert rows(first, second, third)["order_id"].to_list() == ["10.0", "10", "A"]

    def test_typed_numbers_and_texts_that_keep_their_point(self, tmp_path: Path) -> None:
        typed = write_parquet(tmp_path / "a.parquet", customer_id=[17850.0], date=[DAY], amount=[1.5])
        mixed = write(tmp_path / "c.csv", "17850.0,2024-01-02,5", "A1,2024-01-02,5")
        with pytest.raises(InputError, match=r"customers are written like 17850\.0"):
            rows(typed, mixed)


class TestMixedKinds:
    """One shop whose exports are of several kinds, each with headings of its own."""

    def put(self, folder: Path) -> list[Path]:
        text = write(folder / "1.csv", "007,2024-01-02,5.10", "B,2024-01-03,2")
        packed = folder / "2.csv.gz"
        packed.write_bytes(gzip.compress(b"Kundennummer;Datum;Betrag\n007;23.02.2024;1,50\n"))
        wide = folder / "3.tsv"
        wide.write_bytes("日期\t金额\t客户编号\n2024-02-04\t7\tB\n".encode("utf-16"))
        typed = write_parquet(folder / "4.parquet", buyer=["007", "C"], order_date=[DAY, DAY], total=[2.5, None])
        return [text, packed, wide, typed]

    def test_all_rows_come_together(self, tmp_path: Path) -> None:
        found = rows(*self.put(tmp_path))
        assert found["customer_id"].to_list() == ["007", "B", "007", "B", "007", "C"]
        assert [str(amount) for amount in found["amount"]] == ["5.10", "2.00", "1.50", "7.00", "2.50", "None"]
        assert found["code"].to_list() == [0] * 5 + [int(Defect.INVALID_AMOUNT)]

    def test_each_place_is_told_by_its_own_file(self, tmp_path: Path) -> None:
        paths = self.put(tmp_path)
        with opened(*paths) as transactions:
            found = [transactions.place(row) for row in range(6)]
            headings = [transactions.heading(str(path), "amount") for path in paths]
        assert headings == ["amount", "Betrag", "金额", "total"]
        lines = [("1.csv", 2), ("1.csv", 3), ("2.csv.gz", 2), ("3.tsv", 2), ("4.parquet", 1), ("4.parquet", 2)]
        assert found == [(str(tmp_path / name), line) for name, line in lines]

    def test_the_order_of_files_changes_only_the_order_of_rows(self, tmp_path: Path) -> None:
        paths = self.put(tmp_path)
        columns = ["customer_id", "date", "amount", "code"]
        forward, backward = (rows(*order).select(columns).sort(columns) for order in (paths, paths[::-1]))
        assert forward.equals(backward)


class TestTwice:
    @pytest.mark.parametrize(
        "again", ["1.csv", "link.csv", "here/1.csv", "copy.csv", "copy.csv.gz", "marked.csv", "wide.csv"]
    )
    def test_a_file_that_would_count_twice_is_refused(
        self, tmp_path: Path, again: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        first = write(tmp_path / "1.csv", "A,2024-01-02,5").relative_to(tmp_path)
        (tmp_path / "link.csv").symlink_to("1.csv")
        (tmp_path / "here").symlink_to(".")
        content = first.read_bytes()
        (tmp_path / "copy.csv").write_bytes(content)
        (tmp_path / "copy.csv.gz").write_bytes(gzip.compress(content))
        (tmp_path / "marked.csv").write_bytes(b"\xef\xbb\xbf" + content)
        (tmp_path / "wide.csv").write_bytes(content.decode().encode("utf-16"))
        with pytest.raises(InputError, match=r"given twice|the same file|the same content"):
            rows(first, (tmp_path / again).relative_to(tmp_path))

    def test_a_folder_and_a_file_in_it(self, tmp_path: Path) -> None:
        (tmp_path / "d").mkdir()
        path = write(tmp_path / "d/1.csv", "A,2024-01-02,5")
        with pytest.raises(InputError, match="given twice"):
            rows(tmp_path / "d", path)

    def test_the_same_rows_in_folders_of_two_days_are_two(self, tmp_path: Path) -> None:
        for day in ("2024-01-02", "2024-01-03"):
            (tmp_path / f"date={day}").mkdir()
            write(tmp_path / f"date={day}/part.csv", "A,5", header="customer_id,amount")
        assert rows(tmp_path).height == 2
