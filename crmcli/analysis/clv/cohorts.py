"""The `cohorts` view: value per customer by month of the first purchase and age, observed and projected."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.clv.ledger import day_number

if TYPE_CHECKING:
    from crmcli.analysis.clv.arrays import Floats, Ints
    from crmcli.analysis.clv.workbench import Workbench

_MOST_STEPS = 12


def cohorts_table(bench: Workbench) -> pl.DataFrame:
    """One row per cohort and month of age up to as_of, then per step of at least a month up to the horizon's end."""
    months, cohort = np.unique(_month(bench.histories.born), return_inverse=True)
    sizes = np.bincount(cohort)
    past, future = _month_ends(int(months[0]), bench.last), _steps(bench)
    observed = _observed(bench, cohort, past)
    projected = observed[:, -1:] + _projected(bench, cohort, future)
    days = np.concatenate([past, future])
    values = np.concatenate([observed, projected], axis=1) / sizes[:, None]
    table = pl.DataFrame(
        {
            "month": np.repeat(months, len(days)),
            "customers": np.repeat(sizes, len(days)),
            "until": np.tile(days, len(months)),
            "projected": np.tile(days > bench.last, len(months)),
            "value_per_customer": values.ravel(),
        }
    )
    return _labelled(table)


def _labelled(table: pl.DataFrame) -> pl.DataFrame:
    """With names, ages and dates; without months before a cohort's first."""
    until = pl.col("until").cast(pl.Int32).cast(pl.Date)
    age = until.dt.year().cast(pl.Int64) * 12 + until.dt.month() - 1 - pl.col("month")
    cohort = pl.format("{}-{}", pl.col("month") // 12, (pl.col("month") % 12 + 1).cast(pl.String).str.zfill(2))
    return table.with_columns(cohort=cohort, age_months=age, until=until).filter(pl.col("age_months") >= 0)


def _month(days: Ints) -> Ints:
    """Months since the year 0 of some days since 1970."""
    date = pl.Series(days).cast(pl.Int32).cast(pl.Date)
    return (date.dt.year().cast(pl.Int64) * 12 + date.dt.month() - 1).to_numpy()


def _month_ends(first_month: int, last: int) -> Ints:
    """The last day of each month from the first one on; as_of ends the last."""
    last_month = int(_month(np.array([last]))[0])
    starts = [dt.date(month // 12, month % 12 + 1, 1) for month in range(first_month + 1, last_month + 1)]
    return np.array([*(day_number(start) - 1 for start in starts), last])


def _steps(bench: Workbench) -> Ints:
    """The ends of the months within the horizon, thinned to at most twelve steps, and its end."""
    end = bench.last + bench.horizon_days
    months = _month_ends(int(_month(np.array([bench.last]))[0]), end)
    inside = months[(months > bench.last) & (months < end)]
    every = -(-len(inside) // (_MOST_STEPS - 1)) if len(inside) else 1
    return np.append(inside[::-1][::every][::-1], end)


def _observed(bench: Workbench, cohort: Ints, ends: Ints) -> Floats:
    """Cumulated money by cohort at some days."""
    until = np.searchsorted(ends, bench.ledger.day, side="left")
    size = int(cohort.max()) + 1
    place = cohort[bench.ledger.customer] * len(ends) + until
    units = np.bincount(place, bench.ledger.minor_units, size * len(ends))
    money = np.cumsum(units.reshape(size, len(ends)), axis=1)
    return np.asarray(money / 10.0**bench.ledger.scale * bench.ledger.share, dtype=np.float64)


def _projected(bench: Workbench, cohort: Ints, ends: Ints) -> Floats:
    """Expected discounted money by cohort from as_of to some days."""
    histories, rows = bench.histories, bench.histories.rows
    spend = bench.spending.expected(histories.x, histories.mean_spend)
    steps = [bench.fit.model.discounted_purchases(rows, float(end - bench.last), bench.rate_per_day) for end in ends]
    return np.stack([np.bincount(cohort, step[rows.index] * spend) for step in steps], axis=1)
