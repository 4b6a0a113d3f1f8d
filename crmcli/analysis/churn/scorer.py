"""What every churn score offers, and the reasons it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmcli.analysis.churn.snapshots import Snapshot
    from crmcli.notes import Note

MOST_REASONS = 3
_LEAST_SHOWN = 0.005
"""Contributions that would read 0.00 are no reasons."""


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why scores are as they are: ln(p/(1 − p)) = `base` + the sum of the contributions, one row per customer."""

    base: float
    names: tuple[str, ...]
    contributions: NDArray[np.float64]

    def texts(self) -> pl.Series:
        """By customer the strongest contributions, as in silence +1.83;spend -0.41; empty where there are none."""
        strength = abs(self.contributions)
        order = (-strength).argsort(axis=1, kind="stable")[:, :MOST_REASONS]
        parts = [self._part(order[:, place]) for place in range(order.shape[1])]
        return pl.select(pl.concat_str([pl.lit(part) for part in parts], separator=";", ignore_nulls=True)).to_series()

    def _part(self, column: NDArray[np.intp]) -> pl.Series:
        value = pl.Series("value", self.contributions[np.arange(len(column)), column])
        name = pl.Series("name", list(self.names)).gather(column)
        sign = pl.when(pl.col("value") > 0).then(pl.lit("+")).otherwise(pl.lit("-"))
        cents = (pl.col("value").abs() * 100).round().cast(pl.Int64)
        digits = pl.format("{}.{}", cents // 100, (cents % 100).cast(pl.String).str.zfill(2))
        shown = pl.when(pl.col("value").abs() >= _LEAST_SHOWN).then(pl.format("{} {}{}", "name", sign, digits))
        return pl.DataFrame([value, name]).select(shown.alias("part")).to_series()


class Scorer(Protocol):
    """A model that says for each customer of a snapshot how likely no order in the horizon is."""

    @property
    def name(self) -> str:
        """The model, as the views name it."""
        ...

    @property
    def notes(self) -> Sequence[Note]:
        """What to beware of."""
        ...

    def p_churn(self, snapshot: Snapshot) -> NDArray[np.float64]:
        """P(no order in the horizon after the cut), one per customer."""
        ...

    def reasons(self, snapshot: Snapshot) -> Reasons:
        """Additive contributions to the log-odds."""
        ...
