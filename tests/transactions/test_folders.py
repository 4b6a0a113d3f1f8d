"""Folders whose names hold values, as other tools write partitioned tables."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from load_cases import codes, opened, rows, write

from crmcli.errors import InputError
from crmcli.transactions.arguments import folder_values

DAY = dt.date(2024, 1, 5)


def part(path: Path, *customers: str, **more: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame = pl.DataFrame({"customer_id": customers, "date": [DAY] * len(customers), "amount": [2.5] * len(customers)})
    frame.with_columns(**{name: pl.lit(value) for name, value in more.items()}).write_parquet(path)
    return path


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Three parts of a table, partitioned by country and year."""
    part(tmp_path / "shop/country=FR/year=2023/part-0.parquet", "A", "B")
    part(tmp_path / "shop/country=FR/year=2024/part-0.parquet", "A")
    part(tmp_path / "shop/country=Sao%20Tome/year=2024/part-0.parquet", "C")
    return tmp_path / "shop"


def test_all_parts_are_one_layout_with_the_values_as_columns(shop: Path) -> None:
    with opened(shop) as transactions:
        (layout,) = transactions.layouts
        assert len(layout.files) == 3
        assert transactions.tables[0].header == ("customer_id", "date", "amount", "country", "year")
        assert [note.code for note in transactions.notes] == ["folder_columns"]
        assert transactions.notes[0].text.endswith("columns from the names of folders: country, year")
        assert transactions.frame.collect()["raw"][0] == "A,2024-01-05,2.5"


@pytest.mark.parametrize(
    ("where", "customers"),
    [
        ({"country": ("FR",)}, ["A", "B", "A"]),
        ({"country": ("Sao Tome",)}, ["C"]),
        ({"year": ("2024",), "country": ("FR",)}, ["A"]),
    ],
)
def test_they_choose_rows(shop: Path, where: dict[str, tuple[str, ...]], customers: list[str]) -> None:
    assert rows(shop, where=where).filter(code=0)["customer_id"].to_list() == customers


def test_they_can_be_mapped(shop: Path) -> None:
    found = rows(shop, mapping={"channel": "country"}, wanted=frozenset({"channel"}))
    assert found["channel"].to_list() == ["FR", "FR", "FR", "Sao Tome"]


def test_a_missing_value_has_a_folder_of_its_own(tmp_path: Path) -> None:
    part(tmp_path / "d/channel=__HIVE_DEFAULT_PARTITION__/part-0.parquet", "A")
    part(tmp_path / "d/channel=web/part-0.parquet", "B")
    found = rows(tmp_path / "d", wanted=frozenset({"channel"}))
    assert found["channel"].to_list() == [None, "web"]
    assert codes(tmp_path / "d", where={"channel": ("",)}) == ["", "WHERE"]


def test_a_day_in_a_folder_is_a_date_where_the_file_has_none(tmp_path: Path) -> None:
    for day in ("2024-01-05", "2024-01-06"):
        path = tmp_path / f"d/date={day}/orders.csv"
        path.parent.mkdir(parents=True)
        write(path, f"A{day[-1]},5", header="customer_id,amount")
    found = rows(tmp_path / "d")
    assert found["date"].to_list() == [dt.date(2024, 1, 5), dt.date(2024, 1, 6)]
    assert found["amount"].to_list() == [Decimal("5.00")] * 2


def test_a_folder_never_outdoes_a_column_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "d/date=2024-02-01/orders.csv"
    path.parent.mkdir(parents=True)
    write(path, "A,2024-01-05,5", header="customer_id,order date,amount")
    assert rows(tmp_path / "d")["date"].to_list() == [DAY]
    assert rows(tmp_path / "d", mapping={"date": "date"})["date"].to_list() == [dt.date(2024, 2, 1)]


@pytest.mark.parametrize(("folder", "value"), [("year=2024", 2024), ("year=2024", "2024"), ("month=01", 1)])
def test_a_column_that_is_also_in_the_file_stands_once(tmp_path: Path, folder: str, value: object) -> None:
    heading = folder.partition("=")[0]
    part(tmp_path / "d" / folder / "part-0.parquet", "A", **{heading: value})
    with opened(tmp_path / "d") as transactions:
        assert transactions.tables[0].header.count(heading) == 1
        assert transactions.notes == ()
    assert codes(tmp_path / "d", where={heading: (str(value),)}) == [""]


def test_a_file_that_contradicts_its_folder_is_refused(tmp_path: Path) -> None:
    path = part(tmp_path / "d/year=2024/part-0.parquet", "A", year=2023)
    with pytest.raises(InputError) as caught:
        rows(tmp_path / "d")
    assert caught.value.problem == f"{path}: its folder says year=2024, but its column 'year' holds '2023'"


def test_parts_given_one_by_one_or_by_pattern_read_alike(shop: Path) -> None:
    paths = sorted(shop.rglob("*.parquet"))
    whole = rows(shop, where={"year": ("2024",)})
    assert rows(*paths, where={"year": ("2024",)}).equals(whole)
    assert rows(Path(f"{shop}/*/*/*.parquet"), where={"year": ("2024",)}).equals(whole)


def test_text_in_folders_keeps_lines_and_defects(tmp_path: Path) -> None:
    for year, line in (("2023", "A,2023-01-05,5"), ("2024", "B,2024-01-05")):
        path = tmp_path / f"d/year={year}/part.csv"
        path.parent.mkdir(parents=True)
        write(path, line, "C,2024-01-05,7")
    with opened(tmp_path / "d") as transactions:
        assert [transactions.place(row)[1] for row in range(3)] == [2, 3, 3]
        assert [bad.code for bad in transactions.structural_defects()] == ["MISSING_COLUMNS"]


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("a/b.csv", {}),
        ("year=2024/b.csv", {"year": "2024"}),
        ("/x/k=1/k=2/=3/empty=/b=c.csv", {"k": "2", "empty": ""}),
        ("t=a%3Db/b.csv", {"t": "a=b"}),
    ],
)
def test_which_names_hold_values(path: str, values: dict[str, str]) -> None:
    assert folder_values(Path(path)) == values
