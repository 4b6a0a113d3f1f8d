"""Exact sums of money in arrays: minor units in one 64-bit integer where sums provably fit, else in several."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MONEY_PRECISION = 38

_SAFE_SUM = 1 << 62
_LIMB_BITS = 32
_LIMB = 1 << _LIMB_BITS


@dataclass(frozen=True, slots=True)
class Units:
    """Minor units as Σ limb·2^(32·place), the lowest place first. Limbs are Int64 arrays whose sums cannot overflow."""

    limbs: tuple[NDArray[np.int64], ...]

    def take(self, positions: NDArray[np.int64]) -> Units:
        """The entries at positions."""
        return Units(tuple(limb[positions] for limb in self.limbs))

    def zeros(self) -> Units:
        """As many entries of 0."""
        return Units(tuple(np.zeros_like(limb) for limb in self.limbs))

    def where(self, flags: NDArray[np.bool_]) -> Units:
        """The entries where flags hold, 0 elsewhere."""
        return Units(tuple(np.where(flags, limb, 0) for limb in self.limbs))

    def minus(self, other: Units) -> Units:
        """The differences; a limb that one side lacks counts as 0."""
        nothing = np.zeros_like(self.limbs[0])
        pairs = zip_longest(self.limbs, other.limbs, fillvalue=nothing)
        return Units(tuple(left - right for left, right in pairs))

    def sums(self, starts: NDArray[np.int64]) -> Units:
        """Sums of the runs that begin at the starts."""
        if not len(starts):
            return Units(tuple(limb[:0] for limb in self.limbs))
        return Units(tuple(np.add.reduceat(limb, starts) for limb in self.limbs))


def to_units(amounts: pl.Series) -> Units:
    """Decimals, or integer minor units, in as many limbs as their sums need; missing amounts count as 0."""
    units = amounts.to_physical().fill_null(0)
    lower: list[NDArray[np.int64]] = []
    while not _sums_fit(units):
        low, units = _split(units.cast(pl.Int128))
        lower.append(low)
    return Units((*lower, units.cast(pl.Int64).to_numpy()))


def _sums_fit(units: pl.Series) -> bool:
    largest = max(abs(int(units.max() or 0)), abs(int(units.min() or 0)))  # type: ignore[arg-type]
    return largest * max(units.len(), 1) < _SAFE_SUM


def _split(units: pl.Series) -> tuple[NDArray[np.int64], pl.Series]:
    """The lowest limb, which is not negative, and the rest."""
    frame = pl.DataFrame({"u": units}).select(high=pl.col("u") // _int128(_LIMB), u="u")
    frame = frame.select(low=pl.col("u") - pl.col("high") * _int128(_LIMB), high="high")
    return frame["low"].cast(pl.Int64).to_numpy(), frame["high"]


def concatenated(parts: Sequence[Units]) -> Units:
    """Entries of several units one after the other; all must have the same limbs."""
    return Units(tuple(np.concatenate(limbs) for limbs in zip(*(part.limbs for part in parts), strict=True)))


def to_money(units: Units, money_scale: int) -> pl.Series:
    """Minor units as a Decimal(38, money_scale) column."""
    if len(units.limbs) == 1:
        only = pl.Series(units.limbs[0]).to_frame("units").select(pl.col("units").cast(pl.Int128))
        return only.select(pl.col("units").reinterpret(dtype=pl.Decimal(MONEY_PRECISION, money_scale))).to_series()
    total = pl.lit(0, pl.Int128)
    for place in range(len(units.limbs)):
        total = total + pl.col(f"limb{place}").cast(pl.Int128) * _int128(_LIMB**place)
    limbs = pl.DataFrame({f"limb{place}": limb for place, limb in enumerate(units.limbs)})
    return limbs.select(total.reinterpret(dtype=pl.Decimal(MONEY_PRECISION, money_scale))).to_series()


def _int128(value: int) -> pl.Expr:
    return pl.lit(value, pl.Int128)
