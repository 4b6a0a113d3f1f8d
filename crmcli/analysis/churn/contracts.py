"""Contracts: they end on a known day, so that leaving need not be inferred from silence.

Views: survival curves by group with bands and log-rank test, a projection by the shifted-beta-geometric model, what
goes with leaving, and the reasons that were given for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.churn.drivers import drivers_table, telling_attributes
from crmcli.analysis.churn.reasons import reasons_table, service_note
from crmcli.analysis.churn.survival import grouped, levels
from crmcli.analysis.churn.views import CHURN_CATALOGUE, SURVIVAL
from crmcli.analysis.churn.views_contracts import DRIVERS, PROJECTION, REASONS
from crmcli.analysis.clv.sbg import Renewals, fit_sbg
from crmcli.analysis.clv.tenures import tenures
from crmcli.analysis.conform import conform
from crmcli.analysis.kaplan_meier import kaplan_meier
from crmcli.analysis.result import Fact, Result
from crmcli.analysis.views import Kind
from crmcli.errors import TooLittleDataError, UsageError, did_you_mean
from crmcli.notes import info, warning

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from numpy.typing import NDArray

    from crmcli.analysis.churn.options import ChurnOptions
    from crmcli.analysis.clv.fit import Fit
    from crmcli.analysis.clv.horizon import Span
    from crmcli.analysis.clv.sbg import Sbg
    from crmcli.notes import Note

_FAN = (0.05, 0.95)
_DRAWS = 1000
_SEED = 0
_LEAST_AHEAD = 12
_DAYS = {"d": 1.0, "w": 7.0, "m": 365.2425 / 12, "y": 365.2425}


@dataclass(frozen=True)
class Contracts:
    """One entry per contract.

    Args:
        days: how long each was observed, from its start to its end or to as_of.
        ended: whether it ended then.
        renewals: the renewals decided on, and whether the last of them was refused.
        attributes: what else is known of each, one column per attribute; String or Float64.
        reason: why it ended, null where nothing is said; None without such a column.
        as_of: the last day observed.
        renewal: how often contracts come up for renewal.
        notes: how they were read.
    """

    days: NDArray[np.int64]
    ended: NDArray[np.bool_]
    renewals: Renewed
    attributes: pl.DataFrame
    reason: pl.Series | None
    as_of: dt.date
    renewal: Span
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Renewed:
    """By contract the renewals decided on, and whether the last of them was refused."""

    periods: NDArray[np.int64]
    lost: NDArray[np.bool_]

    @classmethod
    def of_dates(cls, start: pl.Series, end: pl.Series, renewal: Span, as_of: dt.date) -> Renewed:
        """By the calendar; an end is null where the contract runs."""
        found = tenures(pl.DataFrame({"start": start, "end": end}), renewal, as_of)
        return cls(found["periods"].to_numpy(), found["lost"].to_numpy())

    @classmethod
    def of_days(cls, days: NDArray[np.int64], ended: NDArray[np.bool_], renewal: Span) -> Renewed:
        """By mean lengths of months and years: to the nearest renewal for the ended, whole ones for the others."""
        length = days / (renewal.count * _DAYS[renewal.unit])
        periods = np.where(ended, np.maximum(np.rint(length), 1), np.floor(length)).astype(np.int64)
        return cls(periods, ended)


def analyse_contracts(contracts: Contracts, options: ChurnOptions, money_scale: int) -> Result:
    """The views of contracts that the options name, or all that the file allows.

    Raises:
        TooLittleDataError: no contract, or too little for the view that is wanted.
        UsageError: a view or attribute that the file does not allow.
    """
    if not len(contracts.days):
        raise TooLittleDataError("There is no contract that had begun by as_of.")
    makers: dict[str, Callable[[], tuple[pl.DataFrame, tuple[Note, ...]]]] = {
        SURVIVAL.name: lambda: _survival(contracts, options.by),
        PROJECTION.name: lambda: _projection(contracts),
        DRIVERS.name: lambda: _drivers(contracts),
        REASONS.name: lambda: _reasons(contracts),
    }
    named_alone = options.views is not None and len(options.views) == 1
    if named_alone and not options.views <= makers.keys():  # type: ignore[operator]
        raise UsageError(
            f"The view {next(iter(options.views or ()))!r} is not made of contracts",
            remedy=f"Of contracts there are {', '.join(makers)}",
        )
    wanted = [name for name in makers if options.views is None or name in options.views]
    tables: dict[str, pl.DataFrame] = {}
    notes: list[Note] = list(contracts.notes)
    for name in wanted:
        try:
            table, said = makers[name]()
        except TooLittleDataError as error:
            if named_alone:
                raise
            notes.append(warning("churn_too_little", f"Without {name}: {error.problem}"))
            continue
        tables[name] = conform(table, CHURN_CATALOGUE.view(name), money_scale)
        notes += said
    others = tuple(name for name in makers if name not in tables)
    return Result(CHURN_CATALOGUE, contracts.as_of, money_scale, tables, _facts(contracts), tuple(notes), others)


def _survival(contracts: Contracts, by: str | None) -> tuple[pl.DataFrame, tuple[Note, ...]]:
    found = grouped(contracts.days, contracts.ended, None if by is None else levels(_attribute(contracts, by)))
    return found.table(), found.note(f"groups of {by}")


def _attribute(contracts: Contracts, name: str) -> pl.Series:
    names = contracts.attributes.columns
    if name not in names:
        raise UsageError(
            f"--by {name!r}: the contracts have no such column",
            remedy=did_you_mean(name, names) or f"Columns: {', '.join(names)}",
        )
    return contracts.attributes[name]


def _projection(contracts: Contracts) -> tuple[pl.DataFrame, tuple[Note, ...]]:
    renewals = Renewals.from_tenures(
        contracts.renewals.periods.astype(np.float64), contracts.renewals.lost.astype(np.float64)
    )
    fit = fit_sbg(renewals)
    text = f"Contracts are taken to come up for renewal every {contracts.renewal} (--renewal)"
    return projection_table(renewals, fit), (info("churn_renewal", text), *fit.notes)


def projection_table(renewals: Renewals, fit: Fit[Sbg]) -> pl.DataFrame:
    """The `projection` view: what was seen, and as many periods again (at least twelve) by the model."""
    known = int((renewals.at_risk > 0).sum())
    periods = np.arange(known + max(known, _LEAST_AHEAD) + 1, dtype=np.float64)
    kept = 1 - renewals.lost[:known] / renewals.at_risk[:known]
    observed = np.full(len(periods), np.nan)
    observed[: known + 1] = np.append(1.0, np.cumprod(kept))
    at_risk = np.full(len(periods), np.nan)
    at_risk[1 : known + 1] = renewals.at_risk[:known]
    fan = np.quantile([model.survival(periods) for model in _drawn(fit)], _FAN, axis=0)
    return pl.DataFrame(
        {
            "period": periods,
            "at_risk": at_risk,
            "observed": observed,
            "expected": fit.model.survival(periods),
            "expected_low": fan[0],
            "expected_high": fan[1],
            "projected": periods > known,
        }
    ).with_columns(pl.col("at_risk", "observed").fill_nan(None))


def _drawn(fit: Fit[Sbg]) -> list[Sbg]:
    """Models at parameters drawn from the normal approximation of their logarithms."""
    values, axes = np.linalg.eigh(fit.covariance)
    root = axes * np.sqrt(np.maximum(values, 0.0))
    normals = np.random.default_rng(_SEED).standard_normal((_DRAWS, len(values)))
    logs = np.log(fit.model.to_values()) + normals @ root.T
    return [fit.model.with_values(row) for row in np.exp(logs)]


def _drivers(contracts: Contracts) -> tuple[pl.DataFrame, tuple[Note, ...]]:
    telling = telling_attributes(contracts.attributes, contracts.ended)
    table = drivers_table(contracts.attributes.drop(telling), contracts.renewals.periods, contracts.renewals.lost)
    if not telling:
        return table, ()
    names = ", ".join(map(repr, telling))
    text = f"Left out of drivers: {names} by itself tells who has left, and so was most likely written afterwards"
    return table, (warning("churn_attribute_leaks", text),)


def _reasons(contracts: Contracts) -> tuple[pl.DataFrame, tuple[Note, ...]]:
    if contracts.reason is None:
        raise TooLittleDataError("the file has no column of reasons (name it with --reason COLUMN)")
    given = contracts.reason.filter(pl.Series(contracts.ended))
    return reasons_table(given), service_note(given)


def _facts(contracts: Contracts) -> tuple[Fact, ...]:
    curve = kaplan_meier(contracts.days, contracts.ended)
    ended = int(contracts.ended.sum())
    return (
        Fact("contracts", "Contracts", len(contracts.days), Kind.INTEGER, "contracts"),
        Fact("ended", "Ended", ended, Kind.INTEGER, "contracts"),
        Fact("median_days", "Median lifetime", curve.median, Kind.INTEGER, "days"),
        Fact("longest_days", "Longest seen", int(contracts.days.max()), Kind.INTEGER, "days"),
    )
