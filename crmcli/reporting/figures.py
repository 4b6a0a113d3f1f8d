"""Figures of a report as people read them: pure functions from a plain value to plain text, not escaped.

They follow the terminal page (`crmcli.present.human`), with typographic signs: a real minus, no gap before the percent
sign, `>99.9%` for what is nearly all but not all. What is missing is `–`.
"""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from crmcli.analysis.views import Kind
from crmcli.present import human

if TYPE_CHECKING:
    from collections.abc import Sequence

Number: TypeAlias = "int | float | Decimal"

MISSING = human.MISSING
MINUS = "\u2212"
_SHARE_DECIMALS = 1
_MOST_DECIMALS = 12
_ASTRONOMIC = 10**18
"""From here on a figure is shown by its leading digits: nobody reads twenty digits, and exponents have no limit."""

_SIGNS = {
    "GBP": "£",
    "EUR": "€",
    "USD": "$",
    "CNY": "¥",
    "JPY": "¥",
    "INR": "₹",
    "KRW": "₩",
    "HKD": "HK$",
    "TWD": "NT$",
}
_SIGNS_ABROAD = {"en": {"CNY": "CN¥"}, "zh": {"JPY": "JP¥", "USD": "US$"}}


def number(value: Number | None, *, sign: bool = False) -> str:
    """A number to about three significant digits, more where they are exact."""
    value = _finite(value)
    if value is None:
        return MISSING
    (text,) = human.texts([float(value)], Kind.NUMBER, 0)
    return _typographic(text, value, sign=sign)


def integer(value: Number | None, *, sign: bool = False) -> str:
    """A whole number with separators of thousands; others are rounded half-even."""
    return fixed(value, 0, sign=sign)


def fixed(value: Number | None, decimals: int, *, sign: bool = False) -> str:
    """A number with this many decimals; what is small but not nothing says so instead of looking like zero."""
    value = _finite(value)
    if value is None:
        return MISSING
    return _typographic(_rounded(value, decimals), value, sign=sign)


def share(value: Number | None, decimals: int = _SHARE_DECIMALS, *, sign: bool = False) -> str:
    """A fraction of 1 in percent; what is nearly but not quite all does not look like all."""
    value = _finite(value)
    if value is None:
        return MISSING
    percent = value * 100
    text = _rounded(percent, decimals)
    if percent < 100 and text == _rounded(100, decimals):  # noqa: PLR2004 (a whole in percent)
        text = f">{_rounded(100 - 10.0**-decimals, decimals)}"
    return _typographic(f"{text}%", value, sign=sign)


def money(value: Number | None, scale: int, currency: str = "", *, sign: bool = False) -> str:
    """An amount with this many decimals, after the sign of its currency if there is one: `−£1,234.50`."""
    text = fixed(value, scale, sign=sign)
    if text == MISSING or not currency:
        return text
    digits = text.lstrip(f"<>+{MINUS}")
    return f"{text.removesuffix(digits)}{currency}{digits}"


def currency_sign(currency: str | None, language: str) -> str:
    """What stands before an amount: `£`, or the code and a space for currencies without a sign of their own."""
    if not currency:
        return ""
    code = currency.upper()
    sign = _SIGNS_ABROAD.get(language, {}).get(code) or _SIGNS.get(code)
    return sign or f"{code}\u00a0"


def date(value: dt.date | None, language: str) -> str:
    """A date in a sentence: `2026-11-21` in English, `2026年11月21日` in Chinese."""
    if value is None:
        return MISSING
    return f"{value.year}年{value.month}月{value.day}日" if language == "zh" else iso_date(value)


def iso_date(value: dt.date | None) -> str:
    """A date in a table."""
    return MISSING if value is None else dt.date(value.year, value.month, value.day).isoformat()


def column(values: Sequence[Number | None]) -> list[str]:
    """Numbers below one another, with the same number of decimals in each wherever that loses nothing."""
    finite = [None if value is None else float(value) for value in map(_finite, values)]
    return [
        MISSING if value is None else _typographic(text, value, sign=False)
        for value, text in zip(finite, human.texts(finite, Kind.NUMBER, 0), strict=True)
    ]


def _finite(value: Number | None) -> Number | None:
    """None for what is missing, endless or no number."""
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    return value if value is not None and math.isfinite(value) else None


def _rounded(value: Number, decimals: int) -> str:
    places = max(0, min(decimals, _MOST_DECIMALS))
    if not -_ASTRONOMIC < value < _ASTRONOMIC:
        return f"{Decimal(value):.3e}"
    text = f"{value or abs(value):,.{places}f}"  # Zero has no sign.
    if value == 0 or text.strip("-0.") != "":
        return text
    smallest = f"{Decimal(1).scaleb(-places):f}"
    return f"<{smallest}" if value > 0 else f">-{smallest}"


def _typographic(text: str, value: Number, *, sign: bool) -> str:
    """The ASCII minus before digits replaced; a plus before what grows, if wished."""
    plus = "+" if sign and value > 0 and not text.startswith(("<", ">")) else ""
    return plus + text.replace("-", MINUS)
