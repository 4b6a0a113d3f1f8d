"""Value of contracts: retention by sBG where renewal is seen, BG/BB where chances are taken or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.clv.contract_chances import value_chances
from crmcli.analysis.clv.contract_tables import contract_result, measure, shared_tables, times
from crmcli.analysis.clv.intervals import normal_interval
from crmcli.analysis.clv.sbg import Renewals, fit_sbg
from crmcli.analysis.clv.tenures import tenures
from crmcli.analysis.clv.views import RETENTION_CATALOGUE
from crmcli.analysis.result import Fact
from crmcli.analysis.views import Kind
from crmcli.customers.contracts import CHANCES, SPANS
from crmcli.errors import InputError, TooLittleDataError, UsageError
from crmcli.notes import info

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator

    from crmcli.analysis.clv.arrays import Floats
    from crmcli.analysis.clv.contract_tables import ContractOptions, Measure
    from crmcli.analysis.clv.fit import Fit
    from crmcli.analysis.clv.intervals import Interval
    from crmcli.analysis.clv.sbg import Sbg
    from crmcli.analysis.result import Result
    from crmcli.customers.contracts import Contracts
    from crmcli.notes import Note

_LEAST_AHEAD = 5
_LEAST_PERIODS = 2


def value_contracts(contracts: Contracts, options: ContractOptions) -> Result:
    """The views of a file of contracts.

    Args:
        contracts: the rows.
        options: see there.

    Raises:
        InputError: survivors that rise.
        TooLittleDataError: nothing was renewed or refused yet.
        UsageError: the holdout leaves nothing to fit.
    """
    if contracts.kind == CHANCES:
        return value_chances(contracts.frame, options)
    frame, as_of = contracts.frame, options.as_of
    notes: tuple[Note, ...] = ()
    if contracts.kind == SPANS:
        as_of = options.as_of or _last_date(frame)
        frame = tenures(frame, options.period, as_of)
        early = int((frame["periods"] == 0).sum())
        text = f"Contracts are renewed every {options.period}; seen up to {as_of}."
        text += f" {early:,} of {frame.height:,} have not come up for renewal by then." if early else ""
        notes = (info("clv_contracts", text),)
    segments = [
        _segment(str(name), part, options, contracts.label)
        for (name,), part in frame.group_by("segment", maintain_order=True)
    ]
    if not segments:
        raise TooLittleDataError(f"{contracts.label}: no contract starts up to {as_of}")
    return _retention(segments, options, as_of, notes)


def _last_date(frame: pl.DataFrame) -> dt.date:
    last: dt.date = frame.select(pl.max_horizontal(pl.max("start"), pl.max("end"))).item()
    return last


@dataclass(frozen=True)
class _Segment:
    """One segment.

    Args:
        name: as the file calls it.
        renewals: all that were decided.
        active: customers still there, by how many renewals they have made.
        fitted: how many periods the model saw.
        fit: the model.
    """

    name: str
    renewals: Renewals
    active: Floats
    fitted: int
    fit: Fit[Sbg]

    @property
    def observed(self) -> Floats:
        """S(t) for t = 0, 1, … as observed (Kaplan and Meier's product where customers joined late)."""
        kept = 1 - self.renewals.lost / np.maximum(self.renewals.at_risk, 1e-300)
        return np.concatenate([[1.0], np.cumprod(kept)])

    @property
    def customers(self) -> float:
        """All who ever were."""
        return float(self.active.sum() + self.renewals.lost.sum())

    def residual_lifetime(self, model: Sbg, rate: float) -> float:
        """Mean discounted periods still to come of those who are there."""
        still = np.flatnonzero(self.active)
        ahead = [model.discounted_lifetime(rate, int(made) + 1) for made in still]
        return float(np.average(ahead, weights=self.active[still])) if len(still) else 0.0


def _segment(name: str, part: pl.DataFrame, options: ContractOptions, label: str) -> _Segment:
    found = _from_tenures(part) if "lost" in part.columns else _from_survivors(name, part, label)
    renewals, active = found
    kept = len(renewals.lost)
    if options.holdout is not None:
        kept -= options.periods_in(options.holdout)
        if kept < 1:
            raise UsageError(f"--holdout {options.holdout} leaves no renewal of segment {name!r} to fit")
    fit = fit_sbg(Renewals(renewals.at_risk[:kept], renewals.lost[:kept]))
    return _Segment(name, renewals, active, kept, fit)


def _from_survivors(name: str, part: pl.DataFrame, label: str) -> tuple[Renewals, Floats]:
    periods, survivors = part["period"].to_list(), part["survivors"].to_numpy()
    if periods != list(range(len(periods))):
        raise InputError(
            f"{label}: periods of segment {name!r} are not 0, 1, 2, … without a gap",
            remedy="Period 0 holds all customers at the start.",
        )
    if len(periods) < _LEAST_PERIODS:
        raise TooLittleDataError(f"{label}: segment {name!r} needs survivors of at least two periods")
    if (np.diff(survivors) > 0).any():
        period = periods[int(np.argmax(np.diff(survivors) > 0)) + 1]
        raise InputError(f"{label}: survivors of segment {name!r} rise at period {period}, which is no cohort")
    active = np.zeros(len(survivors))
    active[-1] = survivors[-1]
    return Renewals.from_survivors(survivors), active


def _from_tenures(part: pl.DataFrame) -> tuple[Renewals, Floats]:
    periods, lost = part["periods"].to_numpy(), part["lost"].to_numpy()
    renewals = Renewals.from_tenures(periods, lost)
    seen = int((renewals.at_risk > 0).sum())
    active = np.bincount(periods[~lost], minlength=1).astype(np.float64)
    return Renewals(renewals.at_risk[:seen], renewals.lost[:seen]), active


def _retention(
    segments: list[_Segment], options: ContractOptions, as_of: dt.date | None, notes: tuple[Note, ...]
) -> Result:
    rows = [row for segment in segments for row in _retention_rows(segment, options)]
    fits = {_title(segment, segments): segment.fit for segment in segments}
    measures = [row for segment in segments for row in _measures(segment, options, _suffix(segment, segments))]
    said = tuple(note for segment in segments for note in segment.fit.notes)
    facts = (
        Fact("customers", "Customers", sum(one.customers for one in segments), Kind.NUMBER, "customers"),
        Fact("segments", "Segments", len(segments), Kind.INTEGER),
        Fact("model", "Model", "sBG", Kind.TEXT),
        Fact("period", "Renewal every", str(options.period), Kind.TEXT),
        Fact("discount_rate_annual", "Discount rate a year", options.discount_rate_annual, Kind.SHARE, "of 1"),
    )
    frames = {
        "retention": pl.DataFrame(rows, orient="row", infer_schema_length=None),
        **shared_tables(measures, fits, options),
    }
    return contract_result(RETENTION_CATALOGUE, frames, (facts, (*notes, *said)), options, as_of)


def _retention_rows(segment: _Segment, options: ContractOptions) -> Iterator[dict[str, object]]:
    seen = len(segment.renewals.lost)
    ahead = max(_LEAST_AHEAD, options.periods_in(options.horizon))
    t = np.arange(segment.fitted + max(ahead, seen - segment.fitted) + 1, dtype=np.float64)
    expected, observed = segment.fit.model.survival(t), segment.observed
    spread = _spread(segment.fit, lambda model: model.survival(t))
    reach = [normal_interval(float(one), float(var), options.level) for one, var in zip(expected, spread, strict=True)]
    for period in range(len(t)):
        lifetime = _lifetime(segment.fit.model, options, period)
        yield {
            "segment": segment.name,
            "period": period,
            "customers": round(float(segment.renewals.at_risk[max(period - 1, 0)])) if period <= seen else None,
            "observed": float(observed[period]) if period <= seen else None,
            "expected": float(expected[period]),
            "expected_low": reach[period].low,
            "expected_high": min(reach[period].high, 1.0),
            "retention_rate": float(expected[period] / expected[period - 1]) if period else None,
            "residual_lifetime": lifetime,
            "residual_value": None if options.margin is None or lifetime is None else lifetime * options.margin,
            "projected": period > segment.fitted,
        }


def _lifetime(model: Sbg, options: ContractOptions, renewals: int) -> float | None:
    """Discounted lifetime; None without discount, where it can be infinite."""
    return model.discounted_lifetime(options.rate, renewals) if options.rate > 0 else None


def _spread(fit: Fit[Sbg], of: Callable[[Sbg], Floats]) -> Floats:
    """Variance of a prediction from the uncertainty of the parameters."""
    center = of(fit.model)
    return np.asarray(((np.stack([of(model) for model in fit.sigma_models()]) - center) ** 2).mean(axis=0))


def _measures(segment: _Segment, options: ContractOptions, suffix: str) -> Iterator[Measure]:
    model, level = segment.fit.model, options.level
    yield measure(f"customers{suffix}", segment.customers, "customers")
    yield measure(f"customers_left{suffix}", float(segment.active.sum()), "customers")
    yield measure(f"first_retention_rate{suffix}", float(model.survival(np.ones(1))[0]), "of 1")
    if options.rate <= 0:
        return
    new = _known(segment.fit, lambda one: one.discounted_lifetime(options.rate), level)
    old = _known(segment.fit, lambda one: segment.residual_lifetime(one, options.rate), level)
    yield measure(f"lifetime{suffix}", new, "discounted periods")
    yield measure(f"residual_lifetime_of_survivors{suffix}", old, "discounted periods")
    if options.margin is not None:
        yield measure(f"value_of_a_new_customer{suffix}", times(new, options.margin), "money")
        yield measure(
            f"residual_value_of_survivors{suffix}", times(old, options.margin * float(segment.active.sum())), "money"
        )


def _known(fit: Fit[Sbg], of: Callable[[Sbg], float], level: float) -> Interval:
    variance = _spread(fit, lambda model: np.array([of(model)]))
    return normal_interval(of(fit.model), float(variance[0]), level)


def _suffix(segment: _Segment, segments: list[_Segment]) -> str:
    return f" ({segment.name})" if len(segments) > 1 else ""


def _title(segment: _Segment, segments: list[_Segment]) -> str:
    return f"sBG{_suffix(segment, segments)}"
