"""The views of the customer's life, declared once: stages, periods, loyalty, and loyalty × value."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmcli.analysis.views import View

LIFE_VIEWS: tuple[View, ...] = ()
