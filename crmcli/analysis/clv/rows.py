"""The sufficient summary of buy-till-you-die models: distinct (x, t_x, T) and how many customers share each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from crmcli.analysis.clv.arrays import Floats, Indices, Ints

_BITS = 20
_MOST = 1 << _BITS


@dataclass(frozen=True)
class Pairs:
    """Distinct (x, T): all that the future of a customer who is still alive depends on.

    `index` leads from each row to its pair.
    """

    x: Ints
    age_days: Floats
    index: Indices

    @property
    def repeats(self) -> Floats:
        """X as floats."""
        return self.x.astype(np.float64)


@dataclass(frozen=True)
class Rows:
    """Distinct purchase histories, sorted by x, t_x, T.

    Args:
        x: repeat purchases, that is purchase days − 1.
        t_x_days: days from first to last purchase; 0 when x is 0.
        age_days: T, days from first purchase to the end of observation.
        weights: customers with this history.
        index: for each customer in the order given, its row; `values[rows.index]` spreads a result to customers.
    """

    x: Ints
    t_x_days: Floats
    age_days: Floats
    weights: Floats
    index: Indices

    @classmethod
    def of(cls, x: Ints, t_x_days: Ints, age_days: Ints) -> Rows:
        """Compress one history per customer, in whole days.

        Raises:
            ValueError: no histories at all, or one that cannot be (t_x > T, a repeat purchase on day 0, …).
        """
        x, t_x, age = (np.asarray(values, dtype=np.int64) for values in (x, t_x_days, age_days))
        _check(x, t_x, age)
        keys, index, counts = np.unique(
            (x << 2 * _BITS) | (t_x << _BITS) | age, return_inverse=True, return_counts=True
        )
        return cls(
            x=keys >> 2 * _BITS,
            t_x_days=((keys >> _BITS) & (_MOST - 1)).astype(np.float64),
            age_days=(keys & (_MOST - 1)).astype(np.float64),
            weights=counts.astype(np.float64),
            index=index,
        )

    @classmethod
    def newborn(cls) -> Rows:
        """One customer who has just made the first purchase."""
        nothing = np.zeros(1)
        return cls(np.zeros(1, np.int64), nothing, nothing, np.ones(1), np.zeros(1, np.intp))

    def __len__(self) -> int:
        return len(self.x)

    @property
    def repeats(self) -> Floats:
        """X as floats."""
        return self.x.astype(np.float64)

    @property
    def customers(self) -> float:
        """Number of customers, the sum of the weights."""
        return float(self.weights.sum())

    @property
    def repeat_purchases(self) -> float:
        """Σx over all customers."""
        return self.total(self.x)

    def total(self, values: Floats | Ints) -> float:
        """Sum over customers of a value per row; pairwise, so that no thread count changes a bit of it."""
        return float((self.weights * values).sum())

    @cached_property
    def pairs(self) -> Pairs:
        """The distinct (x, T) of these rows."""
        order = np.lexsort((self.age_days, self.x))
        x, age = self.x[order], self.age_days[order]
        fresh = np.ones(len(order), dtype=np.bool_)
        fresh[1:] = (x[1:] != x[:-1]) | (age[1:] != age[:-1])
        index = np.empty(len(order), dtype=np.intp)
        index[order] = np.cumsum(fresh) - 1
        return Pairs(x[fresh], age[fresh], index)

    def chosen(self, rows: Indices) -> Rows:
        """Some of the rows; like all parts, without customers to spread to."""
        nobody = np.empty(0, dtype=np.intp)
        return Rows(self.x[rows], self.t_x_days[rows], self.age_days[rows], self.weights[rows], nobody)

    def reweighted(self, weights: Floats) -> Rows:
        """The same histories shared by other numbers of customers; rows that nobody shares are left out.

        The result has no customers of its own to spread to: its `index` is empty.
        """
        kept = np.flatnonzero(weights)
        return replace(self.chosen(kept), weights=weights[kept])

    def later(self, days: float) -> Rows:
        """The same histories without a further purchase in the next `days`."""
        return replace(self, age_days=self.age_days + days)


def _check(x: Ints, t_x: Ints, age: Ints) -> None:
    if not (len(x) == len(t_x) == len(age) > 0):
        raise ValueError("x, t_x and T need one value per customer, and at least one customer")
    if x.min() < 0 or (x > t_x).any() or (t_x > age).any() or age.max() >= _MOST or ((x == 0) & (t_x > 0)).any():
        raise ValueError("a history needs 0 <= x <= t_x <= T in days, and t_x = 0 when x = 0")
