"""CLV1 … CLV6: the worked example, the identity, and what happens when columns are missing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli.analysis.clv.decomposition import PARTS, decompose
from crmcli.analysis.clv.units import DAYS_PER_YEAR

START = dt.date(2021, 1, 1)
COLUMNS = ("customer", "date", "refund", "amount", "quantity", "category", "reference_price", "cost", "service_cost")

Line = tuple[int, str, float, float, float, float, float]
EXAMPLE: list[Line] = [
    (0, "A", 10, 10, 10, 6, 8),
    (1, "A", 12, 10.5, 10, 6, 6),
    (1, "B", 5, 20, 20, 12, 3),
    (2, "A", 12, 11, 10, 6, 5),
]
"""year, category, quantity, price paid, reference price, unit cost, service cost."""


def frame(lines: list[Line], customer: int = 0) -> pl.DataFrame:
    rows = [
        (
            customer,
            START + dt.timedelta(days=365 * year),
            False,
            paid * units,
            units,
            category,
            reference,
            unit * units,
            service,
        )
        for year, category, units, paid, reference, unit, service in lines
    ]
    schema = dict.fromkeys(COLUMNS, pl.Float64) | {
        "customer": pl.UInt32,
        "date": pl.Date,
        "refund": pl.Boolean,
        "category": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def parts(lines: pl.DataFrame, **options: Any) -> dict[str, float | None]:
    return decompose(lines, 0.1, **options).table.row(0, named=True)


def test_the_worked_example() -> None:
    found = parts(frame(EXAMPLE))
    expected = {"clv1": 32.0, "clv2": 66.644628, "clv3": 32.727273, "clv4": 7.983471, "clv6": 15.371901}
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-6)
    assert found["total_without_referral"] == pytest.approx(154.727273, abs=1e-6)


def test_missing_columns_move_their_money_and_keep_the_total() -> None:
    whole = frame(EXAMPLE)
    total = parts(whole)["total_without_referral"]
    for absent, part in (("category", "clv3"), ("reference_price", "clv6"), ("referrer", "clv5")):
        found = decompose(whole.drop(absent, strict=False), 0.1)
        assert found.table[part].to_list() == [None]
        assert absent in found.missing
        assert found.table["total_without_referral"].to_list() == pytest.approx([total])


def test_without_quantity_neither_service_nor_price_can_be_told() -> None:
    found = parts(frame(EXAMPLE).drop("quantity"))
    assert (found["clv4"], found["clv6"]) == (None, None)
    assert found["total_without_referral"] == pytest.approx(154.727273, abs=1e-6)


def test_without_a_cost_parts_are_revenue_or_an_assumed_margin() -> None:
    lines = frame(EXAMPLE).drop("cost", "service_cost")
    assert parts(lines)["clv1"] == pytest.approx(100.0)
    assert parts(lines, margin_share=0.25)["clv1"] == pytest.approx(25.0)
    assert "cost" in decompose(lines, 0.1).missing
    assert "cost" not in decompose(lines, 0.1, margin_share=0.25).missing


def test_referred_customers_count_for_the_referrer_and_not_in_any_total() -> None:
    referrer = frame(EXAMPLE).with_columns(referrer=pl.lit(None, pl.UInt32))
    later = frame([(1, "A", 10, 10, 10, 6, 0), (3, "A", 10, 10, 10, 6, 0)], customer=1)
    both = pl.concat([referrer, later.with_columns(referrer=pl.lit(0, pl.UInt32))])
    rows = decompose(both, 0.1).table.rows(named=True)
    assert rows[0]["clv5"] == pytest.approx(40 / 1.1)
    assert rows[1]["clv5"] == 0.0
    assert rows[0]["total_without_referral"] == pytest.approx(154.727273, abs=1e-6)


def test_nobody_refers_themselves() -> None:
    lines = frame(EXAMPLE).with_columns(referrer=pl.lit(0, pl.UInt32))
    assert parts(lines)["clv5"] == 0.0


lines_of_orders = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from("ABC"),
        st.integers(1, 20).map(float),
        st.integers(0, 50).map(float),
        st.integers(0, 50).map(float),
        st.integers(0, 40).map(float),
        st.integers(0, 30).map(float),
    ),
    min_size=1,
    max_size=12,
)


@given(lines_of_orders, st.sampled_from([0.0, 0.03, 0.1, 0.5]))
def test_the_parts_sum_to_the_present_value_of_the_margin(lines: list[Line], rate: float) -> None:
    table = frame(lines).sort("date")
    first = table["date"].min()
    years = (table["date"] - first).dt.total_days() / DAYS_PER_YEAR
    margin = table["amount"] - table["cost"] - table["service_cost"]
    expected = sum(one / (1 + rate) ** year for one, year in zip(margin, years, strict=True))
    found = decompose(table, rate).table.row(0, named=True)
    assert sum(found[part] for part in PARTS) == pytest.approx(expected, abs=1e-6)
    assert found["total_without_referral"] == pytest.approx(expected, abs=1e-6)


@given(lines_of_orders)
def test_refunds_take_off_what_they_gave_back(lines: list[Line]) -> None:
    """A line and its refund on the same later day leave the parts as they were, but for service."""
    table = frame([*lines, (5, "A", 7.0, 9.0, 10.0, 6.0, 0.0)]).sort("date")
    money = ("amount", "quantity", "cost")
    bought = frame([(5, "B", 3.0, 4.0, 5.0, 1.0, 0.0)])
    back = bought.with_columns(-pl.col(money), refund=pl.lit(value=True))
    plain, moved = decompose(table, 0.1), decompose(pl.concat([table, bought, back]), 0.1)
    for part in PARTS:
        assert moved.table[part].to_list() == pytest.approx(plain.table[part].to_list(), abs=1e-6)
