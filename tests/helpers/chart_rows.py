"""Rows for every chart, as the views have them, and the pictures made of them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmcli.reporting.charts.ageing import ageing_bars
from crmcli.reporting.charts.bridge import revenue_bridge
from crmcli.reporting.charts.calibration import calibration_chart
from crmcli.reporting.charts.cohorts import cohort_heat_map
from crmcli.reporting.charts.lorenz import lorenz_curve
from crmcli.reporting.charts.migration import migration_flows
from crmcli.reporting.charts.purchases import purchase_plot
from crmcli.reporting.charts.rf_grid import rf_heat_map
from crmcli.reporting.charts.segments import segment_bars
from crmcli.reporting.charts.tracking import tracking_chart
from crmcli.reporting.language import load_language
from crmcli.reporting.roots import Roots

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcli.reporting.charts.picture import Picture
    from crmcli.reporting.language import Language

Row = dict[str, Any]

EN, ZH = load_language("en", Roots()), load_language("zh", Roots())

SEGMENTS: list[Row] = [
    {"segment": "champions", "customers": 20, "customer_share": 0.2, "revenue": Decimal(600), "revenue_share": 0.6},
    {"segment": "my own rule", "customers": 50, "customer_share": 0.5, "revenue": Decimal(410), "revenue_share": 0.41},
    {"segment": "at_risk", "customers": 30, "customer_share": 0.3, "revenue": Decimal(-10), "revenue_share": -0.01},
]

RF: list[Row] = [
    {"r_score": 5, "f_score": 5, "customers": 40, "revenue": Decimal("9000.50")},
    {"r_score": 1, "f_score": 1, "customers": 60, "revenue": Decimal("999.50")},
]

COHORTS: list[Row] = [
    {"cohort": cohort, "age": age, "eligible": size, "retention": retention, "complete": retention is not None}
    for cohort, size, known in (
        ("2025-10", 50, (1.0, 0.4, 0.1, None)),
        ("2025-11", 20, (1.0, 0.25, None)),
        ("2025-12", 10, (1.0, None)),
        ("2026-01", 7, (None,)),
        ("all", 80, (1.0, 0.357, 0.1)),
    )
    for age, retention in enumerate(known)
]

MEASURES: list[Row] = [
    {"measure": "gini", "value": 0.62},
    {"measure": "top_1_percent_share", "value": 0.12},
    {"measure": "top_5_percent_share", "value": 0.33},
    {"measure": "top_20_percent_share", "value": 0.68},
    {"measure": "customers_for_80_percent", "value": 31.0},
]

TRACKING: list[Row] = [
    {"section": "tracking", "key": str(week), "customers": 9, "actual": 10.0 * week, "expected": 9.5 * week}
    for week in range(1, 31)
] + [{"section": "overall", "key": "mae", "customers": 9, "actual": None, "expected": 2.0}]

FORECAST: list[Row] = [
    {
        "week": float(week),
        "customers": 9,
        "actual": 10.0 * week,
        "expected": 200.0 + 11 * (week - 20),
        "low": 200.0 + 10 * (week - 20),
        "high": 200.0 + 12.5 * (week - 20),
    }
    for week in (20, 25, 30)
]

MIGRATION: list[Row] = [
    {"from_segment": before, "to_segment": now, "customers": count, "own_behaviour": own, "direction": direction}
    for before, now, count, own, direction in (
        ("champions", "loyal_customers", 12, 10, "demoted"),
        ("loyal_customers", "champions", 7, 7, "promoted"),
        ("hibernating", "champions", 2, 2, "promoted"),
        ("loyal_customers", "at_risk", 3, 0, "demoted"),
        ("champions", "champions", 90, 0, "same"),
        ("(new)", "new_customers", 5, 0, "new"),
    )
]

AGEING: list[Row] = [
    {"currency": currency, "bucket": bucket, "amount": Decimal(amount)}
    for currency, amounts in (
        ("EUR", ("800.00", "150.00", "50.00", "-20.00")),
        ("USD", ("0.00", "10.00", "30.00", "0.00")),
    )
    for bucket, amount in zip(("not_due", "d1_30", "d31_plus", "unapplied"), amounts, strict=True)
]

CALIBRATION: list[Row] = [
    {
        "decile": tenth,
        "customers": 100,
        "predicted": tenth / 10 - 0.05,
        "actual": tenth / 10 - 0.03,
        "actual_low": tenth / 10 - 0.08,
        "actual_high": tenth / 10 - 0.01,
        "difference": 0.02,
    }
    for tenth in range(1, 11)
]

BRIDGE: list[Row] = [
    {"component": "revenue_before", "amount": Decimal("1000.00"), "before": None, "now": None},
    {"component": "customers", "amount": Decimal("-200.00"), "before": 50.0, "now": 40.0},
    {"component": "orders_per_customer", "amount": Decimal("0.00"), "before": 1.5, "now": 1.5},
    {"component": "order_value", "amount": Decimal("300.50"), "before": 13.33, "now": 18.0},
    {"component": "refunds", "amount": Decimal("-0.50"), "before": 0.0, "now": -0.5},
    {"component": "revenue_now", "amount": Decimal("1100.00"), "before": None, "now": None},
]

PURCHASES: list[Row] = [
    {"date": dt.date(2025, 1, 31), "orders": 1, "net": Decimal("20.00")},
    {"date": dt.date(2025, 6, 1), "orders": 2, "net": Decimal("45.10")},
    {"date": dt.date(2025, 12, 24), "orders": 1, "net": Decimal("-5.00")},
]


def pictures(words: Language = EN) -> dict[str, Picture]:
    """One picture of every chart."""
    made = {
        "segments": segment_bars(SEGMENTS, words),
        "rf_grid": rf_heat_map(RF, words),
        "cohorts": cohort_heat_map(COHORTS, words),
        "lorenz": lorenz_curve(MEASURES, words),
        "tracking": tracking_chart(TRACKING, words, forecast=FORECAST),
        "migration": migration_flows(MIGRATION, words),
        "ageing": ageing_bars(AGEING, words),
        "calibration": calibration_chart(CALIBRATION, words),
        "bridge": revenue_bridge(BRIDGE, words),
        "purchases": purchase_plot(PURCHASES, words, as_of=dt.date(2026, 2, 1)),
    }
    return {name: picture for name, picture in made.items() if picture is not None}


def layers(picture: Picture | None, kind: str) -> list[list[Row]]:
    """The data of every layer of one kind of mark, in the order of drawing."""
    assert picture is not None
    found: list[Mapping[str, Any]] = list(picture.spec["layer"])  # type: ignore[call-overload]
    return [layer["data"]["values"] for layer in found if layer["mark"]["type"] == kind]


def texts(picture: Picture | None) -> list[str]:
    """Every text that is drawn."""
    assert picture is not None
    found: list[Mapping[str, Any]] = list(picture.spec["layer"])  # type: ignore[call-overload]
    drawn = [layer for layer in found if layer["mark"]["type"] == "text"]
    return [str(row[layer["encoding"]["text"]["field"]]) for layer in drawn for row in layer["data"]["values"]]
