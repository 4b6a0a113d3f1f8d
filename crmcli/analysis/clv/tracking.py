"""Repeat purchases cumulated week by week since the first purchase of all, as they came and as a model expects them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from crmcli.analysis.clv.arrays import Floats, Ints
    from crmcli.analysis.clv.ledger import Histories, Ledger
    from crmcli.analysis.clv.model import PurchaseModel

_WEEK_DAYS = 7


def week_ends(first: int, last: int) -> Ints:
    """The last day of each week of time since `first`; the last week ends with `last` and may be short."""
    weeks = max(1, -(-(last - first) // _WEEK_DAYS))
    return np.minimum(first + _WEEK_DAYS * np.arange(1, weeks + 1), last)


def tracking(ledger: Ledger, histories: Histories, model: PurchaseModel, last: int) -> pl.DataFrame:
    """One row per week: key (its number), customers (born by its end), actual, expected, same_rate, population_mean.

    Expected is unconditional, ΣE[X(age)] over the customers of `histories` (Fader and Hardie): what the model has of
    customers of their ages, whatever they did.
    """
    born, births = np.unique(histories.born, return_counts=True)
    ends = week_ends(int(born[0]), last)
    ages = np.maximum(ends[:, None] - born[None, :], 0)
    ages_seen, place = np.unique(ages, return_inverse=True)
    expected = model.expected_from_birth(ages_seen.astype(np.float64))[place.reshape(ages.shape)]
    rates = _rates(histories)
    return pl.DataFrame(
        {
            "key": [str(week) for week in range(1, len(ends) + 1)],
            "customers": (births * (ends[:, None] >= born)).sum(axis=1),
            "actual": _cumulated(ledger, histories, ends),
            "expected": expected @ births,
            "same_rate": ages @ np.bincount(np.searchsorted(born, histories.born), rates),
            "population_mean": ages @ births * (histories.x.sum() / max(int(histories.age_days.sum()), 1)),
        }
    )


def _rates(histories: Histories) -> Floats:
    ages = histories.age_days
    return np.divide(histories.x, ages, out=np.zeros(len(ages)), where=ages > 0)


def _cumulated(ledger: Ledger, histories: Histories, ends: Ints) -> Floats:
    """Repeat purchases of these customers by the end of each week."""
    among = np.zeros(ledger.customers, dtype=np.bool_)
    among[histories.customer] = True
    repeat = ledger.bought & (ledger.number > 1) & among[ledger.customer]
    days = np.sort(ledger.day[repeat])
    return np.searchsorted(days, ends, side="right").astype(np.float64)
