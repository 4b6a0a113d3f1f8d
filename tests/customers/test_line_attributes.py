from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from customer_cases import opened

from crmcli.customers.line_attributes import attributes_of_lines
from crmcli.customers.summary import summarise
from crmcli.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from crmcli.customers.attributes import Attributes

SALES = """customer_id,date,amount,Country,Rating
a,2024-01-13,5,France,1
a,2024-01-14,5,Spain,2
a,2024-01-15,5,Spain,2
b,2024-01-13,5, Italy ,3
b,2024-01-14,5,France,3
b,2024-01-15,-5,France,3
c,2024-01-13,5,,4
c,2024-01-14,5,n/a,4
c,2024-02-01,5,Spain,4
,2024-01-13,5,Malta,5
"""


def read(path: Path, text: str, *headings: str, as_of: str = "2024-01-31") -> Attributes:
    path.write_text(text, encoding="utf-8")
    with opened(path) as transactions:
        return attributes_of_lines(transactions, headings, dt.date.fromisoformat(as_of))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sales.csv"


def test_the_value_on_most_lines_counts_and_of_equals_the_first(path: Path) -> None:
    """b bought in Italy and in France once each; refunds, later lines and what is missing have no say."""
    found = read(path, SALES, "country")
    assert dict(found.frame.iter_rows()) == {"a": "Spain", "b": "France", "c": None}
    (note,) = found.notes
    assert note.text.startswith(
        "2 of 2 customers have several values of 'country' (a, b): the one on most lines counts"
    )
    assert note.text.endswith("; 1 has a tie, where the one that sorts first does")


def test_later_lines_count_once_they_are_within_the_time_observed(path: Path) -> None:
    assert dict(read(path, SALES, "country", as_of="2024-02-01").frame.iter_rows())["c"] == "Spain"


def test_numbers_become_numbers_and_columns_stand_side_by_side(path: Path) -> None:
    found = read(path, SALES, "Country", "Rating")
    assert found.frame.select("Rating").to_series().to_list() == [2.0, 3.0, 4.0]
    assert found.names == ("Country", "Rating")
    assert found.is_complete


def test_ids_read_as_in_the_summary(tmp_path: Path) -> None:
    target = tmp_path / "ids.csv"
    rows = "".join(f"{number}.0,2024-01-13,5,x\n" for number in range(30))
    target.write_text(f"customer_id,date,amount,place\n{rows}", encoding="utf-8")
    with opened(target) as transactions:
        summary, _ = summarise(transactions)
        found = attributes_of_lines(transactions, ["place"], summary.as_of)
    assert found.frame["customer_id"].to_list() == summary.frame["customer_id"].to_list()


def test_files_may_hold_the_column_in_different_places(tmp_path: Path) -> None:
    first, second = tmp_path / "1.csv", tmp_path / "2.csv"
    first.write_text("customer_id,date,amount,place\na,2024-01-13,5,x\n", encoding="utf-8")
    second.write_text("place,customer_id,date,amount\ny,b,2024-01-14,5\n", encoding="utf-8")
    with opened(first, second) as transactions:
        found = attributes_of_lines(transactions, ["place"], dt.date(2024, 1, 31))
    assert found.frame.rows() == [("a", "x"), ("b", "y")]


def test_a_column_that_is_not_there_is_refused_with_the_nearest(path: Path) -> None:
    with pytest.raises(InputError) as raised:
        read(path, SALES, "Contry")
    assert "has no column 'Contry', which --attribute names" in raised.value.problem
    assert raised.value.remedy == "Did you mean 'Country'?"
