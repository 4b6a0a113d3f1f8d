"""The customer care calendar: whose birthday or anniversary comes in the next days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcli.analysis.occasions.views import OCCASIONS
from crmcli.reporting.tables import of_view, table

if TYPE_CHECKING:
    from crmcli.reporting.material import Material
    from crmcli.reporting.words import Words


def care(material: Material, words: Words) -> dict[str, Any] | None:
    """`days` ahead, the number of `occasions`, and their `table` where customers are named; None without dates."""
    result = material.results.get("occasions")
    if result is None:
        return None
    found = result.tables[OCCASIONS.name]
    columns = of_view(OCCASIONS, "date", "occasion", "customer_id", "years")
    return {
        "days": material.value("occasions", "occasion_days"),
        "occasions": found.height,
        "table": table("care", found, columns, words, most=material.customer_rows) if material.customer_rows else None,
    }
