"""Values as people read them: thousands separators, shares in percent, as many decimals as a column needs."""

from __future__ import annotations

import datetime as dt
import math
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
_MOST_EXACT = 2
_MOST_SMALL_DECIMALS = 6
_EXACT_ENOUGH = 1e-12
_ASTRONOMIC = 1e15


def texts(values: Sequence[Value], kind: Kind, money_scale: int) -> list[str]:
    """The cells of one column, with the same number of decimals in each wherever that loses nothing."""
    decimals = _decimals(values, kind, money_scale)
    return [_text(value, kind, decimals) for value in values]


def fact_text(fact: Fact, money_scale: int) -> str:
    """A headline figure, with its unit where neither its kind nor its label says it: times and currencies."""
    (text,) = texts([fact.value], fact.kind, money_scale)
    is_needed = fact.unit in _TIMES or (fact.kind is Kind.MONEY and fact.unit.isupper())
    if fact.value is None or not is_needed or fact.unit.casefold() in fact.label.casefold():
        return text
    return f"{text} {fact.unit}"


def _text(value: Value, kind: Kind, decimals: int | None) -> str:
    match value:
        case None:
            return MISSING
        case bool():
            return "yes" if value else "no"
        case str() | dt.date():
            return _one_line(value, kind)
        case int():
            return f"{value:,}"
        case float():
            return _float_text(value, kind, decimals)
        case _:
            return _fixed(value, decimals or 0)


def _float_text(value: float, kind: Kind, decimals: int | None) -> str:
    if not math.isfinite(value):
        return MISSING
    if abs(value) >= _ASTRONOMIC:
        return f"{value:.3e}"
    if kind is Kind.SHARE:
        return f"{_fixed(value * 100, _SHARE_DECIMALS)} %"
    return _significant(value) if decimals is None else _fixed(value, decimals)


def _one_line(value: str | dt.date, kind: Kind) -> str:
    text = safe_text(str(value))
    return text.replace(";", "; ") if kind is Kind.FLAGS else text


def _fixed(value: float | Decimal, decimals: int) -> str:
    """Fixed decimals; what is small but not nothing says so instead of looking like zero."""
    text = f"{value or abs(value):,.{decimals}f}"  # Zero has no sign.
    if value == 0 or text.strip("-0.") != "":
        return text
    smallest = f"{Decimal(1).scaleb(-decimals):f}"
    return f"<{smallest}" if value > 0 else f">-{smallest}"


def _significant(value: float) -> str:
    """At least three significant digits, however small, without the zeros that say nothing."""
    size = abs(value)
    leading_zeros = -math.floor(math.log10(size)) - 1 if 0 < size < 1 else 0
    text = _fixed(value, min(leading_zeros + _coarsest(size), _MOST_SMALL_DECIMALS))
    if leading_zeros >= _MOST_SMALL_DECIMALS - 1 and not text.startswith(("<", ">")):
        return f"{value:.1e}"  # A single digit would be left.
    return text.rstrip("0").removesuffix(".") if "." in text and not text.startswith(("<", ">")) else text


def _decimals(values: Sequence[Value], kind: Kind, money_scale: int) -> int | None:
    """How many decimals the column has; None when each value needs its own."""
    match kind:
        case Kind.MONEY:
            return money_scale
        case Kind.NUMBER:
            return _number_decimals([abs(value) for value in values if isinstance(value, float | int)])
        case _:
            return 0


def _number_decimals(sizes: list[float]) -> int | None:
    finite = [size for size in sizes if math.isfinite(size)]
    exact = next((n for n in range(_MOST_EXACT + 1) if all(_is_exact(size, n) for size in finite)), None)
    if exact is not None:
        return exact
    common = _coarsest(max(finite))
    smallest = min(size for size in finite if size)
    return common if smallest >= 10.0 ** (1 - common) else None


def _coarsest(size: float) -> int:
    """The decimals that a number of this size deserves."""
    return next((n for n, limit in enumerate((1e5, 1e3, 1e1)) if size >= limit), _MOST_DECIMALS)


def _is_exact(size: float, decimals: int) -> bool:
    return abs(round(size, decimals) - size) <= _EXACT_ENOUGH * size
