"""Score thresholds: the worst value of each metric that still reaches each score, and what they say of customers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.segment.money import minor_units, money, units_at_least

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

MetricValue = int | Decimal


@dataclass(frozen=True, slots=True)
class Metric:
    """One of the three measures, and how its values become whole numbers of which more is better (its worth)."""

    name: str
    score: str

    @property
    def is_recency(self) -> bool:
        """Whether a smaller value is the better one."""
        return self.name == "recency_days"

    @property
    def is_money(self) -> bool:
        """Whether values are money rather than counts."""
        return self.name == "monetary"

    def worth(self) -> pl.Expr:
        """Recency negated, frequency as it is, money in minor units."""
        if self.is_money:
            return minor_units(self.name)
        return -pl.col(self.name) if self.is_recency else pl.col(self.name)

    def worth_of(self, value: MetricValue, money_scale: int) -> int:
        """The lowest worth that reaches a threshold value."""
        if isinstance(value, Decimal):
            return units_at_least(value, money_scale)
        return -value if self.is_recency else value

    def value_of(self, worth: int, money_scale: int) -> MetricValue:
        """The value that has this worth."""
        if self.is_money:
            return money(worth, money_scale)
        return -worth if self.is_recency else worth


METRICS = (Metric("recency_days", "r_score"), Metric("frequency", "f_score"), Metric("monetary", "m_score"))


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a value must be to reach a score.

    `worst` maps each metric to score → the worst value that still reaches it: the longest silence in days, the
    smallest number of orders, the smallest money (of the method `cuts` the cuts themselves). A score that nobody
    reached is absent. `scores` is k, the number of
    scores; `as_of` is the day the thresholds were estimated for.
    """

    method: str
    scores: int
    as_of: dt.date
    worst: Mapping[str, Mapping[int, MetricValue]]


def apply_thresholds(metrics: pl.DataFrame, thresholds: Thresholds, money_scale: int) -> pl.DataFrame:
    """Add r_score, f_score and m_score (Int64): the best score whose threshold a value reaches, else 1.

    `metrics` has recency_days and frequency (Int64) and monetary (Decimal at `money_scale`), one row per customer.
    """
    return metrics.with_columns(
        _score(metric, thresholds.worst[metric.name], money_scale).alias(metric.score) for metric in METRICS
    )


def _score(metric: Metric, worst: Mapping[int, MetricValue], money_scale: int) -> pl.Expr:
    score = pl.lit(1, pl.Int64)
    for step, value in sorted(worst.items()):
        reached = metric.worth() >= metric.worth_of(value, money_scale)
        score = pl.when(reached).then(pl.lit(step, pl.Int64)).otherwise(score)
    return score


def thresholds_table(scored: pl.DataFrame, scores: int) -> pl.DataFrame:
    """The `thresholds` view: for each metric and each score 1…k the bounds observed and the number of customers."""
    return pl.concat(_bounds(scored, metric, scores) for metric in METRICS)


def _bounds(scored: pl.DataFrame, metric: Metric, scores: int) -> pl.DataFrame:
    value = pl.col(metric.name)
    observed = scored.group_by(pl.col(metric.score).alias("score")).agg(
        value.min().cast(pl.Float64).alias("lower"),
        value.max().cast(pl.Float64).alias("upper"),
        pl.len().cast(pl.Int64).alias("customers"),
    )
    every = pl.DataFrame({"score": pl.int_range(1, scores + 1, dtype=pl.Int64, eager=True)})
    return every.join(observed, on="score", how="left", maintain_order="left").select(
        pl.lit(metric.name).alias("metric"), "score", "lower", "upper", pl.col("customers").fill_null(0)
    )
