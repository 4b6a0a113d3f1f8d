"""The same customers as of an earlier date, from their days: nothing is read again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.customers.summary import CustomerSummary

if TYPE_CHECKING:
    import datetime as dt


def summary_at(summary: CustomerSummary, as_of: dt.date) -> CustomerSummary:
    """The customer summary as it was at the end of an earlier day.

    Equal to a summary of the same input with `--as-of`, but for what a day does not tell: there are no columns `lines`
    and `refund_lines`, and no habits. Customers without an order by then are left out, and the others numbered anew.

    Args:
        summary: a summary with its days.
        as_of: the date; on or after that of the summary, all days take part.
    """
    days = summary.days.filter(pl.col("date") <= as_of)
    buyers = days.filter(pl.col("orders") > 0).group_by("customer", maintain_order=True).agg(**_ordering())
    totals = days.group_by("customer").agg(**_money(days, summary.money_scale))
    found = buyers.join(totals, on="customer", how="left", maintain_order="left")
    ids = summary.frame.select("customer_id").with_row_index("customer")
    frame = found.join(ids, on="customer", how="left", maintain_order="left")
    columns = [name for name in summary.frame.columns if name in frame.columns]
    number = found.select("customer").with_row_index("number")
    kept = days.join(number, on="customer", how="inner", maintain_order="left")
    renumbered = kept.with_columns(customer=pl.col("number")).select(days.columns)
    return CustomerSummary(frame.select(columns), as_of, summary.money_scale, renumbered)


def _ordering() -> dict[str, pl.Expr]:
    """Aggregates of the purchase days of one customer, which stand in order."""
    return {
        "first_date": pl.col("date").first(),
        "last_date": pl.col("date").last(),
        "purchase_days": pl.len().cast(pl.Int64),
        "orders": pl.col("orders").sum(),
        "first_day_amount": pl.col("sales").first(),
    }


def _money(days: pl.DataFrame, money_scale: int) -> dict[str, pl.Expr]:
    money = pl.Decimal(38, money_scale)
    sums = {"monetary": pl.col("net").sum(), "refunds": pl.col("net").sum() - pl.col("sales").sum()}
    if "margin" in days.columns:
        sums["margin"] = pl.col("margin").sum()
    return {name: total.cast(money) for name, total in sums.items()}
