"""The `validation` view: a model fitted before the split against what came after it, beside two naive forecasts."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.clv.accuracy import Accuracy, Ranking, decile_of
from crmcli.analysis.clv.tracking import tracking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcli.analysis.clv.arrays import Floats, Indices
    from crmcli.analysis.clv.holdout import Holdout
    from crmcli.analysis.clv.ledger import Ledger
    from crmcli.analysis.clv.model import PurchaseModel

_MOST_X = 7
_WEEKS = (0, 1, 4, 8, 13, 26, 52, 104)
_WEEK_DAYS = 7
_TYPES = {
    "section": pl.String,
    "key": pl.String,
    "customers": pl.Int64,
    "actual": pl.Float64,
    "expected": pl.Float64,
    "same_rate": pl.Float64,
    "population_mean": pl.Float64,
}


@dataclass(frozen=True)
class Forecasts:
    """One forecast per customer of the holdout by the model and by each naive rule."""

    expected: Floats
    same_rate: Floats
    population_mean: Floats


def validation_table(
    ledger: Ledger, holdout: Holdout, model: PurchaseModel, last: int, spend: Forecasts | None = None
) -> pl.DataFrame:
    """All sections.

    Args:
        ledger: the days of all customers.
        holdout: the split and what came after it.
        model: fitted before the split.
        last: the last day, since 1970.
        spend: money forecasts for the same customers, if spending was modelled.
    """
    rows = holdout.histories.rows
    expected = model.expected_purchases(rows, holdout.days)[rows.index]
    forecasts = Forecasts(expected, holdout.same_rate, holdout.population_mean)
    parts = [
        _section("tracking", tracking(ledger, holdout.histories, model, last)),
        *_binned(holdout, forecasts),
        _section("overall", overall(holdout.actual, forecasts, "purchases")),
        _section("overall", _excluded(holdout)),
    ]
    if spend is not None:
        parts.append(_section("spend", overall(holdout.money, spend, "money")))
    return pl.concat(parts)


def overall(actual: Floats, forecasts: Forecasts, what: str) -> pl.DataFrame:
    """The sum, then one row per measure; the forecast of zero for everyone stands in rows of its own."""
    columns, zero = _columns(forecasts).values(), Accuracy.of(np.zeros(len(actual)), actual)
    rows: list[tuple[object, ...]] = [(what, len(actual), float(actual.sum()), *(float(one.sum()) for one in columns))]
    for kind in (Accuracy, Ranking):
        measured = [kind.of(one, actual) for one in columns]
        names = [field.name for field in fields(kind)]
        rows += [(name, len(actual), None, *(getattr(one, name) for one in measured)) for name in names]
    rows += [(f"{name}_of_zero", len(actual), None, getattr(zero, name), None, None) for name in ("mae", "rmse")]
    return pl.DataFrame(rows, schema={name: _TYPES[name] for name in list(_TYPES)[1:]}, orient="row")


def _columns(forecasts: Forecasts) -> dict[str, Floats]:
    return {field.name: getattr(forecasts, field.name) for field in fields(Forecasts)}


def _excluded(holdout: Holdout) -> pl.DataFrame:
    return pl.DataFrame({"key": ["excluded_born_after_split"], "customers": [holdout.excluded]})


def _section(name: str, table: pl.DataFrame) -> pl.DataFrame:
    absent = [pl.lit(None, dtype).alias(column) for column, dtype in _TYPES.items() if column not in table.columns]
    named = table.with_columns(*absent).with_columns(section=pl.lit(name))
    return named.select(pl.col(column).cast(dtype) for column, dtype in _TYPES.items())


def _binned(holdout: Holdout, forecasts: Forecasts) -> list[pl.DataFrame]:
    histories = holdout.histories
    by_x = np.minimum(histories.x, _MOST_X)
    weeks = np.searchsorted(np.array(_WEEKS) * _WEEK_DAYS, histories.t_x_days, side="left")
    months = pl.Series(histories.born).cast(pl.Int32).cast(pl.Date).dt.strftime("%Y-%m")
    cohorts = months.unique().sort()
    cohort = np.searchsorted(cohorts.to_numpy(), months.to_numpy())
    return [
        _bins("by_x", by_x, [*map(str, range(_MOST_X)), f"{_MOST_X}+"], holdout, forecasts),
        _bins("by_t_x", weeks, _week_labels(), holdout, forecasts),
        _bins("by_cohort", cohort, cohorts.to_list(), holdout, forecasts),
        _bins("decile", decile_of(forecasts.expected), [*map(str, range(1, 11))], holdout, forecasts),
    ]


def _week_labels() -> list[str]:
    ranges = [f"{low + 1}-{high}" if high > low + 1 else str(high) for low, high in itertools.pairwise(_WEEKS)]
    return ["0", *ranges, f"{_WEEKS[-1] + 1}+"]


def _bins(section: str, group: Indices, labels: Sequence[str], holdout: Holdout, forecasts: Forecasts) -> pl.DataFrame:
    """Sums by group; groups without customers are left out."""
    size = len(labels)
    counts = np.bincount(group, minlength=size)
    sums = {"actual": holdout.actual, **_columns(forecasts)}
    table = pl.DataFrame(
        {
            "key": list(labels),
            "customers": counts,
            **{name: np.bincount(group, values, size) for name, values in sums.items()},
        }
    )
    return _section(section, table.filter(pl.col("customers") > 0))
