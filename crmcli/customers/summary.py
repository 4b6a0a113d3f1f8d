"""The customer summary: one row per customer as of a date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    import polars as pl


@dataclass(frozen=True, slots=True)
class CustomerSummary:
    """One row per customer with at least one order up to `as_of`, sorted by customer_id.

    Columns of `frame`: customer_id String · first_date, last_date Date (first and last order day; refunds do not count)
    · purchase_days Int64 (distinct order days) · orders Int64 · lines Int64 (used lines, refunds included)
    · monetary Decimal(38, s) (net of refunds) · refunds Decimal(38, s) (≤ 0) · refund_lines Int64
    · first_day_amount Decimal(38, s) (non-refund money of the first order day)
    · margin Decimal(38, s) (monetary − cost), only when a cost column was mapped.
    """

    frame: pl.DataFrame
    as_of: dt.date
    money_scale: int

    @property
    def has_margin(self) -> bool:
        """Whether a cost was mapped, so that value can mean margin."""
        return "margin" in self.frame.columns
