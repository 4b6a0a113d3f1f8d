"""How much more common something is in a group than among all, with its uncertainty.

A group is part of the whole it is compared with, so that the two shares are not independent. Everything is therefore
computed from the group against the rest: with w = group ÷ all and R = share in the group ÷ share in the rest, the lift
over all is R ÷ (wR + 1 − w), which rises with R; limits of R become limits of the lift.

Sources: Koopman (1984), Biometrics 40 (score interval of a ratio of two binomial shares, in the form of Miettinen and
Nurminen 1985 without their correction); Fisher (1935) for the exact test; Benjamini and Hochberg (1995), JRSS B 57.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Z_95 = 1.959963984540054
"""The 97.5 % point of the normal law."""

_STEPS = 80
_FARTHEST = 60.0
"""The logarithm of the largest ratio that is looked for; e⁶⁰ is beyond any count."""

_DEVIATIONS, _FEW = 40, 200
"""A normal law holds less than 1e-300 beyond so many deviations, a Poisson law beyond these and so many more."""

_EQUAL = 1 + 1e-9
"""Tables this close to the probability of the observed one count as equally extreme, as rounding makes them differ."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Of `group` and `rest` things, those that have the trait; one entry per comparison, none of the totals 0."""

    group_with: NDArray[np.int64]
    group: NDArray[np.int64]
    rest_with: NDArray[np.int64]
    rest: NDArray[np.int64]


def lift(counts: Counts) -> NDArray[np.float64]:
    """Share in the group ÷ share in all."""
    everything = counts.group + counts.rest
    return (counts.group_with / counts.group) / ((counts.group_with + counts.rest_with) / everything)


def lift_limits(counts: Counts, z: float = Z_95) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper limit of the lift by the score test; the lower is 0 where nobody in the group has the trait."""
    lower, upper = ratio_limits(counts, z)
    weight = counts.group / (counts.group + counts.rest)
    with np.errstate(invalid="ignore"):
        low = lower / (weight * lower + 1 - weight)
        high = np.where(np.isinf(upper), 1 / weight, upper / (weight * upper + 1 - weight))
    return low, high


def ratio_limits(counts: Counts, z: float = Z_95) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Koopman's limits of share in the group ÷ share in the rest; 0 and infinity where a share is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = np.log((counts.group_with / counts.group) / (counts.rest_with / counts.rest))
    start = np.clip(np.nan_to_num(observed, nan=0.0), -_FARTHEST, _FARTHEST)
    lower = np.where(counts.group_with == 0, 0.0, np.exp(_root(counts, start, -_FARTHEST, z)))
    upper = np.where(counts.rest_with == 0, np.inf, np.exp(_root(counts, start, _FARTHEST, z)))
    return lower, upper


def _root(counts: Counts, inside: NDArray[np.float64], outside: float, z: float) -> NDArray[np.float64]:
    """Where, between the estimate and far away, the score statistic passes z² (as logarithm of the ratio)."""
    near, far = inside.copy(), np.full_like(inside, outside)
    for _ in range(_STEPS):
        middle = (near + far) / 2
        accepted = _score(counts, np.exp(middle)) <= z * z
        near = np.where(accepted, middle, near)
        far = np.where(accepted, far, middle)
    return (near + far) / 2


def _score(counts: Counts, ratio: NDArray[np.float64]) -> NDArray[np.float64]:
    """The squared score statistic of a ratio, with the shares that fit best under it."""
    n1, n2 = counts.group.astype(np.float64), counts.rest.astype(np.float64)
    x1, x2 = counts.group_with.astype(np.float64), counts.rest_with.astype(np.float64)
    a = (n1 + n2) * ratio
    b = -(n1 * ratio + x1 + n2 + x2 * ratio)
    c = x1 + x2
    # Both roots are positive; the smaller one, in the form that loses no digits.
    rest = 2 * c / (-b + np.sqrt(np.maximum(b * b - 4 * a * c, 0.0)))
    group = ratio * rest
    variance = group * (1 - group) / n1 + ratio * ratio * rest * (1 - rest) / n2
    gap = x1 / n1 - ratio * x2 / n2
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(gap == 0, 0.0, gap * gap / variance)


def exact_p_values(counts: Counts) -> NDArray[np.float64]:
    """Fisher's exact test, two-sided: the probability of all tables that are no more likely than the observed one."""
    rows = zip(counts.group_with, counts.group, counts.rest_with, counts.rest, strict=True)
    return np.array([_exact_p_value(*map(int, row)) for row in rows], dtype=np.float64)


def _exact_p_value(x1: int, n1: int, x2: int, n2: int) -> float:
    """Probabilities are built from their ratios to one another, which keeps them exact for any size.

    Tables so far from the expected one that their probability is no number any more are left out.
    """
    with_trait, everything = x1 + x2, n1 + n2
    mean = with_trait * n1 / everything
    reach = _DEVIATIONS * math.sqrt(mean * n2 / everything * (1 - with_trait / everything)) + _FEW
    if abs(x1 - mean) > reach:
        return 0.0
    least = max(0, with_trait - n2, math.floor(mean - reach))
    most = min(n1, with_trait, math.ceil(mean + reach))
    k = np.arange(least, most, dtype=np.float64)
    steps = np.log((with_trait - k) * (n1 - k)) - np.log((k + 1) * (n2 - with_trait + k + 1))
    logs = np.concatenate([[0.0], np.cumsum(steps)])
    weights = np.exp(logs - logs.max())
    observed = weights[x1 - least]
    return min(1.0, float(weights[weights <= observed * _EQUAL].sum() / weights.sum()))


def q_values(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Benjamini–Hochberg: the smallest false discovery rate at which each row would count as found."""
    tests = len(p_values)
    order = np.argsort(p_values, kind="stable")
    scaled = p_values[order] * tests / np.arange(1, tests + 1)
    adjusted = np.minimum.accumulate(scaled[::-1])[::-1]
    result = np.empty(tests)
    result[order] = np.minimum(adjusted, 1.0)
    return result
