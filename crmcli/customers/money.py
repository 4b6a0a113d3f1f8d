"""Exact sums of money in arrays: minor units in one 64-bit integer where sums provably fit, else in two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.errors import InternalError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MONEY_PRECISION = 38

_SAFE_SUM = 1 << 62
_SAFE_SUM_OF_TWO = _SAFE_SUM << 32
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
        """The differences; both must have the same limbs."""
        return Units(tuple(left - right for left, right in zip(self.limbs, other.limbs, strict=True)))

    def sums(self, starts: NDArray[np.int64]) -> Units:
        """Sums of the runs that begin at the starts."""
        if not len(starts):
            return Units(tuple(limb[:0] for limb in self.limbs))
        return Units(tuple(np.add.reduceat(limb, starts) for limb in self.limbs))


def to_units(amounts: pl.Series) -> Units:
    """A Decimal column as minor units; missing amounts count as 0.

    Raises:
        InternalError: sums could pass 2⁹⁴ minor units, which no bounded input reaches.
    """
    units = amounts.to_physical().fill_null(0)
    largest = max(abs(int(units.max() or 0)), abs(int(units.min() or 0)))  # type: ignore[arg-type]
    if largest * max(units.len(), 1) < _SAFE_SUM:
        return Units((units.cast(pl.Int64).to_numpy(),))
    if largest * units.len() >= _SAFE_SUM_OF_TWO:
        raise InternalError(f"{units.len():,} amounts of up to {largest:.0e} minor units cannot be added exactly")
    frame = pl.DataFrame({"u": units}).select(high=pl.col("u") // _int128(_LIMB), u="u")
    frame = frame.select(low=pl.col("u") - pl.col("high") * _int128(_LIMB), high="high")
    return Units((frame["low"].cast(pl.Int64).to_numpy(), frame["high"].cast(pl.Int64).to_numpy()))


def concatenated(parts: Sequence[Units]) -> Units:
    """Entries of several units one after the other; all must have the same limbs."""
    return Units(tuple(np.concatenate(limbs) for limbs in zip(*(part.limbs for part in parts), strict=True)))


def to_money(units: Units, money_scale: int) -> pl.Series:
    """Minor units as a Decimal(38, money_scale) column."""
    total = pl.lit(0, pl.Int128)
    for place in range(len(units.limbs)):
        total = total + pl.col(f"limb{place}").cast(pl.Int128) * _int128(_LIMB**place)
    limbs = pl.DataFrame({f"limb{place}": limb for place, limb in enumerate(units.limbs)})
    return limbs.select(total.reinterpret(dtype=pl.Decimal(MONEY_PRECISION, money_scale))).to_series()


def _int128(value: int) -> pl.Expr:
    return pl.lit(value, pl.Int128)
