"""How well forecasts of counts or money met what came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from crmcli.analysis.clv.arrays import Floats, Indices

_TENTHS = 10


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Errors of one forecast per customer; `corr` is None where either side has no spread."""

    mae: float
    rmse: float
    bias: float
    corr: float | None

    @classmethod
    def of(cls, forecast: Floats, actual: Floats) -> Accuracy:
        """Compare; both hold one value per customer, at least one."""
        error = forecast - actual
        return cls(
            mae=float(np.abs(error).mean()),
            rmse=float(np.sqrt((error**2).mean())),
            bias=float(error.mean()),
            corr=correlation(forecast, actual),
        )


@dataclass(frozen=True, slots=True)
class Ranking:
    """How well a forecast orders customers; None where there is nothing to order."""

    gini: float | None
    top_decile_share: float | None

    @classmethod
    def of(cls, forecast: Floats, actual: Floats) -> Ranking:
        """Compare; both hold one value per customer, at least one."""
        return cls(normalised_gini(forecast, actual), _top_decile_share(forecast, actual))


def correlation(left: Floats, right: Floats) -> float | None:
    """Pearson's; None when either side has no spread."""
    if np.ptp(left) == 0 or np.ptp(right) == 0:
        return None
    left, right = left - left.mean(), right - right.mean()
    norm = np.sqrt((left**2).sum()) * np.sqrt((right**2).sum())
    return float(np.clip((left @ right) / norm, -1.0, 1.0)) if norm > 0 else None


def correlation_interval(corr: float, count: int, normal_quantile: float) -> tuple[float, float] | None:
    """Fisher's interval; None for fewer than four pairs."""
    if count < 4:  # noqa: PLR2004 — its variance is 1/(n − 3)
        return None
    middle = np.arctanh(np.clip(corr, -1 + 1e-12, 1 - 1e-12))
    reach = normal_quantile / np.sqrt(count - 3)
    return float(np.tanh(middle - reach)), float(np.tanh(middle + reach))


def ranked(forecast: Floats) -> Indices:
    """Customers by falling forecast; ties in the order given."""
    return np.argsort(-forecast, kind="stable")


def decile_of(forecast: Floats) -> Indices:
    """The tenth (0 the highest) of each customer by forecast; ties are cut in the order given."""
    tenth = np.empty(len(forecast), dtype=np.intp)
    tenth[ranked(forecast)] = np.arange(len(forecast)) * _TENTHS // max(len(forecast), 1)
    return tenth


def normalised_gini(forecast: Floats, actual: Floats) -> float | None:
    """Gini of the actual values ranked by forecast, divided by that of the perfect ranking; ties share their values."""
    best = _ranked_gini(actual, actual)
    return _ranked_gini(forecast, actual) / best if best > 0 else None


def _ranked_gini(by: Floats, actual: Floats) -> float:
    """Σ over customers of value × (mean rank − middle rank), to scale; equal `by` means equal rank."""
    if len(actual) == 0:
        return 0.0
    _, group, counts = np.unique(by, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    mean_rank = (ends - (counts - 1) / 2)[group]
    return float(actual @ (mean_rank - (len(actual) + 1) / 2))


def _top_decile_share(forecast: Floats, actual: Floats) -> float | None:
    """Part of what came that the tenth with the highest forecasts brought; ties share evenly across the boundary."""
    total = float(actual.sum())
    if total <= 0:
        return None
    places = len(actual) / _TENTHS
    _, group, counts = np.unique(-forecast, return_inverse=True, return_counts=True)
    before = np.cumsum(counts) - counts
    inside = np.clip(places - before, 0, counts) / counts
    return float(actual @ inside[group]) / total
