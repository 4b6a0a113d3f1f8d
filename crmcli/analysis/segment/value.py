"""What the value of a customer can mean. This module imports no frame library, so that help stays fast."""

from __future__ import annotations

REVENUE = "revenue"
MARGIN = "margin"
VALUES = (REVENUE, MARGIN)
