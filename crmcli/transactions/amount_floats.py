"""Floats as exact decimals: a float enters at its shortest decimal form, then is rounded half-even once.

A cast of Polars would round the binary value instead: it makes 0.55 of 0.545, which is a tie to whoever typed it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_UNITS = 1e15
"""Below it, whole numbers of units have at most 15 digits: exactly one such number reads as a given float."""

_FAST_SCALE = 6
"""Decimals that most floats in files have at most."""


def to_decimals(values: pl.Series, scale: int) -> pl.Series:
    """Decimal(38, scale), rounded half-even from the shortest form; null for null, NaN and infinity."""
    units, exact = _units(values, min(scale, _FAST_SCALE))
    quick = units.cast(pl.Int128).reinterpret(dtype=pl.Decimal(38, min(scale, _FAST_SCALE)))
    quick = quick.cast(pl.Decimal(38, scale)).alias(values.name)
    if exact.all():
        return quick
    slow = np.flatnonzero(~exact)
    return quick.scatter(slow, _by_text(values.gather(slow), scale))


def are_rounded(values: pl.Series, scale: int) -> pl.Series:
    """Boolean: the shortest form has more decimals than `scale`; false for null, NaN and infinity."""
    _, exact = _units(values, scale)
    rounded = np.zeros(values.len(), np.bool_)
    slow = np.flatnonzero(~exact)
    if slow.size:
        rest = values.gather(slow)
        kept, full = _by_text(rest, scale), _by_text(rest, 20)
        # What is lost past the twentieth decimal counts, too, though both are zero then.
        vanished = (full == 0) & (rest != 0)
        rounded[slow] = ((full != kept) | vanished).fill_null(value=False).to_numpy()
    return pl.Series(values.name, rounded)


def _units(values: pl.Series, scale: int) -> tuple[pl.Series, NDArray[np.bool_]]:
    """Whole units of 10^-scale, and where they are the very value that the shortest form says."""
    if values.dtype != pl.Float64:
        return pl.Series(np.zeros(values.len(), np.int64)), np.zeros(values.len(), np.bool_)
    floats = values.to_numpy()
    factor = 10.0**scale
    with np.errstate(invalid="ignore", over="ignore"):
        units = np.rint(floats * factor)
        exact = (np.abs(units) < _MOST_UNITS) & (units / factor == floats)
    return pl.Series(np.where(exact, units, 0).astype(np.int64)), exact


def _by_text(values: pl.Series, scale: int) -> pl.Series:
    return values.cast(pl.String).cast(pl.Decimal(38, scale), strict=False)
