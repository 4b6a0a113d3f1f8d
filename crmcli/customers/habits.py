"""What a customer's lines say beyond money and days: kinds of product bought, discounts used, promotions followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import datetime as dt

    from crmcli.transactions.load import Transactions

COLUMNS = frozenset({"category", "discount", "promotion"})
"""Canonical columns that tell of habits."""

_NONE = r"^(?i)(|-+|–|—|0*|no|none|null|nan|n/?a|false|off|nein|non|否|无|没有)$"
"""Cells that say there was none."""

_NOUGHT = r"^[^1-9]*0[^1-9]*$"
"""Numbers that are nought, whatever their marks: 0.00, € 0,00, 0%."""


def is_given(cell: pl.Expr) -> pl.Expr:
    """Whether a cell of a discount or promotion says that there was one: neither missing, nor a no, nor nought."""
    text = cell.fill_null("").str.strip_chars()
    return ~(text.str.contains(_NONE) | text.str.contains(_NOUGHT))


def collect_habits(transactions: Transactions, customers: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    """The habits of each customer, row by row as in `customers`, which holds `customer_id`.

    Columns, each only where the input has what it needs: categories Int64 (distinct ones bought) · discounted_sales
    Decimal(38, s) (money of the lines that carry a discount) · promotion_orders Int64 (orders with a promotion on a
    line). Always: sales Decimal(38, s) (money of all lines). Refunds count nowhere.
    """
    found = transactions.columns & COLUMNS
    money = pl.Decimal(38, transactions.options.money_scale)
    sale = _sale_money(transactions)
    aggregates = {"sales": sale.sum()}
    if "category" in found:
        category = pl.col("category").str.strip_chars().replace("", None)
        aggregates["categories"] = category.drop_nulls().n_unique().cast(pl.Int64)
    if "discount" in found:
        aggregates["discounted_sales"] = sale.filter(is_given(pl.col("discount"))).sum()
    if "promotion" in found:
        promoted = _order(transactions).filter(is_given(pl.col("promotion")))
        aggregates["promotion_orders"] = promoted.n_unique().cast(pl.Int64)
    by_customer = _sales(transactions, as_of).group_by("customer_id").agg(**aggregates).collect(engine="streaming")
    habits = customers.select("customer_id").join(by_customer, on="customer_id", how="left", maintain_order="left")
    return habits.drop("customer_id").with_columns(pl.col(pl.Decimal).cast(money))


def _sales(transactions: Transactions, as_of: dt.date) -> pl.LazyFrame:
    date, since = pl.col("date"), transactions.options.since
    seen = date <= as_of if since is None else date.is_between(since, as_of)
    return transactions.frame.filter(pl.col("code") == 0, ~pl.col("refund"), seen)


def _sale_money(transactions: Transactions) -> pl.Expr:
    """Money of a sale before what was taken off it later, as in the days of a customer."""
    amount = pl.col("amount")
    return amount + pl.col("refunded") if "refunded" in transactions.columns else amount


def _order(transactions: Transactions) -> pl.Expr:
    day = pl.col("date").to_physical().hash(seed=4)
    return pl.coalesce(pl.col("order_id").hash(seed=3), day) if "order_id" in transactions.columns else day
