from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from crmcli.customers.attributes import Attributes
from crmcli.customers.occasions import occasions_of

if TYPE_CHECKING:
    from crmcli.customers.occasions import Occasions

AS_OF = dt.date(2024, 6, 30)


def read(date_format: str | None = None, /, **columns: list[Any]) -> Occasions:
    ids = [f"c{number:03d}" for number in range(len(next(iter(columns.values()))))]
    attributes = Attributes("customers.csv", pl.DataFrame({"customer_id": ids, **columns}))
    found = occasions_of(attributes, AS_OF, date_format)
    assert found is not None
    return found


def days(found: Occasions) -> list[tuple[str, int, int, int | None]]:
    return found.frame.select("customer_id", "month", "day", "year").rows()


def codes(found: Occasions) -> list[str]:
    return [note.code for note in found.notes]


def test_it_is_silent_without_such_a_column() -> None:
    assert occasions_of(Attributes("c.csv", pl.DataFrame({"customer_id": ["a"], "town": ["x"]})), AS_OF) is None


def test_dates_with_and_without_a_year() -> None:
    found = read(birthday=["1980-05-12", "05-12", "--02-29", "5月3日", None, "1975-12-31"])
    assert days(found) == [
        ("c000", 5, 12, 1980),
        ("c001", 5, 12, None),
        ("c002", 2, 29, None),
        ("c003", 5, 3, None),
        ("c005", 12, 31, 1975),
    ]
    assert codes(found) == ["occasion"]
    assert found.notes[0].text == "customers.csv: birthday ← 'birthday', of 5"


def test_headings_in_other_words() -> None:
    assert read(出生日期=["1980-05-12"]).frame["occasion"].to_list() == ["birthday"]
    headings = {"Date of Birth": ["1980-05-12"], "Member since": ["2020-01-02"], "纪念日": ["06-01"]}
    both = read(None, **headings)
    assert both.frame.select("occasion", "source").rows() == [
        ("anniversary", "Member since"),
        ("anniversary", "纪念日"),
        ("birthday", "Date of Birth"),
    ]


def test_of_two_birthdays_the_plainest_heading_counts() -> None:
    assert days(read(dob=["1980-05-12"], birthday=["05-13"])) == [("c000", 5, 13, None)]


def test_numbers_are_compact_dates() -> None:
    assert days(read(birthday=[19800512.0, None, 19751231.0])) == [("c000", 5, 12, 1980), ("c002", 12, 31, 1975)]


def test_other_ways_to_write_dates() -> None:
    assert days(read(birthday=["31.12.1975", "01.02.1980"])) == [("c000", 12, 31, 1975), ("c001", 2, 1, 1980)]
    assert days(read(birthday=["1980年5月12日", "1975年12月31日"]))[0] == ("c000", 5, 12, 1980)


def test_a_column_that_reads_in_two_ways_is_not_used() -> None:
    found = read(birthday=["03/04/1980", "05/06/1975"], anniversary=["2020-05-01", "05-02"])
    assert found.frame["occasion"].to_list() == ["anniversary", "anniversary"]
    assert codes(found) == ["occasion_unused", "occasion"]
    assert days(read("%d/%m/%Y", birthday=["03/04/1980", "05/06/1975"])) == [("c000", 4, 3, 1980), ("c001", 6, 5, 1975)]


def test_the_day_before_the_month_is_not_used() -> None:
    found = read(birthday=["05-12", "31-12"])
    assert found.frame.is_empty()
    assert "day before the month, as in '31-12'" in found.notes[0].text


def test_texts_are_not_used() -> None:
    found = read(birthday=["in spring", "never"])
    assert found.frame.is_empty()
    assert codes(found) == ["occasion_unused"]


def test_cells_that_are_no_dates_are_told() -> None:
    found = read(birthday=["1980-05-12", "1980-13-12", "02-30", "1975-12-31", "1990-01-02"])
    assert [who for who, *_ in days(found)] == ["c000", "c003", "c004"]
    assert "2 cells are no dates" in next(note.text for note in found.notes if note.code == "occasion_unreadable")


@pytest.mark.parametrize(
    "nothing", ["1900-01-01", "1901-01-01", "0001-01-01", "0000-00-00", "1899-12-30", "9999-12-31", "2024-07-01"]
)
def test_dates_that_stand_for_nothing_are_ignored_and_counted(nothing: str) -> None:
    found = read(birthday=["1980-05-12", nothing, "1975-12-31", "1990-03-04", "1991-04-05", nothing])
    assert [who for who, *_ in days(found)] == ["c000", "c002", "c003", "c004"]
    assert "2 dates stand for nothing" in next(note.text for note in found.notes if note.code == "occasion_placeholder")


def test_a_first_of_january_that_many_share_stands_for_nothing() -> None:
    many = ["1970-01-01"] * 5 + ["1980-05-12"] * 9 + ["1990-01-01"] * 2
    found = read(birthday=many)
    assert len(days(found)) == 11
    assert len(days(read(birthday=many[1:]))) == 15
    assert "occasion_placeholder" in codes(found)


def test_an_empty_column_says_so_by_its_count() -> None:
    found = read(birthday=pl.Series([None, None], dtype=pl.String).to_list())
    assert found.frame.is_empty()
    assert found.notes[0].text.endswith("of 0")
