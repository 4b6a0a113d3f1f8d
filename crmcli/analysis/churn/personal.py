"""Each customer's own measure of silence: when it becomes unusual, and when the next order may be expected.

A customer's own gaps say little when there are few of them. They are therefore blended with the pool as if the customer
had three more gaps like everybody's.

- The personal threshold is the 90 % quantile of the own gaps, blended with the churn window.
- The personal pace c is the mean of ln(own gap ÷ typical gap of the pool), blended with 0. The customer is taken to
  live through the pool's curve c times slower or faster; the next order is expected on the median day of those who are
  silent just as long, on that scale, and do return.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcli.analysis.churn.window import Silence
    from crmcli.analysis.order_gaps import OrderGaps

PSEUDO_COUNT = 3
QUANTILE = 0.9


@dataclass(frozen=True, slots=True)
class Personal:
    """By customer: days of silence that are unusual, days beyond them (0 within), whether lost, expected next day.

    `lost` means silent for longer than both the churn window and the personal threshold. `next_day` counts from 1970
    and is NaN for the lost and for silences beyond which the pool knows no return.
    """

    threshold_days: NDArray[np.float64]
    overdue_days: NDArray[np.int64]
    lost: NDArray[np.bool_]
    next_day: NDArray[np.float64]


def personal(gaps: OrderGaps, silence: Silence) -> Personal:
    """Threshold, standing and expectation of each customer, in the row order of the summary."""
    threshold = personal_thresholds(gaps, silence.window.days)
    recency = silence.recency_days
    limit = np.floor(threshold).astype(np.int64)
    lost = recency > np.maximum(limit, silence.window.days)
    following = gaps.last_day + _expected_gap(gaps, silence)
    return Personal(threshold, np.maximum(recency - limit, 0), lost, np.where(lost, np.nan, following))


def personal_thresholds(gaps: OrderGaps, pool_days: int) -> NDArray[np.float64]:
    """(n · 90 % quantile of the own gaps + 3 · the churn window) ÷ (n + 3), n the number of own gaps."""
    count = gaps.days - 1
    return (count * _own_quantiles(gaps) + PSEUDO_COUNT * pool_days) / (count + PSEUDO_COUNT)


def _own_quantiles(gaps: OrderGaps) -> NDArray[np.float64]:
    """The 90 % quantile (type 7) of each customer's ended gaps; 0 without any."""
    customer = np.repeat(np.arange(len(gaps.days)), gaps.days)[gaps.returned]
    ended = gaps.gap[gaps.returned].astype(np.float64)
    ordered = ended[np.lexsort((ended, customer))]
    count = gaps.days - 1
    has = count > 0
    start = np.cumsum(count) - count
    place = QUANTILE * (count[has] - 1)
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, count[has] - 1)
    result = np.zeros(len(count))
    below, above = ordered[start[has] + low], ordered[start[has] + high]
    result[has] = below + (above - below) * (place - low)
    return result


def _expected_gap(gaps: OrderGaps, silence: Silence) -> NDArray[np.float64]:
    """Days from the last order to the expected next one, later than today; NaN where no return is known."""
    pace = personal_paces(gaps)
    scaled = np.floor(silence.recency_days / pace).astype(np.int64)
    survival, level = silence.curve.at(scaled), silence.window.level
    half = survival - (survival - level) / 2
    # The first day of the curve at which half of the returns still due have come.
    place = np.searchsorted(-silence.curve.survival, -half, side="left")
    known = (survival > level) & (place < len(silence.curve.time))
    day = silence.curve.time[np.minimum(place, len(silence.curve.time) - 1)]
    expected = np.maximum(np.round(day * pace), silence.recency_days + 1)
    return np.where(known, expected, np.nan)


def personal_paces(gaps: OrderGaps) -> NDArray[np.float64]:
    """exp(Σ ln(own gap ÷ geometric mean of all ended gaps) ÷ (n + 3)) of each customer; 1 without own gaps."""
    logs = np.where(gaps.returned, np.log(np.maximum(gaps.gap, 1)), 0.0)
    returns = max(int(gaps.returned.sum()), 1)
    count = gaps.days - 1
    own = np.add.reduceat(logs, gaps.start) - count * (logs.sum() / returns)
    return np.asarray(np.exp(own / (count + PSEUDO_COUNT)))
