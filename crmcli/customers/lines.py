"""The narrow copy of all transaction rows that the summary works on: numbers only, about forty bytes a row.

Strings never leave the streaming scan: a customer becomes a 64-bit hash, the day a number. A second hash travels along
to prove that no two customers share the first; if they do, the scan is repeated with exact codes instead of hashes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcli.transactions.load import Transactions

DAY_BITS = 17
"""Bits of the day in a tag: 358 years."""

DAY_MASK = (1 << DAY_BITS) - 1
DAY_ZERO = -25_567
"""Day 0 of a tag, 1900-01-01, in days since 1970."""

HASH_BITS = 64

SPREAD = 0x9E3779B97F4A7C15
"""An odd constant (2⁶⁴ ÷ golden ratio): multiplying by it modulo 2⁶⁴ is one-to-one and spreads small codes."""

_FULL = (1 << HASH_BITS) - 1


@dataclass(frozen=True, slots=True)
class Lines:
    """One row per record, in the order of the frame they came from.

    Columns: `customer` UInt64 (hash of the id; void without one) · `day` Int32 (days since 1970; null without a date) ·
    `tag` UInt64 (second hash above the day since 1900) · `amount` money · `refund` Boolean · `rounded` Boolean ·
    `code` UInt8 (0, a Rule or a Defect) · `order` UInt64 (hash of the order id; null without one), if mapped · `cost`
    money, if mapped · `refunded` money (what went back of a sale, already taken off its amount), if known. Money is in
    minor units, as Int64 or, where one does not fit, as Int128. `exact` says that customers are numbered and not
    hashed.
    """

    frame: pl.DataFrame
    exact: bool = False


def collect_lines(transactions: Transactions, *, exact: bool = False, hash_bits: int = HASH_BITS) -> Lines:
    """Read every row once, streaming.

    Args:
        transactions: an open `Transactions`.
        exact: number the customers instead of hashing them; slower, but without collisions.
        hash_bits: bits of the hash that are kept (tests make collisions with few).
    """
    day = pl.col("date").to_physical()
    day_part = (day - DAY_ZERO).fill_null(0).cast(pl.UInt64)
    columns = {
        "customer": _customer(exact=exact, hash_bits=hash_bits),
        "day": day,
        "tag": (pl.col("customer_id").hash(seed=2) & _u64(_FULL ^ DAY_MASK)) | day_part,
        "refund": pl.col("refund"),
        "rounded": pl.col("rounded"),
        "code": pl.col("code"),
    }
    if "order_id" in transactions.columns:
        columns["order"] = pl.when(pl.col("order_id").is_not_null()).then(pl.col("order_id").hash(seed=3))
    money = ["amount", *(name for name in ("cost", "refunded") if name in transactions.columns)]
    frame = transactions.frame.select(**columns, **_short(money)).collect(engine="streaming")
    if frame["long"].any():
        frame = transactions.frame.select(**columns, **_long(money)).collect(engine="streaming")
    return Lines(frame.drop("long", strict=False), exact)


def _short(money: Sequence[str]) -> dict[str, pl.Expr]:
    """Money in half the room, and whether any does not fit into it."""
    units = {name: pl.col(name).to_physical().cast(pl.Int64, strict=False) for name in money}
    too_long = [pl.col(name).is_not_null() & units[name].is_null() for name in money]
    return {**units, "long": pl.any_horizontal(too_long)}


def _long(money: Sequence[str]) -> dict[str, pl.Expr]:
    return {name: pl.col(name).to_physical() for name in money}


def lines_without_cost(lines: Lines) -> int:
    """Used lines whose cost is missing; 0 where no cost is mapped. One of them makes every margin doubtful."""
    if "cost" not in lines.frame.columns:
        return 0
    return int(lines.frame.select((pl.col("cost").is_null() & (pl.col("code") == 0)).sum()).item())


def _customer(*, exact: bool, hash_bits: int) -> pl.Expr:
    if exact:
        return pl.col("customer_id").cast(pl.Categorical).to_physical().cast(pl.UInt64) * _u64(SPREAD)
    customer = pl.col("customer_id").hash(seed=1)
    return customer if hash_bits == HASH_BITS else customer & _u64(_FULL ^ (_FULL >> hash_bits))


def _u64(value: int) -> pl.Expr:
    return pl.lit(value, pl.UInt64)
