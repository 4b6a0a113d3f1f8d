"""Reckoning and comparing in conditions: exact numbers, dates, texts, and what is not known.

Numbers are fractions, so that no step rounds; a float counts as the shortest decimal that stands for it (0.3 is 0.3).
"""

from __future__ import annotations

import datetime as dt
import math
import operator
import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from crmcli.errors import UsageError
from crmcli.reporting.alert_tokens import FLAG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

FactValue: TypeAlias = "bool | int | float | Decimal | dt.date | str | None"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that is not there: facts that are missing, and steps that have no result."""

    missing: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quoted:
    """A text of the condition, which stands for a date where it meets one."""

    text: str


Value: TypeAlias = Fraction | dt.date | str | bool | Quoted
Known: TypeAlias = Value | Unknown

_LONGEST = 60
"""Digits before or zeros behind the point of a number that is shown in full."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def from_fact(name: str, fact: FactValue) -> Known:
    """The value of a fact; one that is absent, or a float that is no number, is missing."""
    if fact is None or (isinstance(fact, float | Decimal) and not math.isfinite(fact)):
        return Unknown(missing=(name,))
    match fact:
        case bool() | str():
            return fact
        case float():
            return Fraction(float.__repr__(fact))
        case int() | Decimal():
            return Fraction(fact)
        case dt.date():
            return fact.date() if isinstance(fact, dt.datetime) else fact
    raise TypeError(f"fact {name}: {type(fact).__name__} is no plain value")


def merged(unknowns: Iterable[Unknown]) -> Unknown:
    """Several gaps as one, each named once, in order."""
    found = list(unknowns)
    missing = dict.fromkeys(name for one in found for name in one.missing)
    problems = dict.fromkeys(text for one in found for text in one.problems)
    return Unknown(tuple(missing), tuple(problems))


def gaps(*values: Known) -> Unknown | None:
    """What is not known among some values."""
    found = [value for value in values if isinstance(value, Unknown)]
    return merged(found) if found else None


def compared(left: Known, sign: str, right: Known, source: str) -> bool | Unknown:
    """The truth of a comparison.

    Raises:
        UsageError: things of two kinds, or an order of what has none.
    """
    unknown = gaps(left, right)
    if unknown is not None:
        return unknown
    one, other = _dated(left, right), _dated(right, left)
    if type(one) is not type(other):
        raise UsageError(f"{FLAG}: {source!r} compares {_said(one)} with {_said(other)}.", remedy=_remedy(one, other))
    if isinstance(one, bool | str) and sign not in {"==", "!="}:
        raise UsageError(f"{FLAG}: {source!r}: {_said(one)} can only be == or != another.")
    return _COMPARE[sign](one, other)


def reckoned(left: Known, sign: str, right: Known, source: str) -> Known:
    """The sum, difference (of dates: in days), product or quotient; no number is divided by zero.

    Raises:
        UsageError: something that is no number.
    """
    unknown = gaps(left, right)
    if unknown is not None:
        return unknown
    one, other = _dated(left, right), _dated(right, left)
    if isinstance(one, dt.date) and isinstance(other, dt.date) and sign == "-":
        return Fraction((one - other).days)
    if not (isinstance(one, Fraction) and isinstance(other, Fraction)):
        wrong = other if isinstance(one, Fraction) else one
        raise UsageError(
            f"{FLAG}: {source!r} reckons with {_said(wrong)}.", remedy="Only numbers can be reckoned with."
        )
    match sign:
        case "+":
            return one + other
        case "-":
            return one - other
        case "*":
            return one * other
    return one / other if other else Unknown(problems=(f"{source} divides by zero",))


def shown(value: Value, digits: int) -> str:
    """A value for people: a number with so many significant digits, but never without its hundredths."""
    match value:
        case bool():
            return "true" if value else "false"
        case Quoted(text):
            return repr(text)
        case Fraction():
            magnitude = _magnitude(value)
            return _digits(value, max(2, digits - magnitude)) if abs(magnitude) < _LONGEST else _power(value, magnitude)
        case dt.date():
            return value.isoformat()
    return repr(value)


def _digits(value: Fraction, decimals: int) -> str:
    whole, rest = divmod(abs(round(value * 10**decimals)), 10**decimals)
    text = f"{whole}.{rest:0{decimals}d}".rstrip("0").rstrip(".")
    return f"-{text}" if value < 0 and text != "0" else text


def _power(value: Fraction, magnitude: int) -> str:
    """A power of ten beside a number beyond all sense; the right one, or the next."""
    return f"{'-' if value < 0 else ''}1e{magnitude}"


def _magnitude(value: Fraction) -> int:
    """Digits before the point, at most one too many; negative for zeros behind it."""
    bits = value.numerator.bit_length() - value.denominator.bit_length()
    return math.ceil(bits * math.log10(2)) if value else 0


def _dated(value: Known, other: Known) -> object:
    """A quoted text as what it is beside another value."""
    if not isinstance(value, Quoted):
        return value
    return _date(value.text) if isinstance(other, dt.date) else value.text


def _date(text: str) -> object:
    try:
        return dt.date.fromisoformat(text) if _DATE.fullmatch(text) else text
    except ValueError:
        return text


def _said(value: object) -> str:
    match value:
        case bool():
            return "a truth value"
        case Fraction():
            return "a number"
        case dt.date():
            return "a date"
    return "a text"


def _remedy(one: object, other: object) -> str | None:
    if isinstance(one, dt.date) or isinstance(other, dt.date):
        return "Write dates as 'YYYY-MM-DD', in quotes."
    return "Leave out the quotes of a number." if str in {type(one), type(other)} else None
