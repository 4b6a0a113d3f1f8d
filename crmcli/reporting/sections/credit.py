"""What customers owe, how old it is, who should get nothing more on account, and the cash to expect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from crmcli.analysis.credit.views_decisions import LIMITS
from crmcli.analysis.views import Kind
from crmcli.reporting.charts.ageing import ageing_bars
from crmcli.reporting.tables import column, made, named, of_view, table

if TYPE_CHECKING:
    from crmcli.analysis.result import Result
    from crmcli.analysis.views import Column
    from crmcli.reporting.material import Material
    from crmcli.reporting.words import Words

_MEASURES = ("dso", "best_possible_dso", "average_days_delinquent", "pay_index", "late_share", "top_10_share")
_KINDS = {"money": Kind.MONEY, "days": Kind.NUMBER, "of 1": Kind.SHARE, "points": Kind.NUMBER, "count": Kind.INTEGER}
_NOT_BUCKETS = frozenset({"customer_id", "currency", "unapplied", "outstanding", "oldest_days", "disputed"})
_BINDING = (column("binding", Kind.TEXT), column("customers", Kind.INTEGER), column("hold_customers", Kind.INTEGER))


def credit(material: Material, words: Words) -> dict[str, Any] | None:
    """Ageing in total, key figures, trends, limits; None without invoices."""
    result = material.results.get("credit")
    if result is None:
        return None
    ageing = _ageing(result, words)
    return {
        "facts": {fact.name: fact.value for fact in result.facts},
        "as_of": result.as_of,
        "ageing": _ageing_table(ageing, words),
        "ageing_picture": ageing_bars(ageing, words),
        "key_figures": _key_figures(result, words),
        "forecast": _forecast(result, words),
        "binding": _binding(result, words),
        "holds": _holds(material, result, words),
    }


def _ageing(result: Result, words: Words) -> list[dict[str, Any]]:
    """One row per currency and bucket: bucket, label, amount, currency."""
    aging = result.tables["aging"]
    buckets = [name for name in aging.columns if name not in _NOT_BUCKETS]
    totals = aging.group_by("currency").agg(pl.col(*buckets, "unapplied").sum()).sort("currency")
    return [
        {
            "currency": row["currency"],
            "bucket": bucket,
            "label": named(bucket, "bucket", words),
            "amount": row[bucket],
        }
        for row in totals.rows(named=True)
        for bucket in (*buckets, "unapplied")
    ]


def _ageing_table(rows: list[dict[str, Any]], words: Words) -> dict[str, Any]:
    columns = (column("bucket", Kind.TEXT), column("amount", Kind.MONEY, "money"), column("currency", Kind.TEXT))
    return _named("ageing", columns, [[row["label"], row["amount"], row["currency"]] for row in rows], words)


def _named(identity: str, columns: tuple[Column, ...], rows: list[list[Any]], words: Words) -> dict[str, Any]:
    """A table whose last column is the currency; without that column where the ledger names none."""
    if all(row[-1] is None for row in rows):
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    return made(identity, columns, rows, words)


def _key_figures(result: Result, words: Words) -> dict[str, Any] | None:
    if "kpis" not in result.tables:
        return None
    columns = (
        column("figure", Kind.TEXT),
        column("value", Kind.NUMBER),
        column("period", Kind.TEXT),
        column("currency", Kind.TEXT),
    )
    rows = [
        [
            words.text(f"figures.{row['measure']}"),
            words.cell(row["value"], _KINDS[row["unit"]]),
            row["period"],
            row["currency"],
        ]
        for row in result.tables["kpis"].rows(named=True)
        if row["measure"] in _MEASURES
    ]
    return _named("credit_figures", columns, rows, words)


def _forecast(result: Result, words: Words) -> dict[str, Any] | None:
    """Cash expected week by week, between the bounds of its band."""
    trend = result.tables.get("trend")
    weeks = None if trend is None else trend.filter(pl.col("kind") == "cash_forecast")
    if weeks is None or weeks.is_empty():
        return None
    wide = weeks.pivot("key", index=["period", "currency"], values="value").sort("currency", "period")
    columns = (
        column("week", Kind.TEXT),
        column("low", Kind.MONEY, "money"),
        column("expected", Kind.MONEY, "money"),
        column("high", Kind.MONEY, "money"),
        column("currency", Kind.TEXT),
    )
    rows = wide.select("period", "low", "expected", "high", "currency").rows()
    return _named("cash_forecast", columns, [list(row) for row in rows], words)


def _binding(result: Result, words: Words) -> dict[str, Any] | None:
    """What holds limits down, and how many customers get nothing more on account."""
    limits = result.tables.get("limits")
    if limits is None:
        return None
    counted = limits.group_by("binding").agg(
        pl.len().cast(pl.Int64).alias("customers"),
        (pl.col("hold") == "yes").sum().cast(pl.Int64).alias("hold_customers"),
    )
    ordered = counted.sort("customers", "binding", descending=[True, False], nulls_last=True)
    return table("binding", ordered, _BINDING, words, counted="customers")


def _holds(material: Material, result: Result, words: Words) -> dict[str, Any] | None:
    limits = result.tables.get("limits")
    if limits is None or not material.customer_rows:
        return None
    held = limits.filter(pl.col("hold") == "yes").sort("exposure", "customer_id", descending=[True, False])
    columns = of_view(LIMITS, "customer_id", "exposure", "limit", "available", "binding", "hold_reason")
    return table("holds", held, columns, words, most=material.customer_rows)
