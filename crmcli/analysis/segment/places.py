"""Places in a ranking without ranking everybody: only customers on a boundary need to be told apart."""

from __future__ import annotations

import polars as pl


def among_first(key: pl.Expr, ranked: pl.Series, count: int, *, descending: bool = False) -> pl.Expr:
    """Whether a row is among the first `count` by key, equal keys in row order.

    `ranked` holds the sorted values of `key`, rising unless told. Rows before the boundary value are in, rows after it
    out, and rows on it are counted off, so that the cost is that of a comparison rather than of a ranking.
    """
    if not 0 < count < len(ranked):
        return pl.lit(count > 0)
    edge = int(ranked[count - 1])
    left_over = count - int(((ranked > edge) if descending else (ranked < edge)).sum())
    before = key > edge if descending else key < edge
    on_edge = key == edge
    return before | (on_edge & (on_edge.cum_sum() <= left_over))
