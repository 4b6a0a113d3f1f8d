"""What customers are expected to be worth, with the uncertainty of it, and how the forecast did on what came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from crmcli.analysis.views import Kind
from crmcli.reporting.charts.tracking import tracking_chart
from crmcli.reporting.tables import column, table

if TYPE_CHECKING:
    from crmcli.analysis.result import Result
    from crmcli.reporting.material import Material
    from crmcli.reporting.words import Words

_BY_SEGMENT = (
    column("segment", Kind.TEXT),
    column("customers", Kind.INTEGER, "customers"),
    column("future_value", Kind.MONEY, "money"),
    column("future_value_share", Kind.SHARE, "of 1"),
    column("future_value_per_customer", Kind.MONEY, "money"),
)


def value(material: Material, words: Words) -> dict[str, Any] | None:
    """`facts` of the forecast, `by_segment`, and a picture of purchases forecast and come; None without a forecast."""
    result = material.results.get("clv")
    if result is None:
        return None
    return {
        "facts": {fact.name: fact.value for fact in result.facts},
        "by_segment": table("value_by_segment", _by_segment(material), _BY_SEGMENT, words, counted="customers"),
        "picture": _tracking(result, words),
    }


def _by_segment(material: Material) -> pl.DataFrame:
    """Expected values add up; intervals would not, and stand with the total only."""
    segments = material.results["segment"].tables["customers"].select("customer_id", "segment")
    joined = material.results["clv"].tables["customers"].join(segments, on="customer_id", how="left")
    total = joined["future_value"].sum()
    return (
        joined.group_by("segment")
        .agg(pl.len().cast(pl.Int64).alias("customers"), pl.col("future_value").sum())
        .with_columns(
            future_value_share=pl.col("future_value").cast(pl.Float64) / float(total) if total else pl.lit(None),
            future_value_per_customer=(pl.col("future_value").cast(pl.Float64) / pl.col("customers"))
            .round(material.summary.money_scale)
            .cast(pl.Decimal(38, material.summary.money_scale)),
        )
        .sort("future_value", "segment", descending=[True, False])
    )


def _tracking(result: Result, words: Words) -> Any:
    validation, forecast = result.tables.get("validation"), result.tables.get("forecast")
    if validation is None:
        return None
    ahead = () if forecast is None else forecast.rows(named=True)
    return tracking_chart(validation.filter(pl.col("section") == "tracking").rows(named=True), words, forecast=ahead)
