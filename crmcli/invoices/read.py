"""Files in, one ledger out: invoices, payments and customers, as of a day, with an account of every row."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from crmcli.errors import InputError, InternalError, TooLittleDataError
from crmcli.invoices.aged_summary import aged_columns, aged_documents, aged_files, is_total
from crmcli.invoices.assemble import Rules, assemble
from crmcli.invoices.attributes import ATTRIBUTE_SCALE, attribute_files, attribute_table
from crmcli.invoices.batch import FileKind, read_batch
from crmcli.invoices.codes import Defect, LedgerRule
from crmcli.invoices.doc_types import DocKind
from crmcli.invoices.documents import invoice_documents, minor_units, payment_documents
from crmcli.invoices.names import (
    ATTRIBUTE_PREFIX,
    INVOICE_ALIASES,
    PAYMENT_ALIASES,
    PAYMENT_PREFIX,
)
from crmcli.invoices.notes import EXAMPLES, LedgerNotes
from crmcli.invoices.observation import last_date
from crmcli.invoices.plans import INVOICE_PLAN, PAYMENT_PLAN
from crmcli.notes import info, warning
from crmcli.transactions.source import Workspace, verify_unchanged

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO

    from crmcli.invoices.aged_summary import AgedColumns
    from crmcli.invoices.assemble import Assembled
    from crmcli.invoices.batch import Batch
    from crmcli.invoices.ledger import CreditLedger
    from crmcli.invoices.terms import Terms
    from crmcli.notes import Note
    from crmcli.transactions.notes import BadRow
    from crmcli.transactions.options import ReadOptions

_ON_CREDIT = ("due_date", "terms", "paid_date", "open_amount", "debit_credit", "debit", "credit", "paid_amount")
_HISTORY = ("paid_date", "debit", "credit", "debit_credit")


@dataclass(frozen=True, slots=True)
class LedgerOptions:
    """Which files, and how they are to be read.

    `reading.mapping` holds the pairs of `--map` for all files (see `names.MAPPABLE`). `doc_types` says what a
    document type (folded) means.
    """

    reading: ReadOptions
    payments: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    default_terms: Terms | None = None
    doc_types: Mapping[str, DocKind] = field(default_factory=dict)
    all_bad_rows: bool = False


def read_ledger(paths: Sequence[str], options: LedgerOptions, *, stdin: BinaryIO) -> tuple[CreditLedger, LedgerNotes]:
    """The ledger of some files, and the account of their rows.

    Raises:
        InputError: a file cannot be read, mapped or understood without guessing, changed meanwhile, or holds sales
            that were not on credit.
        TooLittleDataError: there is no row, or no invoice up to as_of.
        UsageError: an option does not fit.
    """
    with Workspace() as workspace:
        reader = _Reader(options, workspace, stdin)
        batches = reader.open(paths)
        try:
            return reader.ledger(batches)
        finally:
            verify_unchanged([source for batch in batches.values() for source in batch.sources])


class _Reader:
    """One run from files to ledger."""

    def __init__(self, options: LedgerOptions, workspace: Workspace, stdin: BinaryIO) -> None:
        self.options = options
        self.workspace = workspace
        self.stdin = stdin
        self.aged: AgedColumns | None = None

    def open(self, paths: Sequence[str]) -> dict[str, Batch]:
        """The typed rows of all files, by kind."""
        reading, mapping = self.options.reading, self.options.reading.mapping
        own = {name: heading for name, heading in mapping.items() if "." not in name}

        def choose(header: tuple[str, ...]) -> FileKind:
            self.aged = None if "invoice_date" in own else aged_columns(header)
            invoices = FileKind(INVOICE_PLAN, INVOICE_ALIASES, own, (), "--map ", strict_where=True)
            return invoices if self.aged is None else aged_files(self.aged, own)

        batches = {"invoices": read_batch(paths, choose, reading, self.workspace, self.stdin)}
        if self.aged is None:
            self._require_credit(batches["invoices"])
        # A payment counts by its invoice, whenever it came; those that name none are held to --since later.
        loose = replace(reading, since=None)
        if self.options.payments:
            asked = _prefixed(mapping, PAYMENT_PREFIX)
            flag = f"--map {PAYMENT_PREFIX}"
            kind = FileKind(PAYMENT_PLAN, PAYMENT_ALIASES, asked, ("date", "amount"), flag, strict_where=False)
            batches["payments"] = read_batch(self.options.payments, kind, loose, self.workspace, self.stdin)
            _require_owner(batches["payments"])
        if self.options.customers:
            kind = attribute_files(_prefixed(mapping, ATTRIBUTE_PREFIX))
            plain = replace(loose, money_scale=ATTRIBUTE_SCALE, as_of=None, where={})
            batches["customers"] = read_batch(self.options.customers, kind, plain, self.workspace, self.stdin)
        return batches

    def _require_credit(self, batch: Batch) -> None:
        told = self.options.payments or self.options.default_terms or "terms" in self.options.reading.mapping
        has_types = "doc_type" in batch.columns and "invoice_id" in batch.columns
        if not told and not has_types and not batch.columns & set(_ON_CREDIT):
            raise InputError(
                f"{batch.label} looks like plain sales, not like invoices on credit: "
                "there is no due date, no terms and no paid date in it, and no payments file beside it",
                remedy="Map one (--map due_date=COLUMN), add --payments FILE, or say --default-terms 30",
            )
        for name in ("customer_id", "invoice_id", "invoice_date"):
            _require(batch, name)
        if not batch.columns & {"amount", "open_amount", "debit", "credit"}:
            _require(batch, "amount")

    def ledger(self, batches: Mapping[str, Batch]) -> tuple[CreditLedger, LedgerNotes]:
        """Assemble, account for every row, and check both."""
        if self.aged is not None:
            return self._aged(batches, self.aged)
        notes: list[Note] = [note for batch in batches.values() for note in batch.notes]
        documents, remarks = self._documents(batches["invoices"])
        notes += remarks
        payments = None
        if "payments" in batches:
            payments, remarks = payment_documents(batches["payments"], self.options.doc_types)
            notes += remarks
            documents = _without_settlements(documents, notes)
        attributes = attribute_table(batches["customers"]) if "customers" in batches else None
        rules = self._rules(batches, documents, payments, notes)
        done = assemble(documents, payments, attributes, rules)
        if done.ledger.items.is_empty():
            raise TooLittleDataError(f"There is no invoice dated up to {rules.as_of}.")
        notes += done.notes
        return done.ledger, self._account(batches, done, documents, rules, notes)

    def _aged(self, batches: Mapping[str, Batch], columns: AgedColumns) -> tuple[CreditLedger, LedgerNotes]:
        """The ledger of an aged summary: open items of the day that `--as-of` names."""
        batch, reading = batches["invoices"], self.options.reading
        if reading.as_of is None or self.options.payments:
            what = "does not say of which day it is" if reading.as_of is None else "takes no payments file beside it"
            raise InputError(
                f"{batch.label} is an aged summary, which {what}",
                remedy="Name the day of the summary: --as-of 2026-01-31, and no --payments",
            )
        total = (pl.col("code") == 0) & is_total(pl.col("customer_id"))
        code = pl.when(total).then(pl.lit(int(LedgerRule.TOTAL_ROW), pl.UInt8)).otherwise("code")
        rows = minor_units(batch, (*columns.names, "credit_limit")).with_columns(code=code)
        text = f"{batch.label} is an aged summary: ageing and limits of {reading.as_of} alone can be told"
        notes: list[Note] = [*(note for one in batches.values() for note in one.notes), warning("snapshot", text)]
        documents = aged_documents(rows.filter(pl.col("code") == 0), columns, reading.as_of)
        rules = Rules(reading.as_of, None, None, reading.money_scale, is_snapshot=True, settled_by_date=False)
        attributes = attribute_table(batches["customers"]) if "customers" in batches else None
        done = assemble(documents, None, attributes, rules)
        used = int((rows["code"] == 0).sum())
        done = replace(done, document_codes=rows["code"], rows_used=used)
        ledger = replace(done.ledger, aged_bounds=columns.bounds)
        return ledger, self._account(batches, done, rows, rules, notes)

    def _documents(self, batch: Batch) -> tuple[pl.DataFrame, list[Note]]:
        mapped = "doc_type" in self.options.reading.mapping
        documents, notes = invoice_documents(batch, self.options.doc_types, mapped)
        nameless = (pl.col("code") == 0) & (pl.col("kind") == str(DocKind.INVOICE)) & pl.col("invoice_id").is_null()
        undated = pl.col("paid_date").is_null() & (pl.col("paid_amount").fill_null(0) != 0)
        undated = (pl.col("code") == 0) & undated & pl.lit("paid_date" in batch.columns)
        code = (
            pl.when(nameless)
            .then(pl.lit(int(Defect.NULL_ID), pl.UInt8))
            .when(undated)
            .then(pl.lit(int(Defect.INVALID_DATE), pl.UInt8))
            .otherwise("code")
        )
        return documents.with_columns(code=code), notes

    def _rules(
        self, batches: Mapping[str, Batch], documents: pl.DataFrame, payments: pl.DataFrame | None, notes: list[Note]
    ) -> Rules:
        batch, reading = batches["invoices"], self.options.reading
        kinds = set(documents.filter(pl.col("code") == 0)["kind"].unique())
        has_history = payments is not None or str(DocKind.PAYMENT) in kinds or bool(batch.columns & set(_HISTORY))
        if not has_history:
            text = f"{batch.label} holds no payments: each invoice counts as open, which is true of one day only"
            notes.append(warning("snapshot", f"{text}; ageing and limits alone can be told"))
        return Rules(
            as_of=reading.as_of or _last_date(batches, documents, payments),
            since=reading.since,
            default_terms=self.options.default_terms,
            money_scale=reading.money_scale,
            is_snapshot=not has_history,
            settled_by_date="paid_date" in batch.columns and payments is None,
        )

    def _account(
        self, batches: Mapping[str, Batch], done: Assembled, documents: pl.DataFrame, rules: Rules, notes: list[Note]
    ) -> LedgerNotes:
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
            as_of_given=self.options.reading.as_of is not None,
            rows_read=sum(batch.records for batch in batches.values()),
            rows_used=done.rows_used + (int((codes["customers"] == 0).sum()) if "customers" in codes else 0),
            quarantined=quarantined,
            dropped=dropped,
            rounded_lines=rounded,
            bad=tuple(self._bad_rows(batches, codes)) if quarantined else (),
            notes=tuple(notes),
        )
        _check_rows(result)
        return result

    def _bad_rows(self, batches: Mapping[str, Batch], codes: Mapping[str, pl.Series]) -> list[BadRow]:
        limit = None if self.options.all_bad_rows else EXAMPLES
        fallback = {"invoices": {Defect.NULL_ID: "invoice_id", Defect.INVALID_DATE: "paid_date"}}
        found: list[BadRow] = []
        for kind, batch in batches.items():
            rows = [*batch.structural(), *batch.unreadable(codes[kind], limit, fallback.get(kind, {}))]
            found += batch.in_order(rows)
        return found[:limit]


def _prefixed(mapping: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): heading for name, heading in mapping.items() if name.startswith(prefix)}


def _require(batch: Batch, name: str) -> None:
    for headings in batch.headings:
        if name not in headings:
            shown = ", ".join(repr(heading) for heading in headings.header[:12])
            raise InputError(
                f"{headings.label}: no column looks like {name}",
                extent=f"Its columns: {shown}",
                remedy=f"Name it: --map {name}=COLUMN",
            )


def _require_owner(batch: Batch) -> None:
    if not batch.columns & {"customer_id", "invoice_id"}:
        raise InputError(
            f"{batch.label}: no column says whose payment a row is",
            remedy=f"Name one: --map {PAYMENT_PREFIX}invoice_id=COLUMN or --map {PAYMENT_PREFIX}customer_id=COLUMN",
        )


def _without_settlements(documents: pl.DataFrame, notes: list[Note]) -> pl.DataFrame:
    """With a payments file, settlement dates beside the invoices would count the same money twice."""
    if documents["paid_date"].is_null().all() and documents["paid_amount"].is_null().all():
        return documents
    text = "The invoices carry paid dates or amounts, too; only the payments file counts, or money would count twice"
    notes.append(warning("settlements_ignored", text))
    back = pl.when(pl.col("code") == int(LedgerRule.CLEARED)).then(pl.lit(0, pl.UInt8)).otherwise("code")
    return documents.with_columns(code=back, paid_date=pl.lit(None, pl.Date), paid_amount=pl.lit(None, pl.Int64))


def _last_date(batches: Mapping[str, Batch], documents: pl.DataFrame, payments: pl.DataFrame | None) -> dt.date:
    label = batches["invoices"].label
    columns = [(f"{label}, invoice dates", documents["date"]), (f"{label}, paid dates", documents["paid_date"])]
    if payments is not None:
        columns.append((f"{batches['payments'].label}, payment dates", payments["date"]))
    return last_date(columns)


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


def nothing_open(ledger: CreditLedger) -> Note | None:
    """What to say when everything is settled on the day of the run."""
    if ledger.open_items().height:
        return None
    last: dt.date = ledger.items["date"].sort()[-1]
    text = f"Nothing is open on {ledger.as_of}; look at an earlier day, for example --as-of {last.isoformat()}"
    return info("nothing_open", text)
