"""The first figures: how the period went against the one before, and where the business stands."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmcli.analysis.views import Kind
from crmcli.reporting.facts import OVERDUE_SHARE, report_facts
from crmcli.reporting.tables import column, made

if TYPE_CHECKING:
    from crmcli.reporting.material import Material
    from crmcli.reporting.words import Words

_COLUMNS = (
    column("figure", Kind.TEXT),
    column("now", Kind.NUMBER),
    column("before", Kind.NUMBER),
    column("change", Kind.NUMBER),
)
_PERIOD = (
    ("revenue", "revenue_now", "revenue_before", Kind.MONEY),
    ("orders", "orders_now", "orders_before", Kind.INTEGER),
    ("active_customers", "active_customers", "active_before", Kind.INTEGER),
)
_STANDING = (
    ("future_value", Kind.MONEY),
    ("value_at_risk", Kind.MONEY),
    ("value_at_risk_share", Kind.SHARE),
    ("receivables", Kind.MONEY),
    ("overdue", Kind.MONEY),
    (OVERDUE_SHARE, Kind.SHARE),
)


def headline(material: Material, words: Words) -> dict[str, Any]:
    """`figures`, a table of the period against the one before, and `standing`, one of where things stand."""
    return {"figures": _period(material, words), "standing": _standing(material, words)}


def _period(material: Material, words: Words) -> dict[str, Any] | None:
    if "change" not in material.results:
        return None
    rows = []
    for label, now_name, before_name, kind in _PERIOD:
        now, before = material.value("change", now_name), material.value("change", before_name)
        change = words.cell(_growth(now, before), Kind.SHARE)
        rows.append([words.text(f"figures.{label}"), words.cell(now, kind), words.cell(before, kind), change])
    return made("figures", _COLUMNS, rows, words)


def _growth(now: Any, before: Any) -> float | None:
    if now is None or not before or before < 0:
        return None
    return float((Decimal(now) - Decimal(before)) / Decimal(before))


def _standing(material: Material, words: Words) -> dict[str, Any]:
    facts = report_facts(material)
    days = material.value("clv", "horizon_days")
    rows = [
        [words.text(f"figures.{name}", days=days), words.cell(facts[name], kind)]
        for name, kind in _STANDING
        if facts[name] is not None
    ]
    return made("standing", _COLUMNS[:2], rows, words)
