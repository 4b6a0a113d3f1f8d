"""BG/BB: Fader, Hardie and Shang (2010), Customer-Base Analysis in a Discrete-Time Noncontractual Setting.

Marketing Science 29(6). At each of n opportunities (yearly donations, say) a customer alive dies with chance
θ ~ Beta(gamma, delta), or else buys with chance p ~ Beta(alpha, beta). With t_x the last opportunity used, death may
have come before any of the n − t_x later ones, or not at all; the likelihood sums these ways.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from crmcli.analysis.clv.estimate import alike, convergence_notes, homogeneous_note, maximum_of, no_dropout_note
from crmcli.analysis.clv.fit import Fit
from crmcli.analysis.clv.model import Model
from crmcli.analysis.clv.newton import best_starts, to_logs
from crmcli.errors import TooLittleDataError

if TYPE_CHECKING:
    from crmcli.analysis.clv.arrays import Floats, Ints
    from crmcli.analysis.clv.estimate import Maximum
    from crmcli.notes import Note


@dataclass(frozen=True)
class Opportunities:
    """Distinct histories: x of n opportunities used, t_x the last one used (0 for none), shared by `weights`."""

    x: Ints
    t_x: Ints
    n: Ints
    weights: Floats

    @classmethod
    def of(cls, x: Ints, t_x: Ints, n: Ints) -> Opportunities:
        """Compress one history per customer to the distinct ones.

        Raises:
            ValueError: no history, or one that cannot be.
        """
        each = np.stack([np.asarray(values, dtype=np.int64) for values in (x, t_x, n)])
        distinct, counts = np.unique(each, axis=1, return_counts=True)
        return cls(distinct[0], distinct[1], distinct[2], counts.astype(np.float64))

    def __post_init__(self) -> None:
        if not (len(self.x) == len(self.t_x) == len(self.n) == len(self.weights) > 0):
            raise ValueError("x, t_x, n and weights need one value per history, and at least one history")
        if (
            (self.x < 0).any()
            or (self.x > self.t_x).any()
            or (self.t_x > self.n).any()
            or ((self.x == 0) & (self.t_x > 0)).any()
        ):
            raise ValueError("a history needs 0 <= x <= t_x <= n, and t_x = 0 when x = 0")


@dataclass(frozen=True)
class BgBb(Model):
    """Purchases at fixed opportunities.

    Args:
        alpha: first shape of the chance of buying.
        beta: second shape.
        gamma: first shape of the chance of dying at an opportunity.
        delta: second shape.
    """

    alpha: float
    beta: float
    gamma: float
    delta: float

    name: ClassVar[str] = "bg_bb"
    title: ClassVar[str] = "BG/BB"
    parameter_names: ClassVar[tuple[str, ...]] = ("alpha", "beta", "gamma", "delta")
    time_powers: ClassVar[tuple[int, ...]] = (0, 0, 0, 0)

    def log_likelihood(self, histories: Opportunities) -> Floats:
        """Natural log of the probability of each history (eq. 5), the order of purchases included."""
        return _log_sum(_Ways(histories).logs(self.to_values()))

    def p_alive(self, histories: Opportunities, ahead: int = 0) -> Floats:
        """P(alive at opportunity n + `ahead`) (eq. 11); with 1 it is alive to use the next one."""
        logs = _Ways(histories).logs(self.to_values())
        chances: Floats = np.exp(logs[-1] - _log_sum(logs))
        for opportunity in range(ahead):
            met = self.gamma + self.delta + histories.n + opportunity
            chances = chances * (met - self.gamma) / met
        return chances

    def expected_purchases(self, histories: Opportunities, opportunities: int) -> Floats:
        """Expected purchases in the next `opportunities` (eq. 13), as a sum that has no singular case at γ = 1."""
        return self.discounted_purchases(histories, opportunities, 0.0)

    def discounted_purchases(self, histories: Opportunities, opportunities: int, discount_rate_period: float) -> Floats:
        """The same, a purchase j opportunities ahead counting (1 + d)^−j."""
        chance = (self.alpha + histories.x) / (self.alpha + self.beta + histories.n)
        staying = self.p_alive(histories)
        total = np.zeros(len(histories.x))
        for ahead in range(1, opportunities + 1):
            met = self.gamma + self.delta + histories.n + (ahead - 1)
            staying = staying * (met - self.gamma) / met
            total += staying * (1 + discount_rate_period) ** -ahead
        return chance * total

    def expected_from_birth(self, opportunities: int) -> float:
        """E[X(n)] of a new customer (eq. 8)."""
        nothing = np.zeros(1, np.int64)
        born = Opportunities(nothing, nothing, nothing, np.ones(1))
        return float(self.expected_purchases(born, opportunities)[0])


class _Ways:
    """The ways in which histories can have come about (ways × histories): death i + 1 after t_x; in the last, life.

    Each has probability B(α + x, β + y)/B(α, β) · B(γ + d, δ + u)/B(γ, δ) for x purchases, y opportunities passed by,
    d deaths and u survivals.
    """

    def __init__(self, histories: Opportunities) -> None:
        silence = histories.n - histories.t_x
        deaths = np.arange(int(silence.max()))[:, None]
        later = np.vstack([np.minimum(deaths, silence), silence[None]])
        self.possible = np.vstack([deaths < silence, np.ones(len(silence), dtype=np.bool_)])
        self.bought = np.broadcast_to(histories.x, later.shape).astype(np.int64)
        self.passed = histories.t_x - histories.x + later
        self.died = np.vstack([np.ones((len(deaths), len(silence)), np.int64), np.zeros((1, len(silence)), np.int64)])
        self.stayed = histories.t_x + later

    def logs(self, values: Floats) -> Floats:
        """Logarithms of the probabilities, −∞ for ways that a history does not have."""
        a, b, c, d = map(float, values)
        ways = _beta_ratio(a, b, self.bought, self.passed) + _beta_ratio(c, d, self.died, self.stayed)
        return np.where(self.possible, ways, -np.inf)

    def derivatives(self, values: Floats) -> tuple[Floats, Floats]:
        """Gradient (4 × ways × histories) and Hessian (4 × 4 × ways × histories) of `logs`."""
        gradient, hessian = np.zeros((4, *self.possible.shape)), np.zeros((4, 4, *self.possible.shape))
        for at, (first, second) in ((0, (self.bought, self.passed)), (2, (self.died, self.stayed))):
            a, b = float(values[at]), float(values[at + 1])
            for order, result in ((1, gradient), (2, np.einsum("ii...->i...", hessian))):
                total = _rising(a + b, first + second, order)
                result[at] = _rising(a, first, order) - total
                result[at + 1] = _rising(b, second, order) - total
            hessian[at, at + 1] = hessian[at + 1, at] = -_rising(a + b, first + second, 2)
        return gradient, hessian


def _beta_ratio(a: float, b: float, first: Ints, second: Ints) -> Floats:
    """Logarithm of B(a + first, b + second)/B(a, b)."""
    return _rising(a, first, 0) + _rising(b, second, 0) - _rising(a + b, first + second, 0)


def _rising(start: float, counts: Ints, order: int) -> Floats:
    """Logarithm of Γ(start + count)/Γ(start), or a derivative by start, as sums that no large start cancels."""
    steps = start + np.arange(int(counts.max()))
    terms = (np.log(steps), 1 / steps, -1 / steps**2)[order]
    return np.concatenate([[0.0], np.cumsum(terms)])[counts]


def _log_sum(logs: Floats) -> Floats:
    most = logs.max(axis=0)
    total: Floats = most + np.log(np.exp(logs - most).sum(axis=0))
    return total


class BgBbLikelihood:
    """The log-likelihood of histories at the logarithms of (α, β, γ, δ)."""

    def __init__(self, histories: Opportunities) -> None:
        self.weights = histories.weights
        self._ways = _Ways(histories)

    def __call__(self, logs: Floats) -> tuple[float, Floats, Floats]:
        """Value, gradient and Hessian."""
        values = np.exp(logs)
        ways = self._ways.logs(values)
        per_history = _log_sum(ways)
        chances = np.exp(ways - per_history)
        slopes, bends = self._ways.derivatives(values)
        means = (slopes * chances).sum(axis=1)
        spread = np.einsum("ikr,jkr,kr->ijr", slopes, slopes, chances) - means[:, None] * means[None]
        hessian = ((bends * chances).sum(axis=2) + spread) @ self.weights
        return float((self.weights * per_history).sum()), *to_logs(values, means @ self.weights, hessian)


def fit_bg_bb(histories: Opportunities) -> Fit[BgBb]:
    """Maximum likelihood.

    Raises:
        TooLittleDataError: nobody used any opportunity, or there was none.
    """
    used = histories.weights > 0
    if not (histories.x[used] > 0).any():
        raise TooLittleDataError(
            "Nobody bought at any opportunity after the first, so nothing tells how often they buy or when they stop",
            remedy="Give a longer time of observation",
        )
    histories = Opportunities(histories.x[used], histories.t_x[used], histories.n[used], histories.weights[used])
    likelihood = BgBbLikelihood(histories)
    shapes = ((1.0, 1.0, 0.5, 3.0), (0.5, 0.5, 1.0, 1.0), (3.0, 3.0, 0.5, 10.0), (1.0, 3.0, 0.3, 0.5))
    maximum = maximum_of(likelihood, best_starts(likelihood, [np.log(shape) for shape in shapes], 2))
    model = BgBb(*map(float, maximum.values))
    return Fit(
        model=model,
        covariance=maximum.covariance,
        log_likelihood=maximum.log_likelihood,
        converged=maximum.converged,
        notes=(*convergence_notes(maximum, BgBb.title), *_diagnosis(model, maximum, histories)),
        customers=float(histories.weights.sum()),
    )


def _diagnosis(model: BgBb, maximum: Maximum, histories: Opportunities) -> tuple[Note, ...]:
    notes = []
    if float((histories.weights * (1 - model.p_alive(histories))).sum()) < max(1.0, 1e-3 * histories.weights.sum()):
        notes.append(no_dropout_note(BgBb.title))
    elif alike(model.gamma + model.delta, weak=bool(maximum.weak[2:].any())):
        notes.append(homogeneous_note(BgBb.title, "the chance of dropping out", "clv_same_dropout"))
    if alike(model.alpha + model.beta, weak=bool(maximum.weak[:2].any())):
        notes.append(homogeneous_note(BgBb.title, "how often they buy", "clv_same_rate"))
    return tuple(notes)
