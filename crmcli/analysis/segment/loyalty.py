"""The loyalty index: where a customer stands among all, on average over the aspects of loyalty that the data show.

Aspects are ranked, not added up: each becomes the percentile mid-rank 100·(average rank − ½)/n among the customers of
whom it is known, so that no unit and no outlier rules. The index is their weighted mean over the parts present. Time,
behaviour, price and affect are the dimensions that loyalty is usually said to have (Jacoby and Chestnut 1978, Brand
Loyalty: Measurement and Management; Dick and Basu 1994, Journal of the Academy of Marketing Science 22).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.calendar_periods import MONTH, calendar
from crmcli.analysis.segment.periods import visited_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from crmcli.analysis.order_gaps import OrderGaps
    from crmcli.analysis.segment.constants import Constants

PARTS = ("tenure", "activity", "regularity", "punctuality", "price", "affect")
"""The parts of the index; each has a constant PART_weight."""

_FEWEST_GAPS = 2


def loyalty_parts(
    gaps: OrderGaps, late: pl.Series, discounted: pl.Series | None, attachment: pl.Series | None
) -> pl.DataFrame:
    """What the index ranks, by customer in the row order of the summary; more is more loyal, null is unknown.

    tenure: last − first order day (not as_of − first, which would reward the long gone). activity: months with an
    order ÷ months from the first to as_of, both included. regularity: −CV² of the gaps, which ranks as −CV does, from
    two gaps on. punctuality: −late. price: 1 − share of spend at a discount. affect: survey attachment.

    Args:
        gaps: the order days.
        late: silence ÷ typical gap.
        discounted: share of spend at a discount, if discounts are known.
        attachment: survey attachment, if there was a survey.
    """
    unknown = pl.repeat(None, len(late), dtype=pl.Float64, eager=True)
    parts = {
        "tenure": pl.Series(gaps.last_day - gaps.first_day),
        "activity": pl.Series(_active_months(gaps)),
        "regularity": pl.Series(-_squared_variation(gaps), nan_to_null=True),
        "punctuality": -late,
        "price": unknown if discounted is None else 1 - discounted,
        "affect": unknown if attachment is None else attachment,
    }
    return pl.DataFrame({name: part.cast(pl.Float64) for name, part in parts.items()})


def _active_months(gaps: OrderGaps) -> NDArray[np.float64]:
    months = calendar(MONTH, int(gaps.day.min()), gaps.end)
    number = months.of(gaps.day)
    since_first = len(months.label) - number.take(gaps.start)
    return np.asarray(visited_by(number, gaps) / since_first)


def _squared_variation(gaps: OrderGaps) -> NDArray[np.float64]:
    """(Sample standard deviation ÷ mean)² of the gaps that ended, NaN for fewer than two; sums are of whole numbers."""
    ended = np.where(gaps.returned, gaps.gap, 0).astype(np.int64)
    total = np.add.reduceat(ended, gaps.start)
    squares = np.add.reduceat(ended * ended, gaps.start)
    count = gaps.days - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = count * (count * squares - total * total) / ((count - 1) * (total * total))
    return np.where(count >= _FEWEST_GAPS, ratio, np.nan)


def loyalty_index(parts: pl.DataFrame, constants: Constants) -> pl.DataFrame:
    """loyalty_index Float64 (0 to 100) and loyalty_parts String (the parts used, joined by ;), by row of `parts`.

    The index is null where no part is known that has a weight.
    """
    weights: Mapping[str, float] = {name: getattr(constants, f"{name}_weight") for name in PARTS}
    used = [name for name in PARTS if weights[name] > 0]
    percentiles = parts.with_columns(_percentile(name) for name in used)
    known = {name: pl.when(pl.col(name).is_not_null()) for name in used}
    total = pl.sum_horizontal(pl.lit(0.0), *(pl.col(name).fill_null(0) * weights[name] for name in used))
    weight = pl.sum_horizontal(pl.lit(0.0), *(known[name].then(weights[name]).otherwise(0) for name in used))
    names: list[pl.Expr] = [known[name].then(pl.lit(name)) for name in used] or [pl.lit("")]
    return percentiles.with_columns(
        pl.when(weight > 0).then(total / weight).alias("loyalty_index"),
        pl.concat_str(names, separator=";", ignore_nulls=True).alias("loyalty_parts"),
    ).select("loyalty_index", "loyalty_parts")


def _percentile(name: str) -> pl.Expr:
    """The mid-rank among the known values."""
    part = pl.col(name)
    return (100 * (part.rank("average") - 0.5) / part.count()).alias(name)
