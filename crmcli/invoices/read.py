"""Files in, one ledger out: invoices, payments and customers, as of a day, with an account of every row."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from crmcli.errors import InputError, TooLittleDataError
from crmcli.invoices.aged_summary import aged_documents, is_total
from crmcli.invoices.assemble import Rules, assemble
from crmcli.invoices.attributes import attribute_table
from crmcli.invoices.codes import Defect, LedgerRule
from crmcli.invoices.doc_types import DocKind
from crmcli.invoices.documents import invoice_documents, minor_units, payment_documents
from crmcli.invoices.observation import last_date
from crmcli.invoices.opening import open_files
from crmcli.invoices.row_account import account_of_rows
from crmcli.notes import warning
from crmcli.transactions.source import Workspace, verify_unchanged

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO

    from crmcli.invoices.aged_summary import AgedColumns
    from crmcli.invoices.assemble import Assembled
    from crmcli.invoices.batch import Batch
    from crmcli.invoices.ledger import CreditLedger
    from crmcli.invoices.notes import LedgerNotes
    from crmcli.invoices.opening import LedgerOptions
    from crmcli.notes import Note

_HISTORY = ("paid_date", "debit", "credit", "debit_credit")


def read_ledger(paths: Sequence[str], options: LedgerOptions, *, stdin: BinaryIO) -> tuple[CreditLedger, LedgerNotes]:
    """The ledger of some files, and the account of their rows.

    Raises:
        InputError: a file cannot be read, mapped or understood without guessing, changed meanwhile, or holds sales
            that were not on credit.
        TooLittleDataError: there is no row, or no invoice up to as_of.
        UsageError: an option does not fit.
    """
    with Workspace() as workspace:
        files = open_files(paths, options, workspace, stdin)
        run = _Run(options, files.batches)
        try:
            return run.ledger() if files.aged is None else run.of_summary(files.aged)
        finally:
            verify_unchanged([source for batch in files.batches.values() for source in batch.sources])


class _Run:
    """From typed rows to the ledger."""

    def __init__(self, options: LedgerOptions, batches: Mapping[str, Batch]) -> None:
        self.options = options
        self.batches = batches
        self.invoices = batches["invoices"]
        self.attributes = attribute_table(batches["customers"]) if "customers" in batches else None
        self.notes: list[Note] = [note for batch in batches.values() for note in batch.notes]

    def ledger(self) -> tuple[CreditLedger, LedgerNotes]:
        """Assemble, account for every row, and check both."""
        documents, is_list = self._documents()
        payments = None
        if "payments" in self.batches:
            payments, remarks = payment_documents(self.batches["payments"], self.options.doc_types)
            self.notes += remarks
            documents = _without_settlements(documents, self.notes)
        rules = self._rules(documents, payments, is_list=is_list)
        done = assemble(documents, payments, self.attributes, rules)
        if done.ledger.items.is_empty():
            paid = int((documents["code"] == int(LedgerRule.PAID)).sum())
            more = f" {paid:,} are paid by their status, and nothing says when." if paid else ""
            raise TooLittleDataError(f"There is no invoice dated up to {rules.as_of}.{more}")
        self.notes += done.notes
        return done.ledger, self._account(done, documents, rules)

    def of_summary(self, columns: AgedColumns) -> tuple[CreditLedger, LedgerNotes]:
        """The ledger of an aged summary: open items of the day that `--as-of` names."""
        label, reading = self.invoices.label, self.options.reading
        if reading.as_of is None or self.options.payments:
            what = "does not say of which day it is" if reading.as_of is None else "takes no payments file beside it"
            raise InputError(
                f"{label} is an aged summary, which {what}",
                remedy="Name the day of the summary: --as-of 2026-01-31, and no --payments",
            )
        total = (pl.col("code") == 0) & is_total(pl.col("customer_id"))
        code = pl.when(total).then(pl.lit(int(LedgerRule.TOTAL_ROW), pl.UInt8)).otherwise("code")
        rows = minor_units(self.invoices, (*columns.names, "credit_limit")).with_columns(code=code)
        text = f"{label} is an aged summary: ageing and limits of {reading.as_of} alone can be told"
        self.notes.append(warning("snapshot", text))
        documents = aged_documents(rows.filter(pl.col("code") == 0), columns, reading.as_of)
        rules = Rules(reading.as_of, None, None, reading.money_scale, is_snapshot=True, settled_by_date=False)
        done = assemble(documents, None, self.attributes, rules)
        used = int((rows["code"] == 0).sum())
        done = replace(done, document_codes=rows["code"], rows_used=used)
        ledger = replace(done.ledger, aged_bounds=columns.bounds)
        return ledger, self._account(done, rows, rules)

    def _documents(self) -> tuple[pl.DataFrame, bool]:
        """The rows of the invoice files as documents, and whether they are a list of open items."""
        documents, is_list, notes = invoice_documents(
            self.invoices,
            self.options.doc_types,
            mapped_type="doc_type" in self.options.reading.mapping,
            payments_beside=bool(self.options.payments),
        )
        self.notes += notes
        nameless = (pl.col("code") == 0) & (pl.col("kind") == str(DocKind.INVOICE)) & pl.col("invoice_id").is_null()
        undated = pl.col("paid_date").is_null() & (pl.col("paid_amount").fill_null(0) != 0)
        undated = (pl.col("code") == 0) & undated & pl.lit("paid_date" in self.invoices.columns)
        code = (
            pl.when(nameless)
            .then(pl.lit(int(Defect.NULL_ID), pl.UInt8))
            .when(undated)
            .then(pl.lit(int(Defect.INVALID_DATE), pl.UInt8))
            .otherwise("code")
        )
        return documents.with_columns(code=code), is_list

    def _rules(self, documents: pl.DataFrame, payments: pl.DataFrame | None, *, is_list: bool) -> Rules:
        columns, reading = self.invoices.columns, self.options.reading
        kinds = set(documents.filter(pl.col("code") == 0)["kind"].unique())
        told = payments is not None or str(DocKind.PAYMENT) in kinds or bool(columns & set(_HISTORY))
        as_of = reading.as_of or self._last_date(documents, payments)
        if is_list or not told:
            self.notes.append(self._of_one_day(as_of, is_list=is_list))
        return Rules(
            as_of=as_of,
            since=reading.since,
            default_terms=self.options.default_terms,
            money_scale=reading.money_scale,
            is_snapshot=is_list or not told,
            settled_by_date="paid_date" in columns and payments is None and not is_list,
        )

    def _of_one_day(self, as_of: dt.date, *, is_list: bool) -> Note:
        """That the files show one day only."""
        label = self.invoices.label
        if is_list:
            text = f"{label} is a list of open items: what each row leaves, on one day"
        else:
            text = f"{label} holds no payments: each invoice counts as open, which is true of one day only"
        day = "" if self.options.reading.as_of else f", taken to be {as_of} (--as-of)"
        return warning("snapshot", f"{text}{day}; ageing and limits alone can be told")

    def _last_date(self, documents: pl.DataFrame, payments: pl.DataFrame | None) -> dt.date:
        label = self.invoices.label
        columns = [(f"{label}, invoice dates", documents["date"]), (f"{label}, paid dates", documents["paid_date"])]
        if payments is not None:
            columns.append((f"{self.batches['payments'].label}, payment dates", payments["date"]))
        return last_date(columns)

    def _account(self, done: Assembled, documents: pl.DataFrame, rules: Rules) -> LedgerNotes:
        given = self.options.reading.as_of is not None
        everything = self.options.all_bad_rows
        return account_of_rows(
            self.batches, documents, done, rules, self.notes, as_of_given=given, all_bad_rows=everything
        )


def _without_settlements(documents: pl.DataFrame, notes: list[Note]) -> pl.DataFrame:
    """With a payments file, settlement dates beside the invoices would count the same money twice."""
    if documents["paid_date"].is_null().all() and documents["paid_amount"].is_null().all():
        return documents
    text = "The invoices carry paid dates or amounts, too; only the payments file counts, or money would count twice"
    notes.append(warning("settlements_ignored", text))
    back = pl.when(pl.col("code") == int(LedgerRule.CLEARED)).then(pl.lit(0, pl.UInt8)).otherwise("code")
    return documents.with_columns(code=back, paid_date=pl.lit(None, pl.Date), paid_amount=pl.lit(None, pl.Int64))
