from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from load_cases import codes, opened, rows, write, write_parquet

from crmcli.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

MANY = tuple(f"C{number},2024-01-01,1" for number in range(2_100))
"""More rows than the sample that narrows down the candidates."""


def described(*paths: Path, **options: Any) -> dict[str, str]:
    with opened(*paths, **options) as transactions:
        return dict(transactions.layouts[0].readings)


class TestEvidence:
    def test_what_the_sample_does_not_hold_decides_too(self, tmp_path: Path) -> None:
        late = write(tmp_path / "a.csv", *(line.replace("2024-01-01", "01/02/2024") for line in MANY), "A,31/01/2024,1")
        assert described(late)["date"].startswith("%d/%m/%Y, decided by 1 of")

    def test_a_late_amount_decides_the_mark(self, tmp_path: Path) -> None:
        late = write(tmp_path / "a.csv", *(line + ".234" for line in MANY), "A,2024-01-01,1.5")
        assert str(rows(late)["amount"][0]) == "1.23"

    def test_files_of_one_header_decide_together(self, tmp_path: Path) -> None:
        one = write(tmp_path / "1.csv", "A,01/02/2024,1")
        two = write(tmp_path / "2.csv", "B,13/02/2024,1")
        with pytest.raises(InputError, match="reads in two ways"):
            rows(one)
        for paths in ((one, two), (two, one)):
            assert set(rows(*paths)["date"]) == {dt.date(2024, 2, 1), dt.date(2024, 2, 13)}

    def test_files_of_different_headers_decide_alone(self, tmp_path: Path) -> None:
        one = write(tmp_path / "1.csv", "A,31/01/2024,1", "A,30/01/2024,1")
        two = write(tmp_path / "2.csv", "1,B,01/31/2024", header="amount,customer_id,date")
        assert rows(one, two)["date"].to_list() == [dt.date(2024, 1, day) for day in (31, 30, 31)]

    def test_a_flag_settles_what_no_value_does(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", "A,01/02/2024,1.234")
        (row,) = rows(path, date_format="%d/%m/%Y", decimal=".", money_scale=3).rows(named=True)
        assert (row["date"], str(row["amount"])) == (dt.date(2024, 2, 1), "1.234")

    def test_the_column_and_the_file_are_named(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", "A,soon,1", header="Buyer,Order Date,Total")
        with pytest.raises(InputError, match=r"column 'Order Date' of .*a\.csv"):
            rows(path)

    @pytest.mark.parametrize("as_of", [dt.date(2024, 1, 31), None])
    def test_rows_after_as_of_have_no_say(self, tmp_path: Path, as_of: dt.date | None) -> None:
        lines = ("7,2024-01-01,1.5,EUR", "8,2024-01-02,2.5,EUR")
        later = ("1.2E+11,2024-02-01,2.5,EUR", "9,2024-02-01,€1 $2,EUR", "9,2024-02-01,5,USD")
        header = "customer_id,date,amount,currency"
        path = write(tmp_path / "a.csv", *lines, *later, header=header)
        if as_of is None:
            with pytest.raises(InputError):
                rows(path)
        else:
            before = write(tmp_path / "b.csv", *lines, header=header)
            assert described(path, as_of=as_of) == described(before, as_of=as_of)

    @pytest.mark.parametrize("cells", ["999999999999999,999999999999999", "inf,x", "1e300,1e300"])
    def test_no_cell_after_as_of_can_stop_a_run(self, tmp_path: Path, cells: str) -> None:
        header = "customer_id,date,quantity,unit_price"
        path = write(tmp_path / "a.csv", "A,2024-01-01,2,3", f"B,2024-02-01,{cells}", header=header)
        found = rows(path, as_of=dt.date(2024, 1, 1))
        assert str(found["amount"][0]) == "6.00"
        assert found["date"].to_list() == [dt.date(2024, 1, 1), dt.date(2024, 2, 1)]

    def test_no_typed_cell_after_as_of_either(self, tmp_path: Path) -> None:
        days = [dt.date(2024, 1, 1), dt.date(2024, 2, 1)]
        ids = [7.0, float("inf")]
        path = write_parquet(tmp_path / "a.parquet", customer_id=ids, date=days, amount=[1.0, float("nan")])
        assert rows(path, as_of=days[0])["customer_id"].to_list() == ["7", None]


class TestUsed:
    HEADER = "customer_id,date,amount,quantity,cost,discount,category,status,order_id"
    LINE = "A,2024-01-01,5,1,2,3,toys,paid,7"

    def test_what_no_command_asks_for_is_not_read(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", self.LINE, "B,2024-01-01,5,1,x,?,toys,paid,8", header=self.HEADER)
        with opened(path) as transactions:
            assert transactions.columns == {"order_id", "quantity", "status"}
        assert codes(path) == ["", ""]

    def test_what_a_command_wants_is_read_and_can_be_bad(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", *[self.LINE] * 2, "B,2024-01-01,5,1,x,3,toys,paid,8", header=self.HEADER)
        wanted = frozenset({"cost", "category", "promotion"})
        with opened(path, wanted=wanted) as transactions:
            assert transactions.columns == {"order_id", "quantity", "status", "cost", "category"}
        assert codes(path, wanted=wanted) == ["", "", "INVALID_AMOUNT"]

    def test_the_mapping_tells_what_is_used(self, tmp_path: Path) -> None:
        header = "Client,Order Date,Total,Category"
        with opened(write(tmp_path / "a.csv", "A,2024-01-01,1,toys", header=header)) as transactions:
            assert transactions.layouts[0].mapping == {"customer_id": "Client", "date": "Order Date", "amount": "Total"}


class TestCurrency:
    HEADER = "customer_id,date,amount,currency,shop"
    LINES = ("A,2024-01-01,1,EUR,N", "A,2024-01-01,1, eur ,N", "A,2024-01-01,1,,N", "A,2024-01-01,1,USD,S")

    def test_two_are_refused(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", *self.LINES, header=self.HEADER)
        with pytest.raises(InputError) as caught:
            rows(path)
        assert caught.value.lines() == [
            f"{path}: column 'currency' holds 2 currencies: EUR, USD",
            "Amounts of different currencies are never added up.",
            "Choose one: --where currency=EUR",
        ]

    @pytest.mark.parametrize("where", [{"shop": ("N",)}, {"currency": ("EUR", "eur")}, {"currency": ("USD",)}])
    def test_one_is_left_by_where(self, tmp_path: Path, where: dict[str, tuple[str, ...]]) -> None:
        path = write(tmp_path / "a.csv", *self.LINES, header=self.HEADER)
        assert "" in codes(path, where=where)

    def test_one_in_any_spelling_is_one(self, tmp_path: Path) -> None:
        assert codes(write(tmp_path / "a.csv", *self.LINES[:3], header=self.HEADER)) == [""] * 3

    @pytest.mark.parametrize("reverse", [False, True])
    def test_two_files_of_different_headers_are_refused(self, tmp_path: Path, reverse: bool) -> None:  # noqa: FBT001
        one = write(tmp_path / "1.csv", self.LINES[0], header=self.HEADER)
        two = write(tmp_path / "2.csv", "USD,A,2024-01-01,1", header="currency,customer_id,date,amount")
        paths = (two, one) if reverse else (one, two)
        holds = f"{two} holds amounts in USD, {one} in EUR" if reverse else f"{one} holds amounts in EUR, {two} in USD"
        with pytest.raises(InputError) as caught:
            rows(*paths)
        assert caught.value.problem == holds
        assert rows(*paths, where={"currency": ("EUR",)}).height == 2

    def test_a_file_that_names_none_stands_beside_any(self, tmp_path: Path) -> None:
        one = write(tmp_path / "1.csv", self.LINES[0], header=self.HEADER)
        two = write(tmp_path / "2.csv", "A,2024-01-01,1")
        assert codes(one, two) == ["", ""]

    def test_a_typed_column(self, tmp_path: Path) -> None:
        days = [dt.date(2024, 1, 1)] * 2
        currency = pl.Series(["EUR", "USD"], dtype=pl.Categorical)
        path = write_parquet(tmp_path / "a.parquet", customer_id=["A"] * 2, date=days, amount=[1, 2], currency=currency)
        with pytest.raises(InputError, match="2 currencies: EUR, USD"):
            rows(path)
