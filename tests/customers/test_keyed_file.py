from __future__ import annotations

import io
from typing import TYPE_CHECKING

import polars as pl
import pytest

from crmcli.customers.keyed_file import read_keyed_file
from crmcli.errors import InputError, TooLittleDataError
from crmcli.transactions.options import MaxBad, ReadOptions

if TYPE_CHECKING:
    from pathlib import Path

    from crmcli.customers.keyed_file import KeyedFile


def read(path: Path, text: str = "", *, options: ReadOptions | None = None, id_column: str | None = None) -> KeyedFile:
    if text:
        path.write_text(text, encoding="utf-8")
    return read_keyed_file(str(path), "--customers", options or ReadOptions(), id_column=id_column, stdin=io.BytesIO())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "c.csv"


def test_ids_read_like_those_of_transactions(path: Path) -> None:
    assert read(path, "CustomerID;town\n17850.0;Ghent\n12.0;Bruges\n").frame["customer_id"].to_list() == ["17850", "12"]
    assert read(path, "客户编号,town\n007,Ghent\n 12 ,Bruges\n").frame["customer_id"].to_list() == ["007", "12"]


def test_a_parquet_file_of_numbers_reads_the_same(tmp_path: Path) -> None:
    target = tmp_path / "c.parquet"
    pl.DataFrame({"Customer ID": [17850.0, None], "n": [1.5, 2.0], "flag": [True, False]}).write_parquet(target)
    file = read(target)
    assert file.frame["customer_id"].to_list() == ["17850"]
    assert (file.text(1).to_list(), file.text(2).to_list()) == (["1.5"], ["true"])
    assert [note.code for note in file.notes] == ["rows_without_customer"]


def test_the_column_of_the_transactions_or_of_the_option_is_the_customer(path: Path) -> None:
    text = "Buyer,Client No,town\na,1,x\nb,2,y\n"
    mapped = ReadOptions(mapping={"customer_id": "Buyer"})
    assert read(path, text, options=mapped).frame["customer_id"].to_list() == ["a", "b"]
    assert read(path, text, options=mapped, id_column="client no").frame["customer_id"].to_list() == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "id_column", "words"),
    [
        ("town,size\nx,1\n", None, "no column looks like the customer id"),
        ("Customer No,Client ID\n1,2\n", None, "2 columns could be the customer id: 'Customer No', 'Client ID'"),
        ("customer_id,town\n1,x\n", "Buyer", "has no column 'Buyer', which --id-column names"),
        ("customer_id,town\n1.2E+11,x\n1.3E+11,x\n", None, "exponent form"),
    ],
)
def test_what_cannot_be_told_is_refused(path: Path, text: str, id_column: str | None, words: str) -> None:
    with pytest.raises(InputError) as raised:
        read(path, text, id_column=id_column)
    assert words in raised.value.problem
    assert str(path) in raised.value.problem


def test_broken_rows_count_up_to_the_limit_of_the_run(path: Path) -> None:
    text = "customer_id,town\n1,x\n2\n3,z\n"
    file = read(path, text)
    assert file.frame.select("customer_id", "line").rows() == [("1", 2), ("3", 4)]
    assert "1 of 3 rows are broken, first line 3" in file.notes[0].text
    for options in (ReadOptions(strict=True), ReadOptions(max_bad=MaxBad(rows=0))):
        with pytest.raises(InputError):
            read(path, options=options)


def test_no_customer_at_all_is_too_little(path: Path) -> None:
    with pytest.raises(TooLittleDataError):
        read(path, "customer_id,town\n,x\n,y\n")
