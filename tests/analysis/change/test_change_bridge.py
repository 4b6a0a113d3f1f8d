from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli.analysis.change.bridge import Parts, Sales, bridge_parts


def total(parts: Parts) -> int:
    return parts.customers + parts.orders_per_customer + parts.order_value


def test_one_factor_that_doubles_takes_everything() -> None:
    before = Sales(customers=10, orders=20, units=100_000)
    assert bridge_parts(before, Sales(20, 40, 200_000)) == Parts(100_000, 0, 0)
    assert bridge_parts(before, Sales(10, 40, 200_000)) == Parts(0, 100_000, 0)
    assert bridge_parts(before, Sales(10, 20, 200_000)) == Parts(0, 0, 100_000)


def test_factors_that_double_share_alike() -> None:
    # 1 → 8 units of 1000: ln 2 of ln 8 each, so a third of 7,000 each; the rest of 1 goes to the first.
    assert bridge_parts(Sales(10, 10, 1_000), Sales(20, 40, 8_000)) == Parts(2_334, 2_333, 2_333)


def test_factors_that_cancel_out_show_what_each_did() -> None:
    # Twice the customers at half the order value: L(V, V) = V, so ± V ln 2 = ± 693.147…, and 0 in between.
    assert bridge_parts(Sales(10, 10, 1_000), Sales(20, 20, 1_000)) == Parts(693, 0, -693)


def test_by_the_formula_in_floats() -> None:
    before, now = Sales(40, 70, 512_345), Sales(55, 81, 498_765)
    weight = (now.units - before.units) / math.log(now.units / before.units)
    expected = (
        weight * math.log(55 / 40),
        weight * math.log((81 / 55) / (70 / 40)),
        weight * math.log((498_765 / 81) / (512_345 / 70)),
    )
    found = bridge_parts(before, now)
    assert (found.customers, found.orders_per_customer, found.order_value) == pytest.approx(expected, abs=1)
    assert total(found) == now.units - before.units


@pytest.mark.parametrize(
    ("before", "now", "parts"),
    [
        (Sales(0, 0, 0), Sales(3, 4, 500), Parts(500, 0, 0)),
        (Sales(3, 4, 500), Sales(0, 0, 0), Parts(-500, 0, 0)),
        (Sales(0, 0, 0), Sales(0, 0, 0), Parts(0, 0, 0)),
        (Sales(0, 0, 70), Sales(2, 2, 100), Parts(30, 0, 0)),
        (Sales(3, 4, 500), Sales(5, 5, 0), Parts(0, 0, -500)),
        (Sales(3, 4, 0), Sales(5, 5, 600), Parts(0, 0, 600)),
        (Sales(3, 4, 0), Sales(5, 5, 0), Parts(0, 0, 0)),
    ],
)
def test_windows_without_customers_or_money(before: Sales, now: Sales, parts: Parts) -> None:
    assert bridge_parts(before, now) == parts


def test_a_window_of_hardly_any_money_is_near_the_limit_of_none() -> None:
    few = bridge_parts(Sales(3, 4, 10**30), Sales(5, 5, 1))
    assert few.order_value < -0.98 * 10**30
    assert total(few) == 1 - 10**30


@st.composite
def sales(draw: st.DrawFn, most: int = 10**37) -> Sales:
    customers = draw(st.integers(0, 10**6))
    orders = draw(st.integers(customers, 10**7)) if customers else 0
    return Sales(customers, orders, draw(st.integers(0, most)))


@given(sales(), sales())
def test_the_parts_always_add_up_exactly(before: Sales, now: Sales) -> None:
    assert total(bridge_parts(before, now)) == now.units - before.units


@given(sales(), st.integers(-3, 3))
def test_also_for_amounts_that_hardly_differ(before: Sales, step: int) -> None:
    now = Sales(before.customers + 1, before.orders + 5, max(before.units + step, 0))
    assert total(bridge_parts(before, now)) == now.units - before.units


@given(sales(10**12), sales(10**12))
def test_the_way_back_is_the_same_with_the_other_sign(before: Sales, now: Sales) -> None:
    there, back = bridge_parts(before, now), bridge_parts(now, before)
    assert abs(there.customers + back.customers) <= 1
    assert abs(there.orders_per_customer + back.orders_per_customer) <= 1
    assert abs(there.order_value + back.order_value) <= 1
