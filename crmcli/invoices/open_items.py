"""Lists of open items: what every document leaves on one day, without the dates of what came off it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.invoices.codes import LedgerRule
from crmcli.invoices.doc_types import PAID_WORDS, PARTLY_PAID_WORDS, DocKind, folded_text
from crmcli.notes import warning

if TYPE_CHECKING:
    from crmcli.notes import Note

_BOTH_SIDES = ("debit", "credit")
_DATED = ("paid_date", "debit_credit")
"""Columns of files that tell when money came, or on which side it is booked."""

_SELDOM = 0.1
"""Up to this share of invoices leave more than their amount where it says what they leave: interest, charges."""


def is_running_balance(frame: pl.DataFrame, columns: frozenset[str], kinds: pl.Expr) -> bool:
    """Whether open amounts exceed those of many invoices: then they add up what stands above, as statements do."""
    if not {"amount", "open_amount"} <= columns:
        return False
    bills = (pl.col("code") == 0) & (kinds == str(DocKind.INVOICE)) & (pl.col("open_amount") != 0)
    exceeds = pl.col("open_amount").abs() > pl.col("amount").abs()
    count, above = frame.select(count=bills.sum(), above=(bills & exceeds).sum()).row(0)
    return int(above) > _SELDOM * int(count)


def is_open_list(frame: pl.DataFrame, columns: frozenset[str], kinds: pl.Expr, *, payments_beside: bool) -> bool:
    """Whether rows stand for what they leave, not for what happened.

    An account that holds its payments as rows of their own leaves as much in open amounts as in amounts; where the two
    differ, some of what came off is not in the file, and only the open amounts are true.

    Args:
        frame: rows with `code` and money in minor units.
        columns: what the files hold.
        kinds: the kind of each row.
        payments_beside: there is a payments file.
    """
    if payments_beside or columns & set(_BOTH_SIDES):
        return False
    if "open_amount" in columns and "amount" not in columns:
        return True
    if columns & set(_DATED):
        return False
    used = frame.lazy().filter(pl.col("code") == 0)
    has_payments = used.select((kinds == str(DocKind.PAYMENT)).any()).collect().item()
    if "open_amount" not in columns:
        return "paid_amount" in columns and not has_payments
    return not has_payments or _sum(used, kinds, "amount") != _sum(used, kinds, "open_amount")


def with_open_amounts(frame: pl.DataFrame, columns: frozenset[str]) -> pl.DataFrame:
    """What each row leaves as its `amount`; without open amounts, the amount less what was paid and credited on it."""
    rest = pl.col("amount") - pl.col("paid_amount").fill_null(0) - pl.col("credit_amount").fill_null(0).abs()
    left = pl.col("open_amount") if "open_amount" in columns else rest
    nothing = pl.lit(None, pl.Int64)
    left = pl.when(pl.col("code") == 0).then(pl.coalesce(left, rest, 0))
    return frame.with_columns(amount=left, paid_amount=nothing, credit_amount=nothing)


def without_paid(
    frame: pl.DataFrame, columns: frozenset[str], kinds: pl.Expr, *, payments_beside: bool
) -> tuple[pl.DataFrame, list[Note]]:
    """Where a status alone tells what was paid, those invoices are left out, by rule; and a note on the others."""
    if payments_beside or "status" not in columns or columns & {*_BOTH_SIDES, *_DATED}:
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
