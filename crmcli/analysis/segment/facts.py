"""The headline facts of the segment analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.result import Fact
from crmcli.analysis.segment.money import minor_units, money
from crmcli.analysis.views import Kind

if TYPE_CHECKING:
    from crmcli.analysis.segment.workbench import Workbench
    from crmcli.customers.summary import CustomerSummary

MONEY_UNIT = "money"
SHARE_UNIT = "of 1"


def segment_facts(bench: Workbench) -> tuple[Fact, ...]:
    """What a reader wants to know first: how many, how much, how recent, how concentrated."""
    customers, measures, value = bench.customers, bench.concentration, bench.value
    return (
        *_totals(customers, bench.summary),
        *_habits(customers),
        *_largest(bench.segments),
        Fact("value_basis", "Value means", value, Kind.TEXT),
        Fact("gini", f"Gini coefficient of {value}", measures["gini"], Kind.NUMBER, SHARE_UNIT),
        Fact(
            "top_20_percent_share",
            f"Best 20 % hold of {value}",
            measures["top_20_percent_share"],
            Kind.SHARE,
            SHARE_UNIT,
        ),
        _count("vip_customers", "VIP customers", customers, pl.col("class") == "vip"),
        _count("abc_ties", "Customers tied across a tier boundary", customers, _has_flag("abc_tie")),
        _count("no_value_customers", "Customers without positive value", customers, _has_flag("no_value")),
    )


def _totals(customers: pl.DataFrame, summary: CustomerSummary) -> tuple[Fact, ...]:
    scale = summary.money_scale
    net = int(customers.select(minor_units("monetary").sum()).item())
    # Refunds are not positive, so that taking them off net revenue gives the gross figure.
    refunds = int(summary.frame.select(pl.col("refunds").cast(pl.Decimal(38, scale)).to_physical().sum()).item())
    return (
        Fact("customers", "Customers", customers.height, Kind.INTEGER, "customers"),
        Fact("orders", "Orders", int(customers["frequency"].sum()), Kind.INTEGER, "orders"),
        Fact("revenue", "Revenue net of refunds", money(net, scale), Kind.MONEY, MONEY_UNIT),
        Fact("revenue_gross", "Revenue before refunds", money(net - refunds, scale), Kind.MONEY, MONEY_UNIT),
        Fact("refunds", "Refunds", money(refunds, scale), Kind.MONEY, MONEY_UNIT),
    )


def _habits(customers: pl.DataFrame) -> tuple[Fact, ...]:
    recency, frequency = customers.select(pl.median("recency_days", "frequency")).row(0)
    return (
        Fact("median_recency_days", "Median days since the last order", recency, Kind.NUMBER, "days"),
        Fact("median_frequency", "Median orders per customer", frequency, Kind.NUMBER, "orders"),
        _count("one_order_customers", "Customers with a single order", customers, pl.col("frequency") == 1),
    )


def _largest(segments: pl.DataFrame) -> tuple[Fact, ...]:
    """The segment with the most revenue, which stands first."""
    name, revenue_share = segments.select("segment", "revenue_share").row(0)
    return (
        Fact("largest_segment", "Segment with the most revenue", name, Kind.TEXT),
        Fact("largest_segment_revenue_share", "Its share of revenue", revenue_share, Kind.SHARE, SHARE_UNIT),
    )


def _count(name: str, label: str, customers: pl.DataFrame, condition: pl.Expr) -> Fact:
    return Fact(name, label, int(customers.select(condition.sum()).item()), Kind.INTEGER, "customers")


def _has_flag(flag: str) -> pl.Expr:
    return pl.col("flags").str.contains(f"(^|;){flag}(;|$)")
