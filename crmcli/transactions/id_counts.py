"""Count, over a whole column, what decides how its ids read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcli.transactions.tally import Tally

if TYPE_CHECKING:
    import polars as pl

_INVISIBLE = "".join(
    map(chr, (0xA0, 0x1680, *range(0x2000, 0x200C), 0x200E, 0x200F, 0x202F, 0x205F, 0x2060, 0x3000, 0xFEFF))
)
BLANKS = " \t\n\v\f\r" + _INVISIBLE
"""What is taken off both ends of an id: blanks of any width, marks of direction and byte-order marks."""

FORMULA = r'^="(.*)"$'
"""How spreadsheets are made to keep the zeros of 007."""
MISSING = r"^(?i:nan|null|none|n/a|#n/a|<na>|nil)?$"
CONTROL = r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]"
_INTEGER = "^[0-9]+$"
_ZERO_LED = "^0[0-9]"
_INTEGRAL_FLOAT = r"^[0-9]+\.0+$"
_EXPONENT = r"^[0-9]+\.[0-9]*[eE][+-]?[0-9]+$|^[0-9]+[eE]\+[0-9]+$"
_HEX_LIKE_EXPONENT = r"^[0-9]+[eE]-?[0-9]+$"
_MARKED = r"""[,;|"]"""
NOTABLE = "|".join(
    [
        *(f"^[ {_INVISIBLE}]", f"[ {_INVISIBLE}]$", FORMULA, CONTROL, MISSING),
        *(_INTEGRAL_FLOAT, _EXPONENT, _HEX_LIKE_EXPONENT, _MARKED),
    ]
)
"""Everything that any rule looks at: a clean column is matched against this one pattern."""


def count_ids(values: pl.Series) -> Tally:
    """Count the ids of a batch.

    Counts: rows · missing (null, blank, or a word such as `nan`, which is counted by itself, too) · formula ·
    surrounded (by blanks or a formula), trimmed (those of them that are ids) · integer, zero-led, integral float,
    exponent, hex-like · control (a control character inside) · marked (a separator or a quote inside).
    """
    found = Tally()
    found.counts.update(rows=values.len(), missing=values.null_count())
    digits = values.str.contains(_INTEGER)
    _count_integers(values.filter(digits), found)
    others = values.filter(~digits)
    if others.len():
        _count_notable(others.filter(others.str.contains(NOTABLE)), found)
    return found


def _count_integers(values: pl.Series, found: Tally) -> None:
    found.counts["integer"] += values.len()
    led = values.filter(values.str.starts_with("0"))
    found.counts["zero-led"] += int(led.str.contains(_ZERO_LED).sum())


def _count_notable(values: pl.Series, found: Tally) -> None:
    outer = values.str.strip_chars(BLANKS)
    formula = outer.str.contains(FORMULA)
    found.counts["formula"] += int(formula.sum())
    inner = outer.str.replace(FORMULA, "${1}") if formula.any() else outer
    ids = inner.str.strip_chars(BLANKS)
    changed = (outer != values) | (ids != inner)
    absent = ids.str.contains(MISSING)
    for word, count in ids.filter(absent).str.to_lowercase().value_counts().iter_rows():
        found.counts[f"missing: {word}"] += count
    found.counts["missing"] += int(absent.sum())
    found.counts["surrounded"] += int(changed.sum())
    found.counts["trimmed"] += int((changed & ~absent).sum())
    _count_integers(ids.filter(ids.str.contains(_INTEGER)), found)
    patterns = {
        "control": CONTROL,
        "integral float": _INTEGRAL_FLOAT,
        "exponent": _EXPONENT,
        "hex-like": _HEX_LIKE_EXPONENT,
        "marked": _MARKED,
    }
    for name, pattern in patterns.items():
        found.add(name, ids.filter(ids.str.contains(pattern)))
