"""Minor units as money: exact decimals in tables, plain numbers in ratios."""

from __future__ import annotations

from decimal import Decimal

import polars as pl


def as_money(column: str | pl.Expr, scale: int) -> pl.Expr:
    """Decimal(38, scale) from whole minor units."""
    units = pl.col(column) if isinstance(column, str) else column
    return (units.cast(pl.Decimal(38, scale)) * pl.lit(Decimal(1).scaleb(-scale))).cast(pl.Decimal(38, scale))


def money(units: int, scale: int) -> Decimal:
    """An exact Decimal from whole minor units."""
    return Decimal(units).scaleb(-scale)


def plain(units: float, scale: int) -> float:
    """Money as a float, for ratios and charts."""
    return float(units / 10**scale)
