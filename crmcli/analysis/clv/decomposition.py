"""Where value came from: first purchase, repeats, cross-selling, service, referral, price (CLV1 … CLV6).

Each line is worth paid − cost − service cost, discounted by (1 + r)^−t with t the years since the customer's first
purchase. The lines of the first purchase day are CLV1. A later line at the reference price, served at the first
purchase's cost per unit, is CLV2 if its category was bought on the first day and else CLV3; what service cost less than
that is CLV4; what was paid above the reference price is CLV6. The five parts sum to the present value of the margin by
construction. CLV5 is margin of other customers, whom this one referred, and stays outside of the sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.clv.units import DAYS_PER_YEAR, daily_rate

if TYPE_CHECKING:
    from collections.abc import Mapping

PARTS = ("clv1", "clv2", "clv3", "clv4", "clv6")
"""The parts that sum to the present value of the margin."""

NEEDS: Mapping[str, tuple[str, ...]] = {
    "clv3": ("category",),
    "clv4": ("service_cost", "quantity"),
    "clv5": ("referrer",),
    "clv6": ("reference_price", "quantity"),
}
"""Part → the columns without which it is missing; its money then stays in the others."""

REFERRAL_DAYS = 365
"""How long after a referred customer's first purchase margin counts as brought by the referrer."""


@dataclass(frozen=True, slots=True)
class Decomposed:
    """One row per customer: customer UInt32, clv1 … clv6 (null where a column is missing), total_without_referral.

    `missing` names the columns that the input lacks.
    """

    table: pl.DataFrame
    missing: tuple[str, ...]


def decompose(lines: pl.DataFrame, discount_rate_annual: float, *, margin_share: float | None = None) -> Decomposed:
    """Decompose the value of each customer.

    Args:
        lines: as `collect_sale_lines` makes them, at least one per customer that is no refund.
        discount_rate_annual: effective rate r.
        margin_share: part of what was paid that is margin where no cost is known; all of it if None.
    """
    present = set(lines.columns)
    needed = ("category", "quantity", "reference_price", "cost", "service_cost", "referrer")
    missing = tuple(name for name in needed if name not in present and not (name == "cost" and margin_share))
    worth = _with_worth(lines, margin_share).with_columns(_discount(discount_rate_annual).alias("discount"))
    split = _with_parts(worth)
    sums = split.group_by("customer", maintain_order=True).agg(
        (pl.col(part) * pl.col("discount")).sum().alias(part) for part in PARTS
    )
    table = sums.with_columns(total_without_referral=pl.sum_horizontal(PARTS))
    if "referrer" in present:
        table = table.join(_referral(worth, discount_rate_annual), on="customer", how="left", maintain_order="left")
        table = table.with_columns(pl.col("clv5").fill_null(0.0))
    absent = [part for part, names in NEEDS.items() if not present.issuperset(names)]
    return Decomposed(table.with_columns(pl.lit(None, pl.Float64).alias(part) for part in absent), missing)


def _with_worth(lines: pl.DataFrame, margin_share: float | None) -> pl.DataFrame:
    """Lines with cost and service (0 where unknown), reference (what was paid where unknown), days since the first."""
    first = pl.col("date").filter(~pl.col("refund")).min().over("customer")
    cost: pl.Expr = pl.lit(0.0) if margin_share is None else pl.col("amount") * (1 - margin_share)
    return lines.with_columns(
        cost=pl.col("cost").fill_null(0.0) if "cost" in lines.columns else cost,
        service=pl.col("service_cost").fill_null(0.0) if "service_cost" in lines.columns else pl.lit(0.0),
        units=pl.col("quantity") if "quantity" in lines.columns else pl.lit(None, pl.Float64),
        reference=pl.coalesce(pl.col("reference_price") * pl.col("quantity"), "amount")
        if {"reference_price", "quantity"} <= set(lines.columns)
        else pl.col("amount"),
        # A refund from before the first purchase counts with it.
        days=pl.max_horizontal((pl.col("date") - first).dt.total_days(), 0),
    )


def _discount(rate: float) -> pl.Expr:
    return (-daily_rate(rate) * pl.col("days")).exp()


def _with_parts(lines: pl.DataFrame) -> pl.DataFrame:
    is_first = pl.col("days") == 0
    margin = pl.col("amount") - pl.col("cost") - pl.col("service")
    unit_service = pl.col("service").filter(is_first).sum().over("customer") / pl.col("units").filter(
        is_first
    ).sum().over("customer")
    lines = lines.with_columns(per_unit=pl.when(unit_service.is_finite()).then(unit_service))
    # Without units the first purchase's service has no scale: what service cost then is taken as it was.
    usual = pl.coalesce(pl.col("per_unit") * pl.col("units"), pl.col("service"))
    basic = pl.col("reference") - pl.col("cost") - usual
    same = _same_category(lines)
    nothing = pl.lit(0.0)
    later = ~is_first
    return lines.with_columns(
        clv1=pl.when(is_first).then(margin).otherwise(nothing),
        clv2=pl.when(later & same).then(basic).otherwise(nothing),
        clv3=pl.when(later & ~same).then(basic).otherwise(nothing),
        clv4=pl.when(later).then(usual - pl.col("service")).otherwise(nothing),
        clv6=pl.when(later).then(pl.col("amount") - pl.col("reference")).otherwise(nothing),
    )


def _same_category(lines: pl.DataFrame) -> pl.Expr:
    """Whether the line's category was bought on the first day; a line without a category is taken for the same."""
    if "category" not in lines.columns:
        return pl.lit(value=True)
    bought_first = (pl.col("days") == 0).any().over("customer", "category")
    return bought_first | pl.col("category").is_null()


def _referral(lines: pl.DataFrame, rate: float) -> pl.DataFrame:
    """By customer, clv5: margin of those referred in their first year, discounted to the referrer's first purchase."""
    starts = lines.group_by("customer").agg(
        pl.col("date").filter(~pl.col("refund")).min().alias("start"),
        pl.col("referrer").drop_nulls().first().alias("by"),
    )
    referred = starts.select("customer", "by").filter(pl.col("by").is_not_null(), pl.col("by") != pl.col("customer"))
    begun = starts.select(by="customer", by_start="start")
    years = (pl.col("date") - pl.col("by_start")).dt.total_days() / DAYS_PER_YEAR
    margin = pl.col("amount") - pl.col("cost") - pl.col("service")
    first_year = lines.filter(pl.col("days") <= REFERRAL_DAYS).join(referred, on="customer", how="inner")
    brought = first_year.join(begun, on="by", how="inner").sort("by", "customer", "date")
    value = margin * (-daily_rate(rate) * DAYS_PER_YEAR * years).exp()
    return brought.group_by("by", maintain_order=True).agg(clv5=value.sum()).rename({"by": "customer"})
