"""How concentrated value is: Gini coefficient, top shares, Herfindahl–Hirschman index.

Everything is summed exactly in minor units and divided once. Gini = Σ(2i − n − 1)·x_i ÷ (n·Σx) over rising x, the
mean-difference form of Gini (1912), without small-sample correction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.segment.money import percent_of
from crmcli.notes import counted, info, warning

if TYPE_CHECKING:
    from crmcli.notes import Note

TOP_PERCENTS = (1, 5, 20)
_INT128_END = 2**127


def concentration(units: pl.Series) -> tuple[dict[str, float | None], tuple[Note, ...]]:
    """Measure → value over the customers whose value is not negative, and notes.

    `units` holds one value per customer in whole minor units (Int128), in any order. Shares and indices are fractions
    of 1. Every measure is None when the total is not positive; customers with a negative value are left out and
    counted in a note.
    """
    rising = units.filter(units >= 0).sort()
    notes = _negative(units.filter(units < 0))
    total = int(rising.sum())
    if total <= 0:
        text = "No customer has a positive value, so concentration has no meaning."
        return dict.fromkeys(_names()), (*notes, warning("concentration_no_value", text))
    return _measures(rising, total), notes


def _names() -> tuple[str, ...]:
    return ("gini", *map(_top_name, TOP_PERCENTS), "customers_for_80_percent", "hhi", "largest_share")


def _top_name(percent: int) -> str:
    return f"top_{percent}_percent_share"


def _measures(rising: pl.Series, total: int) -> dict[str, float | None]:
    tops = {_top_name(percent): _top(rising, percent) / total for percent in TOP_PERCENTS}
    return {
        "gini": _gini(rising, total),
        **tops,
        "customers_for_80_percent": _customers_for(rising, total, 80),
        "hhi": _dot(rising, rising) / total**2,
        "largest_share": int(rising[-1]) / total,
    }


def _gini(rising: pl.Series, total: int) -> float:
    n = len(rising)
    rank = pl.int_range(1, n + 1, dtype=pl.Int64, eager=True).cast(pl.Int128)
    return (2 * _dot(rank, rising) - (n + 1) * total) / (n * total)


def _top(rising: pl.Series, percent: int) -> int:
    """Value of the best ⌈p·n⌉ customers."""
    return int(rising.tail(percent_of(percent, len(rising))).sum())


def _customers_for(rising: pl.Series, total: int, percent: int) -> int:
    """The fewest customers who together hold at least this part of the total."""
    held = rising.reverse().cum_sum()
    return int((held < percent_of(percent, total)).sum()) + 1


def _dot(left: pl.Series, right: pl.Series) -> int:
    """Σ left·right of two series that are nowhere negative, exactly; Int128 would wrap silently beyond its range."""
    if int(left[-1]) * int(right[-1]) * len(left) < _INT128_END:
        return int((left * right).sum())
    return sum(a * b for a, b in zip(left.to_list(), right.to_list(), strict=True))


def _negative(units: pl.Series) -> tuple[Note, ...]:
    if units.is_empty():
        return ()
    who = counted(len(units), "customer with a negative value is", "customers with a negative value are")
    text = f"{who} left out of the concentration measures."
    return (info("concentration_negative", text),)
