"""Who the customers are: segments by customers and revenue, the grid of recency and frequency, concentration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from crmcli.analysis.segment.views import ABC, SEGMENTS
from crmcli.reporting.charts.lorenz import lorenz_curve, lorenz_points
from crmcli.reporting.charts.rf_grid import rf_heat_map
from crmcli.reporting.charts.segments import segment_bars
from crmcli.reporting.suppression import open_groups, open_rows, suppress
from crmcli.reporting.tables import named, of_view, table

if TYPE_CHECKING:
    from crmcli.analysis.result import Result
    from crmcli.reporting.material import Material
    from crmcli.reporting.words import Words


def segments(material: Material, words: Words) -> dict[str, Any]:
    """`table` of segments, `tiers` of the customer pyramid, and pictures."""
    result = material.results["segment"]
    shown = _shown(result, material, words)
    known = result.tables["segments"][open_rows(shown, "customers")].rows(named=True)
    labelled = [{**row, "label": named(row["segment"], "segment", words)} for row in known]
    return {
        "table": shown,
        "picture": segment_bars(labelled, words),
        "grid_picture": rf_heat_map(_grid(result.tables["customers"], material), words),
        "tiers": table(
            "tiers",
            result.tables["abc"],
            of_view(ABC, "name", "customers", "customer_share", "value", "value_share"),
            words,
            counted="customers",
        ),
        "lorenz_picture": lorenz_curve(
            _concentration(result, material.least_group),
            words,
            points=lorenz_points(result.tables["customers"]["value"], least=material.least_group),
        ),
    }


def _shown(result: Result, material: Material, words: Words) -> dict[str, Any]:
    columns = of_view(
        SEGMENTS, "segment", "customers", "customer_share", "revenue", "revenue_share", "median_recency_days"
    )
    found = table("segments", result.tables["segments"], columns, words, counted="customers")
    return suppress(found, "customers", least=material.least_group)


def _concentration(result: Result, least: int) -> list[dict[str, Any]]:
    """The measures, but for shares of so few of the best customers that they are a small group."""
    customers = result.tables["customers"].height
    few = [f"top_{best}_percent_share" for best in range(1, 100) if customers * best < least * 100]
    measures = result.tables["concentration"]
    return measures.filter(~pl.col("measure").is_in(few)).rows(named=True)


def _grid(customers: pl.DataFrame, material: Material) -> list[dict[str, Any]]:
    counted = customers.group_by("r_score", "f_score").agg(
        pl.len().alias("customers"), pl.col("monetary").sum().alias("revenue")
    )
    cells = counted.sort("r_score", "f_score")
    return cells[open_groups(cells["customers"].to_list(), material.least_group)].rows(named=True)
