"""The chance of having died unseen in the Pareto/NBD, as an integral of positive terms.

Schmittlein, Morrison and Colombo (1987) write the likelihood as a difference of two ₂F₁, one form for α ≥ β and one
for α < β, which loses all digits when x is large. The integral over the time of death τ behind it,

    Q = s · ∫_{t_x}^{T} ((α+T)/(α+τ))^{r+x} · ((β+T)/(β+τ))^s dτ/(β+τ),

the odds of death against life, needs neither. Relative to its value at t_x the integrand falls like a power in
v = ln((c+τ)/(c+t_x)), c = min(α, β); Gauss–Legendre in v, cut off where nothing is left, is good to about 1e-12.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crmcli.analysis.clv.quadrature import unit_nodes

if TYPE_CHECKING:
    from crmcli.analysis.clv.arrays import Floats

NODES = 24
_REACH = 38.0
_ENOUGH = ((8, 1.5, 1.5), (12, 3.0, 5.0), (16, 5.0, 16.0))


def _nodes_for(length: float, fall: float) -> int:
    """Nodes that integrate e^{−fall·y} and stay clear of the singularities π beside the real axis of v."""
    for nodes, longest, steepest in _ENOUGH:
        if length <= longest and fall <= steepest:
            return nodes
    return NODES


@dataclass(frozen=True, slots=True)
class Deaths:
    """The integrand at the nodes: `weights` relative to t_x, log((α+τ)/(α+t_x)), log((β+τ)/(β+t_x)), τ − t_x.

    Arrays are nodes × rows.
    """

    weights: Floats
    log_alpha: Floats
    log_beta: Floats
    moved: Floats


def deaths(n: Floats, s: float, at_alpha: Floats, at_beta: Floats, gap: Floats) -> Deaths:
    """The integrand for n = r + x, α + t_x, β + t_x and T − t_x; α − β must have one sign for all rows."""
    least = np.minimum(at_alpha, at_beta)
    length = np.log1p(gap / least)
    decay = n * least / at_alpha + (s + 1) * least / at_beta - 1
    length = np.where(decay * length > _REACH, _REACH / np.maximum(decay, 1e-300), length)
    nodes, node_weights = unit_nodes(_nodes_for(float(length.max()), float((np.abs(decay) * length).max())))
    steps = nodes * length
    moved = least * np.expm1(steps)
    alpha_first = bool(at_alpha[0] <= at_beta[0])
    log_alpha = steps if alpha_first else np.log1p(moved / at_alpha)
    log_beta = np.log1p(moved / at_beta) if alpha_first else steps
    density = np.exp(-n * log_alpha - s * log_beta) * (least + moved) / (at_beta + moved)
    return Deaths(density * (node_weights * length), log_alpha, log_beta, moved)


def log_odds_dead(n: Floats, s: float, at_alpha: Floats, at_beta: Floats, gap: Floats) -> Floats:
    """Logarithm of Q: the odds, given no purchase in the last `gap`, that death explains it; −∞ without a gap."""
    mass = deaths(n, s, at_alpha, at_beta, gap).weights.sum(axis=0)
    return log_odds(mass, n, s, at_alpha, at_beta, gap)


def log_odds(  # noqa: PLR0913, PLR0917 — the arguments of the integral
    mass: Floats, n: Floats, s: float, at_alpha: Floats, at_beta: Floats, gap: Floats
) -> Floats:
    """Logarithm of Q from the integral relative to its value at t_x."""
    with np.errstate(divide="ignore"):
        logs: Floats = np.log(s) + n * np.log1p(gap / at_alpha) + s * np.log1p(gap / at_beta) + np.log(mass)
    return logs
