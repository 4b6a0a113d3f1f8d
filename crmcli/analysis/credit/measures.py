"""The arithmetic of receivables, each figure by its formula, on plain numbers.

Sources: DSO, best possible DSO, average days delinquent and the collection effectiveness index as the Credit Research
Foundation defines them; count-back DSO exhausts the latest sales first; the payment index follows the day bands of
commercial payment indices (80 = on terms).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

_PAY_DAYS = (-30.0, -20.0, 0.0, 15.0, 22.0, 30.0, 60.0, 90.0, 120.0)
_PAY_SCORES = (100.0, 90.0, 80.0, 70.0, 60.0, 50.0, 40.0, 30.0, 20.0)
LEAST_EXPERIENCES = 3
"""Payments below which a payment index says nothing."""


def dso(receivables: float, sales: float, days: int) -> float | None:
    """Days sales outstanding = receivables ÷ credit sales × days; None without sales."""
    return receivables / sales * days if sales > 0 else None


def countback_dso(receivables: float, months: Sequence[tuple[float, int]]) -> float | None:
    """Days of the latest sales that the receivables are worth.

    Args:
        receivables: what is owed.
        months: sales and days of each month, the latest first.

    Returns:
        Whole months while the receivables exceed their sales, then the part of a month; None when all sales together
        are less than what is owed.
    """
    days = 0.0
    for sales, length in months:
        if receivables <= sales:
            return days + (receivables / sales * length if sales > 0 else 0.0)
        receivables -= sales
        days += length
    return days if receivables <= 0 else None


def collection_effectiveness(begin: float, sales: float, end_total: float, end_current: float) -> float | None:
    """CEI = (B + S − E_total) ÷ (B + S − E_current): the part of what could be collected that was."""
    due = begin + sales - end_current
    return (begin + sales - end_total) / due if due > 0 else None


def days_beyond_terms(amounts: ArrayLike, delays: ArrayLike, *, floored: bool = True) -> float | None:
    """Amount-weighted mean delay in days against the due date; early counts as 0 when floored. None without money."""
    weights, days = np.asarray(amounts, dtype=np.float64), np.asarray(delays, dtype=np.float64)
    total = float(weights.sum())
    if total <= 0:
        return None
    return float(np.sum(weights * (np.maximum(days, 0.0) if floored else days))) / total


def pay_scores(delays: ArrayLike) -> NDArray[np.float64]:
    """Score 20 to 100 of payments by days against terms: 30 early 100, on time 80, 30 late 50, 120 late 20."""
    scores: NDArray[np.float64] = np.interp(np.asarray(delays, dtype=np.float64), _PAY_DAYS, _PAY_SCORES)
    return scores


def pay_index(amounts: ArrayLike, delays: ArrayLike) -> float | None:
    """Amount-weighted mean of `pay_scores`; None under three payments."""
    weights = np.asarray(amounts, dtype=np.float64)
    if len(weights) < LEAST_EXPERIENCES or float(weights.sum()) <= 0:
        return None
    return float(np.sum(weights * pay_scores(delays)) / weights.sum())


@dataclass(frozen=True, slots=True)
class ReceivablesChange:
    """Why receivables changed between two periods; the three parts add up to the change."""

    sales_effect: float
    collection_effect: float
    joint_effect: float

    @property
    def total(self) -> float:
        """The change itself."""
        return self.sales_effect + self.collection_effect + self.joint_effect


def receivables_change(
    receivables: tuple[float, float], sales_per_day: tuple[float, float]
) -> ReceivablesChange | None:
    """Split ΔAR by AR = sales per day × collection days.

    (s1 − s0)·c0 is due to sales, (c1 − c0)·s0 to collection, (s1 − s0)·(c1 − c0) to both. None without sales.
    """
    (r0, r1), (s0, s1) = receivables, sales_per_day
    if s0 <= 0 or s1 <= 0:
        return None
    c0, c1 = r0 / s0, r1 / s1
    return ReceivablesChange((s1 - s0) * c0, (c1 - c0) * s0, (s1 - s0) * (c1 - c0))


def discount_cost_simple(discount: float, discount_days: int, net_days: int, year_days: int = 365) -> float:
    """Yearly cost of not taking d/b net n: d ÷ (1 − d) × year ÷ (n − b)."""
    return discount / (1 - discount) * year_days / (net_days - discount_days)


def discount_cost_effective(discount: float, discount_days: int, net_days: int, year_days: int = 365) -> float:
    """The same with compounding: (1 + d ÷ (1 − d)) ^ (year ÷ (n − b)) − 1."""
    return float((1 + discount / (1 - discount)) ** (year_days / (net_days - discount_days)) - 1)


def concentration(balances: ArrayLike) -> dict[str, float]:
    """Shares of the largest 1, 5 and 10 balances, and the Herfindahl–Hirschman index, of the positive ones."""
    positive = np.sort(np.asarray(balances, dtype=np.float64))[::-1]
    positive = positive[positive > 0]
    total = float(positive.sum())
    if total <= 0:
        return {}
    shares = positive / total
    tops = {f"top_{count}_share": float(shares[:count].sum()) for count in (1, 5, 10)}
    return {**tops, "hhi": float(np.sum(shares * shares))}
