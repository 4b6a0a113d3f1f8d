"""Logarithm of the gamma function and its first two derivatives, for arrays of positive numbers.

Arguments below 10 are moved up by the recurrence, then Stirling's series is used (Abramowitz and Stegun 1964, 6.1.40,
6.3.18, 6.4.12); relative errors stay below 1e-13. They spare every prediction the 0.3 s that importing scipy costs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmcli.analysis.clv.arrays import Floats

_SHIFT = 10
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
_HALF_LOG_TWO_PI = 0.5 * np.log(2 * np.pi)


def gammaln(z: Floats) -> Floats:
    """Logarithm of Γ(z)."""
    large, steps = _raised(z)
    series = _series(large, lambda n: 2 * n * (2 * n - 1)) / large
    lifted: Floats = (large - 0.5) * np.log(large) - large + _HALF_LOG_TWO_PI + series
    for step in range(_SHIFT):
        lifted -= np.where(step < steps, np.log(z + step), 0.0)
    return lifted


def digamma(z: Floats) -> Floats:
    """ψ(z), the derivative of ln Γ."""
    large, steps = _raised(z)
    lifted = np.log(large) - 0.5 / large - _series(large, lambda n: 2 * n) / large**2
    for step in range(_SHIFT):
        lifted -= np.where(step < steps, 1 / (z + step), 0.0)
    return lifted


def trigamma(z: Floats) -> Floats:
    """ψ′(z), the second derivative of ln Γ."""
    large, steps = _raised(z)
    lifted = 1 / large + 0.5 / large**2 + _series(large, lambda _: 1) / large**3
    for step in range(_SHIFT):
        lifted += np.where(step < steps, 1 / (z + step) ** 2, 0.0)
    return lifted


def _raised(z: Floats) -> tuple[Floats, Floats]:
    """Arguments z moved to at least 10 by whole steps, and the number of steps."""
    steps = np.maximum(np.ceil(_SHIFT - z), 0.0)
    return z + steps, steps


def _series(large: Floats, divisor: Callable[[int], int]) -> Floats:
    """Σ B_{2n}/divisor(n) · z^{2−2n}, by Horner's rule."""
    per_square = 1 / large**2
    total = np.zeros_like(large)
    for n in range(len(_BERNOULLI), 0, -1):
        total = total * per_square + _BERNOULLI[n - 1] / divisor(n)
    return total
