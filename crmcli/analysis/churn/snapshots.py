"""Dates at which the past is cut off from the future: features from before, labels from after.

A snapshot at a cut sees the customers as they were at the end of that day. Its label says whether a customer made no
order in (cut, cut + horizon]. The last cut whose label window has ended by as_of is the test; models learn from earlier
ones, whose label windows end at or before the test cut, so that nothing that is tested was ever seen.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.churn.features import features_of, gaps_of
from crmcli.analysis.clv.rows import Rows
from crmcli.customers.past import summary_at
from crmcli.customers.summary import CustomerSummary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from crmcli.analysis.churn.features import Features
    from crmcli.analysis.order_gaps import OrderGaps

MOST_TRAINING_CUTS = 4
"""Training cuts lie a third of the horizon apart: their label windows overlap, their customers stand elsewhere."""

LEAST_OF_EACH = 20
"""Customers who left, and who stayed, that a snapshot must have to teach or test anything."""

_STEPS_PER_HORIZON = 3


class Snapshot:
    """All customers with an order up to `past.as_of`, in the order of `past.frame`; made of nothing but `past`."""

    def __init__(self, past: CustomerSummary) -> None:
        self.past = past

    @property
    def cut(self) -> dt.date:
        """The last day that is known."""
        return self.past.as_of

    @cached_property
    def gaps(self) -> OrderGaps:
        """Order days."""
        return gaps_of(self.past)

    @cached_property
    def features(self) -> Features:
        """What the learning models see."""
        return features_of(self.past, self.gaps)

    @cached_property
    def rows(self) -> Rows:
        """What the buying models see: distinct (x, t_x, T)."""
        gaps = self.gaps
        return Rows.of(
            (gaps.days - 1).astype(np.int64),
            (gaps.last_day - gaps.first_day).astype(np.int64),
            (gaps.end - gaps.first_day).astype(np.int64),
        )

    @cached_property
    def recency_days(self) -> NDArray[np.int64]:
        """Silence of each customer."""
        return (self.gaps.end - self.gaps.last_day).astype(np.int64)

    def active(self, horizon_days: int) -> NDArray[np.bool_]:
        """Who ordered within the last horizon."""
        return self.recency_days <= horizon_days


@dataclass(frozen=True)
class Labelled:
    """A snapshot with what came after: `churned` is True for each customer without an order in (cut, cut + horizon]."""

    snapshot: Snapshot
    churned: NDArray[np.bool_]


def labelled(summary: CustomerSummary, cut: dt.date, horizon_days: int) -> Labelled:
    """The snapshot at a cut with its labels; the window must have ended by as_of."""
    known = (summary.frame["first_date"] <= cut).to_numpy()
    ahead = pl.col("date").is_between(cut, cut + dt.timedelta(days=horizon_days), closed="right")
    bought = np.zeros(summary.frame.height, dtype=bool)
    bought[summary.days.filter(pl.col("orders") > 0, ahead)["customer"].to_numpy()] = True
    return Labelled(Snapshot(summary_at(summary, cut)), ~bought[known])


def test_cut(as_of: dt.date, horizon_days: int) -> dt.date:
    """The last cut whose label window has ended by as_of."""
    return as_of - dt.timedelta(days=horizon_days)


def training_cuts(first: dt.date, until: dt.date, horizon_days: int) -> Iterator[dt.date]:
    """Cuts whose label windows end by `until`, the latest first, none before a step of history has been seen."""
    step = max(horizon_days // _STEPS_PER_HORIZON, 1)
    for number in range(MOST_TRAINING_CUTS):
        cut = until - dt.timedelta(days=horizon_days + number * step)
        if cut < first + dt.timedelta(days=step):
            return
        yield cut


def thinned(summary: CustomerSummary, most: int) -> CustomerSummary:
    """At most so many customers: every k-th in the order of their ids, which says nothing about them."""
    every = -(-summary.frame.height // most)
    if every <= 1:
        return summary
    kept = pl.col("customer") % every == 0
    days = summary.days.filter(kept).with_columns(pl.col("customer") // every)
    return CustomerSummary(summary.frame.gather_every(every), summary.as_of, summary.money_scale, days)
