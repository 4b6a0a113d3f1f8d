"""Who moved, who gets attention, who is like whom: the makers of these views and what they may be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmcli.analysis.segment.workbench import Maker


@dataclass(frozen=True, slots=True)
class MovementOptions:
    """Options of the views of movement and attention."""


MOVEMENT_MAKERS: tuple[Maker, ...] = ()
