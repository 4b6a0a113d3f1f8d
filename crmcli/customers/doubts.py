"""What looks wrong about an input that reads without an error, and what was taken for granted in reading it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.notes import info, warning
from crmcli.transactions.rules import DOUBTFUL_STATUS, is_no_sale

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcli.notes import Note
    from crmcli.transactions.load import Transactions

FEW_CUSTOMERS = 20
"""Below this, one row for each customer is no sign of anything."""

_STATUSES_SHOWN = 6


def doubts(transactions: Transactions, customers: pl.DataFrame) -> tuple[Note, ...]:
    """Remarks for a careful reader.

    Args:
        transactions: the open input.
        customers: aggregates of the used lines, one row per customer (see `aggregate_customers`).
    """
    return (*_one_row_each(transactions, customers), *_statuses(transactions), *_taken_for_granted(transactions))


def _one_row_each(transactions: Transactions, customers: pl.DataFrame) -> Iterator[Note]:
    if customers.height >= FEW_CUSTOMERS and customers["lines"].max() == 1:
        headings = dict.fromkeys(layout.mapping["customer_id"] for layout in transactions.layouts)
        yield warning(
            "one_row_each",
            f"every one of the {customers.height:,} customers has a single row: "
            f"is {', '.join(map(repr, headings))} the customer, and not the order? (--map customer_id=COLUMN)",
        )


def _statuses(transactions: Transactions) -> Iterator[Note]:
    if "status" not in transactions.columns:
        return
    status = pl.col("status").fill_null("")
    frame = transactions.frame.filter(status != "").group_by(status=status, dropped=is_no_sale(status)).len()
    found = frame.collect(engine="streaming").sort("len", "status", descending=[True, False])
    kept, dropped = found.filter(~pl.col("dropped")), found.filter("dropped")
    yield info("statuses", f"statuses that count as sales: {_listed(kept)}; dropped: {_listed(dropped)}")
    doubtful = kept.filter(pl.col("status").str.contains(DOUBTFUL_STATUS))
    if doubtful.height:
        yield warning(
            "doubtful_status", f"counted as sales, which their status may deny: {_listed(doubtful)} (--where)"
        )


def _listed(found: pl.DataFrame) -> str:
    shown = [f"{status} {count:,}" for status, count in found.select("status", "len").head(_STATUSES_SHOWN).iter_rows()]
    more = found.height - _STATUSES_SHOWN
    return ", ".join([*shown, f"{more:,} more"] if more > 0 else shown) or "none"


def _taken_for_granted(transactions: Transactions) -> Iterator[Note]:
    if "order_id" not in transactions.columns:
        yield info("orders_are_days", "no order id: all that a customer buys on one day is one order")
    if "cost" in transactions.columns:
        yield info(
            "cost_per_line", "cost is taken as that of the whole line; value means margin unless --value revenue"
        )
