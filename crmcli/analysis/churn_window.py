"""When silence means lost: the churn window, read off the curve of the time to the next order.

Raw gaps between orders are length-biased: short ones are over-represented among those that have ended. The curve of
all times to the next order, open ones included, is not; but it need not fall far, since some customers never return.
The window is therefore the first day by which a given part of all returns that ever come have come.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from crmcli.analysis.kaplan_meier import SurvivalCurve

RETURNED_SHARE = 0.9
LEAST_AT_RISK = 30


@dataclass(frozen=True, slots=True)
class ChurnWindow:
    """`days` of silence after which `share` of those who ever return have returned.

    `level` is S_end, the share that never returns, read at day `level_day`: the last one with enough at risk.
    `is_thin` says that no day had enough, so that the end of the curve had to do.
    """

    days: int
    share: float
    level: float
    level_day: int
    is_thin: bool


def churn_window(
    curve: SurvivalCurve, share: float = RETURNED_SHARE, least_at_risk: float = LEAST_AT_RISK
) -> ChurnWindow | None:
    """The smallest w with (1 − S(w))/(1 − S_end) ≥ share; None when nobody ever returned.

    Args:
        curve: the time from each order to the next, in days.
        share: the part of all returns that must have come, above 0 and at most 1.
        least_at_risk: S_end is S at the last day with at least so many at risk.
    """
    if not curve.events.any():
        return None
    well_known = np.flatnonzero((curve.at_risk >= least_at_risk) & (curve.survival < 1))
    end = int(well_known[-1]) if len(well_known) else len(curve.time) - 1
    level = float(curve.survival[end])
    days = curve.first_at_or_below(1 - share * (1 - level))
    assert days is not None  # noqa: S101 — S falls to the level itself.
    return ChurnWindow(days, share, level, int(curve.time[end]), is_thin=not len(well_known))
