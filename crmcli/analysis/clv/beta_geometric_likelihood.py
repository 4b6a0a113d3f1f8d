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

from crmcli.analysis.clv.newton import to_logs
from crmcli.analysis.clv.phases import log_phases, phase_derivatives

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
        return np.bincount(self.index, weights, len(self.values))


def weights_beyond(counts: Floats, weights: Floats) -> Floats:
    """For j = 0, 1, … the weight of all rows whose count exceeds j."""
    by_count = np.bincount(counts.astype(np.int64), weights)
    return np.cumsum(by_count[::-1])[::-1][1:]


_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class _Times:
    """Per row: ln((α+T)/(α+t_x)), 1/(α+T), 1/(α+t_x) and ρ."""

    log_ratio: Floats
    per_age: Floats
    per_last: Floats
    silence: Floats


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
        self.ages = Distinct.of(rows.age_days / unit_days)
        self.lasts = Distinct.of(rows.t_x_days / unit_days)
        self._silence = self.ages.spread(self.ages.values) - self.lasts.spread(self.lasts.values)

    @cached_property
    def _phases_beyond(self) -> Floats:
        return weights_beyond(self.phases, self.weights)

    @cached_property
    def _chances_beyond(self) -> Floats:
        return weights_beyond(self.chances, self.weights)

    @cached_property
    def _at_age(self) -> tuple[Floats, Floats]:
        return self.ages.sums(self.weights), self.ages.sums(self.weights * self.phases)

    def __call__(self, logs: Floats) -> tuple[float, Floats, Floats]:
        values = np.exp(logs)
        total, gradient, hessian = 0.0, np.zeros(4), np.zeros((4, 4))
        for part in (self._buying, self._surviving, self._ending):
            value, slope, curvature = part(values)
            total, gradient, hessian = total + value, gradient + slope, hessian + curvature
        return total, *to_logs(values, gradient, hessian)

    def per_row(self, values: Floats) -> Floats:
        """One log-likelihood per row at (r, α, a, b)."""
        r, alpha, a, b = map(float, values)
        rising = _cumulated(np.log1p(np.arange(len(self._phases_beyond)) / r))[self.phases.astype(np.int64)]
        survived = _cumulated(np.log1p(a / (b + np.arange(len(self._chances_beyond)))))[self.chances.astype(np.int64)]
        rate = self.ages.spread(np.log(r) - np.log(alpha + self.ages.values))
        silent = self.ages.spread(r * np.log1p(self.ages.values / alpha))
        alive, dead = self.endings(values)
        return rising + self.phases * rate - silent - survived + np.logaddexp(alive, dead)

    def endings(self, values: Floats) -> tuple[Floats, Floats]:
        """Logarithms of the two ways to have been silent since t_x, per row: alive, and dropped out at t_x."""
        times = self._times(float(values[1]), slice(None))
        return self._endings(values, times, slice(None))

    def _endings(self, values: Floats, times: _Times, rows: slice) -> tuple[Floats, Floats]:
        r, _, a, b = map(float, values)
        n, chances = r + self.phases[rows], self.chances[rows]
        ever = chances > 0
        odds = np.log(a) - np.log(np.where(ever, b + chances - 1, 1.0))
        return log_phases(n, times.silence, self.k), np.where(ever, odds + n * times.log_ratio, -np.inf)

    def _times(self, alpha: float, rows: slice) -> _Times:
        ages, lasts = alpha + self.ages.values, alpha + self.lasts.values
        at_age, at_last = self.ages.index[rows], self.lasts.index[rows]
        per_age = (1 / ages)[at_age]
        return _Times(
            log_ratio=np.log(ages)[at_age] - np.log(lasts)[at_last],
            per_age=per_age,
            per_last=(1 / lasts)[at_last],
            silence=self._silence[rows] * per_age,
        )

    def _buying(self, values: Floats) -> tuple[float, Floats, Floats]:
        """(r)_{kx} α^r (α+T)^{−n}."""
        r, alpha = float(values[0]), float(values[1])
        beyond, steps = self._phases_beyond, np.arange(len(self._phases_beyond))
        weights, phases = self._at_age
        age = self.ages.values
        per_age, part = 1 / (alpha + age), age / (alpha + age)
        value = beyond @ np.log1p(steps / r) + phases @ (np.log(r) - np.log(alpha + age))
        gradient, hessian = np.zeros(4), np.zeros((4, 4))
        gradient[0] = beyond @ (1 / (r + steps)) - weights @ np.log1p(age / alpha)
        gradient[1] = r / alpha * (weights @ part) - phases @ per_age
        hessian[0, 0] = -beyond @ (1 / (r + steps) ** 2)
        hessian[0, 1] = hessian[1, 0] = (weights @ part) / alpha
        hessian[1, 1] = phases @ per_age**2 - r / alpha**2 * (weights @ (part * (1 + alpha * per_age)))
        return float(value - r * (weights @ np.log1p(age / alpha))), gradient, hessian

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


def _cumulated(terms: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(terms)])
