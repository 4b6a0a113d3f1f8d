"""Weight of evidence and information value of a characteristic, the yardstick of scorecards."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def weights_of_evidence(goods: Sequence[float], bads: Sequence[float]) -> list[float]:
    """Ln of the share of all goods over the share of all bads, for each attribute; every count must be positive."""
    all_goods, all_bads = sum(goods), sum(bads)
    return [math.log((good / all_goods) / (bad / all_bads)) for good, bad in zip(goods, bads, strict=True)]


def information_value(goods: Sequence[float], bads: Sequence[float]) -> float:
    """Σ (share of goods − share of bads) × weight of evidence."""
    all_goods, all_bads = sum(goods), sum(bads)
    return sum(
        (good / all_goods - bad / all_bads) * weight
        for good, bad, weight in zip(goods, bads, weights_of_evidence(goods, bads), strict=True)
    )
