"""The `forecast` view: what the model, fitted up to the split, had to say of the time after it, with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.clv.intervals import Interval
from crmcli.analysis.clv.tracking import week_ends
from crmcli.analysis.clv.value_intervals import CountMoments, total_purchases

if TYPE_CHECKING:
    from crmcli.analysis.clv.fit import Fit
    from crmcli.analysis.clv.holdout import Holdout
    from crmcli.analysis.clv.ledger import Ledger
    from crmcli.analysis.clv.model import PurchaseModel

_WEEK_DAYS = 7
_MOST_ROWS = 16


def forecast_table(ledger: Ledger, holdout: Holdout, fit: Fit[PurchaseModel], last: int, level: float) -> pl.DataFrame:
    """One row for the split, where all is known, and one per week after it; a longer holdout has wider steps.

    Unlike tracking, which has customers of each age whatever they did, the forecast starts from what these customers
    had done by the split: actual repeat purchases so far + Σ E[X(t, t + h) | x, t_x, T]. Its interval holds chance and
    the uncertainty of the parameters (`total_purchases`).

    Args:
        ledger: the days of all customers.
        holdout: the split and the customers as of it.
        fit: the model fitted before the split.
        last: the last day, since 1970.
        level: probability of the interval.
    """
    histories, split = holdout.histories, holdout.histories.day
    first, before = int(histories.born.min()), float(histories.x.sum())
    sigma = fit.sigma_models()
    rows: list[tuple[object, ...]] = []
    for day in [split, *_days(split, last)]:
        actual = before + float(ledger.purchases_between(split, day)[histories.customer].sum())
        ahead = _ahead(fit.model, sigma, holdout, day - split, level)
        ends = (before + ahead.expected, before + ahead.low, before + ahead.high)
        rows.append(((day - first) / _WEEK_DAYS, day, len(histories), actual, *ends))
    names = ("week", "until", "customers", "actual", "expected", "low", "high")
    table = pl.DataFrame(rows, schema=names, orient="row")
    return table.with_columns(pl.col("until").cast(pl.Int32).cast(pl.Date))


def _days(split: int, last: int) -> list[int]:
    """The ends of weeks after the split, evenly apart if there are many; the last day is always one of them."""
    ends = [int(day) for day in week_ends(split, last)]
    step = -(-len(ends) // _MOST_ROWS)
    return ends[::-1][::step][::-1]


def _ahead(
    model: PurchaseModel, sigma: tuple[PurchaseModel, ...], holdout: Holdout, days: int, level: float
) -> Interval:
    if days == 0:
        return Interval(0.0, 0.0, 0.0)
    rows = holdout.histories.rows
    return total_purchases(CountMoments.of((model,), rows, days), CountMoments.of(sigma, rows, days), rows, level)
