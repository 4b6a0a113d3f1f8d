from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from crmcli.customers.attributes import Attributes
from crmcli.customers.contacts import ContactColumns, costs_of_attribute, read_contacts
from crmcli.errors import InputError, TooLittleDataError
from crmcli.transactions.options import ReadOptions

if TYPE_CHECKING:
    from pathlib import Path

    from crmcli.customers.contacts import ContactCosts

AS_OF = dt.date(2024, 6, 30)
DATED = "customer_id,date,contact_cost\na,2024-06-30,1.25\nb,2024-07-01,9\na,2024-01-01,0.005\nb,2023-12-31,2\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "contacts.csv"


def read(
    path: Path, text: str, columns: ContactColumns | None = None, options: ReadOptions | None = None
) -> ContactCosts:
    path.write_text(text, encoding="utf-8")
    return read_contacts(
        str(path), "--contacts", options or ReadOptions(), columns or ContactColumns(), as_of=AS_OF, stdin=io.BytesIO()
    )


def costs(found: ContactCosts) -> dict[str, Decimal]:
    return dict(found.frame.iter_rows())


def codes(found: ContactCosts) -> list[str]:
    return [note.code for note in found.notes]


def test_costs_up_to_as_of_are_summed_up_exactly(path: Path) -> None:
    found = read(path, DATED)
    assert costs(found) == {"a": Decimal("1.25"), "b": Decimal(2)}  # 0.005 is half a cent and rounds to the even one.
    assert found.unit == "money"
    assert codes(found) == ["contact_cost", "contacts_out_of_time", "contacts_span"]


def test_a_column_called_date_comes_before_others_that_could_be_one(path: Path) -> None:
    text = "customer_id,order_date,date,cost\na,2024-07-02,2024-06-30,1\na,2024-06-30,2024-07-02,2\n"
    assert costs(read(path, text)) == {"a": Decimal(1)}


def test_of_two_dates_none_is_chosen(path: Path) -> None:
    with pytest.raises(InputError, match="2 columns could be the date of a contact: 'order_date', 'created_at'"):
        read(path, "customer_id,order_date,created_at,cost\na,2024-07-02,2024-06-30,1\n")


def test_since_leaves_out_earlier_contacts(path: Path) -> None:
    assert costs(read(path, DATED, options=ReadOptions(since=dt.date(2024, 1, 1)))) == {"a": Decimal("1.25")}


def test_rows_are_counted_where_no_cost_is_known(path: Path) -> None:
    text = "customer_id,channel\na,call\na,visit\nb,call\n"
    found = read(path, text)
    assert (costs(found), found.unit) == ({"a": Decimal(2), "b": Decimal(1)}, "contacts")
    assert codes(found) == ["contact_cost_unknown", "contacts_undated"]
    priced = read(path, text, ContactColumns(cost_each=Decimal("7.50")))
    assert (costs(priced), priced.unit) == ({"a": Decimal("15.00"), "b": Decimal("7.50")}, "money")


def test_a_number_of_contacts_per_customer_counts(path: Path) -> None:
    assert costs(read(path, "客户编号,联系次数\na,3\nb,0\n")) == {"a": Decimal(3), "b": Decimal(0)}


def test_two_cost_columns_are_never_guessed(path: Path) -> None:
    text = "customer_id,cost,contact cost\na,1,2\n"
    with pytest.raises(InputError, match="2 columns could be the cost"):
        read(path, text)
    assert costs(read(path, text, ContactColumns(cost_column="cost"))) == {"a": Decimal(1)}


def test_unreadable_and_negative_costs_are_left_out_up_to_the_limit(path: Path) -> None:
    text = "customer_id,cost\na,1\nb,x\nc,-3\nd,2\ne,4\n"
    found = read(path, text)
    assert costs(found) == {"a": Decimal(1), "d": Decimal(2), "e": Decimal(4)}
    assert "2 of 5 rows" in found.notes[-1].text
    assert "first line 3" in found.notes[-1].text
    with pytest.raises(InputError):
        read(path, text, options=ReadOptions(strict=True))


def test_nothing_left_is_too_little(path: Path) -> None:
    with pytest.raises(TooLittleDataError):
        read(path, "customer_id,date,cost\na,2025-01-01,3\n")


def attributes(**columns: Any) -> Attributes:
    return Attributes("customers.csv", pl.DataFrame({"customer_id": ["a", "b", "c"], **columns}))


def test_a_cost_to_serve_may_be_an_attribute() -> None:
    found = costs_of_attribute(attributes(**{"Cost to serve": [0.1, None, 2.675]}), None, 2)
    assert found is not None
    assert costs(found) == {"a": Decimal("0.10"), "c": Decimal("2.68")}  # 2.675 as written, half to the even cent.
    assert costs_of_attribute(attributes(cost=[1.0, 2.0, 3.0]), None, 2) is None
    named = costs_of_attribute(attributes(cost=[1.0, 2.0, 3.0]), "cost", 2)
    assert named is not None
    assert named.frame["cost"].to_list() == [1, 2, 3]


@pytest.mark.parametrize(
    ("columns", "heading", "words"),
    [
        ({"x": ["1", "2", "y"]}, "x", "holds texts"),
        ({"x": [1.0, -2.0, 0.0]}, "x", "1 customers have a negative cost"),
        ({"x": [1.0, 2.0, 0.0]}, "y", "has no column 'y'"),
        ({"service cost": [1.0, 1.0, 1.0], "cost_to_serve": [1.0, 1.0, 1.0]}, None, "2 columns could be"),
    ],
)
def test_a_cost_to_serve_that_cannot_be_used_is_refused(
    columns: dict[str, Any], heading: str | None, words: str
) -> None:
    with pytest.raises(InputError) as raised:
        costs_of_attribute(attributes(**columns), heading, 2)
    assert words in raised.value.problem
