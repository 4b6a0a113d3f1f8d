"""Purchase histories and spending of all customers as of any day, from the days of a customer summary.

A purchase is a day with an order: purchases of one day are one. Money of a day without an order (a refund, a further
line of an earlier order) belongs to the purchase before it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.clv.rows import Rows

if TYPE_CHECKING:
    from crmcli.analysis.clv.arrays import Flags, Floats, Indices, Ints
    from crmcli.customers.summary import CustomerSummary

_EPOCH = dt.date(1970, 1, 1)


def day_number(date: dt.date) -> int:
    """Days since 1970."""
    return (date - _EPOCH).days


def to_date(day: int) -> dt.date:
    """The date of a day since 1970."""
    return _EPOCH + dt.timedelta(days=day)


@dataclass(frozen=True)
class Histories:
    """Customers born by a day, and what they had done by its end.

    Args:
        day: the day, since 1970.
        customer: their numbers in the summary, rising.
        x: repeat purchases.
        t_x_days: days from first to last purchase.
        age_days: days from first purchase to `day`.
        mean_spend: money per repeat purchase, refunds taken off; 0 where there is none (x = 0).
    """

    day: int
    customer: Indices
    x: Ints
    t_x_days: Ints
    age_days: Ints
    mean_spend: Floats

    def __len__(self) -> int:
        return len(self.x)

    @cached_property
    def rows(self) -> Rows:
        """The distinct histories with their weights."""
        return Rows.of(self.x, self.t_x_days, self.age_days)

    @property
    def born(self) -> Ints:
        """Day of the first purchase, since 1970."""
        return self.day - self.age_days


@dataclass(frozen=True)
class Ledger:
    """One entry per customer and day, sorted by both.

    Args:
        customers: number of customers in the summary.
        customer: row number in the summary's frame.
        day: days since 1970.
        bought: whether an order began on the day.
        minor_units: money of the day, refunds taken off, in whole minor units, so that sums of it can be exact.
        scale: decimals of money.
        share: part of the money that counts.
    """

    customers: int
    customer: Indices
    day: Ints
    bought: Flags
    minor_units: Floats
    scale: int
    share: float = 1.0

    @classmethod
    def of(cls, summary: CustomerSummary, column: str = "net") -> Ledger:
        """The days of a summary; `column` is net or margin."""
        days = summary.days
        return cls(
            customers=summary.frame.height,
            customer=days["customer"].cast(pl.Int64).to_numpy(),
            day=days["date"].to_physical().cast(pl.Int64).to_numpy(),
            bought=(days["orders"] > 0).to_numpy(),
            minor_units=days[column].to_physical().cast(pl.Float64).to_numpy(),
            scale=summary.money_scale,
        )

    @cached_property
    def number(self) -> Ints:
        """Of each entry, how many purchases its customer has made by then, this one included."""
        purchases = np.cumsum(self.bought)
        starts = np.searchsorted(self.customer, np.arange(self.customers))
        before = np.concatenate([[0], purchases])[starts]
        return np.asarray(purchases - before[self.customer], dtype=np.int64)

    @cached_property
    def gaps(self) -> tuple[Indices, Ints]:
        """Of each repeat purchase its customer, and the days since the purchase before."""
        customer, day = self.customer[self.bought], self.day[self.bought]
        again = customer[1:] == customer[:-1]
        return customer[1:][again], (day[1:] - day[:-1])[again]

    def histories(self, day: int) -> Histories:
        """All who had bought by the end of a day."""
        seen = self.day <= day
        bought = seen & self.bought
        first = bought & (self.number == 1)
        customer = self.customer[first]
        purchases = np.bincount(self.customer[bought], minlength=self.customers)[customer]
        last = np.zeros(self.customers, dtype=np.int64)
        np.maximum.at(last, self.customer[bought], self.day[bought])
        born = self.day[first]
        repeat = self._money(seen & (self.number > 1))[customer]
        x = purchases.astype(np.int64) - 1
        return Histories(
            day=day,
            customer=customer,
            x=x,
            t_x_days=last[customer] - born,
            age_days=day - born,
            mean_spend=np.divide(repeat, x, out=np.zeros(len(x)), where=x > 0),
        )

    def purchases_between(self, after: int, until: int) -> Floats:
        """Purchases after one day until the end of another, by customer of the summary."""
        inside = self.bought & (self.day > after) & (self.day <= until)
        return np.bincount(self.customer[inside], minlength=self.customers).astype(np.float64)

    def money_between(self, after: int, until: int) -> Floats:
        """Money after one day until the end of another, by customer of the summary."""
        return self._money((self.day > after) & (self.day <= until))

    def first_purchase_money(self) -> Floats:
        """Money of the first purchase, what was given back before the second one taken off, by customer."""
        return self._money(self.number == 1)

    def log_gaps(self, day: int) -> float:
        """Σ ln(days between purchases) over all gaps that end by a day."""
        customer = self.customer[self.bought]
        ends = self.day[self.bought]
        again = (customer[1:] == customer[:-1]) & (ends[1:] <= day)
        lengths, counts = np.unique((ends[1:] - ends[:-1])[again], return_counts=True)
        return float(counts @ np.log(lengths)) if len(lengths) else 0.0

    def _money(self, chosen: Flags) -> Floats:
        # Whole numbers: their sums do not depend on the order as long as they stay below 2⁵³.
        units = np.bincount(self.customer[chosen], self.minor_units[chosen], self.customers)
        return np.asarray(units / 10.0**self.scale * self.share, dtype=np.float64)
