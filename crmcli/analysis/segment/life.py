"""The makers of the views of the customer's life."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmcli.analysis.segment.workbench import Maker

LIFE_MAKERS: tuple[Maker, ...] = ()
