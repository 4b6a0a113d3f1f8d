"""How long a silence may last before a customer is called lost, and what each choice costs in errors of both kinds.

From the curve S of the time to the next order, with its level S_end of those who never return: who has been silent for
t days is gone for good with probability S_end/S(t). Drawing the line at w days makes two errors among the customers as
they stand now: of those who will return some are called lost already (type I), of those who are gone some still count
as customers (type II). A longer window trades the first for the second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.churn_window import churn_window

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcli.analysis.churn_window import ChurnWindow
    from crmcli.analysis.kaplan_meier import SurvivalCurve

ALTERNATIVES = (0.8, 0.9, 0.95)
"""Parts of all returns whose windows are always shown."""

_ROUND_DAYS = (7, 14, 30, 60, 90, 120, 180, 270, 365, 540, 730)


@dataclass(frozen=True, slots=True)
class Silence:
    """The curve of the time to the next order, the window read off it, and how long each customer is silent now."""

    curve: SurvivalCurve
    window: ChurnWindow
    recency_days: NDArray[np.int64]

    def p_gone(self, days: NDArray[np.int64]) -> NDArray[np.float64]:
        """S_end/S(t) for customers silent so long."""
        survival = self.curve.at(days)
        level = self.window.level
        return np.where(survival > level, level / np.maximum(survival, level or 1.0), 1.0)


def window_table(silence: Silence) -> pl.DataFrame:
    """The `window` view: round numbers of days and the days by which given parts of all returns have come."""
    days = candidate_days(silence)
    returned = 1 - silence.curve.at(days)
    customers = np.bincount(silence.recency_days).astype(np.float64)
    silent = np.arange(len(customers))
    gone = silence.p_gone(silent)
    counted = silent[:, None] <= days
    return pl.DataFrame(
        {
            "days": days,
            "share_of_gaps": np.minimum(returned / (1 - silence.window.level), 1.0),
            "p_return_after": 1 - silence.p_gone(days),
            "type1": _part(customers * (1 - gone), ~counted),
            "type2": _part(customers * gone, counted),
            "chosen": days == silence.window.days,
        },
        nan_to_null=True,
    )


def candidate_days(silence: Silence) -> NDArray[np.int64]:
    """Windows to compare, rising, none of them beyond the day at which the level was read."""
    alternatives = [churn_window(silence.curve, share) for share in ALTERNATIVES]
    named = {window.days for window in alternatives if window is not None}
    within = {days for days in _ROUND_DAYS if days <= silence.window.level_day}
    return np.array(sorted({silence.window.days} | named | within), dtype=np.int64)


def _part(weight: NDArray[np.float64], chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """By column of `chosen`, the chosen part of all weight; NaN without any."""
    total = float(weight.sum())
    return weight @ chosen / total if total > 0 else np.full(chosen.shape[1], np.nan)
