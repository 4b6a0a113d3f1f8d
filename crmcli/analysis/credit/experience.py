"""How invoices were paid: one row per payment on an invoice, with its delay against the due date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.invoices.allocate import UNAPPLIED
from crmcli.invoices.doc_types import DocKind

if TYPE_CHECKING:
    from crmcli.invoices.ledger import CreditLedger


def payments(ledger: CreditLedger) -> pl.DataFrame:
    """Payments that settled (part of) an invoice, sorted.

    Columns: `item`, `account`, `customer_id`, `invoiced` and `due` Date, `paid` Date, `amount` Int64 (what the payment
    put on the invoice), `delay` Int64 (days after the due date, negative when early), `days` Int64 (since the invoice).
    Money that a reversal took back is netted within the day it was taken back; rows without money are left out.
    """
    is_payment = (pl.col("kind") == str(DocKind.PAYMENT)) & (pl.col("item") != UNAPPLIED)
    paid = ledger.moves.filter(is_payment).group_by("item", "date").agg(pl.col("amount").sum())
    items = ledger.items.select("item", "account", "customer_id", "due", invoiced="date")
    joined = paid.rename({"date": "paid"}).join(items, on="item", how="inner").filter(pl.col("amount") > 0)
    return joined.with_columns(
        delay=(pl.col("paid") - pl.col("due")).dt.total_days(),
        days=(pl.col("paid") - pl.col("invoiced")).dt.total_days(),
    ).sort("item", "paid")


def overdue(ledger: CreditLedger) -> pl.DataFrame:
    """Open items past their due date: `item`, `account`, `customer_id`, `amount` (open), `delay` (days overdue)."""
    opened = ledger.open_items().with_columns(delay=(pl.lit(ledger.as_of) - pl.col("due")).dt.total_days())
    late = opened.filter(pl.col("delay") > 0)
    return late.select("item", "account", "customer_id", amount="open", delay="delay").sort("item")


def experiences(ledger: CreditLedger) -> pl.DataFrame:
    """`customer_id`, `amount`, `delay`: payments, and open items past due as if they were paid today."""
    columns = ["account", "customer_id", "amount", "delay"]
    return pl.concat([payments(ledger).select(columns), overdue(ledger).select(columns)])


def outcomes(ledger: CreditLedger) -> pl.DataFrame:
    """Every item with how it ended so far.

    Beside the columns of the items: `settled_on` Date (the day from which nothing is open, null while something is),
    `written_off` Int64, `open` Int64, `late` Boolean (settled after its due date, written off, or open past it).
    """
    moves = ledger.moves.filter(pl.col("item") != UNAPPLIED)
    loss = pl.col("amount").filter(pl.col("kind") == str(DocKind.WRITE_OFF)).sum()
    by_item = moves.group_by("item").agg(applied=pl.col("amount").sum(), written_off=loss, last=pl.col("date").max())
    items = ledger.items.join(by_item, on="item", how="left", maintain_order="left").with_columns(
        pl.col("applied", "written_off").fill_null(0)
    )
    items = items.with_columns(open=pl.col("amount") - pl.col("applied"))
    items = items.with_columns(settled_on=pl.when(pl.col("open") <= 0).then("last"))
    ended = pl.coalesce("settled_on", pl.lit(ledger.as_of))
    return items.with_columns(late=(ended > pl.col("due")) | (pl.col("written_off") > 0)).drop("applied", "last")
