"""Log-likelihood of models with gamma purchase rates and a beta-distributed chance of dropping out at a purchase.

With n = r + k·x, m the number of chances to drop out that a customer alive at T has survived (x, or x + 1 when the
first purchase is one), ρ = (T − t_x)/(α + T) and P = Σ_{j<k} (n)_j ρ^j/j!, the likelihood of a row is

    (r)_{kx} α^r (α+T)^{−n} · B(a, b+m)/B(a, b) · [ P + 1{m ≥ 1} · a/(b+m−1) · ((α+T)/(α+t_x))^n ],

which is BG/NBD (Fader, Hardie and Lee 2005, eq. 6) for k = 1, m = x; MBG/NBD (Batislam, Denizel and Filiztekin 2007)
for k = 1, m = x + 1; and MBG/CNBD-k (Platzer and Reutterer 2020) up to the factor of the gaps within the path.
It is evaluated so that nothing cancels when all customers are alike (r or a + b without bound): rising factorials are
sums of ln(1 + j/r) and ln(1 + a/(b + j)), and (α/(α+T))^r is r·log1p(T/α).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from crmcli.analysis.clv.buying import Buying, Distinct, cumulated, weights_beyond
from crmcli.analysis.clv.newton import to_logs
from crmcli.analysis.clv.phases import log_phases, phase_derivatives

if TYPE_CHECKING:
    from crmcli.analysis.clv.arrays import Floats
    from crmcli.analysis.clv.rows import Rows


_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class _Times:
    """Per row: ln((α+T)/(α+t_x)), 1/(α+T), 1/(α+t_x) and ρ."""

    log_ratio: Floats
    per_age: Floats
    per_last: Floats
    silence: Floats


def log_dropped_out(n: Floats, chances: Floats, log_ratio: Floats, a: float, b: float) -> Floats:
    """Logarithm of a/(b+m−1) · ((α+T)/(α+t_x))^n for m chances to drop out; −∞ without any."""
    ever = chances > 0
    odds = np.log(a) - np.log(np.where(ever, b + chances - 1, 1.0))
    return np.where(ever, odds + n * log_ratio, -np.inf)


class BetaGeometricLikelihood:
    """The log-likelihood of rows with time in units of `unit_days`; `at_birth` is 1 if the first purchase can be last.

    Called with the logarithms of (r, α, a, b) it gives value, gradient and Hessian. The constant of the gaps, which
    k > 1 has, is left out.
    """

    def __init__(self, rows: Rows, unit_days: float, k: int, at_birth: int) -> None:
        self.k = k
        self.weights = rows.weights
        self.phases = k * rows.x.astype(np.float64)
        self.chances = rows.x.astype(np.float64) + at_birth
        self.buying = Buying(rows, unit_days, k)
        self.ages = self.buying.ages
        self.lasts = Distinct.of(rows.t_x_days / unit_days)
        self._silence = self.ages.spread(self.ages.values) - self.lasts.spread(self.lasts.values)

    @cached_property
    def _chances_beyond(self) -> Floats:
        return weights_beyond(self.chances, self.weights)

    def __call__(self, logs: Floats) -> tuple[float, Floats, Floats]:
        """Value, gradient and Hessian."""
        values = np.exp(logs)
        total, gradient, hessian = self._surviving(values)
        value, gradient_of_rate, hessian_of_rate = self.buying(values[:2])
        gradient[:2] += gradient_of_rate
        hessian[:2, :2] += hessian_of_rate
        ending, gradient_of_ending, hessian_of_ending = self._ending(values)
        gradient += gradient_of_ending
        hessian += hessian_of_ending
        return total + value + ending, *to_logs(values, gradient, hessian)

    def per_row(self, values: Floats) -> Floats:
        """One log-likelihood per row at (r, α, a, b)."""
        a, b = float(values[2]), float(values[3])
        survived = cumulated(np.log1p(a / (b + np.arange(len(self._chances_beyond)))))[self.chances.astype(np.int64)]
        alive, dead = self._endings(values, self._times(float(values[1]), slice(None)), slice(None))
        return self.buying.per_row(values[:2]) - survived + np.logaddexp(alive, dead)

    def _endings(self, values: Floats, times: _Times, rows: slice) -> tuple[Floats, Floats]:
        r, _, a, b = map(float, values)
        n = r + self.phases[rows]
        return log_phases(n, times.silence, self.k), log_dropped_out(n, self.chances[rows], times.log_ratio, a, b)

    def _times(self, alpha: float, rows: slice) -> _Times:
        per_age = (1 / (alpha + self.ages.values))[self.ages.index[rows]]
        per_last = (1 / (alpha + self.lasts.values))[self.lasts.index[rows]]
        silence = self._silence[rows]
        return _Times(np.log1p(silence * per_last), per_age, per_last, silence * per_age)

    def _surviving(self, values: Floats) -> tuple[float, Floats, Floats]:
        """B(a, b+m)/B(a, b)."""
        a, b = float(values[2]), float(values[3])
        beyond, steps = self._chances_beyond, np.arange(len(self._chances_beyond))
        survived, met = 1 / (b + steps), 1 / (a + b + steps)
        gradient, hessian = np.zeros(4), np.zeros((4, 4))
        gradient[2] = -beyond @ met
        gradient[3] = a * (beyond @ (survived * met))
        hessian[2, 2] = hessian[2, 3] = hessian[3, 2] = beyond @ met**2
        hessian[3, 3] = -a * (beyond @ (survived * met * (survived + met)))
        return float(-beyond @ np.log1p(a * survived)), gradient, hessian

    def _ending(self, values: Floats) -> tuple[float, Floats, Floats]:
        """The sum in brackets: still alive, or dropped out at the last purchase. In blocks that fit the cache."""
        total, gradient, hessian = 0.0, np.zeros(4), np.zeros((4, 4))
        for start in range(0, len(self.weights), _BLOCK):
            value, slope, curvature = self._ending_of(values, slice(start, start + _BLOCK))
            total, gradient, hessian = total + value, gradient + slope, hessian + curvature
        return total, gradient, hessian

    def _ending_of(self, values: Floats, rows: slice) -> tuple[float, Floats, Floats]:
        r, alpha, a, b = map(float, values)
        times = self._times(alpha, rows)
        alive, dead = self._endings(values, times, rows)
        total = np.logaddexp(alive, dead)
        p_dead = np.exp(dead - total)
        weights, n, chances = self.weights[rows], r + self.phases[rows], self.chances[rows]
        per_chance = np.where(chances > 0, 1 / np.where(chances > 0, b + chances - 1, 1.0), 0.0)
        sooner = times.per_age - times.per_last
        slopes = np.stack([times.log_ratio, n * sooner, np.full_like(n, 1 / a), -per_chance])
        weight = weights * p_dead
        gradient = slopes @ weight
        hessian = np.zeros((4, 4))
        hessian[0, 1] = hessian[1, 0] = weight @ sooner
        hessian[1, 1] = -(weight @ (n * sooner * (times.per_age + times.per_last)))
        hessian[2, 2] = -weight.sum() / a**2
        hessian[3, 3] = weight @ per_chance**2
        if self.k > 1:
            alive_weight = weights * (1 - p_dead)
            first, second = phase_derivatives(n, times.silence, times.per_age, self.k)
            slopes[:2] -= first
            gradient[:2] += first @ alive_weight
            hessian[:2, :2] += second @ alive_weight
        return float(weights @ total), gradient, hessian + (slopes * (weight * (1 - p_dead))) @ slopes.T
