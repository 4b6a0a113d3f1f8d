"""Whether a customer orders significantly more or less often than before: a one-sided sign test on two halves.

The time from the first order to the end of observation is halved; under a steady pace each repeat order day falls into
either half with probability ½, so that the number in the later half is binomial (the exact conditional test for two
Poisson rates; Przyborowski and Wilenski 1940, Biometrika 31).
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcli.analysis.order_gaps import OrderGaps


def later_repeats(gaps: OrderGaps) -> NDArray[np.int64]:
    """By customer, the repeat order days in the later half of first order → end; the midpoint day is in the earlier."""
    observed = np.repeat(gaps.end - gaps.first_day, gaps.days)
    later = 2 * gaps.since_first() > observed
    return np.add.reduceat(later, gaps.start, dtype=np.int64)


def significantly_few(repeats: NDArray[np.int64], some: NDArray[np.int64], p_value: float) -> NDArray[np.bool_]:
    """Whether `some` of `repeats` is fewer than chance shows: P(X ≤ some) < p_value for X ~ B(repeats, ½)."""
    distinct, place = np.unique(repeats, return_inverse=True)
    fewest = np.array([_most_that_is_few(int(count), p_value) for count in distinct], dtype=np.int64)
    return np.asarray(some <= fewest[place])


def _most_that_is_few(count: int, p_value: float) -> int:
    """The largest k with P(X ≤ k) < p_value, −1 for none; in whole numbers, as P may be p_value exactly."""
    too_many = math.ceil(Fraction(p_value) * 2**count)
    most, below, ways = -1, 0, 1  # `ways` to choose most + 1 of count, `below` those to choose fewer.
    while most < count and below + ways < too_many:
        most, below = most + 1, below + ways
        ways = ways * (count - most) // (most + 1)
    return most
