"""Gamma-Gamma model of spending: Fader and Hardie (2005; 2013), The Gamma-Gamma Model of Monetary Value.

The spend of a purchase day is Gamma(p, rate ν) and ν ~ Gamma(q, rate v) over customers, independent of how often they
buy. Given the mean z of x repeat purchase days, ν is Gamma(px + q, v + xz).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from crmcli.analysis.clv.buying import Distinct
from crmcli.analysis.clv.estimate import convergence_notes, homogeneous_note, maximum_of
from crmcli.analysis.clv.fit import Fit
from crmcli.analysis.clv.model import Model
from crmcli.analysis.clv.newton import best_starts, to_logs
from crmcli.analysis.clv.special import digamma, gammaln, trigamma
from crmcli.errors import TooLittleDataError
from crmcli.notes import info, warning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcli.analysis.clv.arrays import Floats, Ints
    from crmcli.analysis.clv.estimate import Maximum
    from crmcli.notes import Note

_ALIKE = 1e3
_LEAST_SURPLUS = 0.05


@dataclass(frozen=True)
class GammaGamma(Model):
    """Spend per purchase day.

    All methods take x, the repeat purchase days behind each mean (0 for none), and the mean spend of those days (any
    number where x is 0).

    Args:
        p: shape of one customer's spend.
        q: shape of the rate over customers; the population mean is infinite unless q > 1.
        v: scale of the rate, in money.
    """

    p: float
    q: float
    v: float

    name: ClassVar[str] = "gamma_gamma"
    title: ClassVar[str] = "Gamma-Gamma"
    parameter_names: ClassVar[tuple[str, ...]] = ("p", "q", "v")
    time_powers: ClassVar[tuple[int, ...]] = (0, 0, 0)

    @property
    def mean_is_finite(self) -> bool:
        """Whether the population has a mean; if not, `expected_spend` is the median."""
        return self.q > 1

    def population_spend(self) -> float:
        """Mean spend of a purchase day over customers, pv/(q − 1), or its median if that is infinite."""
        return float(self.expected_spend(np.zeros(1, np.int64), np.zeros(1))[0])

    def expected_spend(self, x: Ints, mean_spend: Floats) -> Floats:
        """E of a customer's own mean spend, p(v + xz)/(px + q − 1); its median where that is infinite (px + q ≤ 1)."""
        shape, scale = self._posterior(x, mean_spend)
        finite = shape > 1 if not self.mean_is_finite else np.ones(len(shape), dtype=np.bool_)
        expected = scale / np.where(finite, shape - 1, 1.0)
        if finite.all():
            return expected
        return np.where(finite, expected, self.spend_quantiles(x, mean_spend, (0.5,))[0])

    def spend_quantiles(self, x: Ints, mean_spend: Floats, levels: Sequence[float]) -> Floats:
        """Quantiles of a customer's own mean spend p/ν, shape (levels, customers)."""
        from scipy.special import gammainccinv  # noqa: PLC0415 — costs 0.3 s and is rarely needed

        shape, scale = self._posterior(x, mean_spend)
        return np.stack([scale / gammainccinv(shape, level) for level in levels])

    def spend_variances(self, x: Ints, mean_spend: Floats) -> tuple[Floats, Floats]:
        """Variance of a customer's own mean spend, and expected variance of the spend of one day about it.

        Both are infinite for px + q ≤ 2, which is taken as 2.05 here, so that intervals stay finite.
        """
        shape, scale = self._posterior(x, mean_spend)
        surplus = np.maximum(shape - 2, _LEAST_SURPLUS)
        square = (scale / (surplus + 1)) ** 2
        own = square / surplus
        return own, (own + square) / self.p

    def _posterior(self, x: Ints, mean_spend: Floats) -> tuple[Floats, Floats]:
        """Shape and scale of the inverse gamma distribution of p/ν."""
        spent = np.where(x > 0, x * mean_spend, 0.0)
        return self.p * x.astype(np.float64) + self.q, self.p * (self.v + spent)


class GammaGammaLikelihood:
    """The log-likelihood of means z > 0 of x ≥ 1 days each (2013, eq. 1a), at the logarithms of (p, q, v)."""

    def __init__(self, x: Ints, mean_spend: Floats, weights: Floats) -> None:
        self.weights = weights
        self.x = x.astype(np.float64)
        self.counts = Distinct.of(self.x)
        self._count_weights = self.counts.sums(weights)
        self.spent = self.x * mean_spend
        self._log_means = float((weights * np.log(mean_spend)).sum())

    def __call__(self, logs: Floats) -> tuple[float, Floats, Floats]:
        """Value, gradient and Hessian."""
        values = np.exp(logs)
        p, q, v = map(float, values)
        x, weights = self.counts.values, self._count_weights
        total, own, rest = p * x + q, p * x, np.array([q])
        per_scale, share = self._sums(v)
        value = weights @ (gammaln(total) - gammaln(own) - gammaln(rest)) + share @ [p, q] - self._log_means
        psi, psi_slope = digamma(total), trigamma(total)
        by_p = weights @ (x * (psi - digamma(own))) + share[0]
        by_q = weights @ (psi - digamma(rest)) + share[1]
        by_v = q * weights.sum() / v - (p * per_scale[1] + q * per_scale[0])
        pp = weights @ (x**2 * (psi_slope - trigamma(own)))
        pq = weights @ (x * psi_slope)
        qq = weights @ (psi_slope - trigamma(rest))
        qv = weights.sum() / v - per_scale[0]
        vv = -q * weights.sum() / v**2 + p * per_scale[3] + q * per_scale[2]
        hessian = np.array([[pp, pq, -per_scale[1]], [pq, qq, qv], [-per_scale[1], qv, vv]])
        return float(value), *to_logs(values, np.array([by_p, by_q, by_v]), hessian)

    def _sums(self, v: float) -> tuple[Floats, Floats]:
        """Σw/(v+xz), Σwx/(v+xz), the same of squares; and Σwx·ln(xz/(v+xz)), Σw·ln(v/(v+xz))."""
        per_scale = self.weights / (v + self.spent)
        squares = per_scale / (v + self.spent)
        logs = -np.log1p(v / self.spent)
        at_v = -np.log1p(self.spent / v)
        sums = [per_scale.sum(), (per_scale * self.x).sum(), squares.sum(), (squares * self.x).sum()]
        return np.array(sums), np.array([(self.weights * self.x * logs).sum(), (self.weights * at_v).sum()])


def fit_gamma_gamma(x: Ints, mean_spend: Floats, weights: Floats | None = None) -> Fit[GammaGamma]:
    """Maximum likelihood from the mean spend of repeat purchase days.

    Customers without a repeat purchase day say nothing and are left out; so are means that are not positive (the model
    knows none), which are counted in a note.

    Raises:
        TooLittleDataError: no customer has a positive mean of repeat purchase days.
    """
    x, mean_spend = np.asarray(x, dtype=np.int64), np.asarray(mean_spend, dtype=np.float64)
    weights = np.ones(len(x)) if weights is None else np.asarray(weights, dtype=np.float64)
    repeat = (x > 0) & (weights > 0)
    used = repeat & (mean_spend > 0)
    left_out = float(weights[repeat].sum() - weights[used].sum())
    if not used.any():
        raise TooLittleDataError(
            "No customer has a positive mean spend on repeat purchase days, so nothing tells what a purchase is worth",
        )
    x, mean_spend, weights = x[used], mean_spend[used], weights[used]
    money = float((weights * mean_spend).sum() / weights.sum())
    likelihood = GammaGammaLikelihood(x, mean_spend / money, weights)
    maximum = maximum_of(likelihood, best_starts(likelihood, _starts(), 2), np.array([0.0, 0.0, log(money)]))
    model = GammaGamma(*map(float, maximum.values))
    return Fit(
        model=model,
        covariance=maximum.covariance,
        log_likelihood=maximum.log_likelihood - float(weights.sum()) * log(money),
        converged=maximum.converged,
        notes=(*convergence_notes(maximum, GammaGamma.title), *_diagnosis(model, maximum, left_out)),
        customers=float(weights.sum()),
    )


def _starts() -> list[Floats]:
    """Logarithms of parameters with a population mean of 1."""
    return [np.log([p, q, (q - 1) / p]) for p in (0.7, 3.0, 12.0) for q in (1.3, 4.0)]


def _diagnosis(model: GammaGamma, maximum: Maximum, left_out: float) -> tuple[Note, ...]:
    notes = []
    if left_out:
        text = f"{GammaGamma.title}: {left_out:,.0f} customers whose repeat purchases average 0 or less are left out."
        notes.append(info("clv_spend_not_positive", text))
    if not model.mean_is_finite:
        text = f"{GammaGamma.title}: no finite population mean (q = {model.q:.3g} ≤ 1); the median stands in its place."
        notes.append(warning("clv_spend_mean_infinite", text))
    if maximum.at_bound[0] and model.p > 1:
        text = (
            f"{GammaGamma.title}: all repeat purchases have (almost) the same amount; intervals of spend have no width."
        )
        notes.append(warning("clv_equal_spend", text))
    elif maximum.weak[1] and model.q > _ALIKE:
        notes.append(homogeneous_note(GammaGamma.title, "what they spend", "clv_same_spend"))
    return tuple(notes)
