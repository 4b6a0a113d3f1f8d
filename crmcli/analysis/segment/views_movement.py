"""The views of movement and attention, declared once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmcli.analysis.views import View

MOVEMENT_VIEWS: tuple[View, ...] = ()
