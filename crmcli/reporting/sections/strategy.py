"""What to do with each segment, and whether attention goes where value is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from crmcli.analysis.segment.views_movement import MANAGEMENT, STRATEGY
from crmcli.analysis.views import Column, Kind
from crmcli.reporting.tables import of_view, table

if TYPE_CHECKING:
    from crmcli.reporting.material import Material
    from crmcli.reporting.words import Words

_ADVICE = ("action", "contact", "offer", "avoid")


def strategy(material: Material, words: Words) -> dict[str, Any] | None:
    """One row of advice per segment that occurs, in the order of its revenue."""
    result = material.results["segment"]
    advice = result.tables.get("strategy")
    if advice is None:
        return None
    about_segments = advice.filter(pl.col("about") == "segment").rename({"name": "segment"})
    present = result.tables["segments"].select("segment").join(about_segments, on="segment", how="inner")
    columns = (Column("segment", Kind.TEXT, ""), *of_view(STRATEGY, *_ADVICE))
    return {"table": table("strategy", present, columns, words)}


def allocation(material: Material, words: Words) -> dict[str, Any] | None:
    """Share of contact cost beside share of value; None when no cost of contact is known."""
    management = material.results["segment"].tables.get("management")
    if management is None:
        return None
    columns = of_view(
        MANAGEMENT, "segment", "customers", "cost", "cost_share", "value_share", "index", "verdict", "shift_amount"
    )
    return {"table": table("allocation", management, columns, words, counted="customers")}
