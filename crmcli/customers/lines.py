"""The narrow copy of all transaction rows that the summary works on: numbers only, about thirty bytes a row.

Strings never leave the streaming scan: a customer becomes 47 bits of a hash, joined with the day into one integer key,
so that sorting by it puts each customer's days together. A second hash travels along to prove that no two customers
share a key; if they do (likely only beyond some millions of customers) the scan is repeated with exact codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from crmcli.transactions.load import Transactions

DAY_BITS = 17
"""Days since `EPOCH` in the key: 358 years."""

EPOCH_OFFSET_DAYS = 25_567
"""Days from 1900-01-01 to 1970-01-01, the zero of the Date type."""

HASH_BITS = 64 - DAY_BITS

_ROW_BITS = 32
_ROW_MASK = (1 << _ROW_BITS) - 1
_DAY_MASK = (1 << DAY_BITS) - 1


@dataclass(frozen=True, slots=True)
class Lines:
    """One row per record, in the order of the frame they came from.

    Columns: `key` UInt64 (customer bits above day bits) · `tag` UInt64 (second hash above the row number) · `amount`
    Decimal · `refund` Boolean · `rounded` Boolean · `code` UInt8 · `order` UInt64 (hash of the order id, null where it
    is missing), if mapped · `cost` Decimal, if mapped. `exact` says that the customer bits are codes and not hashes.
    """

    frame: pl.DataFrame
    exact: bool


def collect_lines(transactions: Transactions, *, exact: bool = False, hash_bits: int = HASH_BITS) -> Lines:
    """Read every row once, streaming.

    Args:
        transactions: an open `Transactions`.
        exact: number the customers instead of hashing them; slower, but without collisions.
        hash_bits: bits of the hash that are kept (tests make collisions with few).
    """
    customer = _customer_code(exact=exact, hash_bits=hash_bits)
    day = pl.col("date").to_physical().cast(pl.Int64) + EPOCH_OFFSET_DAYS
    columns = {
        "key": (customer | day.cast(pl.UInt64).fill_null(0)),
        "tag": (pl.col("customer_id").hash(seed=2) & _u64(_ROW_MASK << _ROW_BITS)) | pl.col("row").cast(pl.UInt64),
        "amount": pl.col("amount"),
        "refund": pl.col("refund"),
        "rounded": pl.col("rounded"),
        "code": pl.col("code"),
    }
    if "order_id" in transactions.columns:
        columns["order"] = pl.when(pl.col("order_id").is_not_null()).then(pl.col("order_id").hash(seed=3))
    if "cost" in transactions.columns:
        columns["cost"] = pl.col("cost")
    frame = transactions.frame.select(**columns).collect(engine="streaming")
    return Lines(frame, exact)


def customer_bits(key: str = "key") -> pl.Expr:
    """The customer part of a key."""
    return pl.col(key) // _u64(1 << DAY_BITS)


def key_date(key: str = "key") -> pl.Expr:
    """The Date part of a key."""
    days = (pl.col(key) & _u64(_DAY_MASK)).cast(pl.Int32) - EPOCH_OFFSET_DAYS
    return days.cast(pl.Date)


def tag_hash(tag: str) -> pl.Expr:
    """The hash part of a tag."""
    return pl.col(tag) // _u64(1 << _ROW_BITS)


def tag_row(tag: str) -> pl.Expr:
    """The row number in a tag."""
    return (pl.col(tag) & _u64(_ROW_MASK)).cast(pl.UInt32)


def _customer_code(*, exact: bool, hash_bits: int) -> pl.Expr:
    if exact:
        code = pl.col("customer_id").cast(pl.Categorical).to_physical().cast(pl.UInt64)
        return code.fill_null(0) * _u64(1 << DAY_BITS)
    mask = ((1 << hash_bits) - 1) << (64 - hash_bits)
    return pl.col("customer_id").hash(seed=1) & _u64(mask)


def _u64(value: int) -> pl.Expr:
    return pl.lit(value, pl.UInt64)
