"""The split of the observed time: customers as they were at its end, and what they did after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crmcli.analysis.clv.horizon import Span
from crmcli.analysis.clv.ledger import day_number, to_date
from crmcli.errors import UsageError

if TYPE_CHECKING:
    import datetime as dt

    from crmcli.analysis.clv.arrays import Floats
    from crmcli.analysis.clv.ledger import Histories, Ledger

_LEAST_MEDIANS = 2


@dataclass(frozen=True)
class Holdout:
    """What a model fitted up to the split has to forecast.

    Args:
        histories: customers born by the split, as of it.
        days: length of the time after the split.
        actual: purchases of these customers in it.
        money: money of these customers in it, refunds taken off.
        excluded: customers born after the split.
        long_enough: both sides hold two median gaps between purchases, so that models can be told apart.
    """

    histories: Histories
    days: int
    actual: Floats
    money: Floats
    excluded: int
    long_enough: bool

    @property
    def same_rate(self) -> Floats:
        """Purchases if all went on as before: x/T × days; 0 for those born on the day of the split."""
        own = self.histories
        return np.divide(own.x, own.age_days, out=np.zeros(len(own)), where=own.age_days > 0) * self.days

    @property
    def population_mean(self) -> Floats:
        """Purchases if all bought at the mean rate, Σx/ΣT × days."""
        own = self.histories
        ages = int(own.age_days.sum())
        return np.full(len(own), float(own.x.sum()) / ages * self.days if ages else 0.0)


def split_day(first: int, last: int, wish: Span | dt.date | None) -> int:
    """The last day before the holdout: before the last third of the days unless a wish names another.

    Args:
        first: day of the first purchase of all, since 1970.
        last: as_of, since 1970.
        wish: length of the holdout, or the last date before it.

    Raises:
        UsageError: it does not lie within the observed time.
    """
    if wish is None:
        return last - (last - first) // 3
    as_of = to_date(last)
    split = day_number(wish.before(as_of) if isinstance(wish, Span) else wish)
    if not first <= split < last:
        date = to_date(split)
        start = to_date(first)
        raise UsageError(
            f"--holdout would split at {date}, which is not within {start} … {as_of}",
            remedy="Name a shorter span, or a date within.",
        )
    return split


def holdout_at(ledger: Ledger, split: int, last: int) -> Holdout | None:
    """The holdout after a split, or None when nothing can be learnt before it or nothing comes after it."""
    histories = ledger.histories(split)
    if split >= last or not len(histories) or not histories.x.any():
        return None
    customers = histories.customer
    _, gaps = ledger.gaps
    needed = _LEAST_MEDIANS * float(np.median(gaps))
    return Holdout(
        histories=histories,
        days=last - split,
        actual=ledger.purchases_between(split, last)[customers],
        money=ledger.money_between(split, last)[customers],
        excluded=ledger.customers - len(histories),
        long_enough=min(last - split, int(histories.age_days.max())) >= needed,
    )
