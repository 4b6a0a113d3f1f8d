"""How steady the gaps between purchases are: Wheat and Morrison (1990), Estimating Purchase Regularity.

Of two gaps in a row the share of the first is Beta(k, k) when gaps are Gamma(k): its variance tells k, whatever the
customer's own rate. k = 1 is purchasing at random, which the NBD models suppose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from crmcli.analysis.clv.arrays import Indices, Ints

REGULAR = 1.5
"""From here on a model with steady gaps is worth fitting."""

_LEAST_CUSTOMERS = 30


def regularity(customer: Indices, gap_days: Ints) -> float | None:
    """Estimate k by moments, from the last two gaps of each customer who has two; None with fewer than thirty of them.

    Args:
        customer: of each gap, sorted.
        gap_days: the gaps, in order for each customer.
    """
    last = np.flatnonzero(np.append(customer[1:] != customer[:-1], True)) if len(customer) else np.empty(0, np.intp)
    last = last[last > 0]
    pair = last[customer[last - 1] == customer[last]]
    if len(pair) < _LEAST_CUSTOMERS:
        return None
    share = gap_days[pair - 1] / (gap_days[pair - 1] + gap_days[pair])
    variance = float(((share - 0.5) ** 2).mean())
    return (1 - 4 * variance) / (8 * variance) if variance > 0 else float("inf")
