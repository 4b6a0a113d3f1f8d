"""What became of every row of all files of a run, and the proof that none is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.errors import InternalError
from crmcli.invoices.codes import Defect, LedgerRule
from crmcli.invoices.notes import EXAMPLES, LedgerNotes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmcli.invoices.assemble import Assembled, Rules
    from crmcli.invoices.batch import Batch
    from crmcli.notes import Note
    from crmcli.transactions.notes import BadRow

_FOUND_LATER = {
    "invoices": {
        Defect.NULL_ID: ("invoice_id", "is missing"),
        Defect.INVALID_DATE: ("paid_date", "is missing, though something was paid"),
    },
    "payments": {Defect.NULL_ID: ("customer_id", "is missing, and no invoice says whose it is")},
}
"""The bad column of rows whose cells read well, by kind of file, and what is wrong with it."""


def account_of_rows(  # noqa: PLR0913 — everything that a run knows of its rows
    batches: Mapping[str, Batch],
    documents: pl.DataFrame,
    done: Assembled,
    rules: Rules,
    notes: Sequence[Note],
    *,
    as_of_given: bool,
    all_bad_rows: bool,
) -> LedgerNotes:
    """The account of the rows of all files.

    Args:
        batches: the files by kind: invoices, payments, customers.
        documents: the rows of the invoice files, with `code` and `rounded`.
        done: the ledger made of them, with their final codes.
        rules: what assembly was told.
        notes: remarks so far.
        as_of_given: the day was asked for.
        all_bad_rows: name every bad row, not only the first ones.

    Raises:
        InternalError: the numbers of rows do not add up.
    """
    codes = {"invoices": done.document_codes}
    if done.payment_codes is not None:
        codes["payments"] = done.payment_codes
    if "customers" in batches:
        codes["customers"] = batches["customers"].frame["code"]
    quarantined, dropped = _counts(batches, codes)
    rounded = int(documents.select((pl.col("rounded") & (pl.col("code") == 0)).sum()).item())
    result = LedgerNotes(
        files=tuple(file for batch in batches.values() for file in batch.files()),
        layouts=tuple(layout for batch in batches.values() for layout in batch.layouts),
        as_of=rules.as_of,
        as_of_given=as_of_given,
        rows_read=sum(batch.records for batch in batches.values()),
        rows_used=done.rows_used + (int((codes["customers"] == 0).sum()) if "customers" in codes else 0),
        quarantined=quarantined,
        dropped=dropped,
        rounded_lines=rounded,
        bad=tuple(_bad_rows(batches, codes, None if all_bad_rows else EXAMPLES)) if quarantined else (),
        notes=tuple(notes),
    )
    _check_rows(result)
    return result


def _bad_rows(batches: Mapping[str, Batch], codes: Mapping[str, pl.Series], limit: int | None) -> list[BadRow]:
    found: list[BadRow] = []
    for kind, batch in batches.items():
        rows = [*batch.structural(), *batch.unreadable(codes[kind], limit, _FOUND_LATER.get(kind, {}))]
        found += batch.in_order(rows)
    return found[:limit]


def _counts(batches: Mapping[str, Batch], codes: Mapping[str, pl.Series]) -> tuple[dict[str, int], dict[str, int]]:
    """Rows by defect and by rule, over all files."""
    named: dict[str, int] = {}
    for batch in batches.values():
        for table in batch.tables:
            for code, count in table.defects["code"].value_counts().iter_rows():
                named[code] = named.get(code, 0) + count
    every = pl.concat([series.rename("code") for series in codes.values()])
    counts = dict(every.value_counts().iter_rows())
    for defect in Defect:
        if counts.get(int(defect)):
            named[defect.name] = named.get(defect.name, 0) + counts[int(defect)]
    quarantined = {defect.name: named[defect.name] for defect in Defect if defect.name in named}
    return quarantined, {rule.label: counts[int(rule)] for rule in LedgerRule if counts.get(int(rule))}


def _check_rows(notes: LedgerNotes) -> None:
    accounted = notes.rows_used + notes.rows_quarantined + sum(notes.dropped.values())
    if accounted != notes.rows_read:
        raise InternalError(
            f"Rows do not add up: {notes.rows_read:,} read, but {notes.rows_used:,} used, "
            f"{notes.rows_quarantined:,} quarantined and {sum(notes.dropped.values()):,} dropped by rules"
        )
