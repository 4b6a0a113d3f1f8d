"""RFM scores: how recently, how often and for how much a customer bought, each on a scale of 1 to k.

Scores are estimated on the histogram of distinct values and applied to customers through thresholds, so that equal
values get equal scores and the order of rows cannot matter. Ranks are compared in integers throughout.

Sources: Hughes, A. M. (1994), Strategic Database Marketing (recency, frequency and monetary quantiles);
Bult and Wansbeek (1995), Marketing Science 14(4); the R package rfm 0.3 for the method of that name.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.segment.places import among_first
from crmcli.analysis.segment.thresholds import METRICS, Thresholds, apply_thresholds
from crmcli.errors import UsageError, did_you_mean
from crmcli.notes import warning

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from crmcli.analysis.segment.thresholds import Metric, MetricValue
    from crmcli.customers.summary import CustomerSummary
    from crmcli.notes import Note

METHODS = ("crm", "ntile", "cuts", "r-rfm")
FEWEST_SCORES = 2
MOST_SCORES = 10
DEFAULT_SCORES = 5


@dataclass(frozen=True, slots=True)
class Cuts:
    """Absolute thresholds of the method `cuts`, k − 1 per metric, rising.

    A recency up to the first cut scores k, up to the second k − 1, beyond the last 1. A frequency or an amount below
    the first cut scores 1, from the first on 2, from the last on k.
    """

    recency_days: tuple[int, ...]
    frequency: tuple[int, ...]
    monetary: tuple[Decimal, ...]

    def of(self, metric: Metric) -> tuple[MetricValue, ...]:
        """The cuts of one metric."""
        values: dict[str, tuple[MetricValue, ...]] = {
            "recency_days": self.recency_days,
            "frequency": self.frequency,
            "monetary": self.monetary,
        }
        return values[metric.name]


@dataclass(frozen=True, slots=True)
class Fit:
    """Thresholds to score with, the metrics whose customers are ranked one by one instead, and what to say."""

    thresholds: Thresholds
    ranked: tuple[Metric, ...] = ()
    notes: tuple[Note, ...] = ()


def check_method(method: str, scores: int, cuts: Cuts | None) -> None:
    """Raise UsageError unless the method is known, k is 2 to 10, and cuts are given exactly when they are used."""
    if method not in METHODS:
        raise UsageError(
            f"Unknown RFM method {method!r}; known are {', '.join(METHODS)}.", remedy=did_you_mean(method, METHODS)
        )
    if not FEWEST_SCORES <= scores <= MOST_SCORES:
        raise UsageError(f"The number of scores must be {FEWEST_SCORES} to {MOST_SCORES}, not {scores}.")
    if (method == "cuts") != (cuts is not None):
        raise UsageError(
            f"RFM method {method!r} {'needs' if cuts is None else 'takes no'} cuts.",
            remedy="Give cuts for recency_days, frequency and monetary together with the method 'cuts'.",
        )


def rfm_metrics(summary: CustomerSummary) -> pl.DataFrame:
    """The summary's frame sorted by customer_id, with the metrics added.

    recency_days = as_of − last_date in days, frequency = orders, monetary = money net of refunds.
    """
    days = (pl.lit(summary.as_of) - pl.col("last_date")).dt.total_days()
    frame = summary.frame
    in_order = frame if frame.get_column("customer_id").is_sorted() else frame.sort("customer_id")
    return in_order.with_columns(
        days.cast(pl.Int64).alias("recency_days"),
        pl.col("orders").cast(pl.Int64).alias("frequency"),
        pl.col("monetary").cast(pl.Decimal(38, summary.money_scale)),
    )


def fit_scores(metrics: pl.DataFrame, summary: CustomerSummary, method: str, scores: int, cuts: Cuts | None) -> Fit:
    """Estimate thresholds by one of METHODS (see the module for sources).

    crm: recency and money by mid-rank ⌈k·(average rank − ½)/n⌉, frequency by lowest rank ⌊k·(lowest rank − 1)/n⌋ + 1,
    so that a one-order customer never looks frequent. ntile: equal-sized groups, ties broken by customer_id.
    r-rfm: type-7 quantiles at j/k plus 1, as R rfm 0.3. cuts: as given. When a metric has nothing to rank (n < k, or
    all values equal) recency and money score the middle (k + 1) // 2 and frequency scores 1, except with cuts.

    Raises:
        UsageError: unknown method, k outside 2 to 10, or cuts that do not fit.
    """
    check_method(method, scores, cuts)
    if cuts is not None:
        worst = {metric.name: _cut_thresholds(metric, cuts, scores) for metric in METRICS}
        return Fit(Thresholds(method, scores, summary.as_of, worst))
    scored = {metric.name: _scored_histogram(metrics, metric, method, scores, summary) for metric in METRICS}
    worst = {metric.name: _observed(scored[metric.name], metric, summary.money_scale) for metric in METRICS}
    level = tuple(metric for metric in METRICS if degenerate(scored[metric.name], scores))
    ranked = tuple(metric for metric in METRICS if metric not in level) if method == "ntile" else ()
    notes = _notes(level, metrics.height, scores)
    return Fit(Thresholds(method, scores, summary.as_of, worst), ranked, notes)


def score_customers(metrics: pl.DataFrame, fit: Fit, money_scale: int) -> pl.DataFrame:
    """Add r_score, f_score and m_score (Int64, 1 to k) to metrics sorted by customer_id."""
    scored = apply_thresholds(metrics, fit.thresholds, money_scale)
    # Equal-sized groups cut through equal values, which no threshold can express: rank the customers themselves.
    return scored.with_columns(_ntile(metrics, metric, fit.thresholds.scores) for metric in fit.ranked)


def degenerate(histogram: pl.DataFrame, scores: int) -> bool:
    """Whether there is nothing to rank: fewer customers than scores, or a single distinct value."""
    return histogram.height == 1 or int(histogram.get_column("count").sum()) < scores


def _scored_histogram(
    metrics: pl.DataFrame, metric: Metric, method: str, scores: int, summary: CustomerSummary
) -> pl.DataFrame:
    """Distinct values of worth in rising order, each with count, below (customers worth less) and score."""
    histogram = _histogram(metrics.select(metric.worth()).to_series())
    if degenerate(histogram, scores):
        return histogram.with_columns(_constant(_level_score(metric, scores)))
    if method == "r-rfm":
        return _r_rfm(histogram, metric, scores, 10**summary.money_scale if metric.is_money else 1)
    n = metrics.height
    if method == "ntile":
        return histogram.with_columns(_best_group(n, scores))
    return histogram.with_columns(_lowest_rank(n, scores) if metric.name == "frequency" else _mid_rank(n, scores))


def _histogram(worth: pl.Series) -> pl.DataFrame:
    runs = worth.sort().rle().struct.unnest()
    count = pl.col("len").cast(pl.Int64)
    return runs.select("value", count.alias("count"), (count.cum_sum() - count).alias("below"))


def _constant(score: int) -> pl.Expr:
    return pl.lit(score, pl.Int64).alias("score")


def _mid_rank(n: int, scores: int) -> pl.Expr:
    """⌈k·(average rank − ½)/n⌉, where average rank − ½ is half of the integer 2·below + count."""
    doubled = 2 * pl.col("below") + pl.col("count")
    return ((scores * doubled + 2 * n - 1) // (2 * n)).alias("score")


def _lowest_rank(n: int, scores: int) -> pl.Expr:
    """⌊k·(lowest rank − 1)/n⌋ + 1, where lowest rank − 1 is the number of customers below."""
    return (scores * pl.col("below") // n + 1).alias("score")


def _group_ends(n: int, scores: int) -> list[int]:
    """How many customers SQL NTILE puts into groups 1 to j, for every j < k: the first n mod k groups hold one more."""
    size, larger = divmod(n, scores)
    return [size * j + min(j, larger) for j in range(1, scores)]


def _best_group(n: int, scores: int) -> pl.Expr:
    """The group that the last of the customers with a value falls into."""
    position = pl.col("below") + pl.col("count") - 1
    return _one_plus(position >= end for end in _group_ends(n, scores)).alias("score")


def _ntile(metrics: pl.DataFrame, metric: Metric, scores: int) -> pl.Expr:
    """The group of each customer, equal values in customer_id order."""
    rising = metrics.select(metric.worth()).to_series().sort()
    ends = _group_ends(metrics.height, scores)
    return _one_plus(~among_first(metric.worth(), rising, end) for end in ends).alias(metric.score)


def _one_plus(passed: Iterable[pl.Expr]) -> pl.Expr:
    return pl.sum_horizontal(pl.lit(1, pl.Int64), *(condition.cast(pl.Int64) for condition in passed))


def _r_rfm(histogram: pl.DataFrame, metric: Metric, scores: int, one: int) -> pl.DataFrame:
    """Score by bins [min, q1 + 1), …, [q(k−1) + 1, max + 1) of the value itself; `one` is 1 in units of the value.

    A value is in a bin from q + 1 on exactly when it is at least ⌈q + 1⌉, so whole numbers decide.
    """
    sign = -1 if metric.is_recency else 1
    natural = histogram.with_columns(pl.col("value") * sign).sort("value")
    starts = [_ceil_quantile(natural, j, scores) + one for j in range(1, scores)]
    bin_number = _one_plus(sign * pl.col("value") >= start for start in starts)
    return histogram.with_columns((scores + 1 - bin_number if metric.is_recency else bin_number).alias("score"))


def _ceil_quantile(histogram: pl.DataFrame, j: int, k: int) -> int:
    """⌈type-7 quantile at j/k⌉ (Hyndman and Fan 1996), interpolated exactly between whole numbers."""
    ends = histogram.get_column("count").cum_sum()
    position, part = divmod((int(ends[-1]) - 1) * j, k)
    low = _at(histogram, ends, position)
    high = _at(histogram, ends, position + 1) if part else low
    return low - (-part * (high - low)) // k


def _at(histogram: pl.DataFrame, ends: pl.Series, position: int) -> int:
    """The value at a position (from 0) of the sorted customers."""
    return int(histogram.get_column("value")[int(ends.search_sorted(position, side="right"))])


def _observed(scored: pl.DataFrame, metric: Metric, money_scale: int) -> dict[int, MetricValue]:
    """The worst value that received each score."""
    worst = scored.group_by("score").agg(pl.col("value").min()).sort("score")
    return {int(score): metric.value_of(int(worth), money_scale) for score, worth in worst.iter_rows()}


def _cut_thresholds(metric: Metric, cuts: Cuts, scores: int) -> Mapping[int, MetricValue]:
    values = cuts.of(metric)
    if len(values) != scores - 1 or any(left >= right for left, right in pairwise(values)):
        raise UsageError(
            f"Cuts of {metric.name} must be {scores - 1} rising values for {scores} scores, "
            f"not {', '.join(map(str, values)) or 'none'}."
        )
    steps = range(scores, 1, -1) if metric.is_recency else range(2, scores + 1)
    return dict(zip(steps, values, strict=True))


def _level_score(metric: Metric, scores: int) -> int:
    """The score of everybody where there is nothing to rank."""
    return 1 if metric.name == "frequency" else (scores + 1) // 2


def _notes(level: tuple[Metric, ...], n: int, scores: int) -> tuple[Note, ...]:
    if not level:
        return ()
    if n < scores:
        outcome = f"R and M score {(scores + 1) // 2} and F scores 1"
        return (warning("rfm_few_customers", f"fewer customers ({n}) than scores ({scores}): {outcome}"),)
    outcomes = (f"{metric.name} (scored {_level_score(metric, scores)})" for metric in level)
    return (warning("rfm_all_equal", f"all customers are equal in {', '.join(outcomes)}"),)
