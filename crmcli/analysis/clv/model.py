"""What every model offers.

How to use the models
=====================
All times are in **days** (floats are fine); all results are float64 arrays with one value per row of `Rows`; spread
them to customers with `values[rows.index]`. Nothing here reads a clock; nothing returns NaN or infinity.

    rows = Rows.of(x, t_x_days, age_days)              # int arrays, one value per customer
    fit = fit_bg_nbd(rows)                             # bg_nbd.py; also fit_mbg_nbd (mbg_nbd.py),
                                                       # fit_pareto_nbd (pareto_nbd.py),
                                                       # fit_mbg_cnbd(rows, log_gaps, (1, 2, 3, 4)) (mbg_cnbd.py)
    fit.model                                          # the PurchaseModel, parameters in days
    fit.aic, fit.converged, fit.notes, fit.customers   # notes: crmcli.notes.Note (diagnosis)
    fit.log_likelihood_in(TimeUnit.WEEK)               # density per week; .log_likelihood is per day
    fit.table(TimeUnit.WEEK, level=0.9)                # Estimate(parameter, estimate, std_error, ci_low, ci_high) …
    fit.sigma_models()                                 # models at 2k equally weighted parameters that carry the
                                                       # covariance: for uncertainty of anything computed from them
    fit.draws(n, seed)                                 # models at n random parameters

A `PurchaseModel` answers, for customers with the histories in `rows` and a horizon of `horizon_days` after T:

    p_alive(rows)                        P(alive at T)
    p_alive_at(rows, h)                  P(alive at T + h)
    p_zero(rows, h)                      P(no purchase in (T, T+h]) = L(x, t_x, T+h)/L(x, t_x, T)
    expected_purchases(rows, h)          E[Y(h) | x, t_x, T]
    discounted_purchases(rows, h, rate)  the same, each purchase worth exp(-rate·u), rate per day (`units.daily_rate`)
    purchase_variance(rows, h)           Var[Y(h) | x, t_x, T], the outcome's own variance
    count_moments(rows, h)               p_zero, expectation and variance at once: cheaper
    p_at_least(rows, h, counts)          P(Y >= count), one count per row
    expected_from_birth(ages_days)       E[X(t)] of a new customer (tracking), one value per age
    log_likelihood(rows)                 ln of the density per row (per day)
    rescaled(days)                       the model with its time parameters in units of that many days

`intervals.py`: `purchase_intervals(fit, rows, h, level)` per customer with both kinds of uncertainty, `value_variance`
of money, `normal_interval` of sums, `bootstrap(fit, rows, fit_bg_nbd, B, seed)`.
Spending: `fit_gamma_gamma(x, mean_spend)` (gamma_gamma.py; one value per customer), with `expected_spend`,
`spend_variances`, `spend_quantiles`, `population_spend`; its parameter v is in money. Contracts: `fit_sbg(Renewals…)`
(sbg.py); yearly chances: `fit_bg_bb(Opportunities(…))` (bg_bb.py). Their fits are the same `Fit`. A model
is saved with `to_values` and `parameter_names`, and restored with `with_values`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Protocol, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcli.analysis.clv.arrays import Floats, Indices, Ints
    from crmcli.analysis.clv.rows import Rows


class Model(ABC):
    """A model whose parameters are known; subclasses are frozen dataclasses with the parameters as first fields.

    `time_powers` says for each parameter with which power of the time unit it scales.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    parameter_names: ClassVar[tuple[str, ...]]
    time_powers: ClassVar[tuple[int, ...]]

    def to_values(self) -> Floats:
        """The parameters in the order of `parameter_names`, all positive."""
        return np.array([getattr(self, name) for name in self.parameter_names], dtype=np.float64)

    def with_values(self, values: Floats) -> Self:
        """The same model at other parameters."""
        named = dict(zip(self.parameter_names, map(float, values), strict=True))
        return replace(self, **named)  # type: ignore[type-var]

    def rescaled(self, unit_days: float) -> Self:
        """The model with time counted in units of `unit_days` times the present one."""
        return self.with_values(self.to_values() / unit_days ** np.array(self.time_powers))


class Series(Protocol):
    """Steps through the counts of purchases."""

    def advance(self) -> Floats:
        """P(Y ≥ y) for the next y, beginning with 1, one value per pair."""

    def keep(self, chosen: Indices) -> None:
        """Go on with some of the pairs only."""


class PurchaseModel(Model):
    """A buy-till-you-die model of purchase times; see the module for what each method answers."""

    @abstractmethod
    def log_likelihood(self, rows: Rows) -> Floats:
        """Natural log of the density of each row's purchase path, per day."""

    @abstractmethod
    def p_alive(self, rows: Rows) -> Floats:
        """P(alive at T)."""

    @abstractmethod
    def p_alive_at(self, rows: Rows, horizon_days: float) -> Floats:
        """P(alive at T + h): who has not dropped out by the end of the horizon."""

    @abstractmethod
    def p_zero(self, rows: Rows, horizon_days: float) -> Floats:
        """P(no purchase in the horizon), whether from death or from silence."""

    @abstractmethod
    def expected_purchases(self, rows: Rows, horizon_days: float) -> Floats:
        """Expected purchases in the horizon."""

    @abstractmethod
    def discounted_purchases(self, rows: Rows, horizon_days: float, rate_per_day: float) -> Floats:
        """Expected purchases in the horizon, a purchase u days ahead counting exp(−rate·u)."""

    @abstractmethod
    def purchase_variance(self, rows: Rows, horizon_days: float) -> Floats:
        """Variance of the number of purchases in the horizon at these parameters."""

    @abstractmethod
    def count_moments(self, rows: Rows, horizon_days: float) -> tuple[Floats, Floats, Floats]:
        """P(no purchase), expectation and variance at once, for less than three times the price of one."""

    @abstractmethod
    def p_at_least(self, rows: Rows, horizon_days: float, counts: Ints) -> Floats:
        """P(at least `counts` purchases in the horizon), one count (≥ 1) per row."""

    @abstractmethod
    def expected_from_birth(self, ages_days: Floats) -> Floats:
        """Expected repeat purchases of a new customer in the first `ages_days`."""

    @abstractmethod
    def mixture(self, rows: Rows) -> Floats:
        """Probabilities of the ways to be alive at T (components × rows), which sum to P(alive)."""

    @abstractmethod
    def series(self, rows: Rows, horizon_days: float) -> Sequence[Series]:
        """For each component of `mixture` P(Y ≥ y | alive so), per pair of `rows`."""
