"""The customer summary: one row per customer as of a date, and the account of every row that led to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.customers.aggregate import CustomerCollisionError, aggregate_customers
from crmcli.customers.days import days_frame
from crmcli.customers.habits import COLUMNS as HABIT_COLUMNS
from crmcli.customers.habits import collect_habits
from crmcli.customers.lines import Lines, collect_lines, lines_without_cost
from crmcli.customers.observation import as_day, observation_end
from crmcli.customers.reconcile import load_notes
from crmcli.errors import TooLittleDataError
from crmcli.transactions.codes import Rule
from crmcli.transactions.ids import is_ordinary

if TYPE_CHECKING:
    import datetime as dt

    from crmcli.customers.aggregate import Aggregates
    from crmcli.transactions.load import Transactions
    from crmcli.transactions.notes import LoadNotes


@dataclass(frozen=True, slots=True)
class CustomerSummary:
    """One row per customer with at least one order up to `as_of`, sorted by customer_id.

    Columns of `frame`: customer_id String · first_date, last_date Date (first and last order day; refunds do not count)
    · purchase_days Int64 (distinct order days) · orders Int64 · lines Int64 (used lines, refunds included)
    · monetary Decimal(38, s) (net of refunds) · refunds Decimal(38, s) (≤ 0) · refund_lines Int64
    · first_day_amount Decimal(38, s) (non-refund money of the first order day)
    · margin Decimal(38, s) (monetary − cost), only when every used line has a cost.

    Columns of `days`, sorted by customer and date, one row per customer and day with used lines: customer UInt32 (row
    number in `frame`) · date Date · orders Int64 (orders that began; 0 on a day of refunds, or of further lines of an
    earlier order) · sales Decimal(38, s) (money without refunds) · net Decimal(38, s) (refunds included) · margin
    Decimal(38, s) (net − cost), where `frame` has it. A purchase day is one with orders > 0.

    `habits` stands row by row beside `frame` (see `collect_habits`). Both are frames without columns where the summary
    was made without them.
    """

    frame: pl.DataFrame
    as_of: dt.date
    money_scale: int
    days: pl.DataFrame = field(default_factory=pl.DataFrame)
    habits: pl.DataFrame = field(default_factory=pl.DataFrame)

    @property
    def has_margin(self) -> bool:
        """Whether a cost was mapped, so that value can mean margin."""
        return "margin" in self.frame.columns


def summarise(transactions: Transactions) -> tuple[CustomerSummary, LoadNotes]:
    """Read all rows of open transactions once and sum them up by customer.

    Raises:
        InputError: a lone last date, or an input that changed while it was read.
        TooLittleDataError: no row has a readable date.
        InternalError: rows or money do not add up; never the user's fault.
    """
    lines = collect_lines(transactions)
    as_of = observation_end(lines, transactions)
    lines, found = _aggregate(lines, transactions, as_of)
    customers = found.customers.drop("cost") if lines_without_cost(lines) else found.customers
    ids = _ids(transactions, lines, customers)
    if transactions.ids_deferred:
        if not is_ordinary(ids["customer_id"]):
            return summarise(transactions.with_ids_decided())
        transactions = replace(transactions, ids_deferred=False)
    notes = load_notes(transactions, lines, customers, as_of)
    scale = transactions.options.money_scale
    frame = _frame(customers, ids)
    days = _days(found, frame, scale)
    frame = frame.drop("place")
    habits = collect_habits(transactions, frame, as_of) if transactions.columns & HABIT_COLUMNS else pl.DataFrame()
    transactions.verify_unchanged()
    return CustomerSummary(frame, as_of, scale, days, habits), notes


def _aggregate(lines: Lines, transactions: Transactions, as_of: dt.date) -> tuple[Lines, Aggregates]:
    options = transactions.options
    lines = _with_date_rules(lines, as_of, options.since)
    try:
        return lines, aggregate_customers(lines, options.money_scale)
    except CustomerCollisionError:
        lines = _with_date_rules(collect_lines(transactions, exact=True), as_of, options.since)
        return lines, aggregate_customers(lines, options.money_scale)


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
    frame, day = lines.frame, lines.frame["day"]
    if since is not None:
        frame = _recoded(frame, day < as_day(since), Rule.BEFORE_SINCE)
    # Last, since of the rules that fit a row the first one counts.
    return Lines(_recoded(frame, day > as_day(as_of), Rule.AFTER_AS_OF), lines.exact)


def _recoded(frame: pl.DataFrame, affected: pl.Series, rule: Rule) -> pl.DataFrame:
    if not affected.any():
        return frame
    return frame.with_columns(code=pl.when(affected).then(pl.lit(int(rule), pl.UInt8)).otherwise("code"))


def _ids(transactions: Transactions, lines: Lines, customers: pl.DataFrame) -> pl.DataFrame:
    """The ids (row, customer_id) of all customers, those of unused lines included, by the row they are read from."""
    unused = lines.frame.lazy().with_row_index("row").filter(pl.col("code") > 0, pl.col("customer").is_not_null())
    others = unused.unique("customer", keep="first").select("row").collect()["row"]
    rows = pl.concat([customers["row"], others]).unique()
    found = transactions.frame.select("row", "customer_id").filter(pl.col("row").is_in(rows.implode()))
    return found.collect(engine="streaming")


def _frame(customers: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """The customers with an order, sorted by id, with their `place` among all customers."""
    buyers = customers.with_row_index("place").filter(pl.col("orders") > 0)
    columns = {
        "place": pl.col("place"),
        "customer_id": pl.col("customer_id"),
        "first_date": pl.col("first_day").cast(pl.Date),
        "last_date": pl.col("last_day").cast(pl.Date),
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
    return buyers.join(ids, on="row", how="left").select(**columns).sort("customer_id")


def _days(found: Aggregates, frame: pl.DataFrame, money_scale: int) -> pl.DataFrame:
    """The days of the customers in `frame`, which holds their places among all customers."""
    rank = np.full(found.customers.height, -1, dtype=np.int64)
    rank[frame["place"].to_numpy()] = np.arange(frame.height)
    return days_frame(found.days, rank, money_scale, has_cost="margin" in frame.columns)
