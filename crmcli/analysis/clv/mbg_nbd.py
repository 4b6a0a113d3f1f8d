"""MBG/NBD: Batislam, Denizel and Filiztekin (2007), International Journal of Research in Marketing 24(3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from crmcli.analysis.clv.beta_geometric import BetaGeometricModel
from crmcli.analysis.clv.beta_geometric_fit import fit_beta_geometric

if TYPE_CHECKING:
    from crmcli.analysis.clv.fit import Fit
    from crmcli.analysis.clv.rows import Rows


@dataclass(frozen=True)
class MbgNbd(BetaGeometricModel):
    """Dropout is possible after each purchase, the first included."""

    name: ClassVar[str] = "mbg_nbd"
    title: ClassVar[str] = "MBG/NBD"
    at_birth: ClassVar[int] = 1


def fit_mbg_nbd(rows: Rows, near: MbgNbd | None = None) -> Fit[MbgNbd]:
    """Maximum likelihood; `near` is a model known to be close, for refits.

    Raises:
        TooLittleDataError: nobody bought on a second day.
    """
    return fit_beta_geometric(MbgNbd(1.0, 1.0, 1.0, 1.0), rows, near)
