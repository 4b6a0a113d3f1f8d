"""The customer summary: one row per customer as of a date, and the account of every row that led to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from crmcli.customers.aggregate import CustomerCollisionError, aggregate_customers
from crmcli.customers.lines import collect_lines, key_date, tag_row
from crmcli.customers.observation import has_date, observation_end
from crmcli.customers.reconcile import load_notes
from crmcli.errors import TooLittleDataError
from crmcli.transactions.codes import Rule

if TYPE_CHECKING:
    import datetime as dt

    from crmcli.customers.lines import Lines
    from crmcli.transactions.load import Transactions
    from crmcli.transactions.notes import LoadNotes


@dataclass(frozen=True, slots=True)
class CustomerSummary:
    """One row per customer with at least one order up to `as_of`, sorted by customer_id.

    Columns of `frame`: customer_id String · first_date, last_date Date (first and last order day; refunds do not count)
    · purchase_days Int64 (distinct order days) · orders Int64 · lines Int64 (used lines, refunds included)
    · monetary Decimal(38, s) (net of refunds) · refunds Decimal(38, s) (≤ 0) · refund_lines Int64
    · first_day_amount Decimal(38, s) (non-refund money of the first order day)
    · margin Decimal(38, s) (monetary − cost), only when a cost column was mapped.
    """

    frame: pl.DataFrame
    as_of: dt.date
    money_scale: int

    @property
    def has_margin(self) -> bool:
        """Whether a cost was mapped, so that value can mean margin."""
        return "margin" in self.frame.columns


def summarise(transactions: Transactions) -> tuple[CustomerSummary, LoadNotes]:
    """Read all rows of open transactions once and sum them up by customer.

    Raises:
        InputError: a lone last date, or an input that changed while it was read.
        TooLittleDataError: no customer has an order up to `as_of`.
        InternalError: rows or money do not add up; never the user's fault.
    """
    lines = collect_lines(transactions)
    as_of = observation_end(lines, transactions)
    lines = _with_date_rules(lines, as_of, transactions.options.since)
    used = pl.col("code") == 0
    try:
        customers = aggregate_customers(lines, used)
    except CustomerCollisionError:
        lines = _with_date_rules(collect_lines(transactions, exact=True), as_of, transactions.options.since)
        customers = aggregate_customers(lines, used)
    buyers = customers.filter(pl.col("orders") > 0)
    notes = load_notes(transactions, lines, customers, as_of)
    frame = _frame(buyers, transactions)
    transactions.verify_unchanged()
    return CustomerSummary(frame, as_of, transactions.options.money_scale), notes


def require_buyers(summary: CustomerSummary, notes: LoadNotes) -> None:
    """Fail when there is nobody to analyse, saying where the rows went.

    Raises:
        TooLittleDataError: no customer has an order.
    """
    if summary.frame.height:
        return
    dropped = ", ".join(f"{name} {count:,}" for name, count in notes.dropped.items())
    raise TooLittleDataError(
        f"No customer has an order up to {summary.as_of}",
        extent=f"{notes.rows_read:,} rows read; dropped by rule: {dropped or 'none'}; "
        f"quarantined: {notes.rows_quarantined:,}",
    )


def _with_date_rules(lines: Lines, as_of: dt.date, since: dt.date | None) -> Lines:
    """Give rows out of the observed time the code of that rule, which comes before all but an unreadable date."""
    date, code = key_date(), pl.col("code")
    ruled = pl.when(has_date() & (date > as_of)).then(pl.lit(int(Rule.AFTER_AS_OF), pl.UInt8))
    if since is not None:
        ruled = ruled.when(has_date() & (date < since)).then(pl.lit(int(Rule.BEFORE_SINCE), pl.UInt8))
    return type(lines)(lines.frame.with_columns(code=ruled.otherwise(code)), lines.exact)


def _frame(buyers: pl.DataFrame, transactions: Transactions) -> pl.DataFrame:
    rows = buyers.with_columns(row=tag_row("tag"))
    ids = transactions.frame.select("row", "customer_id").filter(pl.col("row").is_in(rows["row"].implode()))
    named = rows.join(ids.collect(engine="streaming"), on="row", how="left")
    columns = {
        "customer_id": pl.col("customer_id"),
        "first_date": key_date("first_key"),
        "last_date": key_date("last_key"),
        "purchase_days": pl.col("purchase_days"),
        "orders": pl.col("orders"),
        "lines": pl.col("lines"),
        "monetary": pl.col("net"),
        "refunds": pl.col("refunds"),
        "refund_lines": pl.col("refund_lines"),
        "first_day_amount": pl.col("first_day_amount"),
    }
    if "cost" in buyers.columns:
        columns["margin"] = pl.col("net") - pl.col("cost")
    return named.select(**columns).sort("customer_id")
