"""The items of a ledger at the ends of its months: which bucket each stands in, and where it stands a month later."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.credit.months import last_month_ends
from crmcli.invoices.allocate import UNAPPLIED
from crmcli.invoices.doc_types import DocKind

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from crmcli.analysis.credit.buckets import Buckets
    from crmcli.invoices.ledger import CreditLedger

LOST_DAYS = 180
"""Unpaid so long after the due date is lost."""

HISTORY_MONTHS = 24
"""Months that rates look back on."""


@dataclass(frozen=True, slots=True)
class Transitions:
    """Money (minor units) that went from each bucket in one month, summed over the months.

    `stayed` (n, n): to each bucket · `paid` (n,): settled by payments and credits · `lost` (n,): written off, or
    unpaid beyond `LOST_DAYS`. `by_month` holds for each month its end, the first matrix, and (n,) what stood there
    at its beginning.
    """

    stayed: NDArray[np.float64]
    paid: NDArray[np.float64]
    lost: NDArray[np.float64]
    by_month: tuple[tuple[dt.date, NDArray[np.float64], NDArray[np.float64]], ...]

    @property
    def started(self) -> NDArray[np.float64]:
        """Money in each bucket at the beginnings of the months."""
        return np.asarray(self.stayed.sum(axis=1) + self.paid + self.lost, dtype=np.float64)


def transitions(ledger: CreditLedger, buckets: Buckets) -> Transitions:
    """What became of the open money of each month end by the next one, over the last 24 months.

    Items that are lost already are left out; the age counts from the due date.
    """
    ends = last_month_ends(ledger.items["date"].sort()[0], ledger.as_of, HISTORY_MONTHS + 1)
    size = len(buckets.names)
    stayed, paid, lost = np.zeros((size, size)), np.zeros(size), np.zeros(size)
    by_month = []
    for begin, end in pairwise(ends):
        month = _one_month(ledger, buckets, begin, end)
        by_month.append((end, month[0], month[0].sum(axis=1) + month[1] + month[2]))
        stayed += month[0]
        paid += month[1]
        lost += month[2]
    return Transitions(stayed, paid, lost, tuple(by_month))


def _one_month(
    ledger: CreditLedger, buckets: Buckets, begin: dt.date, end: dt.date
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """`stayed`, `paid` and `lost` of one month, as in `Transitions`."""
    size = len(buckets.names)
    before = _standing(ledger, buckets, begin).filter(pl.col("days") <= LOST_DAYS)
    between = ledger.moves.filter((pl.col("date") > begin) & (pl.col("date") <= end) & (pl.col("item") != UNAPPLIED))
    loss = pl.col("amount").filter(pl.col("kind") == str(DocKind.WRITE_OFF)).sum()
    came = between.group_by("item").agg(gone=pl.col("amount").sum(), written_off=loss)
    rows = before.join(came, on="item", how="left").with_columns(pl.col("gone", "written_off").fill_null(0))
    left = pl.col("open") - pl.col("gone")
    age = (pl.lit(end) - pl.col("due")).dt.total_days()
    rows = rows.with_columns(left=left, age=age).with_columns(to=buckets.number(pl.col("age")))
    too_old = pl.col("age") > LOST_DAYS
    # A reversal can only raise what is left; it is then counted as not paid.
    sums = rows.group_by("place", "to").agg(
        stayed=pl.col("left").filter(~too_old).sum(),
        lost=pl.col("left").filter(too_old).sum() + pl.col("written_off").sum(),
        paid=(pl.col("gone") - pl.col("written_off")).clip(lower_bound=0).sum(),
    )
    stayed, paid, lost = np.zeros((size, size)), np.zeros(size), np.zeros(size)
    for place, to, stay, lose, pay in (
        sums.sort("place", "to").select("place", "to", "stayed", "lost", "paid").iter_rows()
    ):
        stayed[place, to] += stay
        paid[place] += pay
        lost[place] += lose
    return stayed, paid, lost


def _standing(ledger: CreditLedger, buckets: Buckets, day: dt.date) -> pl.DataFrame:
    """Items open on a day: `item`, `due`, `open`, `days` overdue, `place` of the bucket."""
    opened = ledger.at(day).open_items().select("item", "due", "open")
    opened = opened.with_columns(days=(pl.lit(day) - pl.col("due")).dt.total_days())
    return opened.with_columns(place=buckets.number(pl.col("days")))


def bucket_balances(ledger: CreditLedger, buckets: Buckets) -> list[int]:
    """Open money in each bucket by due date, minor units."""
    standing = _standing(ledger, buckets, ledger.as_of)
    sums = dict(standing.group_by("place").agg(pl.col("open").sum()).iter_rows())
    return [int(sums.get(place, 0)) for place in range(len(buckets.names))]
