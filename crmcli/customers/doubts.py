"""What looks wrong about an input that reads without an error, and what was taken for granted in reading it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.customers.lines import lines_without_cost
from crmcli.errors import InputError
from crmcli.notes import info, warning
from crmcli.transactions.aliases import ORDER_TOTAL_HEADINGS, fold
from crmcli.transactions.rules import DOUBTFUL_STATUS, is_no_sale

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcli.customers.lines import Lines
    from crmcli.notes import Note
    from crmcli.transactions.load import Transactions

FEW_CUSTOMERS = 20
"""Below this, one row for each customer is no sign of anything."""

_STATUSES_SHOWN = 6


def doubts(transactions: Transactions, lines: Lines, customers: pl.DataFrame) -> tuple[Note, ...]:
    """Remarks for a careful reader.

    Args:
        transactions: the open input.
        lines: all its sound rows.
        customers: aggregates of the used lines, one row per customer (see `aggregate_customers`).
    """
    return (
        *_one_row_each(transactions, customers),
        *_overlaps(transactions, lines),
        *_order_totals(transactions),
        *_statuses(transactions),
        *_taken_for_granted(transactions, lines),
    )


def _one_row_each(transactions: Transactions, customers: pl.DataFrame) -> Iterator[Note]:
    if customers.height >= FEW_CUSTOMERS and customers["lines"].max() == 1:
        headings = dict.fromkeys(layout.mapping["customer_id"] for layout in transactions.layouts)
        yield warning(
            "one_row_each",
            f"every one of the {customers.height:,} customers has a single row: "
            f"is {', '.join(map(repr, headings))} the customer, and not the order? (--map customer_id=COLUMN)",
        )


def _overlaps(transactions: Transactions, lines: Lines) -> Iterator[Note]:
    """Order ids that stand in two files: exports that overlap count their sales twice."""
    if len(transactions.tables) == 1 or "order" not in lines.frame.columns:
        return
    sizes = [table.sound for table in transactions.tables]
    table = pl.Series("table", np.repeat(np.arange(len(sizes), dtype=np.uint32), sizes))
    orders = lines.frame.with_columns(table).filter(pl.col("code") == 0).drop_nulls("order")
    spread = orders.group_by("customer", "order").agg(pl.col("table").n_unique()).filter(pl.col("table") > 1).height
    if not spread:
        return
    text = f"{spread:,} orders stand in more than one file: do the exports overlap? Their rows count each time"
    if transactions.options.strict:
        raise InputError(text, remedy="Give each order once, or leave out --strict.")
    yield warning("overlapping_orders", text)


def _order_totals(transactions: Transactions) -> Iterator[Note]:
    """An amount that is the same on all rows of every order that has several is rather the order's than the row's."""
    headings = {layout.mapping["amount"] for layout in transactions.layouts if "amount" in layout.mapping}
    doubtful = sorted(heading for heading in headings if fold(heading) in ORDER_TOTAL_HEADINGS)
    if not doubtful or "order_id" not in transactions.columns or any(x.profile for x in transactions.layouts):
        return
    orders = transactions.frame.filter(pl.col("code") == 0).drop_nulls("order_id").group_by("customer_id", "order_id")
    several = orders.agg(pl.len(), pl.col("amount").n_unique()).filter(pl.col("len") > 1)
    found = several.select(pl.len(), same=(pl.col("amount") == 1).all()).collect(engine="streaming").row(0)
    if found[0] and found[1]:
        yield warning(
            "order_total_repeated",
            f"{doubtful[0]!r} is the same on all rows of each of the {found[0]:,} orders with several rows, and counts "
            "on every one: is it the total of the order? (--map quantity=… unit_price=…, or a --profile)",
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


def _taken_for_granted(transactions: Transactions, lines: Lines) -> Iterator[Note]:
    if "order_id" not in transactions.columns:
        yield info("orders_are_days", "no order id: all that a customer buys on one day is one order")
    missing = lines_without_cost(lines)
    if missing:
        yield warning("cost_incomplete", f"{missing:,} used lines have no cost, so that no margin is computed")
    elif "cost" in transactions.columns:
        yield info(
            "cost_per_line", "cost is taken as that of the whole line; value means margin unless --value revenue"
        )
