"""All about one customer on a page: who they are, what they bought, what to expect, what they owe, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from crmcli.analysis.segment.views_movement import EXPLAIN, STRATEGY
from crmcli.analysis.views import Kind
from crmcli.reporting.charts.purchases import purchase_plot
from crmcli.reporting.tables import column, heading, made, named, of_view, plain_cell, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcli.analysis.result import Result
    from crmcli.analysis.views import View
    from crmcli.reporting.material import Material
    from crmcli.reporting.words import Words

_PAIRS = (column("figure", Kind.TEXT), column("value", Kind.TEXT))
_PURCHASES = (column("date", Kind.DATE), column("orders", Kind.INTEGER, "orders"), column("net", Kind.MONEY, "money"))
_LAST_DAYS = 12
_SHOWN = {
    "segment": (
        *("segment", "rfm", "first_date", "last_date", "recency_days", "frequency", "monetary", "value", "class"),
        *("stage", "loyalty_index", "loyalty_type"),
    ),
    "clv": (
        *("p_alive", "expected_purchases", "expected_purchases_low", "expected_purchases_high"),
        *("future_value", "future_value_low", "future_value_high", "clv"),
    ),
    "churn": ("p_churn", "expected_next_date", "overdue_days", "lost", "value_at_risk", "contact", "reasons"),
    "credit": ("grade", "pd", "score", "pay_index", "dbt", "on_time_share", "reasons"),
}
_OWED = ("outstanding", "oldest_days", "disputed")
_LIMIT = ("exposure", "limit", "available", "hold", "hold_reason")


def customer(material: Material, words: Words) -> dict[str, Any]:
    """One table per question; those whose analysis was not made are None."""
    days = _days(material)
    return {
        "who": _pairs(material, "segment", "who", words),
        "purchases": table("purchases", days.tail(_LAST_DAYS).reverse(), _PURCHASES, words),
        "purchases_picture": purchase_plot(days.rows(named=True), words, as_of=material.as_of),
        "forecast": _pairs(material, "clv", "forecast", words),
        "leaving": _pairs(material, "churn", "leaving", words),
        "credit": _pairs(material, "credit", "credit_standing", words),
        "owed": _more_of_credit(material, "aging", _OWED, "owed", words),
        "limit": _more_of_credit(material, "limits", _LIMIT, "limit", words),
        "advice": _advice(material, words),
        "steps": _steps(material, words),
    }


def _days(material: Material) -> pl.DataFrame:
    """Days with an order: date, orders, net."""
    frame = material.summary.frame.with_row_index("customer")
    number = frame.filter(pl.col("customer_id") == material.customer_id)["customer"].item()
    own = material.summary.days.filter((pl.col("customer") == number) & (pl.col("orders") > 0))
    return own.select("date", "orders", "net").sort("date")


def _row(result: Result | None, view: str, customer_id: str | None) -> dict[str, Any] | None:
    """The customer's row of a view; the first, where currencies give several."""
    if result is None or view not in result.tables:
        return None
    rows = result.tables[view].filter(pl.col("customer_id") == customer_id)
    return rows.row(0, named=True) if rows.height else None


def _pairs(material: Material, name: str, identity: str, words: Words) -> dict[str, Any] | None:
    result = material.results.get(name)
    row = _row(result, "customers", material.customer_id)
    if result is None or row is None:
        return None
    return _listed(identity, row, result.catalogue.view("customers"), _SHOWN[name], words)


def _more_of_credit(
    material: Material, view: str, names: tuple[str, ...], identity: str, words: Words
) -> dict[str, Any] | None:
    result = material.results.get("credit")
    row = _row(result, view, material.customer_id)
    return None if result is None or row is None else _listed(identity, row, result.catalogue.view(view), names, words)


def _listed(identity: str, row: dict[str, Any], view: View, names: tuple[str, ...], words: Words) -> dict[str, Any]:
    return made(identity, _PAIRS, list(_cells(row, view, names, words)), words)


def _cells(row: dict[str, Any], view: View, names: tuple[str, ...], words: Words) -> Iterator[list[Any]]:
    for one in of_view(view, *names):
        value = row[one.name]
        if value is None:
            continue
        text = plain_cell(value, one, words)
        text = text if isinstance(text, str) else words.cell(value, one.kind)
        yield [words.find(f"customer.{one.name}") or heading(one, words), text]


def _advice(material: Material, words: Words) -> dict[str, Any] | None:
    """The suggestions for the customer's segment and stage."""
    result = material.results["segment"]
    row = _row(result, "customers", material.customer_id)
    advice = result.tables.get("strategy")
    if row is None or advice is None:
        return None
    mine = advice.filter(
        ((pl.col("about") == "segment") & (pl.col("name") == row["segment"]))
        | ((pl.col("about") == "stage") & (pl.col("name") == row["stage"]))
    )
    shown = [
        [named(one["name"], one["about"], words), one["action"], one["contact"], one["offer"], one["avoid"]]
        for one in mine.rows(named=True)
    ]
    columns = (column("about", Kind.TEXT), *of_view(STRATEGY, "action", "contact", "offer", "avoid"))
    return made("advice", columns, shown, words)


def _steps(material: Material, words: Words) -> dict[str, Any] | None:
    """How the row of the customer came about; suggestions stand in `advice`."""
    steps = material.results["segment"].tables.get("explain")
    if steps is None:
        return None
    return table("steps", steps.filter(pl.col("step") != "suggestion"), EXPLAIN.columns, words)
