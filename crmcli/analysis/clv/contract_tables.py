"""What the analysis of contracts may be told, and the tables that all kinds of contracts share."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.clv.intervals import Interval
from crmcli.analysis.clv.units import DAYS_PER_YEAR, TimeUnit
from crmcli.analysis.conform import conform
from crmcli.analysis.result import Result

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from crmcli.analysis.clv.bg_bb import BgBb
    from crmcli.analysis.clv.fit import Fit
    from crmcli.analysis.clv.horizon import Span
    from crmcli.analysis.clv.sbg import Sbg
    from crmcli.analysis.result import Fact
    from crmcli.analysis.views import Catalogue
    from crmcli.notes import Note

_MONTHS_A_YEAR = 12

Measure = tuple[str, float, float | None, float | None, str]
"""A row of the summary: measure, value, low, high, unit."""


@dataclass(frozen=True, slots=True)
class ContractOptions:
    """The options of a run.

    `period` is the time between renewals, or between chances. `holdout` is kept from the fit; None for none of it.
    `margin` is the profit of a customer in a period. `as_of` is the end of observation; None for the last date.
    """

    period: Span
    horizon: Span
    discount_rate_annual: float = 0.1
    holdout: Span | None = None
    level: float = 0.9
    margin: float | None = None
    as_of: dt.date | None = None
    money_scale: int = 2

    @property
    def rate(self) -> float:
        """Effective discount rate of a period."""
        return float((1 + self.discount_rate_annual) ** years(self.period) - 1)

    def periods_in(self, span: Span) -> int:
        """How many periods a span covers, the last one begun."""
        return ceil(round(years(span) / years(self.period), 2))


def years(span: Span) -> float:
    """Length of a span; months and years by the calendar, days as parts of 365."""
    if span.unit in {"m", "y"}:
        return span.count * (1 if span.unit == "y" else 1 / _MONTHS_A_YEAR)
    return span.count * (7 if span.unit == "w" else 1) / DAYS_PER_YEAR


def times(interval: Interval, factor: float) -> Interval:
    """An interval in another unit."""
    return Interval(interval.expected * factor, interval.low * factor, interval.high * factor)


def measure(name: str, value: float | Interval, unit: str) -> Measure:
    """A row of the summary."""
    if isinstance(value, Interval):
        return (name, value.expected, value.low, value.high, unit)
    return (name, value, None, None, unit)


def shared_tables(
    measures: Iterable[Measure], fits: Mapping[str, Fit[Sbg] | Fit[BgBb]], options: ContractOptions
) -> dict[str, pl.DataFrame]:
    """The views summary, models and parameters."""
    number = dict.fromkeys(("value", "low", "high"), pl.Float64)
    names = ("holdout_mae", "holdout_rmse", "holdout_bias", "holdout_corr")
    estimates = [(title, one) for title, fit in fits.items() for one in fit.table(TimeUnit.DAY, options.level)]
    return {
        "summary": pl.DataFrame(
            list(measures), schema={"measure": pl.String, **number, "unit": pl.String}, orient="row"
        ),
        "models": pl.DataFrame(
            [
                (title, fit.log_likelihood, 2 * len(fit.model.parameter_names) - 2 * fit.log_likelihood, fit.converged)
                for title, fit in fits.items()
            ],
            schema={"model": pl.String, "log_likelihood": pl.Float64, "aic": pl.Float64, "converged": pl.Boolean},
            orient="row",
        )
        .with_columns(pl.lit(None, pl.Float64).alias(name) for name in names)
        .with_columns(recommended=pl.lit(value=True)),
        "parameters": pl.DataFrame(
            [(title, one.parameter, one.estimate, one.std_error, one.ci_low, one.ci_high) for title, one in estimates],
            schema=["model", "parameter", "estimate", "std_error", "ci_low", "ci_high"],
            orient="row",
        ),
    }


def contract_result(
    catalogue: Catalogue,
    frames: Mapping[str, pl.DataFrame],
    said: tuple[tuple[Fact, ...], tuple[Note, ...]],
    options: ContractOptions,
    as_of: dt.date | None,
) -> Result:
    """The result of a kind of contracts; `said` holds its facts and notes."""
    scale = options.money_scale
    tables = {name: conform(frame, catalogue.view(name), scale) for name, frame in frames.items()}
    return Result(catalogue, as_of, scale, tables, *said)
