"""Phases of a regular purchase cycle: the k-th phase is the purchase, and silence may hide up to k − 1 of them.

P = Σ_{j<k} (n)_j ρ^j/j! is the likelihood of no purchase since t_x relative to that of no phase (Platzer and Reutterer
2020); its terms are the odds of the j-th phase. For k = 1 it is 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from crmcli.analysis.clv.arrays import Floats


def phase_terms(n: Floats, silence: Floats, k: int) -> Floats:
    """The terms (n)_j ρ^j/j! of P, one line per phase j < k."""
    terms = np.ones((k, len(n)))
    for j in range(1, k):
        terms[j] = terms[j - 1] * (n + (j - 1)) * silence / j
    return terms


def log_phases(n: Floats, silence: Floats, k: int) -> Floats:
    """Logarithm of P."""
    logs: Floats = np.zeros_like(n) if k == 1 else np.log(phase_terms(n, silence, k).sum(axis=0))
    return logs


def phase_derivatives(n: Floats, silence: Floats, per_age: Floats, k: int) -> tuple[Floats, Floats]:
    """First (2 × rows) and second (2 × 2 × rows) derivatives of ln P by r and α, where ∂n/∂r = 1, ∂ρ/∂α = −ρ/(α+T)."""
    p, p_n, p_s, p_nn, p_ns, p_ss = _polynomial(n, silence, k)
    by_n, by_s = p_n / p, p_s / p
    by_nn, by_ns, by_ss = p_nn / p - by_n**2, p_ns / p - by_n * by_s, p_ss / p - by_s**2
    moved = -silence * per_age
    first = np.stack([by_n, by_s * moved])
    mixed = by_ns * moved
    bent = by_ss * moved**2 + by_s * 2 * silence * per_age**2
    return first, np.stack([np.stack([by_nn, mixed]), np.stack([mixed, bent])])


def _polynomial(n: Floats, silence: Floats, k: int) -> tuple[Floats, ...]:
    """P and its derivatives by n, ρ, nn, nρ, ρρ, term by term: q_{j+1} = q_j·(n+j)·ρ/(j+1)."""
    q = (np.ones_like(n), *(np.zeros_like(n) for _ in range(5)))
    sums = list(q)
    for j in range(k - 1):
        q = _next_term(q, (n + j) / (j + 1), silence, 1 / (j + 1))
        sums = [total + term for total, term in zip(sums, q, strict=True)]
    return tuple(sums)


def _next_term(q: tuple[Floats, ...], factor: Floats, silence: Floats, slope: float) -> tuple[Floats, ...]:
    """Product rule with the factor f·ρ, f = (n+j)/(j+1), ∂f/∂n = slope."""
    term, by_n, by_s, by_nn, by_ns, by_ss = q
    rising, rising_n, rising_nn = term * factor, by_n * factor + term * slope, by_nn * factor + 2 * by_n * slope
    return (
        rising * silence,
        rising_n * silence,
        by_s * factor * silence + rising,
        rising_nn * silence,
        (by_ns * factor + by_s * slope) * silence + rising_n,
        by_ss * factor * silence + 2 * by_s * factor,
    )
