"""Loss rates of age buckets by three methods: cohorts, roll rates, an absorbing Markov chain.

Cohorts follow the provision matrix of IFRS 9 (B35I, example 12): lost ÷ all that ever became so old. The chain is
that of Cyert, Davidson and Thompson (1962): with transient part Q and absorbing part R, F = (I − Q)⁻¹ and B = FR.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray


_CHANCE = 1e-12
"""Less than this is what rounding leaves of nothing."""


def cohort_rates(paid: Sequence[float], lost: float) -> list[float | None]:
    """Loss rate of each bucket: lost ÷ what was still unpaid when it entered the bucket.

    Args:
        paid: what was paid in each bucket, the youngest first.
        lost: what was never paid; it went through all of them.

    Returns:
        One rate for each bucket and, last, that of what outlived them all: 1. None where nothing came so far.
    """
    remaining = float(sum(paid)) + lost
    rates: list[float | None] = []
    for amount in (*paid, 0.0):
        rates.append(lost / remaining if remaining > 0 else None)
        remaining -= amount
    return rates


def absorption(q: ArrayLike, r: ArrayLike) -> NDArray[np.float64]:
    """B = (I − Q)⁻¹ R: chance of ending in each absorbing state, from each transient one.

    Args:
        q: (n, n) chances between transient states.
        r: (n, m) chances of being absorbed.
    """
    transient = np.asarray(q, dtype=np.float64)
    absorbing = np.asarray(r, dtype=np.float64)
    return np.asarray(np.linalg.solve(np.eye(len(transient)) - transient, absorbing), dtype=np.float64)


def markov_rates(
    stayed: NDArray[np.float64], paid: NDArray[np.float64], lost: NDArray[np.float64]
) -> list[float | None]:
    """Chance of each bucket to end lost, from money that moved in a month; None where no money ever stood.

    There is none either for a bucket whose money may come to one of those, since nobody saw how it ends there; nor
    where all money stayed for ever.
    """
    started = stayed.sum(axis=1) + paid + lost
    seen = started > 0
    if not seen.any():
        return [None] * len(started)
    q = stayed[np.ix_(seen, seen)] / started[seen, None]
    unseen = stayed[np.ix_(seen, ~seen)].sum(axis=1)
    r = np.column_stack([paid[seen], lost[seen], unseen]) / started[seen, None]
    if float(np.max(np.abs(np.linalg.eigvals(q)))) >= 1 - 1e-12:
        return [None] * len(started)
    ends = absorption(q, r)
    known = iter(None if unknown > _CHANCE else float(lost_in_the_end) for _, lost_in_the_end, unknown in ends)
    return [next(known) if is_seen else None for is_seen in seen]


def roll_products(rolls: Sequence[float | None], last: float | None) -> list[float | None]:
    """Loss rate of each bucket as the product of the roll rates from it to the last, times the loss of the last.

    Args:
        rolls: share of each bucket but the last that is one bucket older a month later.
        last: part of the last bucket that is lost in the end.
    """
    rates: list[float | None] = [last]
    for roll in reversed(rolls):
        following = rates[-1]
        known = roll is not None and (roll == 0 or following is not None)
        rates.append(roll * (following or 0.0) if known and roll is not None else None)
    return rates[::-1]
