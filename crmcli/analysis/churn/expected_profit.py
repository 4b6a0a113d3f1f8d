"""What a ranking is worth when used: the expected maximum profit of contacting the customers most likely to leave.

Verbraken, Verbeke and Baesens (2013), IEEE Transactions on Knowledge and Data Engineering 25(5). Contacting the part of
the base above a threshold that holds F₀ of the churners (prior π₀) and F₁ of the others (π₁) earns, per customer of the
base, ((V − d)γ − f)·π₀F₀ − (d + f)·π₁F₁: V is a customer's value, d the offer, f the contact, γ the part of contacted
churners who stay. γ is not known in advance; it is Beta distributed, and the threshold is chosen anew for each γ. Only
corners of the convex hull of the ROC curve can be best, each of them in one interval of γ, so that the integral is a
sum of incomplete beta functions: no quadrature is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CONCENTRATION = 20.0
"""α + β of the Beta distribution of the save rate; the paper's Beta(6, 14) has the mean .3."""


@dataclass(frozen=True, slots=True)
class Costs:
    """The economics of a retention campaign, in money per customer; `save_rate` is the mean of γ."""

    contact_cost: float = 1.0
    offer_value: float = 10.0
    save_rate: float = 0.3
    customer_value: float = 200.0


@dataclass(frozen=True, slots=True)
class ExpectedProfit:
    """EMPC in money per customer of the base, and the expected part of the base to contact."""

    empc: float
    best_share: float


def expected_profit(score: NDArray[np.float64], churned: NDArray[np.bool_], costs: Costs) -> ExpectedProfit:
    """The expected maximum profit of a score, larger for likelier churners; customers with equal scores go together."""
    f0, f1 = _hull(score, churned)
    prior = float(churned.mean())
    gain = (costs.customer_value - costs.offer_value) * prior * f0
    loss = costs.contact_cost * prior * f0 + (costs.offer_value + costs.contact_cost) * (1 - prior) * f1
    low, high = _intervals(gain, loss)
    mass, mean = _beta_parts(low, high, costs.save_rate)
    contacted = prior * f0 + (1 - prior) * f1
    return ExpectedProfit(float((gain * mean - loss * mass).sum()), float((contacted * mass).sum()))


def _hull(score: NDArray[np.float64], churned: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Corners of the upper convex hull of the ROC curve: parts of churners and of others contacted, from (0, 0)."""
    values, group = np.unique(-score, return_inverse=True)
    yes = np.append(0.0, np.bincount(group, churned, len(values)).cumsum()) / churned.sum()
    no = np.append(0.0, np.bincount(group, ~churned, len(values)).cumsum()) / (~churned).sum()
    corners: list[int] = []
    for point in range(len(yes)):
        while len(corners) > 1 and _is_below(yes, no, corners[-2], corners[-1], point):
            corners.pop()
        corners.append(point)
    return yes[corners], no[corners]


def _is_below(yes: NDArray[np.float64], no: NDArray[np.float64], first: int, middle: int, last: int) -> bool:
    """Whether the middle point lies on or below the line from the first to the last."""
    rise = (yes[middle] - yes[first]) * (no[last] - no[first])
    return bool(rise <= (yes[last] - yes[first]) * (no[middle] - no[first]))


def _intervals(gain: NDArray[np.float64], loss: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """By corner the γ between 0 and 1 for which it is the best: gain·γ − loss is an upper envelope of lines.

    From one corner to the next both rise, and the γ at which the next takes over rises as well.
    """
    if gain[-1] <= 0:  # The offer costs more than a customer is worth: nobody is contacted.
        return np.zeros(len(gain)), np.append(1.0, np.zeros(len(gain) - 1))
    steps = np.diff(gain)
    turns = np.divide(np.diff(loss), steps, out=np.full(len(steps), np.inf), where=steps > 0)
    turns = np.clip(np.maximum.accumulate(turns), 0.0, 1.0)
    return np.append(0.0, turns), np.append(turns, 1.0)


def _beta_parts(
    low: NDArray[np.float64], high: NDArray[np.float64], save_rate: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """P(low < γ < high) and E[γ; low < γ < high]; a save rate of 0 or 1 is certain."""
    from scipy.special import betainc  # noqa: PLC0415 — loading it costs more than most runs

    a, b = CONCENTRATION * save_rate, CONCENTRATION * (1 - save_rate)
    if a <= 0 or b <= 0:
        holds = ((low <= save_rate) & (save_rate < high)) | ((save_rate >= 1) & (high >= 1) & (low < 1))
        certain = holds.astype(np.float64)
        return certain, certain * save_rate
    mass = betainc(a, b, high) - betainc(a, b, low)
    return mass, save_rate * (betainc(a + 1, b, high) - betainc(a + 1, b, low))
