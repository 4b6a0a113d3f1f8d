"""A customer summary in the order of customer_id, which views rely on to lay things side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from crmcli.customers.summary import CustomerSummary


def in_order(summary: CustomerSummary) -> CustomerSummary:
    """The summary with its rows sorted by customer_id, habits and the customer numbers of days with them."""
    ids = summary.frame["customer_id"]
    if ids.is_sorted():
        return summary
    order = ids.arg_sort()
    days, habits = summary.days, summary.habits
    if days.width:
        number = order.arg_sort().cast(pl.UInt32)
        days = days.with_columns(customer=number.gather(days["customer"])).sort("customer", "date")
    return replace(summary, frame=summary.frame[order], days=days, habits=habits[order] if habits.width else habits)
