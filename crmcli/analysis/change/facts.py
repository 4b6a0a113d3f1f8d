"""The headline facts of the comparison of two windows; their names are stable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.change.flows import CHURNED, CONTRACTION, EXPANSION, NEW_FLOW, REACTIVATED, START
from crmcli.analysis.change.states import KEPT, LOST, NEW, PAUSED, RETURNED
from crmcli.analysis.result import Fact
from crmcli.analysis.segment.money import mean_money, minor_units, money
from crmcli.analysis.views import Kind

if TYPE_CHECKING:
    from crmcli.analysis.change.compare import Change
    from crmcli.analysis.change.flows import Flows
    from crmcli.analysis.change.states import Movement
    from crmcli.analysis.change.totals import Totals
    from crmcli.analysis.change.windows import Windows

_MONEY, _SHARE = "money", "of 1"


def change_facts(change: Change, money_scale: int) -> tuple[Fact, ...]:
    """What a reader wants to know first: how much money, how many customers, and why it changed."""
    return (
        *_dates(change.windows),
        *_revenue(change.totals, money_scale),
        *_activity(change.totals, money_scale),
        *_states(change.movement, money_scale),
        Fact("lost_after_days", "Silence that counts as lost", change.silence.days, Kind.INTEGER, "days"),
        *_rates(change.flows),
        *_bridge(change.totals, money_scale),
        *_flows(change.flows, money_scale),
    )


def _dates(windows: Windows) -> tuple[Fact, ...]:
    return (
        Fact("window_first_day", "From", windows.first_day, Kind.DATE),
        Fact("window_last_day", "To", windows.now, Kind.DATE),
        Fact("before_first_day", "Compared with, from", windows.first_day_before, Kind.DATE),
        Fact("before_last_day", "Compared with, to", windows.then, Kind.DATE),
    )


def _revenue(found: Totals, scale: int) -> tuple[Fact, ...]:
    now, before = found.now.revenue_units, found.before.revenue_units
    part = (now - before) / before if before > 0 else None
    return (
        _money("revenue_now", "Revenue net of refunds", now, scale),
        _money("revenue_before", "The same before", before, scale),
        _money("revenue_change", "Change of revenue", now - before, scale),
        Fact("revenue_change_share", "Change ÷ revenue before", part, Kind.SHARE, _SHARE),
        _money("sales_now", "Sales before refunds", found.now.sales.units, scale, minor=True),
        _money("sales_before", "The same before", found.before.sales.units, scale, minor=True),
        _money("refunds_now", "Refunds", found.now.refund_units, scale),
        _money("refunds_before", "The same before", found.before.refund_units, scale, minor=True),
    )


def _activity(found: Totals, scale: int) -> tuple[Fact, ...]:
    now, before = found.now, found.before
    worth, worth_before = (mean_money(side.sales.units, side.sales.orders, scale) for side in (now, before))
    return (
        _customers("active_customers", "Customers with an order", now.sales.customers),
        _customers("active_before", "The same before", before.sales.customers),
        Fact("orders_now", "Orders", now.sales.orders, Kind.INTEGER, "orders"),
        Fact("orders_before", "The same before", before.sales.orders, Kind.INTEGER, "orders"),
        Fact(
            "orders_per_customer_now", "Orders per customer", now.orders_per_customer, Kind.NUMBER, "orders", minor=True
        ),
        Fact(
            "orders_per_customer_before",
            "The same before",
            before.orders_per_customer,
            Kind.NUMBER,
            "orders",
            minor=True,
        ),
        Fact("order_value_now", "Sales per order", worth, Kind.MONEY, _MONEY, minor=True),
        Fact("order_value_before", "The same before", worth_before, Kind.MONEY, _MONEY, minor=True),
    )


def _states(found: Movement, scale: int) -> tuple[Fact, ...]:
    counts = dict(found.frame.group_by("state").len().iter_rows())
    lost = found.frame.filter(pl.col("state") == LOST).select(minor_units("past_revenue").sum()).item()
    return (
        _customers("new_customers", "New customers", counts.get(NEW, 0)),
        _customers("returned_customers", "Returned customers", counts.get(RETURNED, 0)),
        _customers("kept_customers", "Kept customers", counts.get(KEPT, 0)),
        _customers("paused_customers", "Paused customers", counts.get(PAUSED, 0)),
        _customers("lost_customers", "Lost customers", counts.get(LOST, 0)),
        _money("lost_past_revenue", "What the lost had brought so far", int(lost), scale),
        _customers("current_customers", "Customers who are not lost", found.current),
        _customers("current_before", "The same before", found.current_before),
    )


def _rates(found: Flows) -> tuple[Fact, ...]:
    return (
        Fact("nrr", "Net revenue retention", found.nrr, Kind.SHARE, _SHARE),
        Fact("grr", "Gross revenue retention", found.grr, Kind.SHARE, _SHARE),
        Fact("quick_ratio", "Quick ratio", found.quick_ratio, Kind.NUMBER, "ratio"),
    )


def _bridge(found: Totals, scale: int) -> tuple[Fact, ...]:
    parts = found.parts
    return (
        _money("bridge_customers", "Change by the number of customers", parts.customers, scale),
        _money("bridge_orders_per_customer", "By orders per customer", parts.orders_per_customer, scale),
        _money("bridge_order_value", "By the value of an order", parts.order_value, scale),
        _money("bridge_refunds", "By refunds", found.refund_change, scale),
    )


def _flows(found: Flows, scale: int) -> tuple[Fact, ...]:
    labels = {
        START: ("start_revenue", "Sales of the window before"),
        EXPANSION: ("expansion", "Spent more by customers of both windows"),
        CONTRACTION: ("contraction", "Spent less by them"),
        CHURNED: ("churned_revenue", "Sales before of those with none now"),
        NEW_FLOW: ("new_revenue", "Sales to new customers"),
        REACTIVATED: ("reactivated_revenue", "Sales to older customers with none before"),
    }
    return tuple(_money(name, label, found.units[flow], scale, minor=True) for flow, (name, label) in labels.items())


def _money(name: str, label: str, units: int, scale: int, *, minor: bool = False) -> Fact:
    return Fact(name, label, money(units, scale), Kind.MONEY, _MONEY, minor)


def _customers(name: str, label: str, count: int) -> Fact:
    return Fact(name, label, count, Kind.INTEGER, "customers")
