"""Words and figures on pictures: labels of the language, short and harmless."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from crmcli.reporting.escape import visible
from crmcli.reporting.figures import MINUS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmcli.reporting.words import Words

_ELLIPSIS = "…"
_NOT_XML = str.maketrans({"\ufffe": "\ufffd", "\uffff": "\ufffd"})
_UNITS = {
    "en": ((1e9, "billion"), (1e6, "million"), (1e3, "thousand")),
    "zh": ((1e8, "hundred_million"), (1e4, "ten_thousand")),
}
_EXACT_BELOW = 1_000_000
_DIGITS = 3
_LEAST = 0.005


def inert(text: str) -> str:
    """A text from data on one line, with nothing in it that XML cannot hold or that turns a line around."""
    return visible(text).translate(_NOT_XML)


def columns(text: str) -> int:
    """How wide a text is in half-width characters: a Chinese one counts twice."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def short(text: str, most: int) -> str:
    """The text, cut to so many half-width characters by count, never by measuring a font."""
    text = inert(text)
    if columns(text) <= most:
        return text
    kept, width = [], 1
    for character in text:
        width += columns(character)
        if width > most:
            break
        kept.append(character)
    return "".join(kept).rstrip() + _ELLIPSIS


def named(value: object, vocabulary: str, words: Words) -> str:
    """A name of ours in the language, such as that of a segment; a name of someone's own stands as it is."""
    text = str(value)
    return inert(words.find(f"{vocabulary}.{text.strip('()')}") or text)


def percent(share: float, words: Words) -> str:
    """A share of 1 in whole percent; what is not nothing is never shown as 0."""
    return words.text(
        "charts.less_than_one_percent" if 0 < share < _LEAST else "charts.percent", value=f"{share:.0%}"[:-1]
    )


def amount(value: float, words: Words) -> str:
    """Money or a count: whole below a million, with three digits and a unit of the language from there on."""
    if abs(value) < _EXACT_BELOW:
        return words.cell(value, "integer")
    return brief(value, words)


def brief(value: float, words: Words) -> str:
    """A figure at an axis: 20k, 1.5M; 2万 in Chinese."""
    for size, unit in _UNITS[words.code]:
        if abs(value) >= size:
            return words.text(f"charts.{unit}", value=_digits(value / size))
    return _digits(value)


def change(value: float, words: Words) -> str:
    """A difference, always with its sign."""
    return f"+{amount(value, words)}" if value > 0 else amount(value, words)


def sentences(parts: Iterable[str], words: Words) -> str:
    """Sentences in a row: the language says what stands between them."""
    return words.text("charts.between").join(part for part in parts if part)


def _digits(value: float) -> str:
    """Three digits, without zeros that say nothing."""
    decimals = max(0, _DIGITS - len(str(int(abs(value)))))
    text = f"{value:.{decimals}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", MINUS)
