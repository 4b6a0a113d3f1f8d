"""Lists of open items: what every document leaves on one day, without the dates of what came off it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.invoices.codes import LedgerRule
from crmcli.invoices.doc_types import PAID_WORDS, PARTLY_PAID_WORDS, DocKind, folded_text
from crmcli.notes import warning

if TYPE_CHECKING:
    from crmcli.invoices.batch import Batch
    from crmcli.notes import Note

_BOTH_SIDES = ("debit", "credit")
_DATED = ("paid_date", "debit_credit")
"""Columns of files that tell when money came, or on which side it is booked."""


def is_open_list(frame: pl.DataFrame, batch: Batch, kinds: pl.Expr, *, payments_beside: bool) -> bool:
    """Whether rows stand for what they leave, not for what happened.

    An account that holds its payments as rows of their own leaves as much in open amounts as in amounts; where the two
    differ, some of what came off is not in the file, and only the open amounts are true.

    Args:
        frame: rows with `code` and money in minor units.
        batch: where they come from.
        kinds: the kind of each row.
        payments_beside: there is a payments file.
    """
    if payments_beside or batch.columns & set(_BOTH_SIDES):
        return False
    if "open_amount" in batch.columns and "amount" not in batch.columns:
        return True
    if batch.columns & set(_DATED):
        return False
    used = frame.lazy().filter(pl.col("code") == 0)
    has_payments = used.select((kinds == str(DocKind.PAYMENT)).any()).collect().item()
    if "open_amount" not in batch.columns:
        return "paid_amount" in batch.columns and not has_payments
    return not has_payments or _sum(used, kinds, "amount") != _sum(used, kinds, "open_amount")


def with_open_amounts(frame: pl.DataFrame, batch: Batch) -> pl.DataFrame:
    """What each row leaves as its `amount`; without open amounts, the amount less what was paid and credited on it."""
    rest = pl.col("amount") - pl.col("paid_amount").fill_null(0) - pl.col("credit_amount").fill_null(0).abs()
    left = pl.col("open_amount") if "open_amount" in batch.columns else rest
    nothing = pl.lit(None, pl.Int64)
    left = pl.when(pl.col("code") == 0).then(pl.coalesce(left, rest, 0))
    return frame.with_columns(amount=left, paid_amount=nothing, credit_amount=nothing)


def without_paid(
    frame: pl.DataFrame, batch: Batch, kinds: pl.Expr, *, payments_beside: bool
) -> tuple[pl.DataFrame, list[Note]]:
    """Where a status alone tells what was paid, those invoices are left out, by rule; and a note on the others."""
    if payments_beside or "status" not in batch.columns or batch.columns & {*_BOTH_SIDES, *_DATED}:
        return frame, []
    used = pl.col("code") == 0
    if frame.select((used & (kinds == str(DocKind.PAYMENT))).any()).item():
        return frame, []
    state = folded_text("status")
    code = (
        pl.when(used & state.is_in(sorted(PAID_WORDS))).then(pl.lit(int(LedgerRule.PAID), pl.UInt8)).otherwise("code")
    )
    partly = int(frame.select((used & state.is_in(sorted(PARTLY_PAID_WORDS))).sum()).item())
    notes = []
    if partly:
        text = f"{partly:,} invoices are partly paid by their status, but nothing says how much: they count in full"
        notes.append(warning("partly_paid", text))
    return frame.with_columns(code=code), notes


def _sum(used: pl.LazyFrame, kinds: pl.Expr, name: str) -> int:
    """What a column adds up to, the reductions with a minus however the file writes them."""
    size = pl.col(name).abs().fill_null(0)
    adds = kinds == str(DocKind.INVOICE)
    total = pl.when(adds).then(pl.col(name).fill_null(0)).otherwise(-size).sum()
    return int(used.select(total).collect().item() or 0)
