"""The own options of `clv`, from text to what the analysis takes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

from crmcli.analysis.clv.horizon import Span
from crmcli.analysis.clv.options import ClvOptions
from crmcli.analysis.clv.saved import SavedModel, parse_saved
from crmcli.analysis.clv.units import TimeUnit
from crmcli.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

_LARGEST_MONEY = 10**15
_PERCENT = Decimal(100)


@dataclass(frozen=True, slots=True)
class ClvArguments:
    """The own options of `clv`, as given."""

    model: str
    horizon: str
    discount_rate: str
    margin: str | None
    value: str | None
    time_unit: str
    holdout: str | None
    level: str
    bootstrap: int
    seed: int
    acquisition_cost: str | None
    save_model: str | None
    use_model: str | None
    customers: str | None
    id_column: str | None
    contractual: bool
    period: str
    margin_per_period: str | None


def clv_options(own: ClvArguments) -> ClvOptions:
    """The options of the analysis.

    Raises:
        UsageError: a value that does not parse, or options that do not fit each other.
    """
    saved = None if own.use_model is None else read_saved(own.use_model)
    if saved is not None and own.model != "auto":
        raise UsageError("--use-model and --model exclude each other: the saved model says which one it is.")
    if saved is not None and own.bootstrap:
        raise UsageError("--bootstrap has nothing to resample: --use-model fits nothing.")
    if own.value == "revenue" and own.margin is not None:
        raise UsageError("--margin makes value a part of revenue, but --value revenue asks for all of it.")
    return ClvOptions(
        model=own.model,
        horizon=Span.parse(own.horizon, "--horizon"),
        discount_rate_annual=float(share(own.discount_rate, "--discount-rate", most=Decimal(10))),
        margin_share=None if own.margin is None else _positive_share(own.margin, "--margin"),
        value=own.value,
        time_unit=_time_unit(own.time_unit),
        holdout=None if own.holdout is None else _span_or_date(own.holdout, "--holdout"),
        level=level(own.level),
        bootstrap=own.bootstrap,
        seed=own.seed,
        acquisition_cost=None if own.acquisition_cost is None else money(own.acquisition_cost, "--acquisition-cost"),
        saved=saved,
    )


def refuse_unused(given: object, defaults: Mapping[str, object], why: str) -> None:
    """Refuse options that would have no effect.

    Args:
        given: the options as given, as attributes.
        defaults: the options in question with their defaults.
        why: the end of the sentence.

    Raises:
        UsageError: one of them was given.
    """
    for name, default in defaults.items():
        if getattr(given, name) != default:
            raise UsageError(f"--{name.replace('_', '-')} {why}.")


def share(text: str, flag: str, *, most: Decimal = Decimal(1)) -> Decimal:
    """A part of one: 30% or 0.3.

    Raises:
        UsageError: no number, negative, or above `most`.
    """
    stripped = text.strip()
    try:
        number = Decimal(stripped.removesuffix("%").strip())
    except InvalidOperation:
        number = Decimal("NaN")
    number = number / _PERCENT if stripped.endswith("%") else number
    if not number.is_finite() or not 0 <= number <= most:
        limit = f"{most * 100:f} %"
        raise UsageError(f"{flag} {text!r} is no share from 0 to {limit}", remedy=f"Write {flag} 30% or {flag} 0.3")
    return number


def level(text: str) -> float:
    """The probability of intervals.

    Raises:
        UsageError: not within 50 % and 99.9 %.
    """
    found = share(text, "--level")
    if not Decimal("0.5") <= found <= Decimal("0.999"):
        raise UsageError(f"--level {text!r} is not within 50% and 99.9%", remedy="Example: --level 90%")
    return float(found)


def money(text: str, flag: str) -> Decimal:
    """An amount that is not negative.

    Raises:
        UsageError: it is none.
    """
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount < _LARGEST_MONEY:
        raise UsageError(f"{flag} {text!r} is no amount of money", remedy=f"Write a plain number: {flag} 12.50")
    return amount


def read_saved(path: str) -> SavedModel:
    """A saved model from its file.

    Raises:
        UsageError: it cannot be read, or is not one.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"--use-model {path}: the file is not UTF-8 text") from None
    except OSError as error:
        raise UsageError(f"--use-model {path}: {error.strerror}") from None
    return parse_saved(text, path)


def _positive_share(text: str, flag: str) -> Decimal:
    found = share(text, flag)
    if not found:
        raise UsageError(f"{flag} {text!r}: without any margin no customer has a value", remedy=f"Write {flag} 30%")
    return found


def _time_unit(name: str) -> TimeUnit:
    known = {unit.name.lower(): unit for unit in TimeUnit}
    if name not in known:
        raise UsageError(f"--time-unit {name!r} is none of {', '.join(known)}", remedy=did_you_mean(name, known))
    return known[name]


def _span_or_date(text: str, flag: str) -> Span | dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        pass
    try:
        return Span.parse(text, flag)
    except UsageError:
        raise UsageError(
            f"{flag} {text!r} is neither a span of time nor a date",
            remedy=f"Examples: {flag} 39w, {flag} 6m, {flag} 2026-01-31",
        ) from None
