"""Opening the files of a ledger: which columns play which part, and what the files must say at least."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from crmcli.errors import InputError
from crmcli.invoices.aged_summary import aged_columns, aged_files
from crmcli.invoices.attributes import ATTRIBUTE_SCALE, attribute_files
from crmcli.invoices.batch import FileKind, read_batch
from crmcli.invoices.names import (
    ATTRIBUTE_PREFIX,
    INVOICE_ALIASES,
    PAYMENT_ALIASES,
    PAYMENT_PREFIX,
)
from crmcli.invoices.plans import INVOICE_PLAN, PAYMENT_PLAN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO

    from crmcli.invoices.aged_summary import AgedColumns
    from crmcli.invoices.batch import Batch
    from crmcli.invoices.doc_types import DocKind
    from crmcli.invoices.terms import Terms
    from crmcli.transactions.options import ReadOptions
    from crmcli.transactions.source import Workspace

_ON_CREDIT = ("due_date", "terms", "paid_date", "open_amount", "debit_credit", "debit", "credit", "paid_amount")


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


@dataclass(frozen=True, slots=True)
class LedgerFiles:
    """The typed rows of all files: `invoices`, and `payments` and `customers` where they are given.

    `aged` holds the buckets of an aged summary, None for every other layout.
    """

    batches: Mapping[str, Batch]
    aged: AgedColumns | None


def open_files(paths: Sequence[str], options: LedgerOptions, workspace: Workspace, stdin: BinaryIO) -> LedgerFiles:
    """Open, map and type the files of all kinds.

    Raises:
        InputError: a file cannot be read, mapped or understood, or holds sales that were not on credit.
    """
    reading, mapping = options.reading, options.reading.mapping
    own = {name: heading for name, heading in mapping.items() if "." not in name}
    aged: AgedColumns | None = None

    def choose(header: tuple[str, ...]) -> FileKind:
        nonlocal aged
        aged = None if "invoice_date" in own else aged_columns(header)
        invoices = FileKind(INVOICE_PLAN, INVOICE_ALIASES, own, (), "--map ", strict_where=True)
        return invoices if aged is None else aged_files(aged, own)

    batches = {"invoices": read_batch(paths, choose, reading, workspace, stdin)}
    if aged is None:
        _require_credit(batches["invoices"], options)
    # A payment counts by its invoice, whenever it came; those that name none are held to --since later.
    loose = replace(reading, since=None)
    if options.payments:
        asked = _prefixed(mapping, PAYMENT_PREFIX)
        flag = f"--map {PAYMENT_PREFIX}"
        kind = FileKind(PAYMENT_PLAN, PAYMENT_ALIASES, asked, ("date", "amount"), flag, strict_where=False)
        batches["payments"] = read_batch(options.payments, kind, loose, workspace, stdin)
        _require_owner(batches["payments"])
    if options.customers:
        kind = attribute_files(_prefixed(mapping, ATTRIBUTE_PREFIX))
        plain = replace(loose, money_scale=ATTRIBUTE_SCALE, as_of=None, where={})
        batches["customers"] = read_batch(options.customers, kind, plain, workspace, stdin)
    return LedgerFiles(batches, aged)


def _prefixed(mapping: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): heading for name, heading in mapping.items() if name.startswith(prefix)}


def _require_credit(batch: Batch, options: LedgerOptions) -> None:
    told = options.payments or options.default_terms or "terms" in options.reading.mapping
    if not told and "doc_type" not in batch.columns and not batch.columns & set(_ON_CREDIT):
        raise InputError(
            f"{batch.label} looks like plain sales, not like invoices on credit: "
            "there is no due date, no terms and no paid date in it, and no payments file beside it",
            remedy="Map one (--map due_date=COLUMN), add --payments FILE, or say --default-terms 30",
        )
    for name in ("customer_id", "invoice_id", "invoice_date"):
        _require(batch, name)
    # Beside payments, what is open would count them twice.
    if not batch.columns & {"amount", "debit", "credit", *(() if options.payments else ("open_amount",))}:
        _require(batch, "amount")


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
