"""The `segments` view: what each named segment holds and brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.conform import view_schema
from crmcli.analysis.segment.money import mean_money, minor_units, money, share
from crmcli.analysis.segment.views import SEGMENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def segments_table(customers: pl.DataFrame, actions: Mapping[str, str | None], money_scale: int) -> pl.DataFrame:
    """One row per segment that holds customers, by revenue, highest first, then by name.

    `customers` has segment, recency_days, frequency and monetary; `actions` maps segment → phrase.
    """
    rows = customers.group_by("segment").agg(_sums()).rows(named=True)
    revenue = sum(row["revenue"] for row in rows)
    rows.sort(key=lambda row: (-row["revenue"], row["segment"]))
    filled = [_row(row, customers.height, revenue, money_scale) for row in rows]
    return pl.DataFrame(filled, schema=view_schema(SEGMENTS, money_scale)).with_columns(
        pl.col("segment").replace_strict(dict(actions), return_dtype=pl.String).alias("action")
    )


def _sums() -> Iterable[pl.Expr]:
    """Counts, sums and medians; the two middle values of money are kept apart to be averaged exactly."""
    spent = minor_units("monetary")
    return (
        pl.len().alias("customers"),
        pl.col("frequency").sum().alias("orders"),
        spent.sum().alias("revenue"),
        pl.col("recency_days").median().alias("median_recency_days"),
        pl.col("frequency").median().alias("median_frequency"),
        spent.sort().get((pl.len() - 1) // 2).alias("lower_middle"),
        spent.sort().get(pl.len() // 2).alias("upper_middle"),
    )


def _row(sums: Mapping[str, int], customers: int, revenue: int, scale: int) -> dict[str, object]:
    return {
        **sums,
        "customer_share": share(sums["customers"], customers),
        "revenue": money(sums["revenue"], scale),
        "revenue_share": share(sums["revenue"], revenue),
        "aov": mean_money(sums["revenue"], sums["orders"], scale),
        "median_monetary": mean_money(sums["lower_middle"] + sums["upper_middle"], 2, scale),
    }
