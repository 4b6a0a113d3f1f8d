"""Whether groups last equally long: the log-rank test.

Mantel, N. (1966), Cancer Chemotherapy Reports 50; Peto, R. and Peto, J. (1972), JRSS A 135. At every time with an event
each group should have a part of the events equal to its part of those at risk; χ² compares what it had with that, with
the hypergeometric covariance of simultaneous events.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmcli.analysis.kaplan_meier import SurvivalCurve


@dataclass(frozen=True, slots=True)
class LogRank:
    """χ² with its degrees of freedom, and the probability of so large a value if all groups last equally long."""

    chi_square: float
    degrees: int
    p_value: float


def log_rank(curves: Sequence[SurvivalCurve]) -> LogRank | None:
    """Compare the curves of two or more groups; None when there is nothing to compare (one group, or no event)."""
    times = np.unique(np.concatenate([curve.time[curve.events > 0] for curve in curves]))
    if len(curves) < 2 or not len(times):  # noqa: PLR2004 — two make a comparison
        return None
    events = np.stack([_events(curve, times) for curve in curves])
    at_risk = np.stack([_at_risk(curve, times) for curve in curves])
    share = at_risk / at_risk.sum(axis=0)
    surplus = (events - share * events.sum(axis=0)).sum(axis=1)
    covariance = _covariance(share, events.sum(axis=0), at_risk.sum(axis=0))
    # The groups' surpluses sum to 0, so that the last says nothing new.
    reduced = surplus[:-1] @ np.linalg.pinv(covariance[:-1, :-1]) @ surplus[:-1]
    degrees = len(curves) - 1
    return LogRank(float(reduced), degrees, _upper_tail(float(reduced), degrees))


def _events(curve: SurvivalCurve, times: NDArray[np.int64]) -> NDArray[np.float64]:
    place = np.searchsorted(curve.time, times)
    found = np.append(curve.time, -1)[place] == times
    return np.where(found, np.append(curve.events, 0.0)[place], 0.0)


def _at_risk(curve: SurvivalCurve, times: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.append(curve.at_risk, 0.0)[np.searchsorted(curve.time, times)]


def _covariance(
    share: NDArray[np.float64], events: NDArray[np.float64], at_risk: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Σ over times of the covariance of the groups' events, drawn without replacement from those at risk."""
    spread = events * (at_risk - events) / np.maximum(at_risk - 1, 1)
    own = np.diag((share * spread).sum(axis=1))
    return np.asarray(own - (share * spread) @ share.T)


def _upper_tail(value: float, degrees: int) -> float:
    from scipy.special import gammaincc  # noqa: PLC0415 — loading it costs more than most runs

    return float(gammaincc(degrees / 2, value / 2))
