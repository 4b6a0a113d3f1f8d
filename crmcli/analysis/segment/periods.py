"""How the active base renews itself: new, retained, resurrected and dormant customers by calendar period.

Active in a period is who ordered in it. Of these, new is whose first order it holds, retained who was active in the
period before, resurrected who was not but had been earlier; dormant is who was active in the period before and is not
in this one. So active(p) = new + retained + resurrected, and active(p − 1) = retained + dormant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.calendar_periods import calendar

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcli.analysis.order_gaps import OrderGaps


def periods_table(gaps: OrderGaps, period: str) -> pl.DataFrame:
    """The `periods` view: one row per period from the first order to as_of; one that has not ended has no counts.

    Args:
        gaps: the order days of all customers.
        period: week, month or quarter.
    """
    periods = calendar(period, int(gaps.day.min()), gaps.end)
    place, first = visited(periods.of(gaps.day), gaps)
    number = len(periods.label)
    came_before = np.append(0, place[:-1]) == place - 1
    active = np.bincount(place, minlength=number)
    new = np.bincount(place[first], minlength=number)
    retained = np.bincount(place[came_before & ~first], minlength=number)
    counts = {
        "active": active,
        "new": new,
        "retained": retained,
        "resurrected": active - new - retained,
        "dormant": np.append(0, active[:-1]) - retained,
    }
    complete = pl.Series("complete", periods.last_day <= gaps.end)
    return pl.DataFrame({"period": periods.label, **counts, "complete": complete}).with_columns(
        pl.when("complete").then(pl.col(*counts)).name.keep()
    )


def visited(number: NDArray[np.int32], gaps: OrderGaps) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Each customer's periods with an order, one after the other, and which of them are the customer's first.

    `number` is the period of each order day.
    """
    entered = _entered(number, gaps)
    return number[entered], (gaps.number == 0)[entered]


def visited_by(number: NDArray[np.int32], gaps: OrderGaps) -> NDArray[np.int64]:
    """By customer, the number of periods with an order."""
    return np.add.reduceat(_entered(number, gaps), gaps.start, dtype=np.int64)


def _entered(number: NDArray[np.int32], gaps: OrderGaps) -> NDArray[np.bool_]:
    """Whether an order day is its customer's first in its period."""
    entered: NDArray[np.bool_] = gaps.number == 0
    entered[1:] |= number[1:] != number[:-1]
    return entered
