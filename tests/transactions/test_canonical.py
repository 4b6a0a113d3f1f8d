from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from load_cases import codes, rows, write, write_parquet

if TYPE_CHECKING:
    from pathlib import Path

PRICED = "customer_id,date,quantity,unit_price"


def amounts(path: Path, **options: Any) -> list[str]:
    return [str(amount) for amount in rows(path, **options)["amount"]]


class TestMoney:
    def test_quantity_times_price_is_rounded_half_even_once(self, tmp_path: Path) -> None:
        lines = ["A,2024-01-01,1,0.125", "A,2024-01-01,3,0.125", "A,2024-01-01,0.5,0.01", "A,2024-01-01,-1,0.135"]
        found = rows(write(tmp_path / "a.csv", *lines, header=PRICED), decimal=".")
        assert [str(amount) for amount in found["amount"]] == ["0.12", "0.38", "0.00", "-0.14"]
        assert found["rounded"].to_list() == [True] * 4

    def test_the_exact_price_is_multiplied_not_a_rounded_one(self, tmp_path: Path) -> None:
        assert amounts(write(tmp_path / "a.csv", "A,2024-01-01,1000,0.0049", header=PRICED)) == ["4.90"]

    def test_a_mapped_amount_beats_the_product(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", "A,2024-01-01,2,3,5", header=f"{PRICED},amount")
        assert amounts(path) == ["5.00"]

    @pytest.mark.parametrize(("scale", "expected"), [(0, "2"), (1, "2.3"), (2, "2.35"), (6, "2.345678")])
    def test_the_money_scale(self, tmp_path: Path, scale: int, expected: str) -> None:
        path = write(tmp_path / "a.csv", "A,2024-01-01,2.345678")
        found = rows(path, money_scale=scale)
        assert [str(amount) for amount in found["amount"]] == [expected]
        assert found["rounded"].to_list() == [scale < 6]

    @settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.lists(st.tuples(st.integers(-999, 999), st.decimals(0, 999_999, places=4)), min_size=1, max_size=20),
        st.integers(0, 6),
    )
    def test_against_decimal_arithmetic(self, tmp_path: Path, lines: list[tuple[int, Decimal]], scale: int) -> None:
        written = [f"A,2024-01-01,{quantity},{price:f}" for quantity, price in lines]
        found = rows(write(tmp_path / "a.csv", *written, header=PRICED), decimal=".", money_scale=scale)
        step = Decimal(1).scaleb(-scale)
        exact = [quantity * price for quantity, price in lines]
        expected = [amount.quantize(step, rounding=ROUND_HALF_EVEN) for amount in exact]
        assert found["amount"].to_list() == expected
        assert found["rounded"].to_list() == [a != b for a, b in zip(exact, expected, strict=True)]

    def test_floats_enter_at_their_shortest_form(self, tmp_path: Path) -> None:
        days = [dt.date(2024, 1, 1)] * 3
        path = write_parquet(
            tmp_path / "a.parquet", customer_id=["A"] * 3, date=days, quantity=[1, 3, 1], unit_price=[0.545, 0.1, 2.675]
        )
        assert amounts(path) == ["0.54", "0.30", "2.68"]


class TestRefunds:
    def test_a_negative_quantity_lowers_money(self, tmp_path: Path) -> None:
        lines = ["A,2024-01-01,5,-1", "A,2024-01-01,-5,-1", "A,2024-01-01,-5,1", "A,2024-01-01,5,", "A,2024-01-01,0,-1"]
        found = rows(write(tmp_path / "a.csv", *lines, header="customer_id,date,amount,quantity"))
        assert [str(amount) for amount in found["amount"]] == ["-5.00", "-5.00", "-5.00", "5.00", "0.00"]
        assert found["refund"].to_list() == [True, True, True, False, True]

    def test_a_cancellation_id_alone_is_no_refund(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", "A,2024-01-01,5,C1001", header="customer_id,date,amount,order_id")
        assert rows(path)["refund"].to_list() == [False]


class TestCodes:
    HEADER = "customer_id,date,amount,unit_price,quantity,status,shop"

    @pytest.mark.parametrize(
        ("line", "code"),
        [
            ("A,2024-01-01,5,1,1,,N", ""),
            ("A,soon,x,0,x,void,N", "INVALID_DATE"),
            ("A,,x,0,x,void,N", "INVALID_DATE"),
            ("A,05.01.2024,x,0,x,void,N", "INCONSISTENT_DATE"),
            ("A,soon,x,0,x,void,S", "WHERE"),
            (",2024-01-01,x,0,x,void,S", "WHERE"),
            (",2024-01-01,x,0,x,void,N", "STATUS"),
            ("A\x07,2024-01-01,x,0,x,void,N", "STATUS"),
            ("A\x07,2024-01-01,x,0,x,,N", "INVALID_ID"),
            (",2024-01-01,x,0,x,,N", "NO_CUSTOMER"),
            ("nan,2024-01-01,x,0,x,,N", "NO_CUSTOMER"),
            ("A,2024-01-01,x,0,x,,N", "NO_PRICE"),
            ("A,2024-01-01,x,-1,x,,N", "NO_PRICE"),
            ("A,2024-01-01,x,1,x,,N", "INVALID_AMOUNT"),
            ("A,2024-01-01,,1,1,,N", "INVALID_AMOUNT"),
            ("A,2024-01-01,inf,1,1,,N", "NON_FINITE"),
            ("A,2024-01-01,5,x,1,,N", "INVALID_AMOUNT"),
            ("A,2024-01-01,5,1,NaN,,N", "NON_FINITE"),
            ("A,2024-01-01,5,,,,N", ""),
            ("A,2024-01-01,0,,,,N", ""),
        ],
    )
    def test_the_first_reason_that_fits(self, tmp_path: Path, line: str, code: str) -> None:
        sound = ["A,2024-01-02,5,1,1,paid,N"] * 2
        path = write(tmp_path / "a.csv", *sound, line, header=self.HEADER)
        assert codes(path, where={"shop": ("N",)}) == ["", "", code]

    def test_without_an_amount_the_factors_are_needed(self, tmp_path: Path) -> None:
        lines = ["A,2024-01-01,1,2", "A,2024-01-01,1,2", "A,2024-01-01,,2", "A,2024-01-01,1,", "A,2024-01-01,x,0"]
        expected = ["", "", "INVALID_AMOUNT", "INVALID_AMOUNT", "NO_PRICE"]
        assert codes(write(tmp_path / "a.csv", *lines, header=PRICED)) == expected

    @pytest.mark.parametrize("missing", [None, float("nan")])
    def test_a_missing_number_in_a_float_column_is_missing(self, tmp_path: Path, missing: float | None) -> None:
        days = [dt.date(2024, 1, 1)] * 2
        path = write_parquet(
            tmp_path / "a.parquet", customer_id=["A", "B"], date=days, amount=[1.0, 2.0], quantity=[1.0, missing]
        )
        assert codes(path) == ["", ""]

    def test_an_infinite_number_is_not(self, tmp_path: Path) -> None:
        days = [dt.date(2024, 1, 1)] * 2
        numbers = [1.0, float("inf")]
        path = write_parquet(tmp_path / "a.parquet", customer_id=["A", "B"], date=days, amount=[1.0, 2.0], qty=numbers)
        assert codes(path) == ["", "NON_FINITE"]


class TestCells:
    def test_the_cells_that_messages_quote(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", "A,2024-01-01,5,1", "A,2024-01-01,5,1", " A,soon,x,y", header=PRICED)
        row = rows(path).row(2, named=True)
        assert (row["raw_id"], row["raw_date"], row["raw_amount"]) == (" A", "soon", "x")
        assert (row["amount_column"], row["raw"]) == ("quantity", " A,soon,x,y")

    def test_the_first_bad_amount_is_the_one_quoted(self, tmp_path: Path) -> None:
        sound = ["A,2024-01-01,1,1,1"] * 3
        lines = [*sound, "A,2024-01-01,1,x,1", "A,2024-01-01,1,1,y", "A,2024-01-01,z,x,y", "A,2024-01-01,,1,1"]
        path = write(tmp_path / "a.csv", *lines, header="customer_id,date,amount,quantity,cost")
        found = rows(path, wanted=frozenset({"cost"})).tail(4)
        assert found["amount_column"].to_list() == ["quantity", "cost", "amount", "amount"]
        assert found["raw_amount"].to_list() == ["x", "y", "z", None]

    def test_the_record_is_written_with_its_own_delimiter(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", "A;2024-01-01;1;", header="customer_id;date;amount;remark")
        assert rows(path)["raw"].to_list() == ["A;2024-01-01;1;"]

    def test_texts_are_trimmed(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", "A,2024-01-01,1, toys ", header="customer_id,date,amount,category")
        assert rows(path, wanted=frozenset({"category"}))["category"].to_list() == ["toys"]

    def test_one_column_may_play_two_parts(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", "A,2024-01-01,1", "A,2024-01-02,1")
        found = rows(path, mapping={"date": "date", "order_id": "date"}, as_of=dt.date(2024, 1, 1))
        assert found["order_id"].to_list() == ["2024-01-01", "2024-01-02"]
        assert found["date"].null_count() == 0

    def test_types(self, tmp_path: Path) -> None:
        header = "customer_id,date,amount,quantity,unit_price,cost,discount,order_id,product,status"
        path = write(tmp_path / "a.csv", "A,2024-01-01,1,1,1,1,1,1,x,paid", header=header)
        money, exact = pl.Decimal(38, 3), pl.Decimal(38, 20)
        found = rows(path, money_scale=3, wanted=frozenset({"cost", "discount", "product"}))
        expected: dict[str, Any] = {
            "customer_id": pl.String,
            "date": pl.Date,
            **dict.fromkeys(("amount", "cost"), money),
            **dict.fromkeys(("quantity", "unit_price"), exact),
            **dict.fromkeys(("order_id", "product", "discount", "status", "raw"), pl.String),
            **dict.fromkeys(("refund", "rounded"), pl.Boolean),
            "code": pl.UInt8,
        }
        assert {name: found.schema[name] for name in expected} == expected
