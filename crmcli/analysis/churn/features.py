"""What is known of each customer at one date, as numbers: silence, age, frequency, spend, recent activity, pace.

Features are computed from a customer summary as of that date and from nothing else. Such a summary holds no day after
the date, so that no feature can look into the future it is meant to predict.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.churn_window import churn_window
from crmcli.analysis.order_gaps import order_gaps
from crmcli.errors import InternalError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcli.analysis.order_gaps import OrderGaps
    from crmcli.customers.summary import CustomerSummary

SILENCE, AGE, FREQUENCY, SPEND, ACTIVITY, PACE = "silence", "age", "frequency", "spend", "activity", "pace"

GROUPS = {
    "recency": SILENCE,
    "lateness": SILENCE,
    "lateness_squared": SILENCE,
    "last_gap_ratio": SILENCE,
    "recency_share": SILENCE,
    "age": AGE,
    "purchase_days": FREQUENCY,
    "orders": FREQUENCY,
    "one_day_only": FREQUENCY,
    "money": SPEND,
    "mean_order": SPEND,
    "active_30": ACTIVITY,
    "active_60": ACTIVITY,
    "active_90": ACTIVITY,
    "typical_gap": PACE,
    "last_gap": PACE,
}
"""Feature → the group in which reasons name it: features of a group say much the same, only their sum is meaningful."""

_RECENT_DAYS = (30, 60, 90)
_PSEUDO_COUNT = 3
_NO_RETURN_GAP_DAYS = 90.0


@dataclass(frozen=True, slots=True)
class Features:
    """One row per customer of a summary, in its order, one column per name of GROUPS."""

    matrix: NDArray[np.float64]

    @property
    def names(self) -> tuple[str, ...]:
        """Column names."""
        return tuple(GROUPS)


def features_of(past: CustomerSummary, gaps: OrderGaps) -> Features:
    """The features of all customers as of `past.as_of`.

    Times, counts and money enter as ln(1 + ·); ratios of silence to the own gaps likewise. A customer without own gaps
    has those of the pool, which is estimated from the same summary. Lateness stands in twice, squared as well: of heavy
    buyers who have fallen silent for long, far fewer return than a straight line says.
    """
    recency = (gaps.end - gaps.last_day).astype(np.float64)
    age = (gaps.end - gaps.first_day).astype(np.float64)
    repeats = (gaps.days - 1).astype(np.float64)
    pool = pool_gap_days(gaps)
    typical = (age - recency + _PSEUDO_COUNT * pool) / (repeats + _PSEUDO_COUNT)
    lateness = np.log1p(recency / typical)
    last_gap = _last_gaps(gaps, pool)
    money, orders = _money_and_orders(past)
    columns = {
        "recency": np.log1p(recency),
        "lateness": lateness,
        "lateness_squared": lateness**2,
        "last_gap_ratio": np.log1p(recency / (last_gap + 1)),
        "recency_share": recency / (age + 1),
        "age": np.log1p(age),
        "purchase_days": np.log1p(repeats),
        "orders": np.log1p(orders),
        "one_day_only": (repeats == 0).astype(np.float64),
        "money": np.log1p(money),
        "mean_order": np.log1p(money / orders),
        **{f"active_{days}": np.log1p(_days_within(gaps, days)) for days in _RECENT_DAYS},
        "typical_gap": np.log1p(typical),
        "last_gap": np.log1p(last_gap),
    }
    return Features(np.column_stack([columns[name] for name in GROUPS]))


def gaps_of(past: CustomerSummary) -> OrderGaps:
    """The order days of a summary that has days.

    Raises:
        InternalError: it was made without.
    """
    gaps = order_gaps(past)
    if gaps is None:
        raise InternalError("churn needs a customer summary with its days.")
    return gaps


def pool_gap_days(gaps: OrderGaps) -> float:
    """The median time to the next order, else the churn window; 90 days where nobody has returned yet."""
    curve = gaps.curve()
    if curve.median is not None:
        return float(curve.median)
    window = churn_window(curve)
    return _NO_RETURN_GAP_DAYS if window is None else float(window.days)


def _last_gaps(gaps: OrderGaps, pool: float) -> NDArray[np.float64]:
    """Days between the last two order days; those of the pool for customers with one."""
    last = np.full(len(gaps.days), pool)
    has = gaps.days > 1
    last[has] = gaps.gap[(gaps.start + gaps.days - 2)[has]]
    return last


def _money_and_orders(past: CustomerSummary) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Net money, at least 0, and number of orders."""
    frame = past.frame.select(pl.col("monetary").cast(pl.Float64).clip(0), pl.col("orders").cast(pl.Float64))
    return frame["monetary"].to_numpy(), frame["orders"].to_numpy()


def _days_within(gaps: OrderGaps, days: int) -> NDArray[np.int64]:
    """By customer, order days among the last so many days."""
    recent = (gaps.end - gaps.day < days).astype(np.int64)
    return np.add.reduceat(recent, gaps.start)
