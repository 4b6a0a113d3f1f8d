"""Pareto/NBD: Schmittlein, Morrison and Colombo (1987), Counting Your Customers, Management Science 33(1).

Expectations after Fader and Hardie (2005), A Note on Deriving the Pareto/NBD Model and Related Expressions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from crmcli.analysis.clv.buying import Distinct
from crmcli.analysis.clv.counts import CountSeries, Prospect, p_at_least
from crmcli.analysis.clv.estimate import (
    alike,
    fit_rows,
    general_notes,
    homogeneous_note,
    no_dropout_note,
    require_repeaters,
    too_few_lost,
)
from crmcli.analysis.clv.fit import Fit
from crmcli.analysis.clv.model import PurchaseModel
from crmcli.analysis.clv.newton import LONGEST
from crmcli.analysis.clv.pareto_death import log_odds_dead
from crmcli.analysis.clv.pareto_likelihood import ParetoLikelihood
from crmcli.analysis.clv.quadrature import unit_nodes

if TYPE_CHECKING:
    from crmcli.analysis.clv.arrays import Floats, Indices, Ints
    from crmcli.analysis.clv.estimate import Maximum
    from crmcli.analysis.clv.rows import Rows
    from crmcli.notes import Note

_NODES = 48
_REACH = 40.0
_LIFE_NODES = 24
_SINGULAR = 1e-8


@dataclass(frozen=True)
class ParetoNbd(PurchaseModel):
    """Purchases at rate λ ~ Gamma(r, alpha) until death at rate μ ~ Gamma(s, beta), independent of purchases.

    Args:
        r: shape of purchase rates.
        alpha: scale of purchase rates, in days: the mean rate is r/alpha a day.
        s: shape of death rates.
        beta: scale of death rates, in days.
    """

    r: float
    alpha: float
    s: float
    beta: float

    name: ClassVar[str] = "pareto_nbd"
    title: ClassVar[str] = "Pareto/NBD"
    parameter_names: ClassVar[tuple[str, ...]] = ("r", "alpha", "s", "beta")
    time_powers: ClassVar[tuple[int, ...]] = (0, 1, 0, 1)

    def log_likelihood(self, rows: Rows) -> Floats:
        """See `PurchaseModel`."""
        return ParetoLikelihood(rows, 1.0).per_row(self.to_values())

    def p_alive(self, rows: Rows) -> Floats:
        """1/(1 + Q)."""
        chances: Floats = np.exp(-np.logaddexp(0.0, ParetoLikelihood(rows, 1.0).log_odds_dead(self.to_values())))
        return chances

    def p_alive_at(self, rows: Rows, horizon_days: float) -> Floats:
        """P(alive)·((β+T)/(β+T+h))^s."""
        return self.p_alive(rows) * np.exp(-self.s * np.log1p(horizon_days / (self.beta + rows.age_days)))

    def p_zero(self, rows: Rows, horizon_days: float) -> Floats:
        """Given alive, silence outlives the horizon or is cut short by death: the likelihood again, from T to T + h."""
        return self._p_zero(rows, horizon_days, self.p_alive(rows))

    def _p_zero(self, rows: Rows, horizon_days: float, alive: Floats) -> Floats:
        n = self.r + rows.pairs.repeats
        at_alpha, at_beta = self.alpha + rows.pairs.age_days, self.beta + rows.pairs.age_days
        horizon = np.full(len(n), float(horizon_days))
        odds = log_odds_dead(n, self.s, at_alpha, at_beta, horizon)
        quiet = -n * np.log1p(horizon / at_alpha) - self.s * np.log1p(horizon / at_beta)
        chances: Floats = 1 - alive + alive * np.exp(quiet + np.logaddexp(0.0, odds))[rows.pairs.index]
        return chances

    def expected_purchases(self, rows: Rows, horizon_days: float) -> Floats:
        """P(alive)·(r+x)/(α+T) times the expected time alive in the horizon; finite at s = 1."""
        return self.p_alive(rows) * self._rate(rows) * self._time_alive(rows.age_days, horizon_days)

    def discounted_purchases(self, rows: Rows, horizon_days: float, rate_per_day: float) -> Floats:
        """∫ e^{−δu}·E[λ]·P(alive at T+u) du; an infinite horizon with δ > 0 gives DERT (Fader, Hardie and Lee 2005)."""
        ages = Distinct.of(rows.age_days)
        horizon = min(horizon_days, _REACH / rate_per_day) if rate_per_day > 0 else horizon_days
        worth = self._while_alive(ages.values, horizon, rate_per_day, 0)
        return self.p_alive(rows) * self._rate(rows) * ages.spread(worth)

    def purchase_variance(self, rows: Rows, horizon_days: float) -> Floats:
        """Poisson given rate and time alive: E[Y²] = E[Y] + P·E[λ²]·E[time²]."""
        return self.count_moments(rows, horizon_days)[2]

    def count_moments(self, rows: Rows, horizon_days: float) -> tuple[Floats, Floats, Floats]:
        """See `PurchaseModel`; P(alive), which takes longest, is found once."""
        alive = self.p_alive(rows)
        mean = alive * self._rate(rows) * self._time_alive(rows.age_days, horizon_days)
        return self._p_zero(rows, horizon_days, alive), mean, self._variance(rows, horizon_days, alive, mean)

    def _variance(self, rows: Rows, horizon_days: float, alive: Floats, mean: Floats) -> Floats:
        ages = Distinct.of(rows.age_days)
        square = ages.spread(2 * self._while_alive(ages.values, horizon_days, 0.0, 1))
        shape = self.r + rows.repeats
        rates = shape * (shape + 1) / (self.alpha + rows.age_days) ** 2
        variance: Floats = np.maximum(mean + alive * rates * square - mean**2, 0.0)
        return variance

    def expected_from_birth(self, ages_days: Floats) -> Floats:
        """E[X(t)] = r/α · E[time alive]."""
        return self.r / self.alpha * self._time_alive(np.zeros(1), np.asarray(ages_days, dtype=np.float64))

    def p_at_least(self, rows: Rows, horizon_days: float, counts: Ints) -> Floats:
        """P(Y ≥ y) for one y ≥ 1 per row."""
        weights, lives = self._lives(rows.age_days, horizon_days)
        shape, ratio = np.broadcast_arrays(self.r + rows.repeats, lives / (self.alpha + rows.age_days))
        prospect = Prospect(shape, ratio, 0.0, np.ones_like(shape))
        chances: Floats = self.p_alive(rows) * (weights * p_at_least(prospect, counts.astype(np.float64))).sum(axis=0)
        return chances

    def mixture(self, rows: Rows) -> Floats:
        """The only way to be alive."""
        return self.p_alive(rows)[None]

    def series(self, rows: Rows, horizon_days: float) -> tuple[ParetoSeries]:
        """See `PurchaseModel`."""
        weights, lives = self._lives(rows.pairs.age_days, horizon_days)
        shape, ratio = np.broadcast_arrays(self.r + rows.pairs.repeats, lives / (self.alpha + rows.pairs.age_days))
        return (ParetoSeries(weights, CountSeries(Prospect(shape, ratio, 0.0, np.ones_like(shape)))),)

    def _rate(self, rows: Rows) -> Floats:
        return (self.r + rows.repeats) / (self.alpha + rows.age_days)

    def _time_alive(self, ages: Floats, horizon_days: Floats | float) -> Floats:
        """∫_0^h ((β+T)/(β+T+u))^s du = (β+T)·(e^{(1−s)L} − 1)/(1−s) with L = ln((β+T+h)/(β+T)); its limit at s = 1."""
        scale = self.beta + ages
        length = np.log1p(horizon_days / scale)
        power = (1 - self.s) * length
        small = np.abs(power) < _SINGULAR
        growth = np.where(small, 1 + power / 2, np.expm1(power) / np.where(small, 1.0, power))
        time: Floats = scale * length * growth
        return time

    def _while_alive(self, ages: Floats, horizon_days: float, rate_per_day: float, power: int) -> Floats:
        """∫_0^h u^power·e^{−rate·u}·((β+T)/(β+T+u))^s du by Gauss–Legendre in the logarithm of β + T + u."""
        scale = self.beta + ages
        decay = self.s - 1 - power
        length = np.log1p(horizon_days / scale)
        if decay > 0:
            length = np.minimum(length, _REACH / decay)
        nodes, weights = unit_nodes(_NODES)
        steps = nodes * length
        ahead = scale * np.expm1(steps)
        worth = ahead**power * np.exp(-rate_per_day * ahead + (1 - self.s) * steps) * scale
        integral: Floats = (worth * weights).sum(axis=0) * length
        return integral

    def _lives(self, ages: Floats, horizon_days: float) -> tuple[Floats, Floats]:
        """Times alive within the horizon and their probabilities: a quadrature of death, and survival of all of it."""
        scale = self.beta + ages
        length = np.log1p(horizon_days / scale)
        nodes, weights = unit_nodes(_LIFE_NODES)
        steps = nodes * np.minimum(length, _REACH / self.s)
        dying = self.s * np.exp(-self.s * steps) * weights * np.minimum(length, _REACH / self.s)
        surviving = np.exp(-self.s * length)[None]
        lives = np.concatenate([scale * np.expm1(steps), np.full((1, len(ages)), float(horizon_days))])
        return np.concatenate([dying, surviving]), lives


@dataclass
class ParetoSeries:
    """P(Y ≥ y | alive): negative binomial tails for each time alive (nodes × pairs), averaged."""

    weights: Floats
    tails: CountSeries

    def advance(self) -> Floats:
        """P(Y ≥ y) for the next y."""
        exceedance: Floats = (self.weights * self.tails.advance()).sum(axis=0)
        return exceedance

    def keep(self, chosen: Indices) -> None:
        """Go on with some of the pairs only."""
        self.weights = self.weights[:, chosen]
        self.tails.keep(chosen)


def fit_pareto_nbd(rows: Rows, near: ParetoNbd | None = None) -> Fit[ParetoNbd]:
    """Maximum likelihood; `near` is a model known to be close, for refits.

    Raises:
        TooLittleDataError: nobody bought on a second day.
    """
    require_repeaters(rows)
    maximum = fit_rows(
        ParetoLikelihood,
        rows,
        _starts(rows),
        ParetoNbd.time_powers,
        None if near is None else near.to_values(),
        events=rows.repeat_purchases,
    )
    model = ParetoNbd(*map(float, maximum.values))
    return Fit(
        model=model,
        covariance=maximum.covariance,
        log_likelihood=maximum.log_likelihood,
        converged=maximum.converged,
        notes=(*general_notes(maximum, rows, ParetoNbd.title), *_diagnosis(model, maximum, rows)),
        customers=rows.customers,
        events=rows.repeat_purchases,
    )


def _starts(rows: Rows) -> list[Floats]:
    """Parameters to try, with the longest history as 10: the mean rate as seen, with more or less spread and death."""
    unit = float(rows.age_days.max()) / LONGEST
    rate = rows.repeat_purchases / max(rows.total(rows.age_days) / unit, 1e-3)
    shapes = ((0.5, 0.5, 3.0), (0.5, 0.5, 30.0), (2.0, 0.5, 3.0), (2.0, 2.0, 10.0), (0.5, 2.0, 10.0))
    return [np.array([r, r / (rate * (1 + 5 * s / beta)), s, beta]) for r, s, beta in shapes]


def _diagnosis(model: ParetoNbd, maximum: Maximum, rows: Rows) -> tuple[Note, ...]:
    notes = []
    lost = rows.total(1 - model.p_alive(rows))
    if too_few_lost(lost, rows):
        notes.append(no_dropout_note(ParetoNbd.title))
    elif alike(model.s, weak=bool(maximum.weak[2])):
        notes.append(homogeneous_note(ParetoNbd.title, "how long they stay", "clv_same_dropout"))
    if alike(model.r, weak=bool(maximum.weak[0])):
        notes.append(homogeneous_note(ParetoNbd.title, "how often they buy", "clv_same_rate"))
    return tuple(notes)
