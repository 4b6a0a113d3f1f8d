"""What BG/NBD, MBG/NBD and MBG/CNBD-k share: predictions of models with a beta-distributed chance of dropping out.

Given the data, a customer is alive with the probability that `endings` weigh; alive, the purchase rate is
Gamma(n + j, α + T) where j < k phases of the present cycle have passed, and the chance of dropping out is Beta(a, b+m).
Both are independent, so that the future is a series over the number of purchases (counts.py), for each distinct (x, T).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from crmcli.analysis.clv.beta_geometric_likelihood import BetaGeometricLikelihood, log_dropped_out
from crmcli.analysis.clv.counts import CountSeries, Prospect, count_sums, p_at_least
from crmcli.analysis.clv.model import PurchaseModel
from crmcli.analysis.clv.phases import log_phases, phase_terms
from crmcli.analysis.clv.quadrature import unit_nodes
from crmcli.analysis.clv.rows import Rows

if TYPE_CHECKING:
    from crmcli.analysis.clv.arrays import Floats, Ints
    from crmcli.analysis.clv.counts import CountSums

_DISCOUNT_NODES = 10
_DISCOUNT_NODES_REGULAR = 28


@dataclass(frozen=True)
class BetaGeometricModel(PurchaseModel):
    """Purchases at rate λ ~ Gamma(r, α); after each one the customer drops out with chance p ~ Beta(a, b).

    Args:
        r: shape of purchase rates.
        alpha: scale of purchase rates, in days: the mean rate is r/alpha phases a day.
        a: first shape of the chance of dropping out, whose mean is a/(a + b).
        b: second shape.
    """

    r: float
    alpha: float
    a: float
    b: float

    parameter_names: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")
    time_powers: ClassVar[tuple[int, ...]] = (0, 1, 0, 0)
    at_birth: ClassVar[int]

    @property
    def regularity(self) -> int:
        """Phases per purchase."""
        return 1

    def likelihood(self, rows: Rows, unit_days: float = 1.0) -> BetaGeometricLikelihood:
        """The likelihood function of this kind of model for rows."""
        return BetaGeometricLikelihood(rows, unit_days, self.regularity, self.at_birth)

    def log_likelihood(self, rows: Rows) -> Floats:
        """See `PurchaseModel`."""
        return self.likelihood(rows).per_row(self.to_values())

    def p_alive(self, rows: Rows) -> Floats:
        """P(alive at T); BG/NBD gives 1 to a customer without repeat purchase."""
        alive, dead = self._endings(rows)
        chances: Floats = np.exp(alive - np.logaddexp(alive, dead))
        return chances

    def p_alive_at(self, rows: Rows, horizon_days: float) -> Floats:
        """P(alive at T + h)."""
        return self._mixed(rows, [np.maximum(1 - sums.loss, 0.0) for sums in self._sums(rows, horizon_days)])

    def p_zero(self, rows: Rows, horizon_days: float) -> Floats:
        """1 − P + P·L_alive(T+h)/L_alive(T)."""
        n = self.r + self.regularity * rows.repeats
        scale = self.alpha + rows.age_days
        silence = rows.age_days - rows.t_x_days + horizon_days
        later = log_phases(n, silence / (scale + horizon_days), self.regularity)
        alive, dead = self._endings(rows)
        total = np.logaddexp(alive, dead)
        chances: Floats = np.exp(dead - total) + np.exp(later - total - n * np.log1p(horizon_days / scale))
        return chances

    def _endings(self, rows: Rows) -> tuple[Floats, Floats]:
        """Logarithms of the two ways to have been silent since t_x: alive, and dropped out then."""
        n, silence = self.r + self.regularity * rows.repeats, rows.age_days - rows.t_x_days
        dead = log_dropped_out(
            n, rows.repeats + self.at_birth, np.log1p(silence / (self.alpha + rows.t_x_days)), self.a, self.b
        )
        return log_phases(n, silence / (self.alpha + rows.age_days), self.regularity), dead

    def expected_purchases(self, rows: Rows, horizon_days: float) -> Floats:
        """E[Y(h)]: Fader, Hardie and Lee (2005, eq. 10) for BG/NBD, exact for every k."""
        return self._mixed(rows, [sums.mean for sums in self._sums(rows, horizon_days)])

    def discounted_purchases(self, rows: Rows, horizon_days: float, rate_per_day: float) -> Floats:
        """∫ e^{−δu} dE[Y(u)] = e^{−δh}·E[Y(h)] + δ∫ e^{−δu}·E[Y(u)] du, the integral by Gauss–Legendre in log time."""
        at_end = np.exp(-rate_per_day * horizon_days)
        by_phase = [at_end * sums.mean for sums in self._sums(rows, horizon_days)]
        if rate_per_day > 0 and horizon_days > 0:
            by_phase = self._earlier(rows, horizon_days, rate_per_day, by_phase)
        return self._mixed(rows, by_phase)

    def purchase_variance(self, rows: Rows, horizon_days: float) -> Floats:
        """E[Y²] − E[Y]²."""
        return self._mean_and_variance(rows, horizon_days)[1]

    def count_moments(self, rows: Rows, horizon_days: float) -> tuple[Floats, Floats, Floats]:
        """See `PurchaseModel`; the series is summed once."""
        return self.p_zero(rows, horizon_days), *self._mean_and_variance(rows, horizon_days)

    def _mean_and_variance(self, rows: Rows, horizon_days: float) -> tuple[Floats, Floats]:
        sums = self._sums(rows, horizon_days)
        mixture, index = self.mixture(rows), rows.pairs.index
        mean: Floats = (mixture * np.stack([part.mean for part in sums])[:, index]).sum(axis=0)
        square: Floats = (mixture * np.stack([part.square for part in sums])[:, index]).sum(axis=0)
        return mean, np.maximum(square - mean**2, 0.0)

    def expected_from_birth(self, ages_days: Floats) -> Floats:
        """E[X(t)] = E[Y(t) | 0, 0, 0]."""
        ages = np.asarray(ages_days, dtype=np.float64)
        born = Rows.newborn()
        shape = np.full(len(ages), self.r)
        prospect = Prospect(
            shape, ages / self.alpha, self.a, np.full(len(ages), self.b + self.at_birth), self.regularity
        )
        return float(self.p_alive(born)[0]) * count_sums(prospect).mean

    def p_at_least(self, rows: Rows, horizon_days: float, counts: Ints) -> Floats:
        """P(Y ≥ y) for one y ≥ 1 per row."""
        scale = self.alpha + rows.age_days
        chances = self.b + rows.repeats + self.at_birth
        total = np.zeros(len(rows))
        for phase, share in enumerate(self.mixture(rows)):
            shape = self.r + self.regularity * rows.repeats + phase
            prospect = Prospect(shape, horizon_days / scale, self.a, chances, self.regularity, phase)
            total += share * p_at_least(prospect, counts.astype(np.float64))
        return total

    def mixture(self, rows: Rows) -> Floats:
        """P(alive, j phases of the present cycle passed), k × rows."""
        n = self.r + self.regularity * rows.repeats
        terms = phase_terms(n, (rows.age_days - rows.t_x_days) / (self.alpha + rows.age_days), self.regularity)
        shares: Floats = terms / terms.sum(axis=0) * self.p_alive(rows)
        return shares

    def series(self, rows: Rows, horizon_days: float) -> tuple[CountSeries, ...]:
        """P(Y ≥ y) given alive with j phases passed, per pair of `rows`; one series per component of `mixture`."""
        return tuple(CountSeries(prospect) for prospect in self._prospects(rows, horizon_days))

    def _prospects(self, rows: Rows, horizon_days: Floats | float) -> tuple[Prospect, ...]:
        return tuple(_prospect(self, rows, phase, horizon_days) for phase in range(self.regularity))

    def _sums(self, rows: Rows, horizon_days: Floats | float) -> list[CountSums]:
        return [count_sums(prospect) for prospect in self._prospects(rows, horizon_days)]

    def _earlier(self, rows: Rows, horizon_days: float, rate_per_day: float, by_phase: list[Floats]) -> list[Floats]:
        """Add δ∫_0^h e^{−δu}·E[Y(u)] du, per pair and phase."""
        # Purchases that come at regular intervals make E[Y(u)] a staircase.
        nodes, weights = unit_nodes(_DISCOUNT_NODES if self.regularity == 1 else _DISCOUNT_NODES_REGULAR)
        scale = self.alpha + rows.pairs.age_days
        length = np.log1p(horizon_days / scale)
        for node, weight in zip(nodes[:, 0], weights[:, 0], strict=True):
            ahead = scale * np.expm1(node * length)
            worth = rate_per_day * np.exp(-rate_per_day * ahead) * (scale + ahead) * length * weight
            each = zip(by_phase, self._sums(rows, ahead), strict=True)
            by_phase = [total + worth * sums.mean for total, sums in each]
        return by_phase

    def _mixed(self, rows: Rows, by_phase: list[Floats]) -> Floats:
        """Results given alive in each phase, per pair, weighted by the phases' probabilities, per row."""
        values = np.stack(by_phase)[:, rows.pairs.index]
        mixed: Floats = (self.mixture(rows) * values).sum(axis=0)
        return mixed


def _prospect(model: BetaGeometricModel, rows: Rows, phase: int, horizon_days: Floats | float) -> Prospect:
    pairs = rows.pairs
    shape = model.r + model.regularity * pairs.repeats + phase
    ratio = np.broadcast_to(horizon_days / (model.alpha + pairs.age_days), shape.shape)
    return Prospect(shape, ratio, model.a, model.b + pairs.repeats + model.at_birth, model.regularity, phase)
