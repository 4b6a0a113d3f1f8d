"""How many purchases a customer who is alive will make, when each purchase may be the last.

Alive at T, the customer's purchase rate is Gamma(shape, scale α′) and the chance p of dropping out after a purchase is
Beta(a, b). In a horizon h the Poisson count N of *phases* is negative binomial with z = h/(α′ + h); every k-th phase is
a purchase, `phase` of them have passed already, so that the y-th purchase needs N ≥ k·y − phase and survival of y − 1
chances to drop out:

    P(Y ≥ y) = P(N ≥ k·y − phase) · B(a, b + y − 1)/B(a, b).

With k = 1 this sums to the expectation of Fader, Hardie and Lee (2005, eq. 9), whose ₂F₁ has removable singularities at
a = 1 and a + b = 1; the sum has only positive terms and no singular case. For k > 1 it is exact, where Platzer and
Reutterer (2020) approximate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from crmcli.analysis.clv.quadrature import unit_nodes

if TYPE_CHECKING:
    from crmcli.analysis.clv.arrays import Flags, Floats, Indices

_MOST_PHASES = 4096
_REST = 1e-13
_ROUNDED_OFF = np.log(1e-18)
_FIRST_BLOCK = 8
_BLOCK = 1 << 15
_NODES = 64
_REACH = 12.0


@dataclass(frozen=True)
class Prospect:
    """Customers alive: arrays of equal shape, the last axis customers; `ratio` is h/α′, the horizon over the scale."""

    shape: Floats
    ratio: Floats
    a: float
    b: Floats
    k: int = 1
    phase: int = 0

    def take(self, chosen: Indices) -> Prospect:
        """Some of the customers."""
        shape, ratio, b = (values[..., chosen] for values in (self.shape, self.ratio, self.b))
        return replace(self, shape=shape, ratio=ratio, b=b)


@dataclass(frozen=True)
class CountSums:
    """E[Y], E[Y²] and the probability of dropping out within the horizon."""

    mean: Floats
    square: Floats
    loss: Floats

    def add(self, at: Indices, y: Floats, exceedance: Floats, last_chance: Floats) -> None:
        """Add P(Y ≥ y), a line per y, to the sums of the customers `at`.

        `last_chance` is the chance that purchase y is the last.
        """
        self.mean[at] += exceedance.sum(axis=0)
        self.square[at] += ((2 * y - 1) * exceedance).sum(axis=0)
        self.loss[at] += (exceedance * last_chance).sum(axis=0)


class CountSeries:
    """P(Y ≥ y) for y = 1, 2, …, by recurrence, many y at a time.

    The masses of N are kept as logarithms, since the first of them may lie far below the smallest float.
    """

    def __init__(self, prospect: Prospect) -> None:
        self.prospect = prospect
        self.y = 0
        self.phases = 0
        with np.errstate(divide="ignore"):
            self._log_z = -np.log1p(1.0 / prospect.ratio)
        self._log_mass = -prospect.shape * np.log1p(prospect.ratio)
        self._tail = np.ones_like(prospect.shape)
        self._kept = np.ones_like(prospect.shape)
        self._ahead, self._used = np.empty((0, *prospect.shape.shape)), 0

    def advance(self) -> Floats:
        """P(Y ≥ y) for the next y; not to be mixed with `block`."""
        if self._used == len(self._ahead):
            self._ahead, self._used = self.block(_block_size(self.prospect.shape.size, self.y, self.prospect.k)), 0
        self._used += 1
        following: Floats = self._ahead[self._used - 1]
        return following

    def block(self, counts: int) -> Floats:
        """P(Y ≥ y) for the next `counts` values of y, a line each."""
        prospect = self.prospect
        y = _column(np.arange(self.y, self.y + counts, dtype=np.float64), prospect.shape)
        kept = np.cumprod((prospect.b + y) / (prospect.a + prospect.b + y), axis=0)
        chances = np.concatenate([self._kept[None], self._kept * kept[:-1]])
        tails = self._tails(prospect.k * (self.y + counts) - prospect.phase)
        self.y += counts
        self._kept = self._kept * kept[-1]
        exceedances: Floats = tails[(len(tails) - 1) % prospect.k :: prospect.k] * chances
        return exceedances

    def _tails(self, needed: int) -> Floats:
        """P(N ≥ m) for m beyond those known, up to `needed`."""
        known = _column(np.arange(self.phases, needed, dtype=np.float64), self.prospect.shape)
        steps = np.log((self.prospect.shape + known) / (known + 1)) + self._log_z
        logs = np.concatenate([self._log_mass[None], self._log_mass + np.cumsum(steps, axis=0)])
        masses = np.exp(logs[:-1])
        if self.phases == 0:
            # 1 − P(N = 0), exact however small.
            masses[0], self._tail = 0.0, -np.expm1(logs[0])
        tails: Floats = np.maximum(self._tail - np.cumsum(masses, axis=0), 0.0)
        self.phases, self._log_mass, self._tail = needed, logs[-1], tails[-1]
        return tails

    def matters(self) -> Flags:
        """Whether P(N ≥ phases) is more than what rounding leaves of it."""
        before_mode = self.phases < self.prospect.shape * self.prospect.ratio
        flags: Flags = before_mode | (self._log_mass > _ROUNDED_OFF)
        return flags

    def keep(self, chosen: Indices) -> None:
        """Go on with some of the customers only."""
        self.prospect = self.prospect.take(chosen)
        self._log_z, self._log_mass = self._log_z[..., chosen], self._log_mass[..., chosen]
        self._tail, self._kept = self._tail[..., chosen], self._kept[..., chosen]
        self._ahead = self._ahead[..., chosen]


def _column(values: Floats, like: Floats) -> Floats:
    """Values along a new first axis before those of `like`."""
    return values.reshape(-1, *(1,) * like.ndim)


def count_sums(prospect: Prospect) -> CountSums:
    """The sums to rounding: a few thousand terms one by one, a longer rest as an integral."""
    size = len(prospect.shape)
    sums = CountSums(np.zeros(size), np.zeros(size), np.zeros(size))
    active = np.flatnonzero(prospect.ratio > 0)
    series = CountSeries(prospect.take(active))
    while len(active) and series.phases < _MOST_PHASES:
        first = series.y + 1
        exceedances = series.block(_block_size(len(active), series.y, prospect.k))
        left, y = series.prospect, np.arange(first, series.y + 1, dtype=np.float64)
        sums.add(active, y[:, None], exceedances, left.a / (left.a + left.b + (y[:, None] - 1)))
        going = np.flatnonzero((exceedances[-1] * series.y > _REST * sums.mean[active]) & series.matters())
        active = active[going]
        series.keep(going)
    if len(active):
        _add_rest(sums, active, series.prospect, series.y)
    return sums


def _block_size(customers: int, done: int, k: int) -> int:
    """Twice as many counts as so far, as long as the block fits the cache."""
    return max(_FIRST_BLOCK, min(done, _BLOCK // (customers * k)))


def p_at_least(prospect: Prospect, y: Floats) -> Floats:
    """P(Y ≥ y), y ≥ 1, not necessarily whole: P(N ≥ m) is an incomplete beta function."""
    from scipy.special import betaincc, gammaln  # noqa: PLC0415 — costs 0.3 s and is rarely needed

    needed = prospect.k * y - prospect.phase
    a, b = prospect.a, prospect.b
    kept = gammaln(b + y - 1) - gammaln(b) + gammaln(a + b) - gammaln(a + b + y - 1)
    tail: Floats = betaincc(prospect.shape, needed, 1 / (1 + prospect.ratio)) * np.exp(np.minimum(kept, 0.0))
    return tail


def _add_rest(sums: CountSums, active: Indices, prospect: Prospect, done: int) -> None:
    """Σ over y > `done` by the midpoint rule backwards: an integral from done + ½, in logarithms of y.

    Two panels: up to where P(N ≥ k·y) begins to fall for a well-known rate, and the fall itself.
    """
    start = np.full(len(active), np.log(done + 0.5))
    end = np.log(_furthest(prospect, done))
    spread = _REACH / np.sqrt(prospect.shape)
    typical = np.log(np.maximum(prospect.shape * prospect.ratio / prospect.k, 1.0))
    middle = np.clip(typical - spread, start, end)
    nodes, weights = unit_nodes(_NODES)
    for low, high in ((start, middle), (middle, end)):
        y = np.exp(low + (high - low) * nodes)
        exceedance = p_at_least(prospect, y) * y * (high - low) * weights
        sums.add(active, y, exceedance, prospect.a / (prospect.a + prospect.b + (y - 1)))


def _furthest(prospect: Prospect, done: int) -> Floats:
    """For each customer a count that is as good as never reached."""
    furthest = np.full(len(prospect.shape), 2.0 * done)
    for _ in range(60):
        reached = p_at_least(prospect, furthest) * furthest > _REST
        if not reached.any():
            break
        furthest[reached] *= 2
    return furthest
