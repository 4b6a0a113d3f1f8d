"""From lines to customers, in memory and partition by partition: sort by (customer, day), then count along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.customers.lines import customer_bits, tag_hash

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcli.customers.lines import Lines

PARTITION_LINES = 2_500_000
"""Lines sorted at a time: small enough for the sort to be cheap in memory, large enough to keep two cores busy."""


class CustomerCollisionError(Exception):
    """Two customers share a hash; the caller reads again with exact codes."""


def aggregate_customers(lines: Lines, used: pl.Expr) -> pl.DataFrame:
    """One row per customer with used lines, in no particular order.

    Columns: customer UInt64 · tag UInt64 (a line of the customer) · lines, refund_lines Int64 · net, refunds Decimal ·
    cost Decimal, if present · first_key, last_key UInt64 (first and last order day; null without an order) ·
    purchase_days, orders Int64 (0 without an order) · first_day_amount Decimal.

    Raises:
        CustomerCollisionError: two customers have the same hash.
    """
    parts = [_aggregate_part(part) for part in _partitions(lines, used)]
    customers = pl.concat(parts)
    if not lines.exact and customers.filter(tag_hash("tag") != tag_hash("tag_max")).height:
        raise CustomerCollisionError
    return customers.drop("tag_max")


def _partitions(lines: Lines, used: pl.Expr) -> Iterator[pl.LazyFrame]:
    count = 1 if lines.exact else -(-max(lines.frame.height, 1) // PARTITION_LINES)
    for number in range(count):
        low, high = (number << 64) // count, ((number + 1) << 64) // count - 1
        within = pl.col("key").is_between(pl.lit(low, pl.UInt64), pl.lit(high, pl.UInt64))
        yield lines.frame.lazy().filter(used if count == 1 else used & within)


def _aggregate_part(part: pl.LazyFrame) -> pl.DataFrame:
    lines = part.sort("key").collect()
    days = _order_days(lines, _days(lines)).with_columns(customer=customer_bits())
    totals = _totals(days)
    active = _active(days.filter(pl.col("orders") > 0))
    joined = totals.join(active, on="customer", how="left", maintain_order="left").collect()
    return joined.with_columns(pl.col("purchase_days", "orders").fill_null(0))


def _days(lines: pl.DataFrame) -> pl.LazyFrame:
    refunded = pl.when("refund").then("amount").otherwise(pl.lit(0).cast(lines.schema["amount"]))
    aggregations = [
        pl.len().cast(pl.Int64).alias("lines"),
        pl.col("amount").sum().alias("net"),
        pl.col("tag").min(),
        pl.col("tag").max().alias("tag_max"),
    ]
    if "cost" in lines.columns:
        aggregations.append(pl.col("cost").sum())
    days = lines.lazy().with_columns(refunds=refunded)
    if lines["refund"].any():
        aggregations += [pl.col("refunds").sum(), pl.col("refund").sum().cast(pl.Int64).alias("refund_lines")]
        return days.group_by("key", maintain_order=True).agg(aggregations)
    none = {"refunds": pl.lit(0).cast(lines.schema["amount"]), "refund_lines": pl.lit(0, pl.Int64)}
    return lines.lazy().group_by("key", maintain_order=True).agg(aggregations).with_columns(**none)


def _order_days(lines: pl.DataFrame, days: pl.LazyFrame) -> pl.LazyFrame:
    """Add `orders`: the orders that begin on each customer-day.

    Without order ids, a day with any line that is no refund is one order. With them, an order begins on the first day
    of its lines that are no refunds; lines without an order id count as one order a day.
    """
    if "order" not in lines.columns:
        return days.with_columns(orders=(pl.col("lines") > pl.col("refund_lines")).cast(pl.Int64))
    sales = lines.lazy().filter(~pl.col("refund"))
    identified = sales.select(
        "key", customer=customer_bits(), order=pl.coalesce(pl.col("order"), pl.col("key").hash(seed=4))
    )
    begun = identified.group_by("customer", "order").agg(pl.col("key").min())
    per_day = begun.group_by("key").agg(orders=pl.len().cast(pl.Int64))
    joined = days.join(per_day, on="key", how="left", maintain_order="left")
    return joined.with_columns(pl.col("orders").fill_null(0))


def _totals(days: pl.LazyFrame) -> pl.LazyFrame:
    summed = ["lines", "refund_lines", "net", "refunds"]
    if "cost" in days.collect_schema():
        summed.append("cost")
    return (
        days.with_columns(pl.col("customer").set_sorted())
        .group_by("customer", maintain_order=True)
        .agg(pl.col(summed).sum(), pl.col("tag").min(), pl.col("tag_max").max())
    )


def _active(days: pl.LazyFrame) -> pl.LazyFrame:
    return (
        days.with_columns(pl.col("customer").set_sorted(), gross=pl.col("net") - pl.col("refunds"))
        .group_by("customer", maintain_order=True)
        .agg(
            pl.col("key").first().alias("first_key"),
            pl.col("key").last().alias("last_key"),
            pl.len().cast(pl.Int64).alias("purchase_days"),
            pl.col("orders").sum(),
            pl.col("gross").first().alias("first_day_amount"),
        )
    )
