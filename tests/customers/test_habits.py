from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from customer_cases import summarised, write

from crmcli.customers.habits import is_given

if TYPE_CHECKING:
    from pathlib import Path

WANTED = frozenset({"category", "discount", "promotion"})
HEADER = "customer_id,date,amount,order_id,category,discount,promotion"


@pytest.mark.parametrize("cell", ["", " ", "0", "0.00", "€ 0,00", "0%", "-", "none", "No", "N/A", "null", "无", None])
def test_no_discount(cell: str | None) -> None:
    assert pl.select(is_given(pl.lit(cell, pl.String))).item() is False


@pytest.mark.parametrize("cell", ["1", "0.01", "-5,00", "10%", "SUMMER", "yes", "true", "20", "满减"])
def test_a_discount(cell: str) -> None:
    assert pl.select(is_given(pl.lit(cell))).item() is True


def habits(path: Path, **options: Any) -> list[dict[str, Any]]:
    return summarised(path, decimal=".", wanted=WANTED, **options)[0].habits.to_dicts()


def test_by_hand(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.csv",
        "b,2024-01-01,10,1,Tea,0,",
        "b,2024-01-01,20,1,Cups,2.50,SPRING",
        "b,2024-01-02,5,1,Tea,10%,SPRING",
        "b,2024-01-03,7,,,0.00,SPRING",
        "b,2024-01-04,-20,2,Pots,1,SPRING",
        "a,2024-01-05,1,3, Tea ,,none",
        ",2024-01-05,9,4,Tea,5,X",
        header=HEADER,
    )
    assert habits(path) == [
        {"sales": Decimal(1), "categories": 1, "discounted_sales": Decimal(0), "promotion_orders": 0},
        {"sales": Decimal(42), "categories": 2, "discounted_sales": Decimal(25), "promotion_orders": 2},
    ]


def test_rows_outside_the_observed_time_count_nowhere(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.csv",
        "a,2024-01-01,1,1,Tea,1,X",
        "a,2024-01-02,2,2,Cups,1,X",
        "a,2024-01-03,4,3,Pots,1,X",
        header=HEADER,
    )
    found = habits(path, since=dt.date(2024, 1, 2), as_of=dt.date(2024, 1, 2))
    assert found == [{"sales": Decimal(2), "categories": 1, "discounted_sales": Decimal(2), "promotion_orders": 1}]


def test_without_such_columns_there_are_none(tmp_path: Path) -> None:
    summary, _ = summarised(write(tmp_path / "a.csv", "a,2024-01-01,1"), wanted=WANTED)
    assert summary.habits.columns == []


def test_sales_equal_those_of_the_days(tmp_path: Path) -> None:
    header = "customer_id,date,amount,category,back"
    path = write(tmp_path / "a.csv", "a,2024-01-01,10,T,4", "a,2024-01-02,3,T,", "b,2024-01-02,-3,T,", header=header)
    mapping = {"refunded": "back"}
    summary, _ = summarised(path, decimal=".", wanted=WANTED, mapping=mapping)
    assert summary.habits["sales"].to_list() == [Decimal(13)]
    assert summary.days["sales"].sum() == Decimal(13)
