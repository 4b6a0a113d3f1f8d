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

    from crmcli.invoices.ledger import CreditLedger
    from crmcli.notes import Note


def remarks(
    items: pl.DataFrame, events: list[pl.DataFrame], as_of: dt.date, *, is_snapshot: bool = False
) -> Iterator[Note]:
    """What to say about the items and events of a ledger as of a day."""
    for source, count in items.group_by("due_source").agg(pl.len()).sort("due_source").iter_rows():
        if source == DueSource.INVOICE_DATE:
            yield warning(
                "due_source",
                f"{count:,} invoices state neither due date nor terms: due on their own date (--default-terms)",
            )
        elif source != DueSource.FILE:
            yield info("due_source", f"{count:,} invoices have their due date from {source}")
    yield from _line_remarks(items.select("lines", "repeated", "invoice_id").filter(pl.col("lines") > 1))
    early = int((items["due"] < items["date"]).sum())
    if early:
        yield warning("due_before_invoice", f"{early:,} invoices are due before their own date")
    several = items["currency"].n_unique() > 1
    for frame in events:
        used = frame.filter((pl.col("code") == 0) & (pl.col("date") <= as_of))
        yield from _unknown_remarks(used, "the ledger, or not in that currency" if several else "the ledger")
        yield from _event_remarks(used, is_snapshot)


def _line_remarks(merged: pl.DataFrame) -> Iterator[Note]:
    """On invoices of several rows; equal rows may be lines, or an export that holds its rows twice."""
    alike = merged.filter("repeated")
    if alike.height:
        text = (
            f"{alike.height:,} invoices consist of rows that repeat each other, such as {alike['invoice_id'].min()!r}"
        )
        yield warning("repeated_lines", f"{text}: all count, which doubles them if they are no lines")
    different = merged.filter(~pl.col("repeated"))
    if different.height:
        text = f"{int(different['lines'].sum()):,} rows are lines of {different.height:,} invoices"
        yield info("invoice_lines", f"{text} (one number, customer, day and due date)")


def _unknown_remarks(events: pl.DataFrame, where: str) -> Iterator[Note]:
    unknown = events.filter(pl.col("reference").is_not_null() & pl.col("key").is_null())
    if unknown.height:
        yield warning(
            "unknown_invoice",
            f"{unknown.height:,} payments or credits name an invoice that is not in {where}, such as "
            f"{unknown['reference'].min()!r}: they stay unapplied",
        )


def _event_remarks(events: pl.DataFrame, is_snapshot: bool) -> Iterator[Note]:  # noqa: FBT001 — passed on as it is
    elsewhere = int(events["elsewhere"].sum())
    if elsewhere:
        yield warning(
            "paid_by_other", f"{elsewhere:,} payments name an invoice of another customer, whose account they settle"
        )
    loose = events.filter(pl.col("reference").is_null()).group_by("kind").agg(pl.len()).sort("kind")
    for kind, count in loose.iter_rows():
        settles = kind == DocKind.PAYMENT and not is_snapshot
        yield info(
            "without_invoice", f"{_nameless(count, kind)} {_ONE_DOES[settles] if count == 1 else _ALL_DO[settles]}"
        )


_ONE_DOES = {True: "it settles the oldest due invoice first", False: "it stays unapplied"}
_ALL_DO = {True: "they settle the oldest due invoices first", False: "they stay unapplied"}


def _nameless(count: int, kind: str) -> str:
    return (
        f"1 row of kind {kind} names no invoice:" if count == 1 else f"{count:,} rows of kind {kind} name no invoice:"
    )


def nothing_open(ledger: CreditLedger) -> Note | None:
    """What to say when everything is settled on the day of the run."""
    if ledger.open_items().height:
        return None
    last: dt.date = ledger.items["date"].sort()[-1]
    text = f"Nothing is open on {ledger.as_of}; look at an earlier day, for example --as-of {last.isoformat()}"
    return info("nothing_open", text)
