"""Payment curves: how much of each month's invoices is still unpaid after 0, 1, 2 … months."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.credit.months import month_end
from crmcli.invoices.allocate import UNAPPLIED
from crmcli.invoices.doc_types import DocKind

if TYPE_CHECKING:
    from crmcli.invoices.ledger import CreditLedger

LONGEST_MONTHS = 24


def payment_curves(ledger: CreditLedger) -> pl.DataFrame:
    """The columns of the view `cohorts`, and `invoiced` (minor units), by month of invoice and age.

    Payments and credits settle; what was written off stays unpaid. Ages run up to the month of `as_of`, at most 24.
    """
    items = ledger.items.select("item", "amount", month=pl.col("date").dt.month_end())
    invoiced = items.group_by("month").agg(invoiced=pl.col("amount").sum())
    settles = (pl.col("kind") != str(DocKind.WRITE_OFF)) & (pl.col("item") != UNAPPLIED)
    paid = ledger.moves.filter(settles).join(items.select("item", "month"), on="item", how="inner")
    age = _months(pl.col("date")) - _months(pl.col("month"))
    paid = paid.group_by("month", age_months=age).agg(paid=pl.col("amount").sum())
    last = _months(pl.lit(ledger.as_of)) - _months(pl.col("month"))
    grid = invoiced.with_columns(age_months=pl.int_ranges(0, pl.min_horizontal(last, LONGEST_MONTHS) + 1))
    grid = grid.explode("age_months").with_columns(pl.col("age_months").cast(pl.Int64))
    rows = grid.join(paid, on=["month", "age_months"], how="left").with_columns(pl.col("paid").fill_null(0))
    rows = rows.sort("month", "age_months").with_columns(settled=pl.col("paid").cum_sum().over("month"))
    rows = rows.filter(pl.col("invoiced") > 0)
    today = pl.lit(ledger.as_of)
    is_over = _months(pl.col("month")) + pl.col("age_months") < _months(today)
    if ledger.as_of == month_end(ledger.as_of):
        is_over = pl.lit(value=True)
    return rows.select(
        "month",
        "invoiced",
        "age_months",
        invoice_month=pl.col("month").dt.to_string("%Y-%m"),
        unpaid_share=(pl.col("invoiced") - pl.col("settled")) / pl.col("invoiced"),
        complete=pl.when(is_over).then(pl.lit("yes")).otherwise(pl.lit("no")),
    )


def _months(date: pl.Expr) -> pl.Expr:
    """Months since the year 0."""
    return date.dt.year().cast(pl.Int64) * 12 + date.dt.month().cast(pl.Int64)
