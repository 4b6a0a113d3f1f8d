"""One customer, from orders to scores, thresholds, segment, stage and loyalty; what changed, and why."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from crmcli.analysis.conform import view_schema
from crmcli.analysis.segment.abc import scheme_of
from crmcli.analysis.segment.explain_change import change_rows
from crmcli.analysis.segment.explain_id import unknown_customer
from crmcli.analysis.segment.money import minor_units
from crmcli.analysis.segment.strategy import PHRASES
from crmcli.analysis.segment.thresholds import METRICS
from crmcli.analysis.segment.views_movement import EXPLAIN

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from crmcli.analysis.segment.migration import Migration
    from crmcli.analysis.segment.rules import Rule
    from crmcli.analysis.segment.strategy import Strategy
    from crmcli.analysis.segment.thresholds import Metric, MetricValue
    from crmcli.analysis.segment.workbench import Workbench

Row = tuple[str, str, str]

_DAYS_SHOWN = 5


def explain_table(
    bench: Workbench, customers: pl.DataFrame, customer_id: str, found: Migration | None, advice: Strategy
) -> pl.DataFrame:
    """The `explain` view: step, item and value, all of them text.

    Args:
        bench: the run.
        customers: `bench.customers` with stage and loyalty and what these rest on.
        customer_id: the customer, as written in the input.
        found: the moves since an earlier date, if one was given.
        advice: the suggestions that come last.

    Raises:
        UsageError: nobody with an order has this id.
    """
    one = customers.filter(pl.col("customer_id") == customer_id)
    if one.is_empty():
        raise unknown_customer(customer_id, customers["customer_id"])
    customer = one.row(0, named=True)
    rows = [
        *_orders(bench, customer),
        *_scores(bench, customer),
        *_segment(bench, customer),
        *_value(bench, customer),
        *_stage(bench, customer),
        *_loyalty(customer),
        *change_rows(bench, customer, found),
        *_suggestions(customer, advice, bench.options.movement.language),
    ]
    return pl.DataFrame(rows, schema=view_schema(EXPLAIN, bench.money_scale), orient="row")


def _orders(bench: Workbench, customer: Mapping[str, Any]) -> Iterator[Row]:
    as_of: dt.date = bench.summary.as_of
    yield "orders", "customer_id", customer["customer_id"]
    yield (
        "orders",
        "first order",
        f"{customer['first_date']}, {(as_of - customer['first_date']).days:,} days before {as_of}",
    )
    yield "orders", "last order", f"{customer['last_date']}, {customer['recency_days']:,} days before {as_of}"
    yield "orders", "orders", f"{customer['frequency']:,}"
    refunds = f", of which refunds {customer['refunds']:,}" if customer["refunds"] else ""
    yield "orders", "money", f"{customer['monetary']:,} net of refunds{refunds}"
    for day in _last_days(bench, customer["customer_id"]):
        orders = f"{day['orders']} order{'s' if day['orders'] > 1 else ''}" if day["orders"] else "no new order"
        yield "orders", f"on {day['date']}", f"{orders}, {day['net']:,}"


def _last_days(bench: Workbench, customer_id: str) -> list[dict[str, Any]]:
    """The last days on which anything happened, latest first."""
    if not bench.summary.days.width:
        return []
    number = bench.summary.frame["customer_id"].index_of(customer_id)
    days = bench.summary.days.filter(pl.col("customer") == number)
    return days.sort("date", descending=True).head(_DAYS_SHOWN).rows(named=True)


def _scores(bench: Workbench, customer: Mapping[str, Any]) -> Iterator[Row]:
    ranked = {metric.name for metric in bench.fit.ranked}
    thresholds = bench.fit.thresholds
    yield "scores", "method", f"{thresholds.method}, thresholds of {thresholds.as_of}, scores 1 to {thresholds.scores}"
    for metric in METRICS:
        score, value = int(customer[metric.score]), customer[metric.name]
        yield "scores", metric.name, f"{value:,}"
        limits = _limits(metric, score, thresholds.worst[metric.name])
        why = "by rank among all, ties broken by customer_id" if metric.name in ranked else limits
        yield "scores", metric.score, f"{score}: {why}"


def _limits(metric: Metric, score: int, worst: Mapping[int, MetricValue]) -> str:
    """What the score takes, and what the next better one would."""
    bound = "at most" if metric.is_recency else "at least"
    own = f"{bound} {_number(worst[score])}" if score in worst and score > min(worst) else "below the others"
    better = min((step for step in worst if step > score), default=None)
    return own if better is None else f"{own}; {better} takes {bound} {_number(worst[better])}"


def _number(value: MetricValue) -> str:
    return f"{value:,}"


def _segment(bench: Workbench, customer: Mapping[str, Any]) -> Iterator[Row]:
    rules = bench.options.segments
    cell = (int(customer["r_score"]), int(customer["f_score"]), int(customer["m_score"]))
    rule = rules.rule_for(cell)
    yield "segment", "cell", f"R{cell[0]} F{cell[1]} M{cell[2]}"
    yield "segment", "rule", f"{rules.name}: {_box(rule)}"
    yield "segment", "segment", customer["segment"]


def _box(rule: Rule) -> str:
    sides = [
        f"{name}{side[0]}" if side[0] == side[1] else f"{name}{side[0]}–{side[1]}"
        for name, side in (("R", rule.r), ("F", rule.f), ("M", rule.m))
        if side is not None
    ]
    return f"{rule.name} takes {' '.join(sides) or 'whatever no other rule takes'}"


def _value(bench: Workbench, customer: Mapping[str, Any]) -> Iterator[Row]:
    everybody = bench.customers
    units = int(Decimal(customer["value"]).scaleb(bench.money_scale))
    ahead = int(everybody.select((minor_units("value") > units).sum()).item())
    level = int(everybody.select((minor_units("value") == units).sum()).item())
    ties = f", level with {level - 1:,} others" if level > 1 else ""
    yield "value", bench.value, f"{customer['value']:,}"
    yield "value", "rank", f"{ahead + 1:,} of {everybody.height:,}{ties}"
    scheme = scheme_of(bench.options.abc_by, bench.options.life.constants)
    tier = int(customer["abc_tier"])
    upto = f"up to {scheme.ends_percent[tier - 1]} % of {bench.options.abc_by}"
    yield "value", "tier", f"{tier} ({customer['abc_name']}): {upto}"
    yield "value", "class", customer["class"]
    if customer["flags"]:
        yield "value", "flags", customer["flags"].replace(";", "; ")


def _stage(bench: Workbench, customer: Mapping[str, Any]) -> Iterator[Row]:
    pool = bench.pool
    if pool is None or customer["stage"] is None:
        return
    if customer["late"] is not None:
        pooled = f"own gaps blended with the {pool.gap_days} days of all"
        yield "stage", "typical gap", f"{customer['typical_gap_days']:.1f} days ({pooled})"
        bound = f"; lost beyond {pool.overdue:.2f}" if pool.overdue is not None else ""
        yield "stage", "late", f"silent for {customer['late']:.2f} typical gaps{bound}"
    if pool.window is not None:
        yield "stage", "churn window", f"{pool.window.days} days; silent for {customer['silent_days']:,}"
    halves = f"{customer['earlier_repeats']} in the earlier half, {customer['later_repeats']} in the later"
    yield "stage", "repeat order days", halves
    yield "stage", "stage", f"{customer['stage']}, by the rule {customer['stage_rule']}"


def _loyalty(customer: Mapping[str, Any]) -> Iterator[Row]:
    if customer["loyalty_index"] is not None:
        parts = (customer["loyalty_parts"] or "").replace(";", ", ")
        yield "loyalty", "index", f"{customer['loyalty_index']:.1f} of 100, from {parts}"
    if customer["loyalty_type"] is not None:
        yield "loyalty", "type", f"{customer['loyalty_type']}, by {(customer['loyalty_rule'] or '').replace(';', ', ')}"


def _suggestions(customer: Mapping[str, Any], advice: Strategy, language: str) -> Iterator[Row]:
    groups = (("segment", "segment"), ("stage", "stage"), ("loyalty", "loyalty_type"), ("cell", "cell"))
    for subject, column in groups:
        name = customer.get(column)
        for phrase in PHRASES if name else ():
            text = advice.phrase(subject, str(name), phrase, language)
            if text:
                yield "suggestion", f"{subject} {name}: {phrase}", text
