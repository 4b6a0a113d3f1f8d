"""Rows as documents: what kind each is, and by how much it adds to or takes off what is owed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.errors import InputError
from crmcli.invoices.codes import LedgerRule
from crmcli.invoices.doc_types import CREDIT_WORDS, DEBIT_WORDS, TRUE_WORDS, DocKind, folded_text, kind_of
from crmcli.invoices.names import LINE_HEADINGS, REPEATED_TOTALS
from crmcli.invoices.open_items import is_open_list, is_running_balance, with_open_amounts, without_paid
from crmcli.notes import info, warning
from crmcli.transactions.aliases import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmcli.invoices.batch import Batch
    from crmcli.notes import Note

MONEY = ("amount", "paid_amount", "open_amount", "credit_amount", "credit_limit", "debit", "credit")
TEXTS = ("customer_id", "invoice_id", "reference", "currency", "terms")
TRAITS = ("country", "channel")
DATES = ("due_date", "paid_date")
LARGEST_TOTAL = 2**62
"""Money is summed in whole minor units of 64 bits; a ledger whose amounts reach this is refused, never wrapped."""

_ALL_KINDS = [str(kind) for kind in DocKind]


def invoice_documents(
    batch: Batch, types: Mapping[str, DocKind], *, mapped_type: bool, payments_beside: bool
) -> tuple[pl.DataFrame, bool, list[Note]]:
    """The rows of invoice and ledger files.

    Args:
        batch: the rows as read.
        types: document types, folded, with their kinds.
        mapped_type: `--map` names the column of the types.
        payments_beside: there is a payments file.

    Returns:
        A frame with `row`, `code`, `kind` (of `DocKind`), `date`, `amount` Int64 in minor units (an invoice: what it
        adds; anything else: what it takes off, negative for a reversal), `paid_amount`, `credit_amount`,
        `credit_limit` Int64, `disputed` Boolean, and the columns of `TEXTS`, `TRAITS` and `DATES`, null where they are
        not mapped; whether it is a list of open items, whose amounts are what each row leaves; and notes.

    Raises:
        InputError: document types that are not known, or amounts too large.
    """
    frame = _completed(batch).rename({"invoice_date": "date"})
    frame = _with_minor_units(frame, batch.label)
    kinds, notes = _kinds(frame, batch, types, mapped_type=mapped_type)
    columns = batch.columns
    if is_running_balance(frame, columns, kinds):
        columns -= {"open_amount"}
        notes.append(_running_balance(batch))
    is_list = is_open_list(frame, columns, kinds, payments_beside=payments_beside)
    if is_list:
        frame = with_open_amounts(frame, columns)
    else:
        frame, more = without_paid(frame, columns, kinds, payments_beside=payments_beside)
        notes += more
    frame = _with_signs(frame.with_columns(kind=kinds), batch)
    frame = frame.with_columns(_cleared(frame, batch), disputed=_truth("disputed"))
    if _repeats_totals(batch):
        frame, more = _without_repeats(frame)
        notes += more
    shown = ["row", "code", "rounded", "kind", "date", "amount", *TEXTS, *TRAITS, *DATES]
    return frame.select(*shown, "paid_amount", "credit_amount", "credit_limit", "disputed"), is_list, notes


def _running_balance(batch: Batch) -> Note:
    heading = next(one.heading("open_amount") for one in batch.headings if "open_amount" in one)
    text = f"{batch.label}: {heading} exceeds the amount of many invoices: it is a running balance, and not used"
    return warning("running_balance", text)


def payment_documents(batch: Batch, types: Mapping[str, DocKind]) -> tuple[pl.DataFrame, list[Note]]:
    """The rows of payment files: `row`, `code`, `kind`, `date`, `amount` (what it takes off), and the `TEXTS`.

    Raises:
        InputError: document types that are not known, or amounts too large.
    """
    frame = _completed(batch).with_columns(reference=pl.col("invoice_id"))
    frame = _with_minor_units(frame, batch.label)
    kinds = pl.lit(str(DocKind.PAYMENT))
    notes: list[Note] = []
    if "doc_type" in batch.columns:
        found, unknown = _known_types(frame, types)
        if found and not unknown:
            kinds = _typed(found).fill_null(str(DocKind.PAYMENT))
        else:
            notes.append(
                info("unmapped_column", f"{batch.label}: the types of payments are not known; all are payments")
            )
    frame = frame.with_columns(kind=kinds)
    if _mostly_negative(frame):
        notes += _negative_payments(frame, batch.label)
        frame = frame.with_columns(amount=-pl.col("amount"))
    return frame.select("row", "code", "rounded", "kind", "date", "amount", *TEXTS), notes


def _completed(batch: Batch) -> pl.DataFrame:
    """The frame with every column that the steps look at, null where no file has it."""
    missing = [
        *(pl.lit(None, pl.String).alias(name) for name in (*TEXTS, *TRAITS, "doc_type", "debit_credit", "disputed")),
        *(pl.lit(None, pl.Date).alias(name) for name in DATES),
        *(pl.lit(None, pl.Int64).alias(name) for name in MONEY),
    ]
    return batch.frame.with_columns(one for one in missing if one.meta.output_name() not in batch.frame.columns)


def minor_units(batch: Batch, names: Sequence[str]) -> pl.DataFrame:
    """The rows of a batch with some columns of money as Int64 minor units, added as null where no file has them.

    Raises:
        InputError: amounts too large.
    """
    missing = [pl.lit(None, pl.Int64).alias(name) for name in names if name not in batch.frame.columns]
    missing += [pl.lit(None, pl.String).alias(name) for name in ("currency",) if name not in batch.frame.columns]
    return _with_minor_units(batch.frame.with_columns(missing), batch.label, names)


def _with_minor_units(frame: pl.DataFrame, label: str, names: Sequence[str] = MONEY) -> pl.DataFrame:
    """Money as Int64 minor units; the exact decimals of a polars Decimal are its physical value."""
    written = [name for name in names if frame.schema[name].is_decimal()]
    usable = pl.when(pl.col("code") == 0).then(pl.col(written))
    units = frame.select(usable.to_physical())
    largest = max(map(int, units.select(pl.all().abs().sum()).row(0)), default=0)
    if largest >= LARGEST_TOTAL:
        raise InputError(
            f"{label}: the amounts add up to more than {LARGEST_TOTAL:,} of the smallest unit of money",
            remedy="Check the amounts for typing errors, or use a smaller --money-scale.",
        )
    return frame.with_columns(units.cast(pl.Int64).get_columns())


def _kinds(
    frame: pl.DataFrame, batch: Batch, types: Mapping[str, DocKind], *, mapped_type: bool
) -> tuple[pl.Expr, list[Note]]:
    """The kind of each row: by its type, else by the side it is booked on, else by its sign."""
    by_sign = pl.when(pl.col("amount") < 0).then(pl.lit(str(DocKind.CREDIT))).otherwise(pl.lit(str(DocKind.INVOICE)))
    otherwise = pl.when(_takes_off(batch)).then(pl.lit(str(DocKind.PAYMENT))).otherwise(by_sign)
    if "doc_type" not in batch.columns:
        return otherwise, []
    found, unknown = _known_types(frame, types)
    if unknown and (found or mapped_type):
        raise _unknown_types(batch, unknown)
    if not found:
        text = f"{batch.label}: doc_type stays unmapped: none of its values is a known document type (--doc-type)"
        return otherwise, [info("unmapped_column", text)]
    return _typed(found).fill_null(otherwise), []


def _known_types(frame: pl.DataFrame, types: Mapping[str, DocKind]) -> tuple[dict[str, str], dict[str, int]]:
    """Types as written → kind, and those that are not known with their rows."""
    used = frame.select("code", "doc_type").filter(pl.col("code") == 0)
    counts = used["doc_type"].drop_nulls().value_counts()
    found: dict[str, str] = {}
    unknown: dict[str, int] = {}
    for text, count in counts.sort("doc_type").iter_rows():
        kind = types.get(fold(text)) or kind_of(text)
        if kind is None:
            unknown[text] = count
        else:
            found[text] = str(kind)
    return found, unknown


def _typed(found: Mapping[str, str]) -> pl.Expr:
    return pl.col("doc_type").replace_strict(found, default=None, return_dtype=pl.String)


def _unknown_types(batch: Batch, unknown: Mapping[str, int]) -> InputError:
    shown = ", ".join(f"{text!r} ({count:,} rows)" for text, count in list(unknown.items())[:5])
    first = next(iter(unknown))
    heading = next(one.heading("doc_type") for one in batch.headings if "doc_type" in one)
    return InputError(
        f"{batch.label}: column {heading!r} holds document types that are not known: {shown}",
        extent=f"Known kinds: {', '.join(_ALL_KINDS)}",
        remedy=f"Say what it is: --doc-type '{first}=payment', or leave it out with --where",
    )


def _takes_off(batch: Batch) -> pl.Expr:
    """True for rows that are booked on the credit side."""
    if "debit" in batch.columns or "credit" in batch.columns:
        return (pl.col("credit").fill_null(0) - pl.col("debit").fill_null(0)) > 0
    if "debit_credit" in batch.columns:
        return _side(CREDIT_WORDS)
    return pl.lit(value=False)


def _side(words: frozenset[str]) -> pl.Expr:
    return folded_text("debit_credit").is_in(sorted(words)).fill_null(value=False)


def _with_signs(frame: pl.DataFrame, batch: Batch) -> pl.DataFrame:
    """`amount` as what an invoice adds, or what anything else takes off; a negative invoice is a credit note."""
    is_invoice = pl.col("kind") == str(DocKind.INVOICE)
    if "amount" not in batch.columns and ("debit" in batch.columns or "credit" in batch.columns):
        adds = pl.col("debit").fill_null(0) - pl.col("credit").fill_null(0)
        frame = frame.with_columns(amount=pl.when(is_invoice).then(adds).otherwise(-adds))
    elif "debit_credit" in batch.columns and not bool((frame["amount"] < 0).any()):
        signed = pl.when(_side(DEBIT_WORDS)).then(pl.col("amount")).otherwise(-pl.col("amount"))
        frame = frame.with_columns(amount=pl.when(is_invoice).then(signed).otherwise(-signed))
    else:
        negative = _mostly_negative(frame, ~is_invoice)
        turned = pl.when(is_invoice | ~pl.lit(negative)).then(pl.col("amount")).otherwise(-pl.col("amount"))
        frame = frame.with_columns(amount=turned)
    turned_over = is_invoice & (pl.col("amount") < 0)
    return frame.with_columns(
        kind=pl.when(turned_over).then(pl.lit(str(DocKind.CREDIT))).otherwise("kind"),
        amount=pl.when(turned_over).then(-pl.col("amount")).otherwise("amount"),
    )


def _mostly_negative(frame: pl.DataFrame, among: pl.Expr | None = None) -> bool:
    """Whether a file writes what takes off with a minus, so that a plus is a reversal."""
    amount = pl.col("amount").filter((pl.col("code") == 0) & (pl.lit(value=True) if among is None else among))
    below, above = frame.select(below=(amount < 0).sum(), above=(amount > 0).sum()).row(0)
    return int(below) > int(above)


def _negative_payments(frame: pl.DataFrame, label: str) -> list[Note]:
    """Say that a minus is how this file writes payments; loudly where some have none."""
    others = frame.select(((pl.col("code") == 0) & (pl.col("amount") > 0)).sum()).item()
    text = f"{label}: payments are written with a minus"
    if not others:
        return [info("negative_payments", text)]
    return [warning("negative_payments", f"{text}; the {others:,} without one count as taken back")]


def _cleared(frame: pl.DataFrame, batch: Batch) -> pl.Expr:
    """Payments that carry a settlement date are told by the settlement dates of the invoices that they cleared."""
    if "paid_date" not in batch.columns:
        return pl.col("code")
    has_invoices = bool(((frame["kind"] == str(DocKind.INVOICE)) & frame["paid_date"].is_not_null()).any())
    is_told = (pl.col("kind") == str(DocKind.PAYMENT)) & pl.col("paid_date").is_not_null() & (pl.col("code") == 0)
    cleared = pl.when(is_told & pl.lit(has_invoices)).then(pl.lit(int(LedgerRule.CLEARED), pl.UInt8))
    return cleared.otherwise("code").alias("code")


def _truth(name: str) -> pl.Expr:
    return folded_text(name).is_in(sorted(TRUE_WORDS)).fill_null(value=False)


def _repeats_totals(batch: Batch) -> bool:
    """Whether rows are lines that each carry the total of their document."""
    if len(batch.headings) != 1 or "amount" not in batch.headings[0] or "invoice_id" not in batch.columns:
        return False
    headings = batch.headings[0]
    lines = {fold(heading) for heading in headings.header} & LINE_HEADINGS
    return bool(lines) and fold(headings.heading("amount")) in REPEATED_TOTALS


def _without_repeats(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Note]]:
    key = ["customer_id", "invoice_id", "date", "amount", "kind", "currency"]
    used = (pl.col("code") == 0) & pl.col("invoice_id").is_not_null()
    repeated = used & pl.col("row").ne(pl.col("row").min().over(key))
    frame = frame.with_columns(
        code=pl.when(repeated).then(pl.lit(int(LedgerRule.REPEATED_TOTAL), pl.UInt8)).otherwise("code")
    )
    count = int((frame["code"] == int(LedgerRule.REPEATED_TOTAL)).sum())
    text = f"{count:,} lines repeat the total of their document, which counts once"
    return frame, [warning("repeated_total", text)] if count else []
