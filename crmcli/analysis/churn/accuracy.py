"""How good predicted probabilities turned out to be, against what happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DECILES = 10
_SMALLEST = 1e-12
_TOP = 0.1
_STEPS = 50
_EXACT = 1e-12


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Brier score, skill (1 − Brier ÷ that of the churn rate for everyone), log-loss, calibration error by tenth."""

    brier: float
    brier_skill: float
    log_loss: float
    ece: float


def accuracy(p: NDArray[np.float64], churned: NDArray[np.bool_]) -> Accuracy:
    """The measures of probabilities of an event; both outcomes must occur."""
    rate = float(churned.mean())
    brier = float(np.mean((p - churned) ** 2))
    certain = np.clip(p, _SMALLEST, 1 - _SMALLEST)
    loss = -float(np.mean(np.where(churned, np.log(certain), np.log1p(-certain))))
    bins = calibration(p, churned)
    error = float(np.abs(bins.predicted - bins.actual) @ bins.customers) / len(p)
    return Accuracy(brier, 1 - brier / (rate * (1 - rate)), loss, error)


def top_lift(score: NDArray[np.float64], churned: NDArray[np.bool_]) -> float:
    """Churn rate of the tenth with the highest scores ÷ that of all; of ties across the border a fair part counts."""
    values, group, counts = np.unique(-score, return_inverse=True, return_counts=True)
    yes = np.bincount(group, churned, len(values))
    before = np.cumsum(counts) - counts
    taken = np.clip(_TOP * len(score) - before, 0, counts)
    return float((yes / counts) @ taken / taken.sum() / churned.mean())


@dataclass(frozen=True, slots=True)
class Calibration:
    """By tenth of the customers, from the least to the most likely: how many, mean prediction and what happened."""

    customers: NDArray[np.int64]
    predicted: NDArray[np.float64]
    actual: NDArray[np.float64]


def calibration(p: NDArray[np.float64], churned: NDArray[np.bool_]) -> Calibration:
    """Predictions against outcomes in ten groups of equal size; empty ones are left out."""
    group = decile(p) - 1
    customers = np.bincount(group, minlength=DECILES)
    filled = customers > 0
    predicted = np.bincount(group, p, DECILES)[filled] / customers[filled]
    actual = np.bincount(group, churned, DECILES)[filled] / customers[filled]
    return Calibration(customers[filled], predicted, actual)


def decile(p: NDArray[np.float64]) -> NDArray[np.int64]:
    """1 for the tenth with the lowest values to 10 for the highest; equal values share one, that of their middle."""
    _, group, counts = np.unique(p, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - counts / 2
    return (np.floor(DECILES * middle / len(p)).astype(np.int64) + 1)[group]


def calibration_slope(p: NDArray[np.float64], churned: NDArray[np.bool_]) -> float | None:
    """The slope of outcomes on the log-odds of predictions (Cox 1958): 1 is right, below 1 predictions are too bold.

    None when the predictions do not differ or separate the outcomes.
    """
    certain = np.clip(p, _SMALLEST, 1 - _SMALLEST)
    x = np.column_stack([np.ones(len(p)), np.log(certain) - np.log1p(-certain)])
    beta = np.array([0.0, 1.0])
    for _ in range(_STEPS):
        fitted = 0.5 * (1 + np.tanh(x @ beta / 2))
        curvature = (x * (fitted * (1 - fitted))[:, None]).T @ x
        if np.linalg.det(curvature) <= _EXACT:
            return None
        step = np.linalg.solve(curvature, x.T @ (churned - fitted))
        beta += step
        if float(np.abs(step).max()) < _EXACT:
            break
    return float(beta[1])
