"""Totals of whole orders, written on one line of an order or repeated on all of them: each counts once.

A total goes to the first line of its order that takes part, whatever became of the line on which it stands: a line
with a bad date, or one that a rule drops, takes no money with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

_ORDER = ("order_id", "customer_id")
_IN_ORDER = pl.col("order_id").is_not_null()
_CELL = ("defect", "blank", "text")


def cells_of_total(name: str, defect: pl.Expr, blank: pl.Expr, text: pl.Expr) -> dict[str, pl.Expr]:
    """What `count_once` wants to know of the cells of a total, by column: code, Boolean and String."""
    return dict(zip((f"{name}_{what}" for what in _CELL), (defect, blank, text), strict=True))


def count_once(
    frame: pl.LazyFrame, totals: Collection[str], as_of: dt.date | None, since: dt.date | None
) -> pl.LazyFrame:
    """Canonical lines with each total on one line of its order (lines of one customer and order id), and 0 on others.

    Lines without an order id stand for themselves. An order whose total cannot be read is quarantined with all its
    lines, and so is one with an unreadable refund: either way nobody knows its money.

    Args:
        frame: canonical columns, null in a total where nothing can be read, with a `code` that leaves the totals out,
            and the columns of `cells_of_total` for each.
        totals: `amount`, `refunded` or both.
        as_of: lines after it do not exist.
        since: lines before it take no part.
    """
    date = pl.col("date")
    seen = pl.lit(value=True) if as_of is None else date.is_null() | (date <= as_of)
    late_enough = pl.lit(value=True) if since is None else (date >= since).fill_null(value=False)
    frame = frame.with_row_index("place").with_columns(seen=seen)
    frame = frame.with_columns(_total(name) for name in totals)
    if "amount" in totals:
        readable = pl.col("amount").is_not_null() & pl.col("seen")
        frame = frame.with_columns(rounded_total=pl.col("rounded").filter(readable).first().over(_ORDER))
        frame = frame.with_columns(code=_own_or(_amount_defect()))
    if "refunded" in totals:
        frame = _with_refund_defects(frame)
    usable = (pl.col("code") == 0) & pl.col("seen") & late_enough
    carrier = pl.col("place").filter(usable).first().over(_ORDER)
    frame = frame.with_columns(carries=(pl.col("place") == carrier).fill_null(value=False))
    frame = frame.with_columns(expression for name in totals for expression in _placed(name))
    helpers = [f"{name}_{what}" for name in totals for what in (*_CELL, "total")]
    return frame.drop("place", "seen", "carries", *helpers, *(["rounded_total"] if "amount" in totals else []))


def _own_or(defect: pl.Expr) -> pl.Expr:
    """The code of a line: what was wrong with it already, or else a defect."""
    return pl.when(pl.col("code") == 0).then(defect).otherwise("code")


def _total(name: str) -> pl.Expr:
    readable = pl.col(name).is_not_null() & pl.col("seen")
    return pl.col(name).filter(readable).first().over(_ORDER).alias(f"{name}_total")


def _amount_defect() -> pl.Expr:
    """A blank cell is none where another line of the order has the total; a cell that is no amount always is."""
    supplied = _IN_ORDER & pl.col("amount_total").is_not_null() & pl.col("amount_blank")
    return pl.when(supplied).then(pl.lit(0, pl.UInt8)).otherwise("amount_defect")


def _with_refund_defects(frame: pl.LazyFrame) -> pl.LazyFrame:
    own, bad = pl.col("refunded_defect"), (pl.col("refunded_defect") > 0) & pl.col("seen")
    of_order = (
        pl.when(_IN_ORDER & pl.col("seen")).then(own.filter(bad).first().over(_ORDER).fill_null(0)).otherwise(own)
    )
    text = pl.when(own > 0).then("refunded_text").otherwise(pl.col("refunded_text").filter(bad).first().over(_ORDER))
    spoilt = (pl.col("code") == 0) & (pl.col("of_order") > 0)
    return (
        frame.with_columns(of_order=of_order, text=text)
        .with_columns(
            amount_column=pl.when(spoilt).then(pl.lit("refunded")).otherwise("amount_column"),
            raw_amount=pl.when(spoilt).then("text").otherwise("raw_amount"),
            code=_own_or(pl.col("of_order")),
        )
        .drop("of_order", "text")
    )


def _placed(name: str) -> list[pl.Expr]:
    """The total on the line that carries it, 0 on the others of its order."""
    total, own, zero = pl.col(f"{name}_total"), pl.col(name), pl.lit(0)
    if name == "refunded":
        counted = pl.when("carries").then(total.fill_null(0)).otherwise(zero)
        return [pl.when(_IN_ORDER).then(counted).otherwise(own.fill_null(0)).alias(name)]
    known = _IN_ORDER & total.is_not_null()
    counted = pl.when("carries").then(total).otherwise(zero)
    rounded = pl.col("carries") & pl.col("rounded_total").fill_null(value=False)
    return [
        pl.when(known).then(counted).otherwise(own).alias(name),
        pl.when(known).then(rounded).otherwise("rounded").alias("rounded"),
    ]
