"""Exact money on aggregates: whole minor units as Python integers, divided once at the end."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import polars as pl


def minor_units(column: str) -> pl.Expr:
    """A Decimal(38, s) column as Int128 minor units (12.34 at scale 2 is 1234), so that arithmetic stays exact."""
    return pl.col(column).to_physical()


def money(units: int, scale: int) -> Decimal:
    """Minor units as an exact Decimal with `scale` decimals."""
    return Decimal(f"{units}E-{scale}")


def units_at_least(amount: Decimal, scale: int) -> int:
    """The fewest minor units that are not below an amount, which may have more decimals than `scale`."""
    return math.ceil(Fraction(amount) * Fraction(10**scale))


def mean_money(units: int, count: int, scale: int) -> Decimal | None:
    """Minor units shared over `count` things, rounded half-even to one minor unit; None for no things."""
    return money(round(Fraction(units, count)), scale) if count else None


def share(part: int, whole: int) -> float | None:
    """Part ÷ whole, divided once from exact integers; None when the whole is not positive."""
    return part / whole if whole > 0 else None


def percent_of(percent: int, whole: int) -> int:
    """⌈percent · whole ÷ 100⌉ in integers: a whole number is below p % exactly when it is below this."""
    return -(-percent * whole // 100)
