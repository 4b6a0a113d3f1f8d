from __future__ import annotations

import pytest
from change_cases import codes, column, facts, states, weeks

SHOP = (
    ("already lost", "2024-05-01", 5),
    ("kept", "2024-06-20", 10),
    ("kept", "2024-06-26", 12),
    ("kept after a while", "2024-06-13", 7),
    ("kept after a while", "2024-06-28", 8),
    ("lost", "2024-06-15", 30),
    ("lost after a last order", "2024-06-19", 31),
    ("new", "2024-06-24", 100),
    ("new", "2024-06-30", 50),
    ("paused", "2024-06-20", 40),
    ("returned", "2024-06-12", 3),
    ("returned", "2024-06-24", 4),
)


def test_each_customer_has_the_state_that_fits_first() -> None:
    assert states(weeks(SHOP, lost_after_days=10)) == {
        "kept": "kept",
        "kept after a while": "kept",
        "lost": "lost",
        "lost after a last order": "lost",
        "new": "new",
        "paused": "paused",
        "returned": "returned",
    }


def test_silence_of_exactly_the_window_is_not_yet_too_long() -> None:
    # Silent for 10 days on 30 June (paused) and for 10 days on 23 June (kept); a day less of patience changes both.
    rows = (("a", "2024-06-20", 1), ("b", "2024-06-13", 1), ("b", "2024-06-24", 1))
    assert states(weeks(rows, lost_after_days=10)) == {"a": "paused", "b": "kept"}
    assert states(weeks(rows, lost_after_days=9)) == {"a": "lost", "b": "returned"}


def test_the_ends_of_the_windows() -> None:
    rows = (("a", "2024-06-16", 1), ("b", "2024-06-17", 1), ("c", "2024-06-23", 1), ("d", "2024-06-24", 1))
    found = weeks(rows, lost_after_days=100)
    assert states(found) == {"b": "paused", "c": "paused", "d": "new"}
    assert facts(found)["orders_before"] == 2


def test_who_did_nothing_and_is_not_lost_does_not_occur() -> None:
    assert states(weeks((("a", "2024-06-10", 1), ("b", "2024-06-30", 1)), lost_after_days=60)) == {"b": "new"}


def test_a_refund_is_no_order() -> None:
    rows = (
        ("gave back", "2024-06-12", 50),
        ("gave back", "2024-06-26", -20),
        ("lost", "2024-05-25", 9),
        ("lost", "2024-06-27", -9),
        ("paused", "2024-06-18", 30),
        ("paused", "2024-06-25", -30),
    )
    found = weeks(rows, lost_after_days=30)
    assert states(found) == {"gave back": "no_order", "lost": "lost", "paused": "paused"}
    assert column(found, "customers", "customer_id", "revenue") == {"gave back": -20, "lost": -9, "paused": -30}
    assert column(found, "customers", "customer_id", "orders") == {"gave back": 0, "lost": 0, "paused": 0}
    assert facts(found)["active_customers"] == 0


def test_the_rows_of_a_customer() -> None:
    row = weeks(SHOP, lost_after_days=10).tables["customers"].row(4, named=True)
    assert row["customer_id"] == "new"
    assert (row["orders"], row["orders_before"], row["revenue"], row["revenue_before"]) == (2, 0, 150, 0)
    assert (row["change"], row["past_revenue"], row["silent_days"]) == (150, 150, 0)
    assert (row["first_date"].isoformat(), row["last_date"].isoformat()) == ("2024-06-24", "2024-06-30")


def test_customers_not_lost_are_those_before_and_what_came_and_went() -> None:
    found = facts(weeks(SHOP, lost_after_days=10))
    assert found["current_before"] == 5  # both kept, both lost, paused
    assert found["current_customers"] == 5  # both kept, new, paused, returned
    assert found["new_customers"] + found["returned_customers"] - found["lost_customers"] == 0
    assert found["lost_past_revenue"] == 61


def test_states_add_up_to_all() -> None:
    table = weeks(SHOP, lost_after_days=10).tables["states"]
    assert table["state"].to_list() == ["new", "returned", "kept", "paused", "lost", "no_order"]
    assert table["customers"].to_list() == [1, 1, 2, 1, 2, 0]
    assert table["revenue"].to_list() == [150, 4, 20, 0, 0, 0]
    assert table["revenue_before"].to_list() == [0, 0, 10, 40, 31, 0]
    assert table["change"].to_list() == [150, 4, 10, -40, -31, 0]


def test_the_churn_window_is_that_of_the_earlier_date() -> None:
    # Up to 23 June all returns come within 20 days; the longer return after it does not count yet.
    rows = [(name, f"2024-05-{day}", 1) for name in "abc" for day in ("05", "25")]
    rows += [("a", "2024-06-10", 1), ("b", "2024-06-29", 1)]
    found = weeks(rows)
    assert facts(found)["lost_after_days"] == 20
    # b was silent for 29 days on 23 June, a for 20 on 30 June, c was lost before.
    assert states(found) == {"b": "returned"}


def test_without_any_return_nobody_is_lost() -> None:
    found = weeks((("a", "2023-01-01", 1), ("b", "2024-06-29", 1)))
    assert facts(found)["lost_after_days"] is None
    assert (facts(found)["lost_customers"], facts(found)["current_customers"]) == (0, 2)
    assert "change_no_churn_window" in codes(found)


def test_a_churn_window_shorter_than_the_windows_is_lengthened() -> None:
    rows = [("a", f"2024-06-{day:02d}", 1) for day in range(1, 29)]
    found = weeks(rows)
    assert facts(found)["lost_after_days"] == 7
    assert "change_short_churn_window" in codes(found)
    assert states(found) == {"a": "kept"}


def test_nobody_before_is_no_error() -> None:
    found = weeks((("a", "2024-06-24", 5), ("b", "2024-06-30", 6)))
    assert states(found) == {"a": "new", "b": "new"}
    assert facts(found)["nrr"] is None
    assert facts(found)["revenue_change_share"] is None
    assert facts(found)["bridge_customers"] == 11


@pytest.mark.parametrize(("first", "warned"), [("2024-06-17", False), ("2024-06-18", True), ("2024-06-25", True)])
def test_a_window_that_the_transactions_do_not_cover_is_told(first: str, warned: bool) -> None:  # noqa: FBT001
    found = weeks((("a", first, 5), ("a", "2024-06-30", 6)))
    assert ("change_uncovered" in codes(found)) is warned


def test_windows_without_orders_are_told() -> None:
    found = weeks((("a", "2024-03-01", 5), ("a", "2024-04-01", 6)))
    assert codes(found) == ["change_no_orders"]
    assert facts(found)["revenue_now"] == 0
    assert found.tables["customers"].is_empty()
