"""Conservation, checked on every run: each row read is used, quarantined or dropped by a rule, and so is its money."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.customers.doubts import doubts
from crmcli.errors import InternalError
from crmcli.notes import counted, info, warning
from crmcli.transactions.codes import Defect, Rule
from crmcli.transactions.duplicates import count_duplicates
from crmcli.transactions.notes import LoadNotes
from crmcli.transactions.quarantine import bad_rows

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from crmcli.customers.lines import Lines
    from crmcli.notes import Note
    from crmcli.transactions.load import Transactions


def load_notes(transactions: Transactions, lines: Lines, customers: pl.DataFrame, as_of: dt.date) -> LoadNotes:
    """The account of the input, complete and checked.

    Args:
        transactions: the open input.
        lines: all its sound rows, with the final code of each.
        customers: aggregates of the used lines (see `aggregate_customers`), customers without an order included.
        as_of: the end of observation.

    Raises:
        InternalError: rows or money do not add up.
    """
    codes = _count_codes(lines)
    buyers = customers.filter(pl.col("orders") > 0)
    refund_only = customers.filter(pl.col("orders") == 0)
    quarantined = _quarantined(transactions, codes)
    dropped = _dropped(codes, _total(refund_only, "lines"))
    notes = LoadNotes(
        files=transactions.files(),
        layouts=transactions.layouts,
        as_of=as_of,
        as_of_given=transactions.options.as_of is not None,
        rows_read=transactions.records,
        rows_used=_total(buyers, "lines"),
        quarantined=quarantined,
        dropped=dropped,
        rounded_lines=int(lines.frame.select((pl.col("rounded") & (pl.col("code") == 0)).sum()).item()),
        duplicate_rows=count_duplicates(transactions),
        gross=_money(buyers, "net") - _money(buyers, "refunds"),
        refunds=_money(buyers, "refunds"),
        refund_only_customers=refund_only.height,
        refund_only_money=_money(refund_only, "net"),
        examples=tuple(bad_rows(transactions, as_of)) if quarantined else (),
        notes=(*transactions.notes, *doubts(transactions, lines, customers)),
    )
    _check_rows(notes)
    _check_money(notes, lines, transactions.options.money_scale)
    return notes


def remarks(notes: LoadNotes) -> Iterator[Note]:
    """What a reader of the result should know about its input, in sentences."""
    yield from notes.notes
    if notes.rows_quarantined:
        counts = ", ".join(f"{code} {count:,}" for code, count in notes.quarantined.items())
        first, of_all = notes.examples[0], f"of {notes.rows_read:,} rows"
        bad = counted(notes.rows_quarantined, f"{of_all} is bad and was", f"{of_all} are bad and were")
        yield warning(
            "quarantined",
            f"{bad} not used ({counts}); the first: {first.file}, line {first.line}: {first.message}",
        )
    for name, count in notes.dropped.items():
        yield info("dropped_by_rule", f"{counted(count, 'row')} dropped by the rule {name}")
    if notes.refund_only_customers:
        yield info(
            "refund_only",
            f"{counted(notes.refund_only_customers, 'customer has', 'customers have')} refunds but no order; "
            f"their {notes.refund_only_money:,} is not in any total",
        )
    if notes.rounded_lines:
        yield info(
            "rounded",
            f"{counted(notes.rounded_lines, 'line was', 'lines were')} rounded half-even to the money scale, each once",
        )
    if notes.duplicate_rows is None:
        yield info("duplicates_not_counted", "rows that repeat an earlier row were not counted: the input is too long")
    elif notes.duplicate_rows:
        repeats = counted(notes.duplicate_rows, "row repeats", "rows repeat")
        yield info("duplicate_rows", f"{repeats} an earlier row exactly; they were kept")


def _count_codes(lines: Lines) -> dict[int, int]:
    counts = np.bincount(lines.frame["code"].to_numpy(), minlength=1)
    return {code: int(count) for code, count in enumerate(counts) if count}


def _quarantined(transactions: Transactions, codes: dict[int, int]) -> dict[str, int]:
    structural = pl.concat([table.defects.select("code") for table in transactions.tables])["code"].value_counts()
    counts = dict(zip(structural["code"].to_list(), structural["count"].to_list(), strict=True))
    for defect in Defect:
        if codes.get(defect):
            counts[defect.name] = counts.get(defect.name, 0) + codes[defect]
    return {defect.name: counts[defect.name] for defect in Defect if counts.get(defect.name)}


def _dropped(codes: dict[int, int], refund_only_lines: int) -> dict[str, int]:
    counts = {rule: codes.get(rule, 0) for rule in Rule}
    counts[Rule.REFUND_ONLY] = refund_only_lines
    return {rule.label: count for rule, count in counts.items() if count}


def _total(customers: pl.DataFrame, column: str) -> int:
    return int(customers[column].sum())


def _money(customers: pl.DataFrame, column: str) -> Decimal:
    return Decimal(customers[column].sum())


def _check_rows(notes: LoadNotes) -> None:
    accounted = notes.rows_used + notes.rows_quarantined + sum(notes.dropped.values())
    if accounted != notes.rows_read:
        raise InternalError(
            f"Rows do not add up: {notes.rows_read:,} read, but {notes.rows_used:,} used, "
            f"{notes.rows_quarantined:,} quarantined and {sum(notes.dropped.values()):,} dropped by rules"
        )


def _check_money(notes: LoadNotes, lines: Lines, money_scale: int) -> None:
    used = lines.frame.lazy().filter(pl.col("code") == 0)
    units = used.select(pl.col("amount").cast(pl.Int128).sum()).collect().item() or 0
    read = Decimal(units).scaleb(-money_scale)
    summed = notes.gross + notes.refunds + notes.refund_only_money
    if read != summed:
        raise InternalError(f"Money does not add up: {read:,} in the used lines, {summed:,} in the customers")
