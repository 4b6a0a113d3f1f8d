"""The product-limit estimate of how long something lasts when not every end has been seen.

Kaplan, E. L. and Meier, P. (1958), Journal of the American Statistical Association 53(282). With d_t events among the
n_t still at risk, S(t) = Π_{u ≤ t} (1 − d_u/n_u). What is censored at t counts as at risk at t. The variance is
Greenwood's, Var S = S²·Σ d/(n(n − d)); bands are formed on log(−log S), so that they stay within 0 and 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HALF = 0.5
_ROUNDING = 1e-9
"""A product of many factors that should be exactly .5 may come out this much larger."""


@dataclass(frozen=True, slots=True)
class SurvivalCurve:
    """One row per distinct time at which something ended or was last seen, rising.

    `time` in days, `at_risk`, `events` and `censored` in cases (or weight), `survival` S(time) as a fraction of 1,
    `greenwood` the cumulative sum Σ d/(n(n − d)), infinite once everything has ended.
    """

    time: NDArray[np.int64]
    at_risk: NDArray[np.float64]
    events: NDArray[np.float64]
    censored: NDArray[np.float64]
    survival: NDArray[np.float64]
    greenwood: NDArray[np.float64]

    def at(self, days: NDArray[np.int64]) -> NDArray[np.float64]:
        """S(t) for each number of days; 1 before the first event, and the last value beyond the last time."""
        return np.append(1.0, self.survival)[np.searchsorted(self.time, days, side="right")]

    def quantile(self, share: float) -> int | None:
        """The first time by which at least this share has ended; None when so many never do."""
        return self.first_at_or_below(1.0 - share)

    @property
    def median(self) -> int | None:
        """The first time with S ≤ .5; None when the curve levels off above."""
        return self.quantile(HALF)

    def first_at_or_below(self, level: float) -> int | None:
        """The first time with S ≤ level; None when there is none."""
        reached = np.flatnonzero(self.survival <= level + _ROUNDING)
        return int(self.time[reached[0]]) if len(reached) else None

    def standard_error(self) -> NDArray[np.float64]:
        """Greenwood's standard error of S at each time; 0 once S is 0."""
        with np.errstate(invalid="ignore"):
            return np.where(self.survival > 0, self.survival * np.sqrt(self.greenwood), 0.0)

    def bands(self, confidence: float = 0.95) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Pointwise lower and upper bounds of S; NaN where S is 1 or 0, of which the data cannot say how sure it is."""
        z = NormalDist().inv_cdf((1 + confidence) / 2)
        inside = (self.survival > 0) & (self.survival < 1)
        log = np.log(np.where(inside, self.survival, HALF))
        reach = z * np.sqrt(np.where(inside, self.greenwood, 0.0)) / np.abs(log)
        lower, upper = np.exp(log * np.exp(reach)), np.exp(log * np.exp(-reach))
        return np.where(inside, lower, np.nan), np.where(inside, upper, np.nan)


def kaplan_meier(
    days: NDArray[np.integer], ended: NDArray[np.bool_], weights: NDArray[np.floating | np.integer] | None = None
) -> SurvivalCurve:
    """The curve of cases that lasted `days` (whole numbers from 0) and then ended or were seen no longer.

    Args:
        days: how long each case was observed.
        ended: whether it ended then; otherwise it is censored.
        weights: how often each case counts; once unless told.

    Raises:
        ValueError: a negative time.
    """
    if len(days) and int(days.min()) < 0:
        raise ValueError("Times must not be negative.")
    events = np.bincount(days[ended], None if weights is None else weights[ended])
    every = np.bincount(days, weights)
    return _curve(np.pad(events.astype(np.float64), (0, len(every) - len(events))), every.astype(np.float64))


def _curve(events: NDArray[np.float64], every: NDArray[np.float64]) -> SurvivalCurve:
    """The curve from the weight that ended, and all weight, by day."""
    time = np.flatnonzero(every)
    events, every = events[time], every[time]
    at_risk = every[::-1].cumsum()[::-1]
    left = at_risk - events
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.where(events > 0, events / (at_risk * left), 0.0).cumsum()
    survival = np.cumprod(left / at_risk)
    return SurvivalCurve(time, at_risk, events, every - events, survival, greenwood)
