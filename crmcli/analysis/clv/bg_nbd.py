"""BG/NBD: Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from crmcli.analysis.clv.beta_geometric import BetaGeometricModel
from crmcli.analysis.clv.beta_geometric_fit import fit_beta_geometric

if TYPE_CHECKING:
    from crmcli.analysis.clv.fit import Fit
    from crmcli.analysis.clv.rows import Rows


@dataclass(frozen=True)
class BgNbd(BetaGeometricModel):
    """Dropout is possible after each repeat purchase; a one-time buyer is always alive."""

    name: ClassVar[str] = "bg_nbd"
    title: ClassVar[str] = "BG/NBD"
    at_birth: ClassVar[int] = 0


def fit_bg_nbd(rows: Rows, near: BgNbd | None = None) -> Fit[BgNbd]:
    """Maximum likelihood; `near` is a model known to be close, for refits.

    Raises:
        TooLittleDataError: nobody bought on a second day.
    """
    return fit_beta_geometric(BgNbd(1.0, 1.0, 1.0, 1.0), rows, near)
