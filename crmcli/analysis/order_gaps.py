"""The time from each order day to the next, the open last one of every customer included.

Only days on which an order began count; several orders on one day are one day, and refunds are none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.kaplan_meier import kaplan_meier

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from crmcli.analysis.kaplan_meier import SurvivalCurve
    from crmcli.customers.summary import CustomerSummary


@dataclass(frozen=True, slots=True)
class OrderGaps:
    """All order days of all customers, one after the other, customers in the row order of the summary.

    By order day: `day` (days since 1970), `gap` (days to the customer's next order day, or to the end of observation
    after the last one), `returned` (whether there is a next one), `number` (0 for the customer's first). By customer:
    `start`, the place of the first order day, and `days`, how many there are. `end` is the last day observed.
    """

    day: NDArray[np.int32]
    gap: NDArray[np.int32]
    returned: NDArray[np.bool_]
    number: NDArray[np.int32]
    start: NDArray[np.int64]
    days: NDArray[np.int64]
    end: int

    @property
    def first_day(self) -> NDArray[np.int32]:
        """By customer, the first order day."""
        return self.day.take(self.start)

    @property
    def last_day(self) -> NDArray[np.int32]:
        """By customer, the last order day."""
        return self.day.take(self.start + self.days - 1)

    def since_first(self) -> NDArray[np.int32]:
        """By order day, days since the customer's first: the sum of the gaps before."""
        return self.day - np.repeat(self.first_day, self.days)

    def curve(self) -> SurvivalCurve:
        """The time to the next order: gaps that came to an end, and open ones as censored."""
        return kaplan_meier(self.gap, self.returned)


def order_gaps(summary: CustomerSummary) -> OrderGaps | None:
    """The gaps of all customers up to as_of; None when the summary was made without days."""
    if not summary.days.width:
        return None
    days = summary.days.filter(pl.col("orders") > 0).select("customer", pl.col("date").to_physical())
    customer, day = days["customer"].to_numpy(), days["date"].to_numpy()
    end = day_number(summary.as_of)
    returned = np.append(customer[1:] == customer[:-1], np.zeros(min(len(customer), 1), dtype=bool))
    start = np.flatnonzero(np.append(np.ones(1, dtype=bool), ~returned)[:-1])
    counts = np.diff(start, append=len(customer))
    following = np.append(day[1:], np.int32(end))
    gap = np.where(returned, following, np.int32(end)) - day
    number = np.arange(len(customer), dtype=np.int32) - np.repeat(start.astype(np.int32), counts)
    return OrderGaps(day, gap, returned, number, start, counts, end)


def day_number(date: dt.date) -> int:
    """Days since 1970."""
    return date.toordinal() - _EPOCH


_EPOCH = 719_163
