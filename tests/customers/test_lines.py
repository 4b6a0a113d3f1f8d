from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl
import pytest
from customer_cases import opened, write

from crmcli.customers.lines import DAY_BITS, DAY_MASK, DAY_ZERO, collect_lines

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "customer_id,date,amount,order_id,cost"
ROWS = ("B,2024-01-02,5.0050,x,1", "A,2024-01-01,-2,,", ",2024-01-03,1,x,2", "B,2024-01-02,7,y,", "B,soon,1,,")


def collected(path: Path, *, exact: bool = False, hash_bits: int = 64) -> pl.DataFrame:
    with opened(path, wanted=frozenset({"cost"})) as transactions:
        return collect_lines(transactions, exact=exact, hash_bits=hash_bits).frame


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "a.csv", *ROWS, header=HEADER)


def test_numbers_only_in_the_order_of_the_rows(path: Path) -> None:
    lines = collected(path)
    assert lines.schema == {
        "customer": pl.UInt64,
        "day": pl.Int32,
        "tag": pl.UInt64,
        "refund": pl.Boolean,
        "rounded": pl.Boolean,
        "code": pl.UInt8,
        "order": pl.UInt64,
        "amount": pl.Int64,
        "cost": pl.Int64,
    }
    assert lines["amount"].to_list() == [500, -200, 100, 700, 100]
    assert lines["rounded"].to_list() == [True, False, False, False, False]
    assert lines["refund"].to_list() == [False, True, False, False, False]
    assert lines["code"].to_list() == [0, 0, 105, 0, 10]


def test_equal_ids_have_equal_hashes_and_missing_order_ids_none(path: Path) -> None:
    lines = collected(path)
    first, other, _, again, last = lines["customer"].to_list()
    assert first == again == last != other
    assert lines["order"].is_null().to_list() == [False, True, False, False, True]
    assert lines["order"][0] == lines["order"][2] != lines["order"][3]


def test_days_are_counted_from_1970_and_in_the_tag_from_1900(path: Path) -> None:
    lines = collected(path)
    days = [None if day is None else dt.date(1970, 1, 1) + dt.timedelta(days=day) for day in lines["day"]]
    assert days == [dt.date(2024, 1, 2), dt.date(2024, 1, 1), dt.date(2024, 1, 3), dt.date(2024, 1, 2), None]
    assert [tag & DAY_MASK for tag in lines["tag"].drop_nulls()][:2] == [days_since_1900(2), days_since_1900(1)]
    assert days_since_1900(1) == lines["day"][1] - DAY_ZERO


def days_since_1900(january_day: int) -> int:
    return (dt.date(2024, 1, january_day) - dt.date(1900, 1, 1)).days


def test_the_second_hash_tells_customers_apart_that_share_the_first(path: Path) -> None:
    lines = collected(path, hash_bits=0)
    assert lines["customer"].drop_nulls().unique().to_list() == [0]
    second = [tag >> DAY_BITS for tag in lines["tag"].gather([0, 1, 3, 4])]
    assert second[0] == second[2] == second[3] != second[1]


@pytest.mark.parametrize("bits", [1, 5, 63])
def test_only_the_leading_bits_of_a_hash_are_kept(path: Path, bits: int) -> None:
    whole, kept = collected(path)["customer"], collected(path, hash_bits=bits)["customer"]
    expected = [None if value is None else value >> (64 - bits) << (64 - bits) for value in whole]
    assert kept.to_list() == expected


def test_exact_customers_are_numbered_one_to_one(tmp_path: Path) -> None:
    ids = [f"C{number % 3_000}" for number in range(12_000)]
    path = write(tmp_path / "a.csv", *(f"{name},2024-01-01,1,x,1" for name in ids), header=HEADER)
    customers = collected(path, exact=True)["customer"]
    pairs = pl.DataFrame({"id": ids, "customer": customers}).unique()
    assert pairs.height == pairs["customer"].n_unique() == 3_000


def test_columns_that_are_not_mapped_are_absent(tmp_path: Path) -> None:
    lines = collected(write(tmp_path / "a.csv", "A,2024-01-01,1"))
    assert not {"order", "cost"} & set(lines.columns)


def test_money_that_needs_more_room_gets_it(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "A,2024-01-01,999999999999999.123456", "A,2024-01-01,-1")
    with opened(path, money_scale=6, decimal=".") as transactions:
        lines = collect_lines(transactions).frame
    assert lines["amount"].dtype == pl.Int128
    assert lines["amount"].to_list() == [999_999_999_999_999_123_456, -1_000_000]
