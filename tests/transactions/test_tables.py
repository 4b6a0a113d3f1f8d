from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
import pytest
from load_cases import opened, rows, write, write_parquet
from pyarrow import parquet

from crmcli.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

DAYS = [dt.date(2024, 1, 1), dt.date(2024, 1, 2)]


class TestParquet:
    def columns(self, path: Path) -> pl.DataFrame:
        with opened(path) as transactions:
            (table,) = transactions.tables
            return table.frame.collect()

    @pytest.mark.parametrize("name", ["*", "^a.*$", "^a<b – c$", "", "c0", "customer id", "a.b[0]"])
    def test_a_name_is_never_taken_for_a_pattern(self, tmp_path: Path, name: str) -> None:
        columns = {name: ["x", "y"], "abc": ["1", "2"], "customer": ["A", "B"], "date": DAYS, "amount": [1, 2]}
        pl.DataFrame(columns).write_parquet(tmp_path / "a.parquet")
        frame = self.columns(tmp_path / "a.parquet")
        assert frame.columns == ["c0", "c1", "c2", "c3", "c4"]
        assert frame["c0"].to_list() == ["x", "y"]
        assert frame["c1"].to_list() == ["1", "2"]

    def test_bytes_are_text(self, tmp_path: Path) -> None:
        path = write_parquet(tmp_path / "a.parquet", customer_id=["é".encode(), None], date=DAYS, amount=[b"1", b"2.5"])
        found = rows(path)
        assert found["customer_id"].to_list() == ["é", None]
        assert [str(amount) for amount in found["amount"]] == ["1.00", "2.50"]

    def test_bytes_that_are_no_text_stay_apart_and_stop_nothing(self, tmp_path: Path) -> None:
        path = write_parquet(tmp_path / "a.parquet", customer_id=[b"\xff", b"\xfe"], date=DAYS, amount=[1, 2])
        assert rows(path)["customer_id"].to_list() == ["\\xff", "\\xfe"]

    @pytest.mark.parametrize(
        "column",
        [
            pl.Series([["a"], None]),
            pl.Series([{"a": 1}, None]),
            pl.Series([[{"a": [b"\xff"]}], None]),
            pl.Series([dt.timedelta(1), None]),
            pl.Series([dt.time(1), None]),
            pl.Series([None, None]),
            pl.Series([b"\xff", None]),
            pl.Series(["a", None], dtype=pl.Enum(["a"])),
        ],
    )
    def test_a_column_of_any_type_may_stand_beside_a_bad_row(self, tmp_path: Path, column: pl.Series) -> None:
        path = write_parquet(tmp_path / "a.parquet", customer_id=["A", "B"], date=DAYS, amount=["1", "x"], tag=column)
        raw = rows(path)["raw"].to_list()
        assert raw[1] == "B,2024-01-02,x,"
        assert raw[0].startswith("A,2024-01-01,1,")

    def test_rows_are_numbered_from_one(self, tmp_path: Path) -> None:
        path = write_parquet(tmp_path / "a.parquet", customer_id=["A", "B"], date=DAYS, amount=[1, 2])
        with opened(path) as transactions:
            assert transactions.place(1) == (str(path), 2)
            assert [(note.kind, note.rows) for note in transactions.files()] == [("parquet", 2)]

    def test_a_damaged_file_is_refused(self, tmp_path: Path) -> None:
        path = write_parquet(tmp_path / "a.parquet", customer_id=["A", "B"], date=DAYS, amount=[1, 2])
        data = bytearray(path.read_bytes())
        data[-12:-8] = b"\xff\xff\xff\xff"
        path.write_bytes(data)
        with pytest.raises(InputError, match=r"the Parquet file cannot be read|damaged"):
            rows(path)


class TestLayouts:
    def layouts(self, *paths: Path) -> list[tuple[str, ...]]:
        with opened(*paths) as transactions:
            return [tuple(name.rsplit("/", 1)[-1] for name in layout.files) for layout in transactions.layouts]

    def test_files_of_one_header_are_one_layout(self, tmp_path: Path) -> None:
        one = write(tmp_path / "1.csv", "A,2024-01-01,1")
        two = write(tmp_path / "2.csv", "1,A,2024-01-02", header="amount,customer_id,date")
        three = write(tmp_path / "3.csv", "A;2024-01-03;1", header="customer_id;date;amount")
        assert self.layouts(one, two, three) == [("1.csv", "3.csv"), ("2.csv",)]

    def test_types_make_a_layout_too(self, tmp_path: Path) -> None:
        one = write_parquet(tmp_path / "1.parquet", customer_id=["A"], date=DAYS[:1], amount=[1])
        two = write_parquet(tmp_path / "2.parquet", customer_id=["A"], date=DAYS[1:], amount=[1.5])
        assert self.layouts(one, two) == [("1.parquet",), ("2.parquet",)]

    def test_a_layout_of_several_files_is_called_by_the_first(self, tmp_path: Path) -> None:
        paths = [write(tmp_path / f"{n}.csv", f"A,2024-01-01,{n}", header="who,date,amount") for n in range(3)]
        with pytest.raises(InputError, match=r"0\.csv and 2 more: no column looks like customer_id"):
            self.layouts(*paths)


class TestText:
    def test_a_missing_last_line_end_is_said(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("customer_id,date,amount\nA,2024-01-01,1\nB,2024-01-02,1")
        with opened(path) as transactions:
            assert [note.code for note in transactions.notes] == ["unterminated_last_line"]
        with opened(write(path, "A,2024-01-01,1")) as transactions:
            assert transactions.notes == ()


@pytest.mark.parametrize("name", ["amount", "else"])
def test_decimals_too_wide_for_any_frame_are_no_damage(tmp_path: Path, name: str) -> None:
    wide = pa.array([Decimal("1.50")], pa.decimal256(50, 2))
    columns = {"customer_id": ["A"], "date": [dt.date(2024, 1, 2)], "amount": [1.5], name: wide}
    parquet.write_table(pa.table(columns), tmp_path / "a.parquet")
    with pytest.raises(InputError) as caught:
        rows(tmp_path / "a.parquet")
    assert f"column {name!r} holds decimals of 50 digits; at most 38 can be read" in caught.value.problem
    assert "decimal(38, 2)" in str(caught.value.remedy)
