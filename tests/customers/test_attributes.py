from __future__ import annotations

import io
from typing import TYPE_CHECKING

import polars as pl
import pytest

from crmcli.customers.attributes import is_code, read_attributes
from crmcli.errors import InputError
from crmcli.transactions.options import ReadOptions

if TYPE_CHECKING:
    from pathlib import Path

    from crmcli.customers.attributes import Attributes


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "customers.csv"


def read(path: Path, text: str, options: ReadOptions | None = None) -> Attributes:
    path.write_text(text, encoding="utf-8")
    return read_attributes(str(path), "--customers", options or ReadOptions(), stdin=io.BytesIO())


def codes(attributes: Attributes) -> list[str]:
    return [note.code for note in attributes.notes]


def test_a_column_is_a_number_only_if_all_of_it_is(path: Path) -> None:
    found = read(path, "customer_id,age,size,band\nb,52,3.5,18-29\na,,1,n/a\nc,7,-2.25,60+\n")
    assert found.frame.schema == {
        "customer_id": pl.String,
        "age": pl.Float64,
        "size": pl.Float64,
        "band": pl.String,
    }
    assert found.frame.rows() == [("a", None, 1.0, None), ("b", 52.0, 3.5, "18-29"), ("c", 7.0, -2.25, "60+")]
    assert found.names == ("age", "size", "band")
    assert codes(found) == ["missing_words"]


def test_one_letter_makes_a_column_text(path: Path) -> None:
    assert read(path, "customer_id,age\na,52\nb,5x\n").frame["age"].to_list() == ["52", "5x"]


def test_codes_stay_texts(path: Path) -> None:
    found = read(path, "customer_id,area,postcode,AccountNo,grid\na,01,9000,17,3\nb,12,1000,18,4\n")
    assert [found.frame[name].dtype for name in found.names] == [pl.String, pl.String, pl.String, pl.Float64]


@pytest.mark.parametrize(
    ("heading", "expected"),
    [("region_code", True), ("accountNo", True), ("手机", True), ("paid", False), ("age", False), ("编号", True)],
)
def test_headings_that_name_a_code(heading: str, expected: bool) -> None:  # noqa: FBT001 — a table of cases
    assert is_code(heading) is expected


def test_a_decimal_comma_reads_as_such(path: Path) -> None:
    assert read(path, 'customer_id;size\na;"1,5"\nb;"12,25"\n').frame["size"].to_list() == [1.5, 12.25]


def test_an_open_decimal_mark_leaves_the_text_and_says_so(path: Path) -> None:
    text = 'customer_id;size\na;"1,234"\nb;"2,345"\n'
    open_mark = read(path, text)
    assert open_mark.frame["size"].to_list() == ["1,234", "2,345"]
    assert codes(open_mark) == ["attribute_reads_two_ways"]
    assert read(path, text, ReadOptions(decimal=",")).frame["size"].to_list() == [1.234, 2.345]


def test_exact_repeats_count_once_and_contradictions_are_refused(path: Path) -> None:
    once = read(path, "customer_id,town\na,x\na,x\nb,y\n")
    assert (once.frame.height, codes(once)) == (2, ["repeated_rows"])
    with pytest.raises(InputError) as raised:
        read(path, "customer_id,town\nb,y\na,x\nc,1\nc,2\na,z\na,z\n")
    assert raised.value.problem == f"{path}: customer 'a' has 2 rows that differ (lines 3, 6)"
    assert raised.value.extent == "2 customers have several rows."


def test_two_columns_of_one_name_are_refused_and_unnamed_ones_left_out(path: Path) -> None:
    with pytest.raises(InputError, match="several columns are called 'town'"):
        read(path, "customer_id,town,town\na,x,y\n")
    unnamed = read(path, ",customer_id,town\n0,a,x\n1,b,y\n")
    assert (unnamed.names, codes(unnamed)) == (("town",), ["columns_without_heading"])


def test_ids_that_only_one_side_knows_are_counted_on_both(path: Path) -> None:
    found = read(path, "customer_id,town\na,x\nb,y\nz,y\n")
    notes = found.matching(pl.Series(["a", "b", "c", "d"]))
    assert [note.text.removeprefix(f"{path}: ") for note in notes] == [
        "2 of 4 customers with an order have no row there",
        "1 of 3 rows belong to nobody with an order up to as_of",
    ]
    assert found.matching(pl.Series(["a", "b", "z"])) == ()


def test_no_common_id_is_an_error_that_shows_both_sides(path: Path) -> None:
    with pytest.raises(InputError) as raised:
        read(path, "customer_id,town\nC-7,x\n").matching(pl.Series(["7", "8"]))
    assert raised.value.extent == "There the first id is 'C-7', in the transactions '7'."


def test_columns_beside_others_are_of_their_kind(path: Path) -> None:
    customers = read(path, "customer_id,type,size,unknown\na,x,1.50,\nb,2,7,\n")
    path.write_text("customer_id,size,type,unknown,new\np,,1.50,3,4\nq,12,3,,5\n", encoding="utf-8")
    found = read_attributes(str(path), "--prospects", ReadOptions(), stdin=io.BytesIO(), beside=customers)
    assert found.names == ("size", "type", "unknown", "new")
    assert found.frame.rows() == [("p", None, "1.50", "3", 4.0), ("q", 12.0, "3", None, 5.0)]


def test_texts_where_others_have_numbers_are_refused(path: Path) -> None:
    customers = read(path, "customer_id,age\na,31\n")
    path.write_text("customer_id,age\np,young\nq,12\n", encoding="utf-8")
    with pytest.raises(InputError) as raised:
        read_attributes(str(path), "--prospects", ReadOptions(), stdin=io.BytesIO(), beside=customers)
    assert "'age'" in raised.value.problem
    assert "is a number where customers are described" in raised.value.problem
