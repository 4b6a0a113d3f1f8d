"""What a purchase is worth: the Gamma-Gamma model, or one mean for all where that cannot be fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from crmcli.analysis.clv.gamma_gamma import fit_gamma_gamma
from crmcli.analysis.clv.special import digamma, trigamma
from crmcli.errors import TooLittleDataError
from crmcli.notes import warning

if TYPE_CHECKING:
    from crmcli.analysis.clv.arrays import Floats, Ints
    from crmcli.analysis.clv.fit import Fit
    from crmcli.analysis.clv.gamma_gamma import GammaGamma
    from crmcli.analysis.clv.ledger import Histories
    from crmcli.notes import Note

_SAME = 1e-9


@dataclass(frozen=True)
class Spending:
    """Money per future purchase of customers with x repeat purchases of a given mean (any number where x is 0).

    A mean that is not positive, which the model does not know, is weighed against the mean of all like any other: the
    expectation is linear in it (Bühlmann's credibility), so that a customer who cost money is expected to go on so.

    Args:
        flat: the mean of all repeat purchases, for every customer where there is no model.
        fit: the Gamma-Gamma model.
        notes: what to beware of.
        parameters: the model, if other than the one fitted.
    """

    flat: float
    fit: Fit[GammaGamma] | None
    notes: tuple[Note, ...] = ()
    parameters: GammaGamma | None = None

    @property
    def model(self) -> GammaGamma | None:
        """The model in use; None where every purchase is taken to be worth the same."""
        return self.parameters or (self.fit.model if self.fit else None)

    @property
    def population(self) -> float:
        """Expected money per purchase of somebody unknown (the median where the mean is infinite)."""
        return self.model.population_spend() if self.model else self.flat

    def expected(self, x: Ints, mean_spend: Floats) -> Floats:
        """Expected money per purchase."""
        if self.model is None:
            return np.full(len(x), self.flat)
        return self.model.expected_spend(x, mean_spend)

    def variances(self, x: Ints, mean_spend: Floats) -> tuple[Floats, Floats]:
        """Variance of a customer's own mean, and of single purchases about it."""
        if self.model is None:
            return np.zeros(len(x)), np.zeros(len(x))
        return self.model.spend_variances(x, mean_spend)

    def log_moments(self, x: Ints, mean_spend: Floats, purchases: Floats) -> tuple[Floats, Floats]:
        """Mean and variance of ln|mean of this many future purchases|; of a loss its absolute value.

        With A = px + q and m purchases the mean is p·(v + xz)·G/H with G ~ Gamma(pm)/(pm) and H ~ Gamma(A).
        """
        if self.model is None:
            return np.full(len(x), np.log(max(abs(self.flat), 1e-300))), np.zeros(len(x))
        p, q, v = self.model.to_values()
        shape = p * x.astype(np.float64) + q
        scale = p * (v + np.where(x > 0, x * mean_spend, 0.0))
        own = p * np.maximum(purchases, 1.0)
        mean = np.log(np.maximum(np.abs(scale), 1e-300)) - digamma(shape) + digamma(own) - np.log(own)
        return mean, trigamma(shape) + trigamma(own)

    def sigma(self) -> tuple[Self, ...]:
        """The same at parameters of equal weight that carry the uncertainty of the fit."""
        if self.fit is None:
            return (self,)
        models = self.fit.sigma_models()
        return tuple(type(self)(self.flat, self.fit, self.notes, model) for model in models)


def fit_spending(histories: Histories) -> Spending:
    """Fit the spending of those who bought again.

    Where nobody spent anything positive, or all the same, there is no model to fit, and one mean serves for all.
    """
    repeats = int(histories.x.sum())
    flat = float((histories.x * histories.mean_spend).sum()) / repeats if repeats else 0.0
    means = histories.mean_spend[histories.x > 0]
    if len(means) and means.min() > 0 and np.ptp(means) <= _SAME * means.max():
        text = "All repeat purchases have the same mean value, so that every future purchase is taken to be worth it."
        return Spending(flat, None, (warning("clv_flat_spend", text),))
    try:
        fit = fit_gamma_gamma(histories.x, histories.mean_spend)
    except TooLittleDataError:
        text = (
            "No customer's repeat purchases have a positive mean, so that no spending model fits; every future "
            f"purchase is taken to be worth the mean of all, {flat:,.2f}."
        )
        return Spending(flat, None, (warning("clv_no_spend_model", text),))
    return Spending(flat, fit, fit.notes)
