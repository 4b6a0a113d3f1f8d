"""What loyalty rests on, gathered by customer from orders, habits and a survey."""

from __future__ import annotations

import polars as pl

from crmcli.analysis.segment.loyalty_types import EVIDENCE
from crmcli.analysis.segment.money import minor_units


def loyalty_evidence(
    metrics: pl.DataFrame, late: pl.Series, habits: pl.DataFrame, survey: pl.DataFrame | None
) -> pl.DataFrame:
    """The evidence that types of loyalty look at (see EVIDENCE), row by row beside `metrics`.

    Args:
        metrics: customer_id and frequency.
        late: silence ÷ typical gap.
        habits: of the customer summary; without columns where nothing is known.
        survey: customer_id with attachment or no_alternative or both, for some customers.
    """
    orders = metrics["frequency"]
    known = {"repeats": orders - 1, "late": late}
    if "promotion_orders" in habits.columns:
        known["promoted"] = habits["promotion_orders"] / orders
    discounted = discounted_share(habits)
    if discounted is not None:
        known["discounted"] = discounted.fill_null(0)  # Nothing spent is nothing spent at a discount.
    if "categories" in habits.columns:
        known["categories"] = habits["categories"]
    if survey is not None:
        told = metrics.select("customer_id").join(survey, on="customer_id", how="left", maintain_order="left")
        known |= {name: told[name] for name in ("attachment", "no_alternative") if name in told.columns}
    frame = pl.DataFrame(known)
    return frame.select(
        (pl.col(name) if name in known else pl.lit(None)).cast(dtype).alias(name) for name, dtype in EVIDENCE.items()
    )


def discounted_share(habits: pl.DataFrame) -> pl.Series | None:
    """Share of spend at a discount, null for who spent nothing; None without a column of discounts."""
    if "discounted_sales" not in habits.columns:
        return None
    sales, discounted = minor_units("sales"), minor_units("discounted_sales")
    ratio = discounted.cast(pl.Float64) / sales.cast(pl.Float64)
    return habits.select(pl.when(sales > 0).then(ratio).alias("discounted")).to_series()
