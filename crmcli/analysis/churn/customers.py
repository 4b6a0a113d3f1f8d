"""One row per customer: how likely no order is, why, since when silence is unusual, what is at risk, whom to call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.churn.accuracy import decile
from crmcli.analysis.clv.worth import to_amounts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcli.analysis.churn.expected_profit import Costs
    from crmcli.analysis.churn.options import ChurnOptions
    from crmcli.analysis.churn.personal import Personal
    from crmcli.analysis.churn.scorer import Scorer
    from crmcli.analysis.churn.snapshots import Snapshot
    from crmcli.analysis.churn.worth import CustomerWorth


@dataclass(frozen=True)
class Standing:
    """What is known of each customer now; `members` are those the score is about."""

    snapshot: Snapshot
    scorer: Scorer
    members: NDArray[np.bool_]
    p_churn: NDArray[np.float64]
    personal: Personal
    worth: CustomerWorth


def profit_if_contacted(p_churn: NDArray[np.float64], value: NDArray[np.float64], costs: Costs) -> NDArray[np.float64]:
    """p·((V − d)γ − f) − (1 − p)(d + f): one who would leave is saved at rate γ; one who would not takes the offer."""
    saved = (value - costs.offer_value) * costs.save_rate - costs.contact_cost
    return p_churn * saved - (1 - p_churn) * (costs.offer_value + costs.contact_cost)


def customers_table(standing: Standing, options: ChurnOptions, money_scale: int) -> pl.DataFrame:
    """The `customers` view, in the order of the summary; who is out of the population has no score."""
    own, scored = standing.personal, standing.members
    profit = profit_if_contacted(standing.p_churn, standing.worth.future, options.costs)
    deciles = np.zeros(len(scored), dtype=np.int64)
    deciles[scored] = decile(standing.p_churn[scored])
    frame = pl.DataFrame(
        {
            "customer_id": standing.snapshot.past.frame["customer_id"],
            "p_churn": standing.p_churn,
            "decile": deciles,
            "recency_days": standing.snapshot.recency_days,
            "overdue_days": own.overdue_days,
            "personal_threshold_days": own.threshold_days,
            "expected_next_date": pl.Series(own.next_day, nan_to_null=True).cast(pl.Int32).cast(pl.Date),
            "lost": own.lost,
            "value_at_risk": to_amounts(standing.worth.at_risk, money_scale),
            "expected_profit_if_contacted": to_amounts(profit, money_scale),
            "contact": scored & ~own.lost & (profit > 0),
            "reasons": standing.scorer.reasons(standing.snapshot).texts(),
            "scored": scored,
        }
    )
    only_scored = pl.col("p_churn", "decile", "expected_profit_if_contacted", "reasons", "model")
    return frame.with_columns(
        as_of=pl.lit(standing.snapshot.cut), horizon_days=options.horizon_days, model=pl.lit(standing.scorer.name)
    ).with_columns(pl.when("scored").then(only_scored).name.keep())
