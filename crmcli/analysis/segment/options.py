"""What the segment analysis may be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmcli.analysis.segment import abc
from crmcli.analysis.segment.life import LifeOptions
from crmcli.analysis.segment.movement_options import MovementOptions
from crmcli.analysis.segment.rfm import DEFAULT_SCORES
from crmcli.analysis.segment.schemes import GRID10

if TYPE_CHECKING:
    from crmcli.analysis.segment.rfm import Cuts
    from crmcli.analysis.segment.rules import RuleSet
    from crmcli.analysis.segment.thresholds import Thresholds


@dataclass(frozen=True, slots=True)
class SegmentOptions:
    """The options of one run.

    `scores` is k; `cuts` belong to the method `cuts`; saved `thresholds` replace the method altogether. `abc_by` is
    customers or revenue. `value` is revenue or margin; None means margin where a cost was mapped, else revenue.
    `views` names the tables to make; None means all that this input allows. `facts` asks for the headline facts.
    """

    rfm_method: str = "crm"
    scores: int = DEFAULT_SCORES
    cuts: Cuts | None = None
    segments: RuleSet = GRID10
    thresholds: Thresholds | None = None
    abc_by: str = abc.BY_CUSTOMERS
    value: str | None = None
    views: frozenset[str] | None = None
    facts: bool = True
    life: LifeOptions = field(default_factory=LifeOptions)
    movement: MovementOptions = field(default_factory=MovementOptions)
