"""Scores learnt from labelled snapshots: logistic regression, and gradient boosting of small trees.

Both see the same features. The logistic regression has a ridge of 0.001 per customer on standardised features, which
hardly moves what many customers show and keeps features that say the same from playing against each other. The trees
are small and many, with at least 50 customers in a leaf. Nothing is random.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from crmcli.analysis.churn.features import GROUPS
from crmcli.analysis.churn.scorer import Reasons

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray

    from crmcli.analysis.churn.snapshots import Snapshot
    from crmcli.notes import Note

LOGISTIC, BOOSTING = "logistic", "boosting"

_RIDGE_PER_CUSTOMER = 0.001
_TOLERANCE = 1e-8
_STEPS = 500
_TREES = {
    "max_iter": 80,
    "learning_rate": 0.08,
    "max_leaf_nodes": 8,
    "min_samples_leaf": 50,
    "l2_regularization": 1.0,
    "early_stopping": False,
    "random_state": 0,
}

_GROUP_NAMES = tuple(dict.fromkeys(GROUPS.values()))


@dataclass(frozen=True)
class Logistic:
    """ln(p/(1 − p)) = base + Σ weight · (feature − centre), centre being the mean of the training customers."""

    weights: NDArray[np.float64]
    centre: NDArray[np.float64]
    base: float
    name: str = LOGISTIC
    notes: Sequence[Note] = ()

    def p_churn(self, snapshot: Snapshot) -> NDArray[np.float64]:
        """See `Scorer`."""
        logit = self.base + (snapshot.features.matrix - self.centre) @ self.weights
        return np.asarray(0.5 * (1 + np.tanh(logit / 2)))

    def reasons(self, snapshot: Snapshot) -> Reasons:
        """Contributions of the groups of features, against the mean training customer."""
        parts = (snapshot.features.matrix - self.centre) * self.weights
        return Reasons(
            self.base, _GROUP_NAMES, np.column_stack([parts[:, _in(name)].sum(axis=1) for name in _GROUP_NAMES])
        )


@dataclass(frozen=True)
class Boosting:
    """A sum of small trees on the scale of log-odds."""

    trees: Any
    centre: NDArray[np.float64]
    name: str = BOOSTING
    notes: Sequence[Note] = ()
    order: tuple[str, ...] = field(default=_GROUP_NAMES)

    def p_churn(self, snapshot: Snapshot) -> NDArray[np.float64]:
        """See `Scorer`."""
        return np.asarray(0.5 * (1 + np.tanh(self._logit(snapshot.features.matrix) / 2)))

    def reasons(self, snapshot: Snapshot) -> Reasons:
        """What changes when the groups of features are put in one after the other, from the mean customer on.

        The mean of two orders, one the reverse of the other, so that no group always comes first.
        """
        matrix = snapshot.features.matrix
        there = self._steps(matrix, self.order)
        back = self._steps(matrix, self.order[::-1])
        parts = [(there[name] + back[name]) / 2 for name in self.order]
        base = float(self._logit(self.centre[None, :])[0])
        return Reasons(base, self.order, np.column_stack(parts))

    def _steps(self, matrix: NDArray[np.float64], order: Sequence[str]) -> dict[str, NDArray[np.float64]]:
        mixed = np.tile(self.centre, (len(matrix), 1))
        before = self._logit(mixed)
        steps = {}
        for name in order:
            mixed[:, _in(name)] = matrix[:, _in(name)]
            after = self._logit(mixed)
            steps[name] = after - before
            before = after
        return steps

    def _logit(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        with _one_thread():
            return np.asarray(self.trees.decision_function(matrix))


def fit_logistic(x: NDArray[np.float64], churned: NDArray[np.bool_]) -> Logistic:
    """Learn from customers (rows of features) and what became of them; both outcomes must occur."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 — loading it costs more than most runs

    centre, spread = x.mean(axis=0), x.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    ridge = _RIDGE_PER_CUSTOMER * len(x)
    model = LogisticRegression(C=1 / ridge, solver="newton-cholesky", tol=_TOLERANCE, max_iter=_STEPS)
    with _one_thread():
        model.fit((x - centre) / scale, churned)
    return Logistic(model.coef_[0] / scale, centre, float(model.intercept_[0]))


def fit_boosting(x: NDArray[np.float64], churned: NDArray[np.bool_]) -> Boosting:
    """Learn from customers (rows of features) and what became of them; both outcomes must occur."""
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 — loading it costs more than most runs

    trees = HistGradientBoostingClassifier(**_TREES)
    with _one_thread():
        trees.fit(x, churned)
    return Boosting(trees, x.mean(axis=0))


def _one_thread() -> AbstractContextManager[object]:
    """Threads that wait for each other cost more than they bring on a busy machine, and sum in another order."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # noqa: PLC0415 — with scikit-learn

    limits: AbstractContextManager[object] = threadpool_limits(limits=1)
    return limits


def _in(group: str) -> NDArray[np.intp]:
    """The columns of a group."""
    return np.flatnonzero([name == group for name in GROUPS.values()])
