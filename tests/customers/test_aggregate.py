from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcli.customers import aggregate
from crmcli.customers.aggregate import CustomerCollisionError, aggregate_customers
from crmcli.customers.lines import DAY_BITS, DAY_ZERO, Lines
from crmcli.customers.partitions import sorted_parts
from crmcli.transactions.codes import Defect, Rule

SHARED_BITS = 1 << 63
"""Added to each small number it makes customers that agree in all leading bits."""


class Line(NamedTuple):
    customer: int | None
    day: int | None = 0
    cents: int | None = 100
    refund: bool | None = False
    order: int | None = None
    cost: int | None = None
    code: int = 0


def lines_of(rows: list[Line], *, orders: bool = False, cost: bool = False, exact: bool = False) -> Lines:
    money = pl.Decimal(38, 2)

    def column(name: str, dtype: Any) -> pl.Series:
        return pl.Series(name, [getattr(row, name) for row in rows], dtype=dtype)

    columns: dict[str, pl.Series] = {
        "customer": column("customer", pl.UInt64),
        "day": column("day", pl.Int32),
        "tag": pl.Series([tag_of(row) for row in rows], dtype=pl.UInt64),
        "amount": column("cents", pl.Int64).cast(pl.Int128).cast(money) / 100,
        "refund": column("refund", pl.Boolean),
        "code": column("code", pl.UInt8),
    }
    columns["amount"] = columns["amount"].cast(money)
    if orders:
        columns["order"] = column("order", pl.UInt64)
    if cost:
        columns["cost"] = (column("cost", pl.Int64).cast(money) / 100).cast(money)
    return Lines(pl.DataFrame(columns), exact)


def tag_of(row: Line) -> int:
    return (((row.customer or 0) % (2**40)) << DAY_BITS) | ((row.day or 0) - DAY_ZERO)


def slow(rows: list[Line], *, orders: bool, cost: bool) -> dict[int, dict[str, Any]]:
    """The same by customer, one line after the other."""
    groups: defaultdict[int, list[Line]] = defaultdict(list)
    for row in rows:
        if row.code == 0 and row.customer is not None:
            groups[row.customer].append(row)
    return {customer: slow_customer(group, orders=orders, cost=cost) for customer, group in groups.items()}


def slow_customer(rows: list[Line], *, orders: bool, cost: bool) -> dict[str, Any]:
    sales = sorted((row for row in rows if not row.refund), key=lambda row: row.day or 0)
    begun: dict[object, int] = {}
    for row in sales:
        order = ("order", row.order) if orders and row.order is not None else row.day
        begun.setdefault(order, row.day or 0)
    first = min(begun.values(), default=None)
    found = {
        "lines": len(rows),
        "refund_lines": sum(bool(row.refund) for row in rows),
        "net": cents(row.cents for row in rows),
        "refunds": cents(row.cents for row in rows if row.refund),
        "first_day": first,
        "last_day": max(begun.values(), default=None),
        "purchase_days": len(set(begun.values())),
        "orders": len(begun),
        "first_day_amount": None if first is None else cents(row.cents for row in sales if row.day == first),
    }
    return found | ({"cost": cents(row.cost for row in rows)} if cost else {})


def cents(units: Any) -> Decimal:
    return Decimal(sum(unit or 0 for unit in units)).scaleb(-2)


def by_customer(lines: Lines) -> dict[int, dict[str, Any]]:
    found = aggregate_customers(lines, 2).customers
    ids = lines.frame["customer"]
    return {ids[row.pop("row")]: row for row in found.to_dicts()}


ROWS = st.builds(
    Line,
    customer=st.one_of(st.integers(0, 5), st.integers(0, 5).map(lambda low: SHARED_BITS + low)),
    day=st.integers(-2, 4),
    cents=st.integers(-(10**4), 10**4) | st.just(10**15),
    refund=st.booleans(),
    order=st.none() | st.integers(1, 3),
    cost=st.none() | st.integers(-5, 5),
    code=st.sampled_from([0, 0, 0, int(Rule.WHERE)]),
)
UNUSED = [
    Line(None, code=int(Rule.NO_CUSTOMER)),
    Line(3, None, None, None, code=int(Defect.INVALID_DATE)),
    Line(4, 9, 700, code=int(Rule.AFTER_AS_OF)),
]


class TestAgainstASlowOne:
    @settings(deadline=None, max_examples=150)
    @given(st.lists(ROWS, max_size=25), st.booleans(), st.booleans(), st.integers(1, 8))
    def test_random_lines(self, rows: list[Line], orders: bool, cost: bool, part_lines: int) -> None:  # noqa: FBT001
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(aggregate, "sorted_parts", partial(sorted_parts, part_lines=part_lines))
            found = by_customer(lines_of([*rows, *UNUSED], orders=orders, cost=cost))
        assert found == slow(rows, orders=orders, cost=cost)


class TestOrders:
    def test_an_order_begins_with_its_first_sale(self) -> None:
        rows = [Line(1, 5, order=7), Line(1, 3, -50, refund=True, order=7), Line(1, 4, order=7), Line(1, 6, order=7)]
        (found,) = by_customer(lines_of(rows, orders=True)).values()
        assert (found["orders"], found["first_day"], found["last_day"], found["purchase_days"]) == (1, 4, 4, 1)
        assert found["first_day_amount"] == Decimal("1.00")

    def test_the_same_order_id_of_two_customers_is_two_orders(self) -> None:
        found = by_customer(lines_of([Line(1, order=7), Line(2, order=7)], orders=True))
        assert [row["orders"] for row in found.values()] == [1, 1]

    def test_missing_order_ids_count_one_order_a_day(self) -> None:
        rows = [Line(1, 0, order=7), Line(1, 0), Line(1, 0), Line(1, 1)]
        (found,) = by_customer(lines_of(rows, orders=True)).values()
        assert (found["orders"], found["purchase_days"]) == (3, 2)

    def test_refunds_alone_make_no_order(self) -> None:
        (found,) = by_customer(lines_of([Line(1, 2, -100, refund=True)])).values()
        assert (found["orders"], found["first_day"], found["first_day_amount"]) == (0, None, None)
        assert (found["refunds"], found["refund_lines"]) == (Decimal("-1.00"), 1)

    def test_an_amount_of_zero_is_an_order(self) -> None:
        (found,) = by_customer(lines_of([Line(1, 2, 0)])).values()
        assert found["orders"] == 1


class TestNothing:
    @pytest.mark.parametrize("rows", [[], UNUSED])
    @pytest.mark.parametrize("cost", [False, True])
    def test_no_used_line_gives_no_customer_but_all_columns(self, rows: list[Line], cost: bool) -> None:  # noqa: FBT001
        nobody = aggregate_customers(lines_of(rows, cost=cost), 2).customers
        somebody = aggregate_customers(lines_of([Line(1)], cost=cost), 2).customers
        assert nobody.height == 0
        assert dict(nobody.schema) == dict(somebody.schema)


class TestCollisions:
    ROWS = (Line(1), Line(2**40 + 1), Line(2), Line(2**40 + 1, 3))

    def two_in_one(self) -> Lines:
        lines = lines_of(list(self.ROWS))
        return Lines(lines.frame.with_columns(tag=pl.Series([tag_of(Line(n)) for n in (1, 2, 3, 4)], dtype=pl.UInt64)))

    def test_hashed_customers_that_collide_are_refused(self) -> None:
        with pytest.raises(CustomerCollisionError):
            aggregate_customers(self.two_in_one(), 2)

    def test_numbered_customers_cannot_collide(self) -> None:
        assert aggregate_customers(Lines(self.two_in_one().frame, exact=True), 2).customers.height == 3

    def test_unused_lines_do_not_collide(self) -> None:
        frame = self.two_in_one().frame.with_columns(code=pl.Series([0, 0, 0, 103], dtype=pl.UInt8))
        assert aggregate_customers(Lines(frame), 2).customers.height == 3
