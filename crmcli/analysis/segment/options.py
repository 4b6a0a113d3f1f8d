"""What the segment analysis may be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmcli.analysis.segment import abc
from crmcli.analysis.segment.life import LifeOptions
from crmcli.analysis.segment.movement_options import MovementOptions
from crmcli.analysis.segment.rfm import DEFAULT_SCORES
from crmcli.analysis.segment.schemes import GRID10
from crmcli.analysis.segment.value import CLV
from crmcli.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from crmcli.analysis.segment.rfm import Cuts
    from crmcli.analysis.segment.rules import RuleSet
    from crmcli.analysis.segment.thresholds import Thresholds


@dataclass(frozen=True, slots=True)
class SegmentOptions:
    """The options of one run.

    `scores` is k; `cuts` belong to the method `cuts`; saved `thresholds` replace the method altogether. `abc_by` is
    customers or revenue. `value` is revenue, margin or clv; None means margin where a cost was mapped, else revenue.
    `clv` (customer_id and clv in money, every customer) belongs to the value of that name.
    `views` names the tables to make; None means all that this input allows. `facts` asks for the headline facts.
    """

    rfm_method: str = "crm"
    scores: int = DEFAULT_SCORES
    cuts: Cuts | None = None
    segments: RuleSet = GRID10
    thresholds: Thresholds | None = None
    abc_by: str = abc.BY_CUSTOMERS
    value: str | None = None
    clv: pl.DataFrame | None = None
    views: frozenset[str] | None = None
    facts: bool = True
    life: LifeOptions = field(default_factory=LifeOptions)
    movement: MovementOptions = field(default_factory=MovementOptions)

    def check(self) -> None:
        """Raise UsageError for options that do not fit each other, whatever the data."""
        if self.abc_by in abc.SCHEMES:
            abc.scheme_of(self.abc_by, self.life.constants)
        if self.value == CLV and self.movement.compare_to is not None:
            raise UsageError(
                "Value cannot be clv where two dates are compared: it is known for the later one only",
                remedy="Use --value revenue or --value margin with --compare-to.",
            )
