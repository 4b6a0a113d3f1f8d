"""Over- and under-managed groups: indices, verdicts and amounts worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli.analysis.segment.constants import Constants
from crmcli.analysis.segment.management import apportioned, management
from crmcli.customers.contacts import ContactCosts
from crmcli.errors import InputError

if TYPE_CHECKING:
    from crmcli.analysis.segment.management import Management

MONEY = pl.Decimal(38, 2)


def customers(*rows: tuple[str, str, str]) -> pl.DataFrame:
    """customer_id, group, value."""
    typed = [(customer, group, Decimal(value)) for customer, group, value in rows]
    return pl.DataFrame(typed, schema={"customer_id": pl.String, "group": pl.String, "value": MONEY}, orient="row")


def costs(**cost: str) -> ContactCosts:
    rows = sorted((customer, Decimal(amount)) for customer, amount in cost.items())
    frame = pl.DataFrame(rows, schema={"customer_id": pl.String, "cost": MONEY}, orient="row")
    return ContactCosts("contacts.csv", frame, "money")


FOUR = customers(("a", "best", "600"), ("b", "best", "200"), ("c", "small", "150"), ("d", "gone", "50"))


def codes(found: Management) -> list[str]:
    return [note.code for note in found.notes]


def test_the_worked_fixture() -> None:
    """Value shares .80, .15, .05; costs 40, 30, 30 of 100: indices .5, 2, 6; to move +40, −15, −25."""
    found = management(FOUR, costs(a="40", c="30", d="30"), 2)
    assert found.table.rows() == [
        ("best", 2, Decimal(40), 0.4, 0.8, 0.5, "under_managed", Decimal(40)),
        ("small", 1, Decimal(30), 0.3, 0.15, 2.0, "over_managed", Decimal(-15)),
        ("gone", 1, Decimal(30), 0.3, 0.05, 6.0, "over_managed", Decimal(-25)),
    ]
    facts = {fact.name: fact.value for fact in found.facts}
    assert facts == {
        "contact_cost": Decimal(100),
        "over_managed_amount": Decimal(40),
        "under_managed_amount": Decimal(40),
    }
    assert codes(found) == ["customers_without_contact"]


@pytest.mark.parametrize(
    ("cost", "index", "verdict"),
    [
        ("1500", 1.5, "balanced"),
        ("1501", 1.501, "over_managed"),
        ("670", 0.67, "balanced"),
        ("669", 0.669, "under_managed"),
    ],
)
def test_the_limits_themselves_are_balanced(cost: str, index: float, verdict: str) -> None:
    rest = str(10_000 - int(cost))
    found = management(customers(("a", "x", "10"), ("b", "y", "90")), costs(a=cost, b=rest), 2).table
    row = found.row(by_predicate=pl.col("segment") == "x", named=True)
    assert (row["index"], row["verdict"]) == (pytest.approx(index, abs=1e-12), verdict)


def test_the_limits_are_constants() -> None:
    found = management(FOUR, costs(a="40", c="30", d="30"), 2, Constants(over_managed=3, under_managed=0.4))
    assert found.table["verdict"].to_list() == ["balanced", "balanced", "over_managed"]


def test_cost_without_value_is_over_managed_and_nothing_at_all_is_balanced() -> None:
    rows = customers(("a", "good", "10"), ("b", "loss", "-5"), ("c", "nil", "0"))
    found = management(rows, costs(a="1", b="3"), 2)
    assert found.table.select("segment", "value_share", "index", "verdict", "shift_amount").rows() == [
        ("good", 1.0, 0.25, "under_managed", Decimal(3)),
        ("nil", 0.0, None, "balanced", Decimal(0)),
        ("loss", 0.0, None, "over_managed", Decimal(-3)),
    ]
    assert codes(found) == ["customers_without_contact", "management_negative_value"]


def test_without_any_value_there_is_no_index_and_nothing_to_move() -> None:
    found = management(customers(("a", "x", "0"), ("b", "y", "-1")), costs(a="1"), 2).table
    assert found.select("value_share", "index", "shift_amount").rows() == [(None, None, None)] * 2


def test_without_any_cost_there_is_no_index() -> None:
    found = management(customers(("a", "x", "1")), costs(a="0"), 2).table
    assert found.select("cost_share", "index", "verdict", "shift_amount").rows() == [
        (None, None, "balanced", Decimal(0))
    ]


def test_costs_of_strangers_are_told_with_their_money() -> None:
    found = management(FOUR, costs(a="40", zed="2.50"), 2)
    note = next(note for note in found.notes if note.code == "contacts_without_customer")
    assert "1 of 2 customers in contacts.csv have no order up to as_of; their cost of 2.50" in note.text
    with pytest.raises(InputError, match="none of its 1 customer ids"):
        management(FOUR, costs(zed="2.50"), 2)


def test_apportioning_rounds_by_the_largest_remainder() -> None:
    assert apportioned(100, [1, 1, 1]) == [34, 33, 33]
    assert apportioned(10, [3, 3, 1]) == [4, 4, 2]  # 4.29, 4.29, 1.43: the last unit goes to 1.43
    assert apportioned(7, [0, 0]) == [None, None]


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**9), min_size=1, max_size=12))
def test_what_is_apportioned_is_the_total(total: int, weights: list[int]) -> None:
    parts = apportioned(total, weights)
    if sum(weights):
        numbers = [part for part in parts if part is not None]
        assert sum(numbers) == total
        assert all(abs(part - total * weight / sum(weights)) < 1 for part, weight in zip(numbers, weights, strict=True))


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.integers(-50, 500), st.integers(0, 90)), min_size=1, max_size=20))
def test_what_is_taken_is_what_is_given(rows: list[tuple[str, int, int]]) -> None:
    people = customers(*((f"c{i:02d}", group, str(value)) for i, (group, value, _) in enumerate(rows)))
    found = management(people, costs(**{f"c{i:02d}": str(cost) for i, (_, _, cost) in enumerate(rows)}), 2).table
    if found["shift_amount"].null_count() == 0:
        assert found["shift_amount"].sum() == 0
    assert found["customers"].sum() == len(rows)
    assert found["cost"].sum() == sum(cost for _, _, cost in rows)
