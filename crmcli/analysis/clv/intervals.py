"""Intervals of predictions: what customers do by chance, and how well the parameters are known.

Uncertainty of parameters enters through the equally weighted models of `Fit.sigma_models`, which have the mean and the
covariance of the estimate: the mean over them of a probability is the predictive one.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from crmcli.analysis.clv.model import PurchaseModel
from crmcli.analysis.clv.quantiles import count_quantiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmcli.analysis.clv.arrays import Floats, Ints
    from crmcli.analysis.clv.fit import Fit
    from crmcli.analysis.clv.rows import Rows

PurchaseModelT = TypeVar("PurchaseModelT", bound=PurchaseModel)

_KNOWN = 0.02


@dataclass(frozen=True, slots=True)
class Interval:
    """An expectation and the interval that holds what will be with the chosen probability."""

    expected: float
    low: float
    high: float


def purchase_intervals(
    fit: Fit[PurchaseModel], rows: Rows, horizon_days: float, level: float = 0.9
) -> tuple[Ints, Ints]:
    """For each row the low and high end of the central interval of purchases in the horizon, whole numbers.

    At most (1 − level)/2 of the probability lies above the high end, and at most as much below the low one. Parameters
    known to within 2 % are taken as known: they move no customer's count.
    """
    known = float(np.sqrt(np.diag(fit.covariance)).max()) < _KNOWN
    low, high = count_quantiles((fit.model,) if known else fit.sigma_models(), rows, horizon_days, _tails(level))
    return low, high


def normal_interval(expected: float, variance: float, level: float = 0.9) -> Interval:
    """The interval of a sum over many customers, which is close to normal and never negative."""
    reach = NormalDist().inv_cdf((1 + level) / 2) * variance**0.5
    return Interval(expected, max(expected - reach, 0.0), expected + reach)


def value_variance(
    purchases: Floats, purchase_variance: Floats, spend: Floats, spend_variance: Floats, day_variance: Floats
) -> Floats:
    """Variance of the money of a random number Y of purchases whose amounts vary about the customer's own mean ζ.

    E[Y]·E[Var(amount)] + Var(Y)·E[ζ]² + E[Y²]·Var(ζ), purchases and amounts being independent; the last two arguments
    are the two results of `GammaGamma.spend_variances`.
    """
    squared = purchase_variance + purchases**2
    variance: Floats = purchases * day_variance + purchase_variance * spend**2 + squared * spend_variance
    return variance


def bootstrap(
    fit: Fit[PurchaseModelT],
    rows: Rows,
    refit: Callable[[Rows, PurchaseModelT], Fit[PurchaseModelT]],
    replications: int,
    seed: int,
) -> tuple[PurchaseModelT, ...]:
    """Models refitted to customers drawn with replacement, by a multinomial draw of the weights of the rows.

    `refit` fits rows from a model known to be close, as `fit_bg_nbd` does. Draws in which nobody buys again are drawn
    anew.
    """
    generator = np.random.default_rng(seed)
    shares = rows.weights / rows.weights.sum()
    models: list[PurchaseModelT] = []
    while len(models) < replications:
        drawn = rows.reweighted(generator.multinomial(round(rows.customers), shares).astype(np.float64))
        if (drawn.x > 0).any():
            models.append(refit(drawn, fit.model).model)
    return tuple(models)


def _tails(level: float) -> tuple[float, float]:
    return (1 - level) / 2, (1 + level) / 2
