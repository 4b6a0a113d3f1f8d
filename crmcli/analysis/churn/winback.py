"""Whom of the lost to win back: those whose return, times what they would be worth once back, beats the offer.

Expected value = P(return) × (second-lifetime value − offer) − contact, where P(return) is that of an order within the
horizon, and the second-lifetime value that of the returning purchase and the year after it. The offer costs only if
the customer returns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.clv.worth import to_amounts

if TYPE_CHECKING:
    from crmcli.analysis.churn.customers import Standing
    from crmcli.analysis.churn.expected_profit import Costs


def winback_table(standing: Standing, costs: Costs, money_scale: int) -> pl.DataFrame:
    """The `winback` view: the lost, best first; equal values in the order of their ids."""
    p_return = 1 - standing.p_churn
    worth = p_return * standing.worth.if_returned
    expected = worth - p_return * costs.offer_value - costs.contact_cost
    summary = standing.snapshot.past
    frame = pl.DataFrame(
        {
            "customer_id": summary.frame["customer_id"],
            "lapsed_days": standing.snapshot.recency_days,
            "past_value": summary.frame["monetary"],
            "p_return": p_return,
            "expected_value": to_amounts(expected, money_scale),
            "spend_cap": to_amounts(np.maximum(worth, 0.0), money_scale),
            "order": expected,
        }
    ).filter(pl.Series(standing.personal.lost & standing.members))
    ranked = frame.sort("order", "customer_id", descending=[True, False]).drop("order")
    return ranked.with_columns(rank=pl.int_range(1, pl.len() + 1))
