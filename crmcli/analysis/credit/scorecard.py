"""The five C's and business philosophy as a score of 0 to 100: parts, what each is read from, weights and reasons.

The weights are expert ones, not estimated; whoever has outcomes should look at `pd` instead. What is not known takes
no part, its weight goes to the others, and the coverage says how much is known. Scores with little history are drawn
towards the mean of all.
"""

from __future__ import annotations

import functools
import math
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PRIOR_PAYMENTS = 5.0
"""Payments that the mean of all weighs in the score of one."""

LEAST_COVERAGE = 0.6
"""Below it no grade is better than B."""

REASONS = 3
_NEUTRAL = 50.0
_GRADES = ((80.0, "A"), (65.0, "B"), (50.0, "C"), (35.0, "D"))
_WORST = "E"
_LEAST_LOSS = 0.5
"""Points that a reason must cost to be named."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that is looked at: its C, its weight in points, the points it gives (0 to 100), the word if it is bad.

    `points` is an expression over the features and attributes, null where it is not known; `needs` are the columns.
    """

    name: str
    group: str
    weight: float
    points: pl.Expr
    reason: str
    needs: tuple[str, ...]


def _line(value: pl.Expr, *corners: tuple[float, float]) -> pl.Expr:
    """Piecewise linear through (value, points), flat outside."""
    (first, start), *rest = corners
    result = pl.lit(start)
    before = (first, start)
    for x, y in rest:
        x0, y0 = before
        inside = y0 + (value - x0) / (x - x0) * (y - y0)
        result = pl.when(value > x0).then(pl.when(value >= x).then(y).otherwise(inside)).otherwise(result)
        before = (x, y)
    return pl.when(value.is_not_null()).then(result)


def _ratio(name: str) -> pl.Expr:
    """An attribute (money) against what the customer needs or owes, whichever is more (at least one unit)."""
    return pl.col(name) / pl.max_horizontal("exposure_money", "need_money", pl.lit(1.0))


CHARACTER, CAPACITY, PHILOSOPHY = "character", "capacity", "philosophy"
CAPITAL, COLLATERAL, CONDITIONS = "capital", "collateral", "conditions"
GROUPS = (CHARACTER, CAPACITY, PHILOSOPHY, CAPITAL, COLLATERAL, CONDITIONS)

_TREND = (
    pl.when(pl.col("direction") == "↑")
    .then(_line(pl.col("dbt_slope"), (0, 60), (3, 0)))
    .when(pl.col("direction").is_not_null())
    .then(100.0)
)
"""A slope within its error is no trend."""

PARTS: tuple[Part, ...] = (
    Part(
        "pay_index",
        CHARACTER,
        18,
        _line(pl.col("pay_index"), (20, 0), (50, 30), (70, 65), (80, 90), (90, 100)),
        "pays_late",
        ("pay_index",),
    ),
    Part("on_time", CHARACTER, 9, 100 * pl.col("on_time_share"), "rarely_on_time", ("on_time_share",)),
    Part(
        "losses",
        CHARACTER,
        8,
        _line(pl.col("written_off_share") * 100 + pl.col("worst_days") / 3, (0, 100), (10, 50), (30, 0)),
        "losses_or_old_debt",
        ("written_off_share", "worst_days"),
    ),
    Part(
        "working_capital",
        CAPACITY,
        10,
        _line(_ratio("working_capital"), (0, 0), (1, 40), (5, 80), (20, 100)),
        "thin_working_capital",
        ("working_capital",),
    ),
    Part("trend", CAPACITY, 10, _TREND, "getting_slower", ("dbt_slope", "direction")),
    Part(
        "visit", PHILOSOPHY, 7, _line(pl.col("visit_rating"), (1, 0), (5, 100)), "poor_visit_rating", ("visit_rating",)
    ),
    Part(
        "age",
        PHILOSOPHY,
        3,
        _line(pl.col("years_in_business"), (0, 0), (3, 50), (10, 100)),
        "young_firm",
        ("years_in_business",),
    ),
    Part(
        "net_worth",
        CAPITAL,
        10,
        _line(_ratio("net_worth"), (0, 0), (2, 40), (10, 80), (50, 100)),
        "little_own_capital",
        ("net_worth",),
    ),
    Part(
        "bureau", CAPITAL, 5, _line(pl.col("bureau_score"), (0, 0), (100, 100)), "low_bureau_score", ("bureau_score",)
    ),
    Part("covered", COLLATERAL, 10, _line(_ratio("secured"), (0, 30), (1, 100)), "unsecured", ("secured",)),
    Part(
        "peers",
        CONDITIONS,
        10,
        _line(pl.col("peer_index"), (40, 0), (70, 60), (80, 90), (90, 100)),
        "weak_trade_or_region",
        ("peer_index",),
    ),
)


def score(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with one column per group, `coverage`, `score`, `grade` and `reasons`.

    Args:
        rows: one row per customer with the features and attributes (see `customers.scored_features`), `payments` and
            `in_default` among them: whoever is in default has grade E. Columns that are not there are not known.
    """
    known = [part for part in PARTS if all(name in rows.columns for name in part.needs)]
    rows = rows.with_columns(part.points.cast(pl.Float64).alias(f"_{part.name}") for part in known)
    rows = rows.with_columns(*(_group(group, known) for group in GROUPS), _coverage(known), _mean(known).alias("raw"))
    middle = _middle(rows)
    rows = rows.with_columns(score=_shrunk(middle))
    rows = rows.with_columns(grade=_grade(), reasons=_reasons(known))
    return rows.drop("raw", *(f"_{part.name}" for part in known))


def _middle(rows: pl.DataFrame) -> float | None:
    """What scores are drawn towards: the mean of all by payments, itself drawn towards the middle of the scale."""
    known = rows.filter(pl.col("raw").is_not_null())
    scores: list[float] = known["raw"].to_list()
    payments: list[int] = known["payments"].to_list()
    if not scores:
        return None
    # Exactly rounded: the same in any order and on any number of threads.
    total = math.fsum(score * weight for score, weight in zip(scores, payments, strict=True))
    return (total + PRIOR_PAYMENTS * _NEUTRAL) / (sum(payments) + PRIOR_PAYMENTS)


def _weight(part: Part) -> pl.Expr:
    return pl.when(pl.col(f"_{part.name}").is_not_null()).then(part.weight).otherwise(0.0)


def _total(parts: Iterable[pl.Expr]) -> pl.Expr:
    """The sum from left to right; `pl.sum_horizontal` adds in an order that depends on the number of threads."""
    return functools.reduce(operator.add, parts, pl.lit(0.0))


def _mean(parts: Sequence[Part]) -> pl.Expr:
    """Weighted mean of the known parts; null when none is known."""
    weight = _total(_weight(part) for part in parts)
    points = _total(part.weight * pl.col(f"_{part.name}").fill_null(0.0) for part in parts)
    return pl.when(weight > 0).then(points / weight)


def _group(group: str, parts: Sequence[Part]) -> pl.Expr:
    return _mean([part for part in parts if part.group == group]).alias(group)


def _coverage(parts: Sequence[Part]) -> pl.Expr:
    total = sum(part.weight for part in PARTS)
    return (_total(_weight(part) for part in parts) / total).alias("coverage")


def _shrunk(middle: float | None) -> pl.Expr:
    if middle is None:
        return pl.col("raw")
    n = pl.col("payments").cast(pl.Float64)
    raw = pl.col("raw").fill_null(middle)
    return (n * raw + PRIOR_PAYMENTS * middle) / (n + PRIOR_PAYMENTS)


def _grade() -> pl.Expr:
    grade = pl.lit(_WORST)
    for least, name in reversed(_GRADES):
        grade = pl.when(pl.col("score") >= least).then(pl.lit(name)).otherwise(grade)
    capped = (pl.col("coverage") < LEAST_COVERAGE) & (grade == "A")
    graded = pl.when(capped).then(pl.lit("B")).otherwise(grade)
    return pl.when(pl.col("score").is_null()).then(None).when("in_default").then(pl.lit(_WORST)).otherwise(graded)


def _reasons(parts: Sequence[Part]) -> pl.Expr:
    """The words of the parts that cost most points, the worst first; little_history where fewer payments are known."""
    losses = pl.concat_list(
        (part.weight * (100 - pl.col(f"_{part.name}").fill_null(100.0)) / 100).alias(part.reason) for part in parts
    )
    known = [part.reason for part in parts]

    def name(values: pl.Series) -> pl.Series:
        texts = [_worst(row, known) for row in values.to_list()]
        return pl.Series(values.name, texts, dtype=pl.String)

    named = losses.map_batches(name, return_dtype=pl.String)
    default = pl.when("in_default").then(pl.lit("in_default"))
    thin = pl.when(pl.col("payments") < PRIOR_PAYMENTS).then(pl.lit("little_history"))
    words = pl.concat_str(default, pl.when(named != "").then(named), thin, separator=";", ignore_nulls=True)
    return words.str.split(";").list.head(REASONS).list.join(";")


def _worst(losses: Sequence[float], words: Sequence[str]) -> str:
    ranked = sorted((-loss, place) for place, loss in enumerate(losses) if loss > _LEAST_LOSS)
    return ";".join(words[place] for _, place in ranked[:REASONS])
