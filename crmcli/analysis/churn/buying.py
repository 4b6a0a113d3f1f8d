"""Scores that need no labels: the probability of no purchase by a buy-till-you-die model fitted at the cut.

P(Y = 0) counts death and silence alike, which is what the score asks for. P(alive) would not: in BG/NBD it is 1 for
whoever bought once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crmcli.analysis.churn.features import FREQUENCY, SILENCE
from crmcli.analysis.churn.scorer import Reasons
from crmcli.analysis.clv.mbg_nbd import fit_mbg_nbd
from crmcli.analysis.clv.pareto_nbd import fit_pareto_nbd
from crmcli.analysis.clv.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from crmcli.analysis.churn.snapshots import Snapshot
    from crmcli.analysis.clv.fit import Fit
    from crmcli.analysis.clv.model import PurchaseModel
    from crmcli.notes import Note

MBG, PARETO = "mbg_nbd", "pareto_nbd"

FITS: dict[str, Callable[[Rows], Fit[PurchaseModel]]] = {
    MBG: lambda rows: fit_mbg_nbd(rows),  # noqa: PLW0108 — a Fit of the general type
    PARETO: lambda rows: fit_pareto_nbd(rows),  # noqa: PLW0108
}


@dataclass(frozen=True)
class Buying:
    """One buying model as a score."""

    name: str
    fit: Fit[PurchaseModel]
    horizon_days: int

    @property
    def notes(self) -> Sequence[Note]:
        """Diagnosis of the fit."""
        return self.fit.notes

    def p_churn(self, snapshot: Snapshot) -> NDArray[np.float64]:
        """P(no purchase in the horizon)."""
        return self._p(snapshot.rows)[snapshot.rows.index]

    def reasons(self, snapshot: Snapshot) -> Reasons:
        """From a customer who has just bought for the first time: purchases since, and silence since the last."""
        rows = snapshot.rows
        base = float(_logit(self._p(Rows.newborn()))[0])
        fresh = _logit(self._p(_without_silence(rows)))
        silent = _logit(self._p(rows))
        parts = np.column_stack([fresh - base, silent - fresh])
        return Reasons(base, (FREQUENCY, SILENCE), parts[rows.index])

    def _p(self, rows: Rows) -> NDArray[np.float64]:
        return np.clip(self.fit.model.p_zero(rows, self.horizon_days), 0.0, 1.0)


def fit_buying(name: str, snapshot: Snapshot, horizon_days: int) -> Buying:
    """Fit one of FITS to what is known at the cut.

    Raises:
        TooLittleDataError: nobody bought on a second day.
    """
    return Buying(name, FITS[name](snapshot.rows), horizon_days)


def _without_silence(rows: Rows) -> Rows:
    """The same histories, as they were on the day of the last purchase."""
    return Rows(rows.x, rows.t_x_days, rows.t_x_days, rows.weights, rows.index)


def _logit(p: NDArray[np.float64]) -> NDArray[np.float64]:
    inside = np.clip(p, 1e-12, 1 - 1e-12)
    return np.asarray(np.log(inside) - np.log1p(-inside))
