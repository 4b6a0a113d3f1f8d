"""Attributes as levels: texts as they are, numbers in ranges, rare texts together, what is missing by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from crmcli.notes import info

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcli.notes import Note

MISSING = "(missing)"
OTHERS = "(others)"

FEWEST_CUSTOMERS = 10
"""A level of fewer customers goes into (others): nothing can be said of it."""

MOST_LEVELS = 100
"""Attributes with more levels, such as names, are left out."""

MOST_DISTINCT_NUMBERS = 10
"""Whole numbers with at most so many values, such as ratings, are levels as they are."""

RANGES = 5
"""Other numbers are cut into so many ranges of about equal size; equal numbers stay together."""


@dataclass(frozen=True, slots=True)
class Levels:
    """One attribute of some customers: the level of each, and the names of all levels in their natural order."""

    name: str
    level: pl.Series
    order: tuple[str, ...]


def levels(values: pl.Series) -> Levels | str:
    """The levels of one attribute (String or Float64), or in words why it tells nothing.

    Numbers are cut at ⌈5·(average rank − ½) ÷ n⌉ and called by the least and the greatest value in the range.
    """
    labelled, order = _ranges(values) if values.dtype.is_float() else _texts(values)
    if labelled is None:
        return "nearly every customer has a value of their own"
    full = labelled.fill_null(MISSING).alias("level")
    # The data may say "(missing)" or "(others)" themselves, which then mean the same.
    names = tuple(dict.fromkeys((*order, MISSING) if labelled.null_count() else order))
    if len(names) < 2:  # noqa: PLR2004 — one level divides nobody
        return "the same for all customers"
    return Levels(values.name, full, names)


def left_out(code: str, reasons: Mapping[str, str]) -> tuple[Note, ...]:
    """One note on attributes that are not used, from name → reason; the names of one reason stand together."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        by_reason.setdefault(reason, []).append(name)
    texts = [f"{', '.join(names)} ({reason})" for reason, names in by_reason.items()]
    return (info(code, f"attributes left out: {'; '.join(texts)}"),) if texts else ()


def _texts(values: pl.Series) -> tuple[pl.Series | None, tuple[str, ...]]:
    counted = values.drop_nulls().value_counts().sort("count", values.name, descending=[True, False])
    common = counted.filter(pl.col("count") >= FEWEST_CUSTOMERS)[values.name].to_list()
    if counted.height and not 0 < len(common) <= MOST_LEVELS:
        return None, ()
    if len(common) == counted.height:
        return values, tuple(common)
    is_common = values.is_in(common) | values.is_null()
    pooled = values.to_frame("v").select(pl.when(is_common).then("v").otherwise(pl.lit(OTHERS))).to_series()
    return pooled, (*common, OTHERS)


def _ranges(values: pl.Series) -> tuple[pl.Series, tuple[str, ...]]:
    present = values.drop_nulls()
    distinct = present.unique().sort()
    if len(distinct) <= MOST_DISTINCT_NUMBERS and (distinct == distinct.round(0)).all():
        names = tuple(_written(value) for value in distinct)
        return values.replace_strict(distinct, names, return_dtype=pl.String, default=None), names
    frame = values.to_frame("v").with_columns(number=_range_number(present))
    bounds = frame.drop_nulls().group_by("number").agg(low=pl.col("v").min(), high=pl.col("v").max()).sort("number")
    texts = {number: _range_text(low, high) for number, low, high in bounds.iter_rows()}
    return frame["number"].replace_strict(texts, return_dtype=pl.String, default=None), tuple(texts.values())


def _range_number(present: pl.Series) -> pl.Expr:
    """⌈RANGES·(average rank − ½) ÷ n⌉ in whole numbers; null stays null."""
    n = len(present)
    twice = (pl.col("v").rank("min") + pl.col("v").rank("max") - 1).cast(pl.Int64)
    return (RANGES * twice + 2 * n - 1) // (2 * n)


def _range_text(low: float, high: float) -> str:
    return _written(low) if low == high else f"{_written(low)} to {_written(high)}"


def _written(value: float) -> str:
    return f"{value:.0f}" if value == round(value) else repr(value)
