"""How people write amounts in text: marks, groups of three, signs and currencies, as patterns and as votes.

Which mark is the decimal one is decided by shapes: a value with each digit replaced, of which a column has but few.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

_MINUS = "[-−]"
_NO_CENTS = "[-–—−]{1,2}"
"""As in `20,-` and `20.--`: a dash after the mark stands for no cents and is no sign."""
_SIGN = "[+−-] ?"
_GAP = "[ \u00a0\u2009\u202f]?"
_GROUP_MARKS = (" ", "\u00a0", "\u2009", "\u202f", "'", "’")
EDGES = " \t\n\v\f\r\u00a0\u2009\u202f"
"""Blanks that may surround an amount."""

_ZERO = "\x01"
"""Stands for a leading zero while the other digits are replaced."""

_CURRENCIES: dict[str, str] = {
    "$": "USD CAD AUD NZD HKD SGD MXN TWD BRL ARS CLP COP",
    "US$": "USD",
    "C$": "CAD",
    "CA$": "CAD",
    "A$": "AUD",
    "AU$": "AUD",
    "NZ$": "NZD",
    "HK$": "HKD",
    "NT$": "TWD",
    "S$": "SGD",
    "R$": "BRL",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY CNY",
    "￥": "JPY CNY",
    "元": "CNY TWD HKD",
    "円": "JPY",
    "RMB": "CNY",
    "₹": "INR",
    "Rs.": "INR PKR LKR NPR",
    "Rs": "INR PKR LKR NPR",
    "₩": "KRW",
    "₽": "RUB",
    "₺": "TRY",
    "₪": "ILS",
    "₫": "VND",
    "฿": "THB",
    "₱": "PHP",
    "₴": "UAH",
    "zł": "PLN",
    "Kč": "CZK",
    "Ft": "HUF",
    "kr.": "SEK NOK DKK ISK",
    "kr": "SEK NOK DKK ISK",
    "Kr": "SEK NOK DKK ISK",
}
_CODES = (
    "USD CAD AUD NZD HKD SGD MXN TWD BRL ARS CLP COP EUR GBP CHF JPY CNY INR PKR LKR NPR KRW RUB TRY ILS VND THB PHP "
    "UAH PLN CZK HUF SEK NOK DKK ISK RON BGN ZAR EGP NGN KES MAD AED SAR QAR KWD IDR MYR PEN"
)
_MEANINGS = {token: frozenset(codes.split()) for token, codes in _CURRENCIES.items()} | {
    code: frozenset([code]) for code in _CODES.split()
}
CURRENCY = "(?:" + "|".join(re.escape(token) for token in sorted(_MEANINGS, key=len, reverse=True)) + ")"


def plain_pattern(digits: int) -> str:
    """Numbers as programs write them, with at most so many digits before the point."""
    return rf"^[+-]?(?:[0-9]{{1,{digits}}}(?:\.[0-9]*)?|\.[0-9]+)$"


def decided_pattern(digits: int) -> str:
    """The plain numbers that do not leave open what their point means: all but those like 1.234."""
    point = r"(?:\.(?:[0-9]{0,2}|[0-9]{4,}))?"
    three = rf"(?:0[0-9]{{0,{digits - 1}}}|[0-9]{{4,{digits}}})\.[0-9]{{3}}"
    return rf"^[+-]?(?:[0-9]{{1,{digits}}}{point}|{three}|\.[0-9]+)$"


def styled_pattern(mark: str, digits: int) -> str:
    """Amounts with this decimal mark, as people write them; groups of three need one mark throughout."""
    other = "," if mark == "." else "."
    grouped = "|".join(rf"(?:{re.escape(group)}[0-9]{{3}}){{1,{digits // 3 - 1}}}" for group in (other, *_GROUP_MARKS))
    whole = rf"(?:0{{0,20}}[0-9]{{1,{digits}}}|[1-9][0-9]{{0,2}}(?:{grouped}))"
    point = re.escape(mark)
    closed = rf"(?:{whole}(?:{point}[0-9]+)?|{point}[0-9]+)"
    number = rf"(?:{closed}|{whole}{point}(?:{_NO_CENTS})?)"
    before, after = f"(?:{CURRENCY}{_GAP})?", f"(?:{_GAP}{CURRENCY})?"
    signed = f"(?:(?:{_SIGN})?{before}{number}|{before}(?:{_SIGN})?{number}|{before}{closed}{_GAP}{_MINUS})"
    return rf"^(?:{signed}{after}|{before}\({before}{number}{after}\){after}|{closed}{after}{_MINUS})$"


def canonical(text: pl.Expr, mark: str) -> pl.Expr:
    """Styled amounts as plain numbers; the text must match the pattern for this mark."""
    text = text.str.replace(re.escape(mark) + _NO_CENTS, "")
    digits = text.str.replace_all(CURRENCY, "").str.replace_all(f"[^0-9{mark}]", "")
    plain = digits.str.replace(",", ".", literal=True) if mark == "," else digits
    return pl.when(text.str.contains(r"[-−(]")).then(pl.lit("-") + plain).otherwise(plain)


def shapes(text: pl.Series) -> pl.Series:
    """What decides about the marks: digits become 9, four or more of them 9999, a zero that leads the number 0."""
    led = text.str.replace("^([^0-9]*)0", f"${{1}}{_ZERO}").str.replace_all("[0-9]", "9")
    return led.str.replace_all("9{4,}", "9999").str.replace_all(_ZERO, "0", literal=True)


def vote(shape: str) -> str | None:
    """What a shape says: "." or "," is the decimal mark, "1.234" or "1,234" is open, None has no mark at all."""
    number = re.sub(CURRENCY, "", shape)
    marks = re.findall("[.,]", number)
    if not marks:
        return None
    if len(set(marks)) > 1:
        return str(marks[-1])
    mark = str(marks[0])
    if len(marks) > 1:
        return "," if mark == "." else "."
    return f"1{mark}234" if _is_open(number, mark) else mark


def _is_open(number: str, mark: str) -> bool:
    """Whether a single mark may be a thousands mark: one to three digits, no leading zero, three digits."""
    grouped = re.search(r"[09][ \u00a0\u2009\u202f'’][09]", number)
    before, after = (re.sub("[^09]", "", part) for part in number.split(mark))
    return not grouped and after == "999" and 1 <= len(before) <= len(after) and before[0] == "9"


def currencies(texts: Iterable[str]) -> tuple[list[str], bool]:
    """The currency signs in some amounts, sorted, and whether they can all mean one currency."""
    found = sorted({token for text in texts for token in re.findall(CURRENCY, text)})
    return found, not found or bool(frozenset.intersection(*(_MEANINGS[token] for token in found)))
