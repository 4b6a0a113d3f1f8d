"""What the value of a customer can mean. This module imports no frame library, so that help stays fast."""

from __future__ import annotations

REVENUE = "revenue"
MARGIN = "margin"
CLV = "clv"
COLUMNS = {REVENUE: "monetary", MARGIN: "margin", CLV: "clv"}
"""What value can mean, and the column of the customers' metrics that holds it."""

VALUES = tuple(COLUMNS)
