"""Values as people read them: thousands separators, shares in percent, as many decimals as a column needs."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from crmcli.analysis.views import Kind
from crmcli.present.safe import safe_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcli.analysis.result import Fact

Value: TypeAlias = "str | int | float | Decimal | dt.date | None"

MISSING = "–"

_TIMES = frozenset({"days", "weeks", "months", "quarters", "years"})

_SHARE_DECIMALS = 1
_MOST_DECIMALS = 3
_INTEGRAL_ENOUGH = 1e-9


def texts(values: Sequence[Value], kind: Kind, money_scale: int) -> list[str]:
    """The cells of one column, with the same number of decimals in each."""
    decimals = _decimals(values, kind, money_scale)
    return [_text(value, kind, decimals) for value in values]


def fact_text(fact: Fact, money_scale: int) -> str:
    """A headline figure, with its unit where neither its kind nor its label says it: times and currencies."""
    (text,) = texts([fact.value], fact.kind, money_scale)
    is_needed = fact.unit in _TIMES or (fact.kind is Kind.MONEY and fact.unit.isupper())
    if fact.value is None or not is_needed or fact.unit.casefold() in fact.label.casefold():
        return text
    return f"{text} {fact.unit}"


def _text(value: Value, kind: Kind, decimals: int) -> str:
    match value:
        case None:
            return MISSING
        case float() if value != value or value in {float("inf"), float("-inf")}:  # noqa: PLR0124 - NaN
            return MISSING
        case float() if kind is Kind.SHARE:
            return f"{_fixed(value * 100, decimals)} %"
        case bool() | str() | dt.date():
            return _one_line(value, kind)
        case _:
            return _fixed(value, decimals)


def _one_line(value: str | bool | dt.date, kind: Kind) -> str:  # noqa: FBT001 - a cell, not a switch
    text = safe_text(str(value))
    return text.replace(";", "; ") if kind is Kind.FLAGS else text


def _fixed(value: float | Decimal, decimals: int) -> str:
    """Fixed decimals; what is small but not nothing says so instead of looking like zero."""
    text = f"{value or abs(value):,.{decimals}f}"  # Zero has no sign.
    if value == 0 or text.strip("-0.") != "":
        return text
    smallest = f"{Decimal(1).scaleb(-decimals):f}"
    return f"<{smallest}" if value > 0 else f">-{smallest}"


def _decimals(values: Sequence[Value], kind: Kind, money_scale: int) -> int:
    match kind:
        case Kind.MONEY:
            return money_scale
        case Kind.SHARE:
            return _SHARE_DECIMALS
        case Kind.NUMBER:
            return _number_decimals([value for value in values if isinstance(value, float)])
        case _:
            return 0


def _number_decimals(values: list[float]) -> int:
    """The fewest that show every value exactly, at most three; fewer where the numbers are large."""
    finite = [abs(value) for value in values if abs(value) < float("inf")]
    if not finite:
        return 0
    most = next((n for n, limit in enumerate((1e5, 1e3, 1e1)) if max(finite) >= limit), _MOST_DECIMALS)
    return next((n for n in range(most) if all(_is_exact(value, n) for value in finite)), most)


def _is_exact(value: float, decimals: int) -> bool:
    return abs(round(value, decimals) - value) <= _INTEGRAL_ENOUGH * max(1.0, value)
