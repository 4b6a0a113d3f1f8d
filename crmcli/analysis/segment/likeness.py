"""The model behind look-alikes: a logistic regression with a ridge, its strength chosen by cross-validation.

Everything is deterministic: the rows come in the order of their ids, folds follow from the seed, and the solver goes on
until nothing changes in the digits that are given out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray

STRENGTHS = (0.01, 0.1, 1.0, 10.0)
"""Candidates for scikit-learn's C, the inverse of the weight of the ridge."""

OUTER_FOLDS = 5
INNER_FOLDS = 3
_TOLERANCE = 1e-9
_STEPS = 200


@dataclass(frozen=True, slots=True)
class Likeness:
    """A fitted model, and the probability of every row it was made from by a model that had not seen it."""

    weights: NDArray[np.float64]
    intercept: float
    held_out: NDArray[np.float64]

    def probability(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """The probability of rows of the same columns."""
        z = x @ self.weights + self.intercept
        result: NDArray[np.float64] = 0.5 * (1 + np.tanh(z / 2))
        return result


def fit_likeness(x: NDArray[np.float64], chosen: NDArray[np.bool_], seed: int) -> Likeness:
    """Fit on all rows, and on all but each fifth for the held-out probabilities.

    The strength of the ridge is chosen anew within each of these fits, by the log-loss of further folds, so that no
    held-out row has a say in its own probability.

    Args:
        x: one row per customer; columns of about unit size.
        chosen: whether each is in the target; at least as many of either kind as there are folds.
        seed: of the division into folds.
    """
    held_out = np.empty(len(chosen))
    with _one_thread():
        for train, test in _folds(chosen, OUTER_FOLDS, seed):
            model = _fitted(x[train], chosen[train], seed)
            held_out[test] = model.predict_proba(x[test])[:, 1]
        model = _fitted(x, chosen, seed)
    return Likeness(model.coef_[0], float(model.intercept_[0]), held_out)


def _one_thread() -> AbstractContextManager[object]:
    """Threads that wait for each other cost more than they bring on a busy machine, and sum in another order."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # noqa: PLC0415 — with scikit-learn

    limits: AbstractContextManager[object] = threadpool_limits(limits=1)
    return limits


def _folds(chosen: NDArray[np.bool_], count: int, seed: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    from sklearn.model_selection import StratifiedKFold  # noqa: PLC0415 — takes most of a second

    folds = StratifiedKFold(count, shuffle=True, random_state=seed)
    yield from folds.split(np.zeros((len(chosen), 1)), chosen)


def _fitted(x: NDArray[np.float64], chosen: NDArray[np.bool_], seed: int) -> Any:
    """The model with the candidate strength of the smallest log-loss on held-out rows; the weaker one of equals."""
    folds = list(_folds(chosen, INNER_FOLDS, seed))
    losses = [sum(_loss(x, chosen, fold, strength) for fold in folds) for strength in STRENGTHS]
    return _model(x, chosen, STRENGTHS[int(np.argmin(losses))])


def _model(x: NDArray[np.float64], chosen: NDArray[np.bool_], strength: float) -> Any:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 — takes most of a second

    return LogisticRegression(C=strength, solver="newton-cholesky", tol=_TOLERANCE, max_iter=_STEPS).fit(x, chosen)


def _loss(
    x: NDArray[np.float64],
    chosen: NDArray[np.bool_],
    fold: tuple[NDArray[np.int64], NDArray[np.int64]],
    strength: float,
) -> float:
    train, test = fold
    z = _model(x[train], chosen[train], strength).decision_function(x[test])
    return float(np.logaddexp(0, np.where(chosen[test], -z, z)).sum())
