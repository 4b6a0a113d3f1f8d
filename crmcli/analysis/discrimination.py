"""How well a score tells two kinds of things apart: area under the ROC curve, with its uncertainty.

Sources: DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, for the variance; Sun and Xu (2014), IEEE Signal
Processing Letters 21, for its computation from ranks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Discrimination:
    """Area under the ROC curve (0.5 is chance) and its 95 % limits; the limits are None where it is 0 or 1."""

    auc: float
    low: float | None
    high: float | None


def discrimination(score: NDArray[np.float64], positive: NDArray[np.bool_]) -> Discrimination:
    """The chance that a positive scores higher than a negative, ties counting half.

    The limits are symmetric on the logit of the area, so that they stay between 0 and 1. There must be at least two of
    either kind.
    """
    yes, no = score[positive], score[~positive]
    ranks = mid_ranks(np.concatenate([yes, no]))
    of_yes = (ranks[: len(yes)] - mid_ranks(yes)) / len(no)
    of_no = 1 - (ranks[len(yes) :] - mid_ranks(no)) / len(yes)
    area = float(of_yes.mean())
    variance = float(of_yes.var(ddof=1)) / len(yes) + float(of_no.var(ddof=1)) / len(no)
    if not 0 < area < 1 or variance <= 0:
        return Discrimination(area, None, None)
    spread = Z_95 * math.sqrt(variance) / (area * (1 - area))
    logit = math.log(area / (1 - area))
    return Discrimination(area, _expit(logit - spread), _expit(logit + spread))


def mid_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 1; equal values share the mean of theirs."""
    _, group, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[group]


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))
