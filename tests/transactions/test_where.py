from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest
from load_cases import codes, rows, write, write_parquet

from crmcli.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "customer_id,date,amount,Country,Shop No"
ROWS = ("A,2024-01-01,1,France,1", "B,2024-01-01,1, France ,2", "C,2024-01-01,1,Germany,1", "D,2024-01-01,1,,2")


def kept(path: Path, **where: tuple[str, ...]) -> list[int]:
    named = {heading.replace("_", " "): values for heading, values in where.items()}
    return [at for at, code in enumerate(codes(path, where=named)) if code != "WHERE"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "a.csv", *ROWS, header=HEADER)


def test_values_are_compared_without_blanks_around_them(path: Path) -> None:
    assert kept(path, Country=("France",)) == [0, 1]


def test_case_matters_in_values(path: Path) -> None:
    assert kept(path, Country=("france",)) == []


def test_an_empty_value_means_a_missing_one(path: Path) -> None:
    assert kept(path, Country=("",)) == [3]


def test_several_values_of_one_column_mean_any(path: Path) -> None:
    assert kept(path, Country=("Germany", "")) == [2, 3]


def test_several_columns_mean_all(path: Path) -> None:
    assert kept(path, Country=("France",), Shop_No=("1",)) == [0]


def test_headings_are_found_folded(path: Path) -> None:
    assert kept(path, country=("Germany",)) == kept(path, COUNTRY=("Germany",)) == [2]
    assert kept(path, shopno=("1",)) == [0, 2]


def test_two_spellings_of_a_heading_are_one_column(path: Path) -> None:
    assert kept(path, Country=("France",), country=("Germany",)) == [0, 1, 2]


def test_a_heading_as_written_beats_one_that_folds_to_it(tmp_path: Path) -> None:
    header = "customer_id,date,amount,shop,Shop"
    path = write(tmp_path / "a.csv", "A,2024-01-01,1,x,y", "B,2024-01-01,1,y,x", header=header)
    assert kept(path, shop=("x",)) == [0]
    assert kept(path, Shop=("x",)) == [1]


def test_a_mapped_column_can_choose_rows(path: Path) -> None:
    assert kept(path, amount=("1",)) == [0, 1, 2, 3]
    assert kept(path, customer_id=("A", "C")) == [0, 2]


class TestExcludedRowsHaveNoSay:
    """Two shops in one file, each consistent with itself."""

    HEADER = "customer_id,date,amount,shop,currency"

    def put(self, tmp_path: Path, first: str, second: str) -> Path:
        lines = [f"{first},N,EUR"] * 3 + [f"{second},S,USD"] * 3
        return write(tmp_path / "a.csv", *lines, header=self.HEADER)

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ("1,13/02/2024,5.00", "2,02/13/2024,7.00"),
            ("1,2024-01-02,5.00", "2,soon,7.00"),
            ("1,2024-01-02,5.00", "2,2024-01-03,many"),
            ("1,2024-01-02,5.00", '2,2024-01-03,"1.234,5"'),
            ("1,2024-01-02,€5.00", "2,2024-01-03,$7.00"),
            ("1,2024-01-02,5.00", "1.2E+11,2024-01-03,7.00"),
        ],
    )
    def test_what_they_write_is_no_reason_to_refuse_the_others(self, tmp_path: Path, first: str, second: str) -> None:
        path = self.put(tmp_path, first, second)
        with pytest.raises(InputError):
            codes(path)
        assert codes(path, where={"shop": ("N",)}) == [""] * 3 + ["WHERE"] * 3
        found = rows(path, where={"currency": ("EUR",)})
        assert found["amount"].to_list()[:3] == [Decimal("5.00")] * 3

    def test_nor_does_it_settle_how_the_others_are_written(self, tmp_path: Path) -> None:
        path = self.put(tmp_path, "1,01/02/2024,5.00", "2,13/02/2024,7.00")
        with pytest.raises(InputError, match="reads in two ways"):
            codes(path, where={"shop": ("N",)})

    def test_ids_read_as_those_of_the_others(self, tmp_path: Path) -> None:
        path = self.put(tmp_path, "1.0,2024-01-02,5", "A,2024-01-02,5")
        assert rows(path, where={"currency": ("EUR",)})["customer_id"].to_list() == ["1"] * 3 + [None] * 3

    def test_their_dates_count_for_the_end_only_if_written_alike(self, tmp_path: Path) -> None:
        alike = self.put(tmp_path, "1,2024-01-02,5", "2,2024-03-01,5")
        assert rows(alike, where={"shop": ("N",)})["date"].max() == dt.date(2024, 3, 1)
        other = self.put(tmp_path, "1,13/02/2024,5", "2,03/13/2024,5")
        assert rows(other, where={"shop": ("N",)})["date"].max() == dt.date(2024, 2, 13)

    def test_the_advice_against_mixed_currencies_works(self, tmp_path: Path) -> None:
        path = self.put(tmp_path, "1,2024-01-02,5 EUR", "2,2024-01-03,7 USD")
        with pytest.raises(InputError, match="several currencies"):
            codes(path)
        assert codes(path, where={"currency": ("EUR",)}).count("") == 3


class TestIds:
    @pytest.mark.parametrize("written", ["17850", "17850.0", " 17850", '"=""17850"""'])
    @pytest.mark.parametrize("asked", ["17850", "17850.0"])
    def test_a_number_is_found_however_it_is_written(self, tmp_path: Path, written: str, asked: str) -> None:
        path = write(tmp_path / "a.csv", f"{written},2024-01-01,1", "17851,2024-01-01,1")
        assert kept(path, customer_id=(asked,)) == [0]

    def test_zeros_before_an_id_count(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", "007,2024-01-01,1", "7,2024-01-01,1")
        assert kept(path, customer_id=("7",)) == [1]

    def test_other_columns_are_compared_as_written(self, tmp_path: Path) -> None:
        path = write(
            tmp_path / "a.csv", "A,2024-01-01,1,1.0", "B,2024-01-01,1,1", header="customer_id,date,amount,version"
        )
        assert kept(path, version=("1",)) == [1]

    def test_typed_floats_are_numbers(self, tmp_path: Path) -> None:
        days = [dt.date(2024, 1, 1)] * 2
        path = write_parquet(
            tmp_path / "a.parquet", customer_id=[17850.0, 5.0], date=days, amount=[1, 2], size=[1.0, 1.5]
        )
        assert kept(path, customer_id=("17850",)) == [0]
        assert kept(path, size=("1",)) == [0]
        assert kept(path, size=("1.5",)) == [1]


class TestRefused:
    def refuse(self, path: Path, heading: str) -> InputError:
        with pytest.raises(InputError) as caught:
            codes(path, where={heading: ("x",)})
        return caught.value

    def test_an_unknown_heading_with_the_one_meant(self, path: Path) -> None:
        error = self.refuse(path, "Contry")
        assert error.problem == f"{path} has no column 'Contry', which --where names"
        assert error.remedy == "Did you mean 'Country'?"

    def test_an_unknown_heading_like_no_other(self, path: Path) -> None:
        remedy = self.refuse(path, "zzz").remedy
        assert remedy == "Its columns: customer_id, date, amount, Country, Shop No"

    def test_a_heading_that_two_columns_fold_to(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", "A,2024-01-01,1,x,y", header="customer_id,date,amount,shop,Shop")
        assert "has several columns 'SHOP'" in self.refuse(path, "SHOP").problem

    def test_a_heading_that_one_of_several_files_lacks(self, path: Path, tmp_path: Path) -> None:
        other = write(tmp_path / "b.csv", "A,2024-01-01,1")
        with pytest.raises(InputError, match=r"b\.csv has no column 'Country'"):
            codes(path, other, where={"Country": ("France",)})


class TestTyped:
    """In Parquet, values are compared as they are shown."""

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            (pl.Series([1, 2]), "1"),
            (pl.Series([True, False]), "true"),
            (pl.Series([dt.date(2024, 1, 1), None]), "2024-01-01"),
            (pl.Series(["x", "y"], dtype=pl.Categorical), "x"),
            (pl.Series([b"x", b"\xff"]), "x"),
            (pl.Series([b"\xff", b"x"]), "\\xff"),
            (pl.Series([["x"], None]), "['x']"),
            (pl.Series([dt.timedelta(hours=1), None]), "PT1H"),
        ],
    )
    def test_any_type_can_be_compared(self, tmp_path: Path, column: pl.Series, value: str) -> None:
        days = [dt.date(2024, 1, 1)] * 2
        path = write_parquet(tmp_path / "a.parquet", customer_id=["A", "B"], date=days, amount=[1, 2], tag=column)
        assert kept(path, tag=(value,)) == [0]
