"""What campaigns brought in: response, uplift where there is a control group, receipts against expenses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcli.analysis.campaigns.views import CAMPAIGNS
from crmcli.reporting.tables import of_view, table

if TYPE_CHECKING:
    import polars as pl

    from crmcli.reporting.material import Material
    from crmcli.reporting.words import Words

_SHOWN = (
    *("campaign", "contacted", "responders", "response_rate", "response_low", "response_high"),
    *("control_rate", "uplift", "uplift_low", "uplift_high", "receipts", "expenses", "return", "flags"),
)


def campaigns(material: Material, words: Words) -> dict[str, Any] | None:
    """`table` of the campaigns, without columns that hold nothing; None without files of campaigns."""
    result = material.results.get("campaigns")
    if result is None:
        return None
    found = result.tables[CAMPAIGNS.name]
    columns = of_view(CAMPAIGNS, *(name for name in _SHOWN if _holds_something(found[name])))
    return {"table": table("campaigns", found, columns, words)}


def _holds_something(values: pl.Series) -> bool:
    return any(value not in {None, ""} for value in values)
