"""Log-likelihood of the Pareto/NBD with gradient and Hessian.

For one row, (r)_x α^r (α+T)^{−(r+x)} · (β/(β+T))^s · (1 + Q), with the odds of death Q of pareto_death.py.
Derivatives of ln Q are means and covariances of the derivatives of the log integrand under the integrand itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crmcli.analysis.clv.buying import Buying, Distinct
from crmcli.analysis.clv.newton import to_logs
from crmcli.analysis.clv.pareto_death import deaths, log_odds, log_odds_dead

if TYPE_CHECKING:
    from crmcli.analysis.clv.arrays import Floats
    from crmcli.analysis.clv.rows import Rows

_BLOCK = 1024


class ParetoLikelihood:
    """The log-likelihood of rows with time in units of `unit_days`.

    Called with the logarithms of (r, α, s, β) it gives value, gradient and Hessian.
    """

    def __init__(self, rows: Rows, unit_days: float) -> None:
        self.weights = rows.weights
        self.x = rows.x.astype(np.float64)
        self.last = rows.t_x_days / unit_days
        self.age = rows.age_days / unit_days
        self.buying = Buying(rows, unit_days, 1)
        self._ages = Distinct.of(self.age)
        self._age_weights = self._ages.sums(rows.weights)

    def __call__(self, logs: Floats) -> tuple[float, Floats, Floats]:
        """Value, gradient and Hessian."""
        values = np.exp(logs)
        total, gradient, hessian = self._living(values)
        value, gradient_of_rate, hessian_of_rate = self.buying(values[:2])
        gradient[:2] += gradient_of_rate
        hessian[:2, :2] += hessian_of_rate
        total += value
        for start in range(0, len(self.weights), _BLOCK):
            value, slope, curvature = self._dying(values, slice(start, start + _BLOCK))
            total, gradient, hessian = total + value, gradient + slope, hessian + curvature
        return total, *to_logs(values, gradient, hessian)

    def per_row(self, values: Floats) -> Floats:
        """One log-likelihood per row at (r, α, s, β)."""
        s, beta = float(values[2]), float(values[3])
        odds = self.log_odds_dead(values)
        return self.buying.per_row(values[:2]) - s * np.log1p(self.age / beta) + np.logaddexp(0.0, odds)

    def log_odds_dead(self, values: Floats) -> Floats:
        """Logarithm of Q for each row."""
        r, alpha, s, beta = map(float, values)
        odds = np.empty_like(self.age)
        for start in range(0, len(odds), _BLOCK):
            rows = slice(start, start + _BLOCK)
            last = self.last[rows]
            odds[rows] = log_odds_dead(r + self.x[rows], s, alpha + last, beta + last, self.age[rows] - last)
        return odds

    def _living(self, values: Floats) -> tuple[float, Floats, Floats]:
        """(β/(β+T))^s."""
        s, beta = float(values[2]), float(values[3])
        weights, age = self._age_weights, self._ages.values
        logs, part = float(weights @ np.log1p(age / beta)), weights * age / (beta + age)
        mixed = float(part.sum()) / beta
        gradient, hessian = np.zeros(4), np.zeros((4, 4))
        gradient[2], gradient[3] = -logs, s * mixed
        hessian[2, 3] = hessian[3, 2] = mixed
        hessian[3, 3] = -s / beta**2 * float(part @ (1 + beta / (beta + age)))
        return -s * logs, gradient, hessian

    def _dying(self, values: Floats, rows: slice) -> tuple[float, Floats, Floats]:
        """1 + Q."""
        r, alpha, s, beta = map(float, values)
        n, last = r + self.x[rows], self.last[rows]
        at = _Start(n, s, alpha + last, beta + last, self.age[rows] - last)
        odds, slopes, bends = _log_odds_with_derivatives(at)
        total = np.logaddexp(0.0, odds)
        p_dead = np.exp(odds - total)
        weights = self.weights[rows]
        dying = weights * p_dead
        hessian = bends @ dying + (slopes * (dying * (1 - p_dead))) @ slopes.T
        return float(weights @ total), slopes @ dying, hessian


@dataclass(frozen=True, slots=True)
class _Start:
    """n, s, α + t_x, β + t_x and T − t_x."""

    n: Floats
    s: float
    alpha: Floats
    beta: Floats
    gap: Floats


def _log_odds_with_derivatives(at: _Start) -> tuple[Floats, Floats, Floats]:
    """Logarithm of Q (rows), its gradient (4 × rows) and Hessian (4 × 4 × rows) on the natural scale."""
    n, s, gap = at.n, at.s, at.gap
    mass, means, squares = _moments(at)
    odds = log_odds(mass, n, s, at.alpha, at.beta, gap)
    alpha_end, beta_end = 1 / (at.alpha + gap), 1 / (at.beta + gap)
    one = np.ones_like(n)
    constants = np.stack(
        [
            np.log1p(gap / at.alpha),
            n * (alpha_end - 1 / at.alpha),
            np.log1p(gap / at.beta) + 1 / s,
            s * beta_end - (s + 1) / at.beta,
        ]
    )
    factors = np.stack([-one, n, -one, (s + 1) * one])
    bends = factors[:, None] * factors[None] * (squares - means[:, None] * means[None])
    per_alpha, per_beta = 1 / at.alpha - means[1], 1 / at.beta - means[3]
    bends[0, 1] += alpha_end - per_alpha
    bends[1, 0] += alpha_end - per_alpha
    bends[1, 1] += n * (squares[1, 1] + (per_alpha - means[1]) / at.alpha - alpha_end**2)
    bends[2, 2] -= 1 / s**2
    bends[2, 3] += beta_end - per_beta
    bends[3, 2] += beta_end - per_beta
    bends[3, 3] += (s + 1) * (squares[3, 3] + (per_beta - means[3]) / at.beta) - s * beta_end**2
    return odds, constants + factors * means, bends


def _moments(at: _Start) -> tuple[Floats, Floats, Floats]:
    """Mass of the integrand (rows), and under it the means (4 × rows) and raw second moments (4 × 4 × rows).

    Of log((α+τ)/(α+t_x)), 1/(α+t_x) − 1/(α+τ), and the same two for β: all are 0 at t_x, so that nothing cancels.
    """
    found = deaths(at.n, at.s, at.alpha, at.beta, at.gap)
    mass = found.weights.sum(axis=0)
    chances = found.weights / np.where(mass > 0, mass, 1.0)
    moved = found.moved
    quantities = (
        found.log_alpha,
        moved / (at.alpha * (at.alpha + moved)),
        found.log_beta,
        moved / (at.beta * (at.beta + moved)),
    )
    means, squares = np.empty((4, len(mass))), np.empty((4, 4, len(mass)))
    for i, quantity in enumerate(quantities):
        weighted = chances * quantity
        means[i] = weighted.sum(axis=0)
        for j, other in enumerate(quantities[: i + 1]):
            squares[i, j] = squares[j, i] = np.einsum("kr,kr->r", weighted, other)
    return mass, means, squares
