"""The part of the likelihood that all models with gamma purchase rates share: buying without ever dropping out.

For one row it is (r)_n α^r (α + T)^{−(r+n)}, n being purchases (or phases of purchases) up to T, T the age.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from crmcli.analysis.clv.arrays import Floats, Indices
    from crmcli.analysis.clv.rows import Rows


@dataclass(frozen=True)
class Distinct:
    """Values that many rows share: `values[index]` gives one per row."""

    values: Floats
    index: Indices

    @classmethod
    def of(cls, values: Floats) -> Distinct:
        """Find the distinct values."""
        return cls(*np.unique(values, return_inverse=True))

    def spread(self, results: Floats) -> Floats:
        """Results per distinct value, per row."""
        return results[self.index]

    def sums(self, weights: Floats) -> Floats:
        """Weights per row, summed per distinct value."""
        return np.bincount(self.index, weights, len(self.values)).astype(np.float64)


def weights_beyond(counts: Floats, weights: Floats) -> Floats:
    """For j = 0, 1, … the weight of all rows whose count exceeds j."""
    by_count = np.bincount(counts.astype(np.int64), weights).astype(np.float64)
    return np.cumsum(by_count[::-1])[::-1][1:]


def cumulated(terms: Floats) -> Floats:
    """Sums of the first 0, 1, 2, … terms."""
    return np.concatenate([[0.0], np.cumsum(terms)])


class Buying:
    """That part for rows, with time in units of `unit_days` and `regularity` phases per purchase.

    Called with (r, α) it gives the sum of logarithms over all customers, its gradient and its Hessian.
    """

    def __init__(self, rows: Rows, unit_days: float, regularity: int) -> None:
        self.weights = rows.weights
        self.phases = regularity * rows.x.astype(np.float64)
        self.ages = Distinct.of(rows.age_days / unit_days)

    @cached_property
    def _beyond(self) -> Floats:
        return weights_beyond(self.phases, self.weights)

    @cached_property
    def _at_age(self) -> tuple[Floats, Floats]:
        return self.ages.sums(self.weights), self.ages.sums(self.weights * self.phases)

    def __call__(self, values: Floats) -> tuple[float, Floats, Floats]:
        """Value, gradient and Hessian."""
        r, alpha = float(values[0]), float(values[1])
        beyond, steps, age = self._beyond, np.arange(len(self._beyond)), self.ages.values
        weights, phases = self._at_age
        per_age, silent = 1 / (alpha + age), float(weights @ np.log1p(age / alpha))
        part = weights * age * per_age
        value = float(beyond @ np.log1p(steps / r) + phases @ (np.log(r) - np.log(alpha + age))) - r * silent
        mixed = float(part.sum()) / alpha
        gradient = np.array([beyond @ (1 / (r + steps)) - silent, r * mixed - phases @ per_age])
        by_r = -float(beyond @ (1 / (r + steps) ** 2))
        by_alpha = float(phases @ per_age**2) - r / alpha**2 * float(part @ (1 + alpha * per_age))
        return value, gradient, np.array([[by_r, mixed], [mixed, by_alpha]])

    def per_row(self, values: Floats) -> Floats:
        """The logarithm for each row at (r, α)."""
        r, alpha = float(values[0]), float(values[1])
        rising = cumulated(np.log1p(np.arange(len(self._beyond)) / r))[self.phases.astype(np.int64)]
        rate = self.ages.spread(np.log(r) - np.log(alpha + self.ages.values))
        return rising + self.phases * rate - self.ages.spread(r * np.log1p(self.ages.values / alpha))
