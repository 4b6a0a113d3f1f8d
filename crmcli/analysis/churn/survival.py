"""How long it takes to the next order (or to the end of a contract), group by group, and whether groups differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.kaplan_meier import kaplan_meier
from crmcli.analysis.log_rank import log_rank
from crmcli.notes import info

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from crmcli.analysis.kaplan_meier import SurvivalCurve
    from crmcli.analysis.log_rank import LogRank
    from crmcli.analysis.order_gaps import OrderGaps
    from crmcli.notes import Note

EVERYTHING = "all"
BY_ORDER = ("after order 1", "after order 2", "after order 3+")

MISSING = "(missing)"
OTHERS = "(others)"
MOST_GROUPS = 12
_LEAST_IN_GROUP = 10
_SURE = 0.05


@dataclass(frozen=True)
class Survival:
    """One curve for all and one per group, in their order, with the comparison of the groups."""

    curves: Mapping[str, SurvivalCurve]
    comparison: LogRank | None

    def table(self) -> pl.DataFrame:
        """The `survival` view: one row per group and time at which something ended or was last seen."""
        return pl.concat([_rows(name, curve) for name, curve in self.curves.items()])

    def note(self, what: str) -> tuple[Note, ...]:
        """Whether the groups differ; nothing where there is nothing to compare."""
        if self.comparison is None:
            return ()
        found = self.comparison
        verdict = "differ" if found.p_value < _SURE else "do not differ measurably"
        p = f"p = {found.p_value:.3g}" if found.p_value >= 1e-16 else "p < 1e-16"  # noqa: PLR2004 — what a float tells
        text = f"Log-rank test: {what} {verdict} (χ² = {found.chi_square:.3f} on {found.degrees} df, {p})"
        return (info("churn_log_rank", text),)


def grouped(days: NDArray[np.integer], ended: NDArray[np.bool_], groups: pl.Series | None) -> Survival:
    """Curves of cases; `groups` names the group of each, a null one being left out of the comparison."""
    curves = {EVERYTHING: kaplan_meier(days, ended)}
    if groups is None:
        return Survival(curves, None)
    for name in groups.drop_nulls().unique().sort():
        chosen = (groups == name).fill_null(value=False).to_numpy()
        curves[str(name)] = kaplan_meier(days[chosen], ended[chosen])
    return Survival(curves, log_rank([curve for name, curve in curves.items() if name != EVERYTHING]))


def time_to_next_order(gaps: OrderGaps, groups: pl.Series | None) -> Survival:
    """Days from each order day to the next, by how manieth it was, or by a group of the customer's own.

    Args:
        gaps: the order days of all customers.
        groups: the group of each customer, if a column of attributes was named.
    """
    if groups is not None:
        return grouped(gaps.gap, gaps.returned, groups.gather(np.repeat(np.arange(len(gaps.days)), gaps.days)))
    number = pl.Series(list(BY_ORDER)).gather(np.minimum(gaps.number, len(BY_ORDER) - 1))
    return grouped(gaps.gap, gaps.returned, number)


def levels(values: pl.Series) -> pl.Series:
    """A column of attributes as groups: the most frequent values, ranges of quarters for numbers of many values."""
    if values.dtype.is_numeric() and values.n_unique() > MOST_GROUPS:
        return _quarters(values)
    text = values.cast(pl.String).str.replace(r"\.0$", "") if values.dtype.is_numeric() else values
    counts = text.drop_nulls().value_counts(sort=True).sort("count", text.name, descending=[True, False])
    kept = counts.filter(pl.col("count") >= _LEAST_IN_GROUP).head(MOST_GROUPS - 1)[text.name]
    grouped_text = (
        pl.when(pl.col("v").is_null()).then(pl.lit(MISSING)).when(pl.col("v").is_in(kept.implode())).then("v")
    )
    return text.alias("v").to_frame().select(grouped_text.otherwise(pl.lit(OTHERS))).to_series()


def _quarters(values: pl.Series) -> pl.Series:
    cuts = sorted({float(values.quantile(q, "nearest") or 0) for q in (0.25, 0.5, 0.75)})
    edges = [f"{place + 1}: up to {cut:,.6g}" for place, cut in enumerate(cuts)]
    labels = [*edges, f"{len(cuts) + 1}: above {cuts[-1]:,.6g}"]
    place = pl.Series(np.searchsorted(cuts, values.fill_null(0).to_numpy(), side="left"))
    found = pl.DataFrame({"label": pl.Series(labels).gather(place), "known": values.is_not_null()})
    return found.select(pl.when("known").then("label").otherwise(pl.lit(MISSING)).alias(values.name)).to_series()


def _rows(name: str, curve: SurvivalCurve) -> pl.DataFrame:
    low, high = curve.bands()
    return pl.DataFrame(
        {
            "group": [name] * len(curve.time),
            "time": curve.time,
            "at_risk": curve.at_risk,
            "events": curve.events,
            "censored": curve.censored,
            "survival": curve.survival,
            "ci_low": low,
            "ci_high": high,
        }
    ).with_columns(pl.col("ci_low", "ci_high").fill_nan(None))
