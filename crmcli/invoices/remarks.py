"""What a reader should know about how a ledger was put together: due dates, lines, payments that name nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.invoices.doc_types import DocKind
from crmcli.invoices.due_dates import DueSource
from crmcli.notes import info, warning

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from crmcli.notes import Note


def remarks(items: pl.DataFrame, events: list[pl.DataFrame], as_of: dt.date) -> Iterator[Note]:
    """What to say about the items and events of a ledger as of a day."""
    for source, count in items.group_by("due_source").agg(pl.len()).sort("due_source").iter_rows():
        if source == DueSource.INVOICE_DATE:
            yield warning(
                "due_source",
                f"{count:,} invoices state neither due date nor terms: due on their own date (--default-terms)",
            )
        elif source != DueSource.FILE:
            yield info("due_source", f"{count:,} invoices have their due date from {source}")
    merged = items.filter(pl.col("lines") > 1)
    if merged.height:
        lines = int(merged["lines"].sum())
        yield info(
            "invoice_lines",
            f"{lines:,} rows are lines of {merged.height:,} invoices (one number, customer, day and due date)",
        )
    early = int((items["due"] < items["date"]).sum())
    if early:
        yield warning("due_before_invoice", f"{early:,} invoices are due before their own date")
    for frame in events:
        yield from _event_remarks(frame.filter((pl.col("code") == 0) & (pl.col("date") <= as_of)))


def _event_remarks(events: pl.DataFrame) -> Iterator[Note]:
    named = events.filter(pl.col("reference").is_not_null())
    unknown = named.filter(pl.col("key").is_null())
    if unknown.height:
        yield warning(
            "unknown_invoice",
            f"{unknown.height:,} payments or credits name an invoice that is not in the ledger, such as "
            f"{unknown['reference'].min()!r}: they stay unapplied",
        )
    elsewhere = int(events["elsewhere"].sum())
    if elsewhere:
        yield warning(
            "paid_by_other", f"{elsewhere:,} payments name an invoice of another customer, whose account they settle"
        )
    loose = events.filter(pl.col("reference").is_null()).group_by("kind").agg(pl.len()).sort("kind")
    for kind, count in loose.iter_rows():
        does = "settle the oldest due invoices first" if kind == DocKind.PAYMENT else "stay unapplied"
        yield info("without_invoice", f"{count:,} rows of kind {kind} name no invoice: they {does}")
