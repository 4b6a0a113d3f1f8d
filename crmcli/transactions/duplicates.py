"""How many rows repeat an earlier row exactly. They are kept, because two equal sales on one day do happen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from crmcli.transactions.load import Transactions
    from crmcli.transactions.tables import Table

COUNT_LIMIT_ROWS = 5_000_000
"""Beyond this the count would cost as much as the analysis; it is then left out, and said so."""


def count_duplicates(transactions: Transactions) -> int | None:
    """Rows equal in every column to an earlier row of a file with the same header; None beyond the limit."""
    if transactions.records > COUNT_LIMIT_ROWS:
        return None
    layouts: dict[object, list[Table]] = {}
    for table in transactions.tables:
        layouts.setdefault((table.header, tuple(map(str, table.dtypes))), []).append(table)
    return sum(_repeated(tables) for tables in layouts.values())


def _repeated(tables: list[Table]) -> int:
    # 64 bits: among five million rows two different ones share a hash with a probability below one in a million.
    hashes = [table.frame.select(_row_hash(table)) for table in tables]
    frame = pl.concat(hashes).collect(engine="streaming")
    return frame.height - frame["hash"].n_unique()


def _row_hash(table: Table) -> pl.Expr:
    hashes = [pl.col(f"c{position}").hash(seed=position + 1) for position in range(len(table.header))]
    return _combined(hashes).alias("hash")


def _combined(hashes: list[pl.Expr]) -> pl.Expr:
    """All of them in one, as a tree: with thousands of columns, Polars takes minutes over a chain."""
    while len(hashes) > 1:
        pairs = [one ^ other for one, other in zip(hashes[::2], hashes[1::2], strict=False)]
        hashes = [*pairs, *hashes[2 * len(pairs) :]]
    return hashes[0]
