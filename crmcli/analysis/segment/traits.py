"""Attributes as columns of a model: learnt on some customers, applied to others, with unknown levels and gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.segment.levels import MISSING, OTHERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

FEWEST_CUSTOMERS = 10
"""A level, or a gap, that fewer customers have gets no column of its own."""

MOST_LEVELS = 50
"""Of more levels, the most frequent ones get columns."""

LEAST_COVERED = 0.5
"""Texts whose columns would cover a smaller part of the customers are names rather than traits."""


@dataclass(frozen=True, slots=True)
class Trait:
    """One attribute as model columns: a number standardised, or one column per common level; then one for a gap.

    `levels` are those with a column. A number beyond the range seen is taken as the end of that range; a level without
    a column has none, like all rare ones; a gap without a column is taken for the mean.
    """

    name: str
    levels: tuple[str, ...] = ()
    mean: float = 0.0
    spread: float = 0.0
    low: float = 0.0
    high: float = 0.0
    has_gap: bool = False

    @property
    def is_number(self) -> bool:
        """Whether it is a number, not levels."""
        return not self.levels

    @property
    def width(self) -> int:
        """How many columns it takes."""
        return (1 if self.is_number else len(self.levels)) + self.has_gap

    def columns(self, values: pl.Series) -> NDArray[np.float64]:
        """A matrix with one row per value."""
        parts = [self._number(values)] if self.is_number else [self._is(values, level) for level in self.levels]
        if self.has_gap:
            parts.append(values.is_null().cast(pl.Float64).to_numpy())
        return np.column_stack(parts)

    def _number(self, values: pl.Series) -> NDArray[np.float64]:
        within = values.cast(pl.Float64).clip(self.low, self.high)
        return ((within.fill_null(self.mean) - self.mean) / self.spread).to_numpy()

    def _is(self, values: pl.Series, level: str) -> NDArray[np.float64]:
        return (values == level).fill_null(value=False).cast(pl.Float64).to_numpy()

    def described(self, values: pl.Series) -> pl.Series:
        """String: what each value is called in a reason."""
        if self.is_number:
            shown = pl.Series([None if value is None else f"{value:g}" for value in values], dtype=pl.String)
        else:
            shown = (
                values.to_frame("v")
                .select(
                    pl.when(pl.col("v").is_in(list(self.levels)) | pl.col("v").is_null())
                    .then("v")
                    .otherwise(pl.lit(OTHERS))
                )
                .to_series()
            )
        return shown.fill_null(MISSING).str.replace_all(";", ",", literal=True)


def learn(values: pl.Series) -> Trait | str:
    """The trait of an attribute (String or Float64) from the customers to learn on, or why it is none."""
    gaps = int(values.null_count())
    present = values.drop_nulls()
    has_gap = min(gaps, len(present)) >= FEWEST_CUSTOMERS
    if len(present) < FEWEST_CUSTOMERS:
        return "hardly anybody has a value"
    if values.dtype.is_float():
        return _learn_number(values.name, present, has_gap=has_gap)
    counted = present.value_counts().sort("count", values.name, descending=[True, False])
    common = counted.filter(pl.col("count") >= FEWEST_CUSTOMERS).head(MOST_LEVELS)
    if int(common["count"].sum()) < LEAST_COVERED * len(present):
        return "nearly every customer has a value of their own"
    if common.height == 1 and counted.height == 1 and not has_gap:
        return "the same for all customers"
    return Trait(values.name, tuple(common[values.name]), has_gap=has_gap)


def _learn_number(name: str, present: pl.Series, *, has_gap: bool) -> Trait | str:
    low, high = present.min(), present.max()
    numbers = present.to_numpy()
    if low == high:
        return "the same for all customers" if not has_gap else _only_gap(name, float(numbers[0]))
    mean, spread = float(numbers.mean()), float(numbers.std())
    return Trait(name, (), mean, spread, float(numbers.min()), float(numbers.max()), has_gap)


def _only_gap(name: str, value: float) -> Trait:
    """One value or none: all that counts is whether there is one."""
    return Trait(name, (), value, 1.0, value, value, has_gap=True)


def matrix(traits: Iterable[Trait], frame: pl.DataFrame) -> NDArray[np.float64]:
    """The columns of all traits side by side, one row per row of a frame that holds the attributes."""
    return np.column_stack([trait.columns(frame[trait.name]) for trait in traits])
