"""MBG/CNBD-k: Platzer and Reutterer (2020): MBG/NBD with regular, Erlang-k distributed gaps in closed form.

Why regularity matters is in their Ticking Away the Moments (2016), Marketing Science 35(5).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import lgamma
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from crmcli.analysis.clv.beta_geometric import BetaGeometricModel
from crmcli.analysis.clv.beta_geometric_fit import fit_beta_geometric

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcli.analysis.clv.arrays import Floats
    from crmcli.analysis.clv.fit import Fit
    from crmcli.analysis.clv.rows import Rows

REGULARITIES = (1, 2, 3, 4)


@dataclass(frozen=True)
class MbgCnbd(BetaGeometricModel):
    """MBG/NBD with gaps of k exponential phases of rate λ ~ Gamma(r, alpha) each: the larger k, the steadier.

    k = 1 is MBG/NBD. `log_likelihood` per row leaves out (k − 1)·Σ ln gap, which the row does not know; a fit has it.
    """

    k: int = 1

    name: ClassVar[str] = "mbg_cnbd"
    title: ClassVar[str] = "MBG/CNBD-k"
    at_birth: ClassVar[int] = 1

    @property
    def regularity(self) -> int:
        """Phases per purchase."""
        return self.k

    def log_likelihood(self, rows: Rows) -> Floats:
        """See the class: without the gaps."""
        return super().log_likelihood(rows) - rows.x * lgamma(self.k)


def fit_mbg_cnbd(
    rows: Rows, log_gaps: float, regularities: Sequence[int] = REGULARITIES, near: MbgCnbd | None = None
) -> Fit[MbgCnbd]:
    """Maximum likelihood, over k, too, when several are given (k then counts as a parameter in AIC).

    Args:
        rows: purchase histories.
        log_gaps: Σ ln(days between consecutive purchase days) over all customers.
        regularities: values of k to try.
        near: a model known to be close, whose k is kept.

    Raises:
        TooLittleDataError: nobody bought on a second day.
    """
    kinds = [MbgCnbd(1.0, 1.0, 1.0, 1.0, k) for k in regularities] if near is None else [near]
    fits = [_with_gaps(fit_beta_geometric(kind, rows, near), log_gaps, rows) for kind in kinds]
    best = fits[int(np.argmax([fit.log_likelihood for fit in fits]))]
    return replace(best, choices=int(len(kinds) > 1))


def _with_gaps(fit: Fit[MbgCnbd], log_gaps: float, rows: Rows) -> Fit[MbgCnbd]:
    k = fit.model.k
    gaps = (k - 1) * log_gaps - rows.repeat_purchases * lgamma(k)
    return replace(fit, log_likelihood=fit.log_likelihood + gaps)
