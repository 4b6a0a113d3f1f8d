"""What the credit analysis may be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmcli.analysis.credit.aging import BASES, DUE
from crmcli.analysis.credit.buckets import Buckets
from crmcli.analysis.credit.styles import BALANCED
from crmcli.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection

    import polars as pl

    from crmcli.analysis.credit.styles import Style

DSO_DAYS = 90


@dataclass(frozen=True, slots=True)
class CreditOptions:
    """Options of the analysis; the style sets limits and holds.

    Attributes:
        views: the views wanted; None for all.
        buckets: bounds of the ageing.
        basis: `due` or `invoice`: from which date items age.
        style: the policy in force for limits, and what `policy` compares with if it is none of the built-in ones.
        own_style: whether the style came from a file.
        year_days: days of the year of rates, 365 or 360.
        dso_days: days of credit sales that DSO looks back on.
        variable_cost: cost that varies with sales, as a fraction of them; needed by the view `policy`.
        capital_cost: yearly cost of capital as a fraction.
        seed: of the bootstrap.
        with_disputes: whether the dispute flag may enter models (it is often set after the fact).
        clv: `customer_id`, `future_value`, `clv` (Decimal(38, s)) of the buyers, in the one currency of the ledger and
            as of its day; needed by the view `value`.
    """

    views: Collection[str] | None = None
    buckets: Buckets = field(default_factory=Buckets)
    basis: str = DUE
    style: Style = BALANCED
    own_style: bool = False
    year_days: int = 365
    dso_days: int = DSO_DAYS
    variable_cost: float | None = None
    capital_cost: float = 0.1
    seed: int = 1
    with_disputes: bool = False
    clv: pl.DataFrame | None = None

    def check(self) -> None:
        """Refuse values that mean nothing.

        Raises:
            UsageError: naming the option.
        """
        if self.basis not in BASES:
            raise UsageError(
                f"--basis {self.basis!r} is neither of {', '.join(BASES)}", remedy=did_you_mean(self.basis, BASES)
            )
        if self.variable_cost is not None and not 0 <= self.variable_cost < 1:
            raise UsageError("--variable-cost is a fraction of sales from 0 to less than 1", remedy="Example: 0.6")
        if not 0 <= self.capital_cost < 1:
            raise UsageError("--capital-cost is a yearly fraction from 0 to less than 1", remedy="Example: 0.1")
