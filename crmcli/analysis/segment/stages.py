"""Where each customer stands in the life of a relationship: formation, growth, maturity, decline, termination.

What is typical is estimated once on all customers (the pool), then applied to each. A customer's typical gap is the
mean of the own gaps, shrunk to the pool's; how late a customer is, is counted in typical gaps. The first rule that
holds decides, so that every customer has exactly one stage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.churn_window import churn_window
from crmcli.analysis.conform import view_schema
from crmcli.analysis.segment.money import minor_units, money, share
from crmcli.analysis.segment.trend import later_repeats, significantly_few
from crmcli.analysis.segment.views_life import STAGES as STAGES_VIEW

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcli.analysis.churn_window import ChurnWindow
    from crmcli.analysis.order_gaps import OrderGaps
    from crmcli.analysis.segment.constants import Constants

STAGE_RULES = (
    ("termination", "overdue"),
    ("termination", "past_window"),
    ("formation", "one_order"),
    ("decline", "late"),
    ("decline", "slowing"),
    ("growth", "young"),
    ("growth", "accelerating"),
    ("maturity", "steady"),
)
"""Stage and rule, in the order in which the rules are tried; the last holds for whoever is left."""

STAGES = ("formation", "growth", "maturity", "decline", "termination")
"""In the order of a life."""


NO_STAGES = pl.Schema(
    {
        "typical_gap_days": pl.Float64,
        "late": pl.Float64,
        "silent_days": pl.Int64,
        "repeats": pl.Int64,
        "earlier_repeats": pl.Int64,
        "later_repeats": pl.Int64,
        "stage": pl.String,
        "stage_rule": pl.String,
    }
)
"""The columns of `stage_customers`."""


@dataclass(frozen=True, slots=True)
class Pool:
    """What is typical of all customers.

    `gap_days` is the median time to the next order (g_pool), else the churn window; `overdue` the quantile of gap ÷
    typical gap over all orders that did come back (q95). All None when nobody ever returned.
    """

    gap_days: int | None
    overdue: float | None
    window: ChurnWindow | None
    gap_is_window: bool = False


def fit_pool(gaps: OrderGaps, constants: Constants) -> Pool:
    """Estimate the pool on all order days."""
    curve = gaps.curve()
    window = churn_window(curve, constants.window_share, constants.window_least_at_risk)
    if window is None:
        return Pool(None, None, None)
    median = curve.median
    gap_days = window.days if median is None else median
    ratios = _returns_in_earlier_gaps(gaps, gap_days, constants.gap_pseudo_count)
    overdue = float(np.quantile(ratios, constants.overdue_quantile))  # Type 7 is numpy's default.
    return Pool(gap_days, overdue, window, gap_is_window=median is None)


def _returns_in_earlier_gaps(gaps: OrderGaps, gap_days: int, pseudo_count: float) -> NDArray[np.float64]:
    """Every gap that ended ÷ the typical gap known when it began; counting the gap itself would be circular."""
    came = gaps.returned
    earlier_sum, earlier = gaps.since_first()[came], gaps.number[came]
    return np.asarray(gaps.gap[came] * (earlier + pseudo_count) / (earlier_sum + pseudo_count * gap_days))


def stage_customers(gaps: OrderGaps, orders: NDArray[np.int64], pool: Pool, constants: Constants) -> pl.DataFrame:
    """Stage, rule and evidence of each customer, in the row order of the summary.

    Args:
        gaps: the order days.
        orders: by customer, the number of orders.
        pool: what is typical.
        constants: where rules draw their lines.

    Returns:
        typical_gap_days, late Float64 (silence ÷ typical gap; both null when nobody ever returned) · silent_days,
        repeats, earlier_repeats, later_repeats Int64 (order days after the first, and those in each half) ·
        stage, stage_rule String.
    """
    repeats = gaps.days - 1
    later = later_repeats(gaps)
    silent = (gaps.end - gaps.last_day).astype(np.int64)
    total, count = _typical_gaps(gaps, pool, constants)
    late = silent * count / total  # Divided once, so that 20 days of 10 are exactly 2.
    holds = _rules(orders, repeats, later, silent, late, pool, constants)
    rule = np.argmax(np.stack(holds), axis=0)
    stages, rules = zip(*STAGE_RULES, strict=True)
    return pl.DataFrame(
        {
            "typical_gap_days": pl.Series(total / count, nan_to_null=True),
            "late": pl.Series(late, nan_to_null=True),
            "silent_days": silent,
            "repeats": repeats,
            "earlier_repeats": repeats - later,
            "later_repeats": later,
            "stage": pl.Series(stages).gather(rule),
            "stage_rule": pl.Series(rules).gather(rule),
        }
    )


def _typical_gaps(
    gaps: OrderGaps, pool: Pool, constants: Constants
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """By customer Σ own gaps + pseudo-count · pool gap, NaN without a pool, and own gaps + pseudo-count."""
    pseudo = constants.gap_pseudo_count
    pool_gap = np.nan if pool.gap_days is None else pool.gap_days
    return gaps.last_day - gaps.first_day + pseudo * pool_gap, gaps.days - 1 + pseudo


def _rules(  # noqa: PLR0913, PLR0917 — what rules look at
    orders: NDArray[np.int64],
    repeats: NDArray[np.int64],
    later: NDArray[np.int64],
    silent: NDArray[np.int64],
    late: NDArray[np.float64],
    pool: Pool,
    constants: Constants,
) -> list[NDArray[np.bool_]]:
    """Whether each rule of STAGE_RULES holds, by customer."""
    never = np.zeros(len(orders), dtype=bool)
    enough = repeats >= constants.trend_repeats
    p_value = constants.trend_p_value
    return [
        never if pool.overdue is None else late > pool.overdue,
        never if pool.window is None else silent > pool.window.days,
        orders == 1,
        late > constants.late_limit,
        enough & significantly_few(repeats, later, p_value),
        orders <= constants.young_orders,
        enough & significantly_few(repeats, repeats - later, p_value),
        ~never,
    ]


def stages_table(customers: pl.DataFrame, money_scale: int) -> pl.DataFrame:
    """The `stages` view: one row per stage and rule, the empty ones included, in the order of a life.

    `customers` has stage, stage_rule, typical_gap_days and monetary.
    """
    sums = customers.group_by("stage", "stage_rule").agg(
        pl.len(), minor_units("monetary").sum().alias("units"), pl.col("typical_gap_days").median()
    )
    found = {(stage, rule): rest for stage, rule, *rest in sums.iter_rows()}
    rows: list[tuple[object, ...]] = []
    for stage, rule in sorted(STAGE_RULES, key=lambda pair: STAGES.index(pair[0])):
        count, units, gap = found.get((stage, rule), (0, 0, None))
        part = share(count, customers.height)
        rows.append((stage, rule, count, part, money(int(units), money_scale), gap))
    return pl.DataFrame(rows, schema=view_schema(STAGES_VIEW, money_scale), orient="row")
