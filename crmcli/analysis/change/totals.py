"""What all customers together did in each of two windows, and the bridge from one to the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.change.bridge import Sales, bridge_parts
from crmcli.analysis.change.views import BRIDGE
from crmcli.analysis.conform import view_schema
from crmcli.analysis.segment.money import minor_units, money

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcli.analysis.change.bridge import Parts

REVENUE_BEFORE, REFUNDS, REVENUE_NOW = "revenue_before", "refunds", "revenue_now"
FACTORS = ("customers", "orders_per_customer", "order_value")


@dataclass(frozen=True, slots=True)
class Window:
    """What was sold in one window, and what of it or of earlier sales went back (`refund_units`, at most 0)."""

    sales: Sales
    refund_units: int

    @property
    def revenue_units(self) -> int:
        """Money net of refunds, in minor units."""
        return self.sales.units + self.refund_units

    @property
    def orders_per_customer(self) -> float | None:
        """Orders per customer with an order; None without any."""
        return self.sales.orders / self.sales.customers if self.sales.customers else None

    def order_value(self, money_scale: int) -> float | None:
        """Sales per order in money; None without any."""
        return self.sales.units / (self.sales.orders * 10**money_scale) if self.sales.orders else None


@dataclass(frozen=True, slots=True)
class Totals:
    """Both windows, and what each factor of sales contributes to the change."""

    before: Window
    now: Window
    parts: Parts

    @property
    def refund_change(self) -> int:
        """What refunds add to the change of revenue."""
        return self.now.refund_units - self.before.refund_units


def totals(frame: pl.DataFrame) -> Totals:
    """The totals over the customers of a `Movement`."""
    before, now = _window(frame, "_before"), _window(frame, "")
    return Totals(before, now, bridge_parts(before.sales, now.sales))


def _window(frame: pl.DataFrame, ending: str) -> Window:
    orders, sales, revenue = (f"{name}{ending}" for name in ("orders", "sales", "revenue"))
    found = frame.select(
        customers=(pl.col(orders) > 0).sum(),
        orders=pl.col(orders).sum(),
        sales=minor_units(sales).sum(),
        revenue=minor_units(revenue).sum(),
    ).row(0)
    customers, count, sold, net = (int(value) for value in found)
    return Window(Sales(customers, count, sold), net - sold)


def bridge_table(found: Totals, money_scale: int) -> pl.DataFrame:
    """The `bridge` view."""
    parts, before, now = found.parts, found.before, found.now
    amounts: Mapping[str, int] = {
        REVENUE_BEFORE: before.revenue_units,
        "customers": parts.customers,
        "orders_per_customer": parts.orders_per_customer,
        "order_value": parts.order_value,
        REFUNDS: found.refund_change,
        REVENUE_NOW: now.revenue_units,
    }
    sides = [_factors(window, money_scale) for window in (before, now)]
    rows = [(name, money(units, money_scale), *(side.get(name) for side in sides)) for name, units in amounts.items()]
    return pl.DataFrame(rows, schema=view_schema(BRIDGE, money_scale), orient="row")


def _factors(window: Window, money_scale: int) -> dict[str, float | None]:
    return {
        "customers": float(window.sales.customers),
        "orders_per_customer": window.orders_per_customer,
        "order_value": window.order_value(money_scale),
        REFUNDS: window.refund_units / 10**money_scale,
    }
