"""The headline facts of the churn analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.churn.evaluation import held_out_slope
from crmcli.analysis.churn.held_out import RECENCY, baseline
from crmcli.analysis.clv.worth import to_amounts
from crmcli.analysis.discrimination import discrimination
from crmcli.analysis.kaplan_meier import kaplan_meier
from crmcli.analysis.result import Fact
from crmcli.analysis.views import Kind

if TYPE_CHECKING:
    from crmcli.analysis.churn.customers import Standing
    from crmcli.analysis.churn.held_out import HeldOut
    from crmcli.analysis.churn.window import Silence
    from crmcli.analysis.order_gaps import OrderGaps

_SHARE = "of 1"
_YEAR_DAYS = 365
_LEAST_AT_RISK = 30


def base_facts(gaps: OrderGaps) -> tuple[Fact, ...]:
    """How many customers, and how many of them ever ordered on a second day, as seen and as it would end."""
    customers, repeaters = len(gaps.days), int((gaps.days > 1).sum())
    first = gaps.number == 0
    curve = kaplan_meier(gaps.gap[first], gaps.returned[first])
    known = np.flatnonzero(curve.at_risk >= _LEAST_AT_RISK)
    eventual = 1 - float(curve.survival[known[-1] if len(known) else -1])
    return (
        Fact("customers", "Customers", customers, Kind.INTEGER, "customers"),
        Fact("repeat_rate", "Ordered on a second day", repeaters / customers, Kind.SHARE, _SHARE),
        Fact("repeat_rate_censoring_aware", "Will in the end, by the curve", eventual, Kind.SHARE, _SHARE),
    )


def rates_facts(table: pl.DataFrame, lengths_days: list[int]) -> tuple[Fact, ...]:
    """The last complete period, and its churn rescaled to a year.

    Args:
        table: the `rates` view.
        lengths_days: days of each of its periods.
    """
    known = table.with_columns(days=pl.Series(lengths_days)).filter(pl.col("retention_rate").is_not_null())
    if known.is_empty():
        return ()
    last = known.row(-1, named=True)
    annual = 1 - (1 - last["churn_rate"]) ** (_YEAR_DAYS / last["days"])
    return (
        Fact("last_period", "Last complete period", last["period"], Kind.TEXT),
        Fact("retention_rate", "Its retention", last["retention_rate"], Kind.SHARE, _SHARE),
        Fact("churn_rate_annual", "Its churn, as if for a year", annual, Kind.SHARE, _SHARE, minor=True),
        Fact("nrr", "Net revenue retention", last["nrr"], Kind.SHARE, _SHARE, minor=True),
        Fact("grr", "Gross revenue retention", last["grr"], Kind.SHARE, _SHARE, minor=True),
        Fact("quick_ratio", "Quick ratio", last["quick_ratio"], Kind.NUMBER, "ratio", minor=True),
    )


def window_facts(silence: Silence) -> tuple[Fact, ...]:
    """The churn window and how many are past it."""
    window = silence.window
    past = float((silence.recency_days > window.days).mean())
    return (
        Fact("window_days", "Churn window", window.days, Kind.INTEGER, "days"),
        Fact("past_window_share", "Silent for longer", past, Kind.SHARE, _SHARE),
        Fact("never_return_share", "Orders never followed by another", window.level, Kind.SHARE, _SHARE),
    )


def score_facts(held: HeldOut, horizon_days: int) -> tuple[Fact, ...]:
    """Which model was published and how it did on the held-out date."""
    churned = held.test.churned[held.members]
    own = discrimination(held.scores[held.published][held.members], churned).auc
    silent = discrimination(baseline(RECENCY, held.test.snapshot)[held.members], churned).auc
    return (
        Fact("published_model", "Published model", held.published, Kind.TEXT),
        Fact("test_date", "Tested on", held.test.snapshot.cut, Kind.DATE),
        Fact("horizon_days", "Horizon", horizon_days, Kind.INTEGER, "days"),
        Fact("auc", "AUC on that date", own, Kind.NUMBER, _SHARE),
        Fact("auc_recency", "AUC of silence alone", silent, Kind.NUMBER, _SHARE),
        Fact("log_loss", "Log-loss", held.log_losses[held.published], Kind.NUMBER, "nats", minor=True),
        Fact("calibration_slope", "Calibration slope (1 is right)", held_out_slope(held), Kind.NUMBER, "ratio"),
    )


def standing_facts(standing: Standing, customers: pl.DataFrame, money_scale: int) -> tuple[Fact, ...]:
    """How many are lost, what is at risk, and whom a campaign should reach."""
    contacted = customers.filter("contact")
    profit = contacted["expected_profit_if_contacted"].sum()
    kept = np.where(standing.personal.lost, 0.0, standing.worth.at_risk)
    at_risk = to_amounts(np.array([kept.sum()]), money_scale)[0]
    staying = np.where(standing.personal.lost, 0.0, standing.worth.if_alive).sum()
    return (
        Fact("lost_customers", "Lost customers", int(standing.personal.lost.sum()), Kind.INTEGER, "customers"),
        Fact("value_basis", "Value means", standing.worth.basis, Kind.TEXT),
        Fact("value_at_risk", "Value at risk of the others", at_risk, Kind.MONEY, "money"),
        Fact(
            "value_at_risk_share",
            "As a share of their value if they stay",
            float(kept.sum() / staying) if staying > 0 else None,
            Kind.SHARE,
            _SHARE,
            minor=True,
        ),
        Fact("contact_customers", "Worth contacting", contacted.height, Kind.INTEGER, "customers"),
        Fact("contact_profit", "Expected profit of that", profit, Kind.MONEY, "money"),
    )
