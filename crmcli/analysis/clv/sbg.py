"""Shifted beta-geometric: Fader and Hardie (2007), How to Project Customer Retention, J. Interactive Marketing 21(1).

Contracts come up for renewal at the end of each period; a customer's chance θ of not renewing is constant and
Beta(alpha, beta) over customers. The share still there after t periods is S(t) = B(α, β + t)/B(α, β).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from crmcli.analysis.clv.estimate import alike, convergence_notes, homogeneous_note, maximum_of
from crmcli.analysis.clv.fit import Fit
from crmcli.analysis.clv.model import Model
from crmcli.analysis.clv.newton import best_starts, to_logs
from crmcli.analysis.clv.special import gammaln
from crmcli.errors import TooLittleDataError
from crmcli.notes import warning

if TYPE_CHECKING:
    from crmcli.analysis.clv.arrays import Floats
    from crmcli.analysis.clv.estimate import Maximum
    from crmcli.notes import Note

_BLOCK = 4096
_MOST_BLOCKS = 500
_REST = 1e-12


@dataclass(frozen=True)
class Renewals:
    """What happened in periods 1, 2, …: customers at risk at their start, and those lost at their end.

    `at_risk` may fall by more than was lost, since customers who joined late have not been seen so long.
    """

    at_risk: Floats
    lost: Floats

    @classmethod
    def from_survivors(cls, survivors: Floats) -> Renewals:
        """One cohort: survivors at the end of periods 0, 1, 2, …, never rising.

        Raises:
            ValueError: fewer than two counts, a negative one or a rise.
        """
        survivors = np.asarray(survivors, dtype=np.float64)
        if len(survivors) < 2 or survivors.min() < 0 or (np.diff(survivors) > 0).any():  # noqa: PLR2004
            raise ValueError("survivors need at least two counts, not negative and never rising")
        return cls(survivors[:-1], -np.diff(survivors))

    @classmethod
    def from_tenures(cls, periods: Floats, lost: Floats, weights: Floats | None = None) -> Renewals:
        """Customers by completed renewals decided on: lost at the end of period t ≥ 1, or still there after t ≥ 0."""
        periods = np.asarray(periods, dtype=np.int64)
        weights = np.ones(len(periods)) if weights is None else np.asarray(weights, dtype=np.float64)
        ended = np.bincount(periods, weights, minlength=2)
        by_loss = np.bincount(periods, weights * np.asarray(lost, dtype=np.float64), minlength=2)
        return cls(np.cumsum(ended[::-1])[::-1][1:].astype(np.float64), by_loss[1:].astype(np.float64))


@dataclass(frozen=True)
class Sbg(Model):
    """Retention of contracts.

    Args:
        alpha: first shape of the chance of not renewing, whose mean is alpha/(alpha + beta).
        beta: second shape.
    """

    alpha: float
    beta: float

    name: ClassVar[str] = "sbg"
    title: ClassVar[str] = "sBG"
    parameter_names: ClassVar[tuple[str, ...]] = ("alpha", "beta")
    time_powers: ClassVar[tuple[int, ...]] = (0, 0)

    def survival(self, periods: Floats) -> Floats:
        """S(t), the share still there after t periods; t need not be whole."""
        t = np.asarray(periods, dtype=np.float64)
        a, b = np.array([self.alpha]), np.array([self.beta])
        logs = gammaln(b + t) - gammaln(a + b + t) - (gammaln(b) - gammaln(a + b))
        return np.exp(np.minimum(logs, 0.0))

    def retention(self, periods: Floats) -> Floats:
        """r(t) = S(t)/S(t − 1) for t = 1, 2, …: it rises as those who leave early are gone."""
        t = np.asarray(periods, dtype=np.float64)
        return (self.beta + t - 1) / (self.alpha + self.beta + t - 1)

    def discounted_lifetime(
        self, discount_rate_period: float, renewals: int = 0, horizon_periods: int | None = None
    ) -> float:
        """Discounted expected (residual) lifetime in periods, just before renewal n is decided (n = 0: a new customer).

        Σ_{t ≥ n} S(t)/S(n − 1)/(1 + d)^{t − n} (Fader and Hardie 2010, Customer-Base Valuation in a Contractual
        Setting); for n = 0 it is Σ S(t)/(1 + d)^t. Without discount and horizon it can be infinite and is refused.

        Raises:
            ValueError: neither a discount rate nor a horizon.
        """
        if discount_rate_period <= 0 and horizon_periods is None:
            raise ValueError("a lifetime without discount needs a horizon")
        # Given the renewals so far, the chance of leaving is Beta(α, β + n − 1); the first of the terms is r(n).
        later = Sbg(self.alpha, self.beta + max(renewals - 1, 0))
        first = min(renewals, 1)
        total = 0.0
        for block in range(_MOST_BLOCKS):
            t = np.arange(block * _BLOCK, (block + 1) * _BLOCK, dtype=np.float64)
            if horizon_periods is not None:
                t = t[t < horizon_periods]
            terms = later.survival(t + first) * np.exp(-t * np.log1p(discount_rate_period))
            total += float(terms.sum())
            if len(t) < _BLOCK or terms[-1] * _BLOCK < _REST * total:
                break
        return total


class SbgLikelihood:
    """Σ lost·ln(1 − r(t)) + kept·ln r(t) at the logarithms of (α, β)."""

    def __init__(self, renewals: Renewals) -> None:
        self.lost, self.at_risk = renewals.lost, renewals.at_risk
        self.kept = renewals.at_risk - renewals.lost
        self.steps = np.arange(len(self.lost), dtype=np.float64)

    def __call__(self, logs: Floats) -> tuple[float, Floats, Floats]:
        """Value, gradient and Hessian."""
        values = np.exp(logs)
        a, b = float(values[0]), float(values[1])
        renewed, met = 1 / (b + self.steps), 1 / (a + b + self.steps)
        value = self.lost.sum() * logs[0] - self.kept @ np.log(renewed) + self.at_risk @ np.log(met)
        both = self.at_risk @ met
        gradient = np.array([self.lost.sum() / a - both, self.kept @ renewed - both])
        mixed = self.at_risk @ met**2
        by_a, by_b = mixed - self.lost.sum() / a**2, mixed - self.kept @ renewed**2
        return float(value), *to_logs(values, gradient, np.array([[by_a, mixed], [mixed, by_b]]))


def fit_sbg(renewals: Renewals) -> Fit[Sbg]:
    """Maximum likelihood from renewals by period.

    Raises:
        TooLittleDataError: no renewal has been decided yet, or nobody has left.
    """
    customers = float(renewals.at_risk[0]) if len(renewals.at_risk) else 0.0
    if customers == 0:
        raise TooLittleDataError("No contract has come up for renewal yet, so nothing tells how many are renewed")
    if not renewals.lost.any():
        raise TooLittleDataError(
            f"None of the {customers:,.0f} customers has left, so nothing tells how long they stay",
            remedy="Give a longer time of observation",
        )
    likelihood = SbgLikelihood(renewals)
    starts = [np.log([a, a * (1 - mean) / mean]) for a in (0.5, 2.0) for mean in (0.1, 0.4)]
    maximum = maximum_of(likelihood, best_starts(likelihood, starts, 2))
    model = Sbg(*map(float, maximum.values))
    return Fit(
        model=model,
        covariance=maximum.covariance,
        log_likelihood=maximum.log_likelihood,
        converged=maximum.converged,
        notes=(*convergence_notes(maximum, Sbg.title), *_diagnosis(model, maximum, renewals)),
        customers=customers,
    )


def _diagnosis(model: Sbg, maximum: Maximum, renewals: Renewals) -> tuple[Note, ...]:
    if len(renewals.at_risk) == 1 or not (renewals.at_risk[1:] > 0).any():
        text = f"{Sbg.title}: only the first renewal is known; how retention changes later cannot be told from it."
        return (warning("clv_one_period", text),)
    if alike(model.alpha + model.beta, weak=bool(maximum.weak.any())):
        return (homogeneous_note(Sbg.title, "the chance of leaving", "clv_same_dropout"),)
    return ()
