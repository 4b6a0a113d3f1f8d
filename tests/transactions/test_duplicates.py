from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

import polars as pl
import pytest
from load_cases import HEADER, opened, write, write_parquet

from crmcli.transactions import duplicates
from crmcli.transactions.duplicates import count_duplicates

if TYPE_CHECKING:
    from pathlib import Path


def counted(*paths: Path) -> int | None:
    with opened(*paths) as transactions:
        return count_duplicates(transactions)


def test_rows_that_repeat_an_earlier_one(tmp_path: Path) -> None:
    assert counted(write(tmp_path / "a.csv", *["A,2024-01-01,1"] * 3, "B,2024-01-01,1", "A,2024-01-01,1")) == 3


def test_any_difference_counts(tmp_path: Path) -> None:
    header = "customer_id,date,amount,remark"
    lines = ["A,2024-01-01,1,", "A,2024-01-01,1,x", "A,2024-01-01,1.0,x", "A,2024-01-01, 1,x"]
    assert counted(write(tmp_path / "a.csv", *lines, header=header)) == 0


def test_values_that_change_places_are_no_repetition(tmp_path: Path) -> None:
    header = "customer_id,date,amount,x,y,z"
    lines = [
        "A,2024-01-01,1,p,q,",
        "A,2024-01-01,1,q,p,",
        "A,2024-01-01,1,p,,q",
        "A,2024-01-01,1,p,p,",
        "A,2024-01-01,1,q,q,",
    ]
    assert counted(write(tmp_path / "a.csv", *lines, header=header)) == 0


def test_files_of_one_header_repeat_each_other(tmp_path: Path) -> None:
    one = write(tmp_path / "1.csv", "A,2024-01-01,1", "B,2024-01-01,1")
    two = write(tmp_path / "2.csv", "B,2024-01-01,1", "C,2024-01-01,1")
    assert counted(one, two) == 1


def test_files_of_other_headers_do_not(tmp_path: Path) -> None:
    one = write(tmp_path / "1.csv", "A,2024-01-01,1", "A,2024-01-01,1")
    two = write(tmp_path / "2.csv", "1,A,2024-01-01", header="amount,customer_id,date")
    assert counted(one, two) == 1


def test_rows_that_do_not_take_part_count_too(tmp_path: Path) -> None:
    assert counted(write(tmp_path / "a.csv", ",2024-01-01,1", ",2024-01-01,1", "A,2024-01-01,1")) == 1


@pytest.mark.parametrize(
    ("column", "repeated"),
    [
        (pl.Series([["a"], ["a"], ["b"]]), 1),
        (pl.Series([{"a": 1}, {"a": 2}, {"a": 1}]), 1),
        (pl.Series([[["a"]], [["a"], []], [["b"]]]), 0),
        (pl.Series([b"\xff", b"\xff", b"\xfe"]), 1),
        (pl.Series([None, None, None]), 2),
        (pl.Series([None, "a", "a"], dtype=pl.Categorical), 1),
        (pl.Series([dt.timedelta(1), dt.timedelta(1), None]), 1),
    ],
)
def test_columns_of_any_type_are_compared(tmp_path: Path, column: pl.Series, repeated: int) -> None:
    days = [dt.date(2024, 1, 1)] * 3
    path = write_parquet(tmp_path / "a.parquet", customer_id=["A"] * 3, date=days, amount=[1] * 3, tag=column)
    assert counted(path) == repeated


def test_beyond_the_limit_they_are_not_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.csv", *["A,2024-01-01,1"] * 3)
    monkeypatch.setattr(duplicates, "COUNT_LIMIT_ROWS", 2)
    assert counted(path) is None
    monkeypatch.setattr(duplicates, "COUNT_LIMIT_ROWS", 3)
    assert counted(path) == 2


def test_thousands_of_columns_stay_quick(tmp_path: Path) -> None:
    header = ",".join([HEADER, *(f"x{number}" for number in range(1_500))])
    lines = [f"A,2024-01-0{day},5" + f",{day}" * 1_500 for day in (1, 2, 1)]
    started = time.process_time()
    with opened(write(tmp_path / "a.csv", *lines, header=header)) as transactions:
        assert count_duplicates(transactions) == 1
    assert time.process_time() - started < 5
