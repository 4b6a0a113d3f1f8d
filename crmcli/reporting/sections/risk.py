"""Who may leave, whom it pays to contact, and who is worth winning back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from crmcli.analysis.churn.views import CUSTOMERS
from crmcli.analysis.churn.views_scores import WINBACK
from crmcli.analysis.views import Kind
from crmcli.reporting.charts.calibration import calibration_chart
from crmcli.reporting.tables import column, of_view, table

if TYPE_CHECKING:
    from crmcli.analysis.result import Result
    from crmcli.reporting.material import Material
    from crmcli.reporting.words import Words

_BY_SEGMENT = (
    column("segment", Kind.TEXT),
    column("customers", Kind.INTEGER, "customers"),
    column("at_risk_customers", Kind.INTEGER, "customers"),
    column("value_at_risk", Kind.MONEY, "money"),
    column("contact_customers", Kind.INTEGER, "customers"),
)
_LIKELY = 0.5


def risk(material: Material, words: Words) -> dict[str, Any] | None:
    """`horizon_days`, `by_segment`, lists of customers where these are wanted, and the test of the score."""
    result = material.results.get("churn")
    if result is None or "customers" not in result.tables:
        return None
    calibration = result.tables.get("calibration")
    return {
        "facts": {fact.name: fact.value for fact in result.facts},
        "horizon_days": result.tables["customers"]["horizon_days"].max(),
        "by_segment": table("risk_by_segment", _by_segment(material), _BY_SEGMENT, words, counted="customers"),
        "list": _at_risk(material, result, words),
        "winback": _winback(material, result, words),
        "picture": None if calibration is None else calibration_chart(calibration.rows(named=True), words),
    }


def _by_segment(material: Material) -> pl.DataFrame:
    segments = material.results["segment"].tables["customers"].select("customer_id", "segment")
    joined = material.results["churn"].tables["customers"].join(segments, on="customer_id", how="left")
    kept = joined.filter(~pl.col("lost"))
    return (
        kept.group_by("segment")
        .agg(
            pl.len().cast(pl.Int64).alias("customers"),
            (pl.col("p_churn") >= _LIKELY).sum().cast(pl.Int64).alias("at_risk_customers"),
            pl.col("value_at_risk").sum(),
            pl.col("contact").sum().cast(pl.Int64).alias("contact_customers"),
        )
        .sort("value_at_risk", "segment", descending=[True, False])
    )


def _at_risk(material: Material, result: Result, words: Words) -> dict[str, Any] | None:
    if not material.customer_rows:
        return None
    worth_a_call = result.tables["customers"].filter(~pl.col("lost") & pl.col("p_churn").is_not_null())
    ordered = worth_a_call.sort("value_at_risk", "customer_id", descending=[True, False])
    columns = of_view(CUSTOMERS, "customer_id", "p_churn", "value_at_risk", "overdue_days", "contact")
    return table("at_risk", ordered, columns, words, most=material.customer_rows)


def _winback(material: Material, result: Result, words: Words) -> dict[str, Any] | None:
    if not material.customer_rows or "winback" not in result.tables:
        return None
    columns = of_view(WINBACK, "customer_id", "lapsed_days", "past_value", "p_return", "expected_value", "spend_cap")
    return table("winback", result.tables["winback"].sort("rank"), columns, words, most=material.customer_rows)
