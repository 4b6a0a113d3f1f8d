"""The headline facts of the clv analysis."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from crmcli.analysis.clv.totals import Totals
from crmcli.analysis.clv.worth import to_amounts
from crmcli.analysis.result import Fact
from crmcli.analysis.views import Kind

if TYPE_CHECKING:
    from crmcli.analysis.clv.workbench import Workbench


def clv_facts(bench: Workbench) -> tuple[Fact, ...]:
    """What a reader wants to know first: how many, what they were worth, what they will be, and by which model."""
    totals = Totals(bench)
    histories, purchases, future = bench.histories, totals.purchases, bench.future_value
    alive, count = round(float(bench.scores.p_alive.sum()), 1), round(purchases.expected, 1)
    repeaters = int((histories.x > 0).sum())
    return (
        Fact("customers", "Customers", len(histories), Kind.INTEGER, "customers"),
        Fact("repeat_customers", "Bought on several days", repeaters, Kind.INTEGER, "customers", minor=True),
        Fact("model", "Model", bench.chosen.title, Kind.TEXT),
        Fact("value_basis", "Value means", bench.worth.said, Kind.TEXT),
        Fact("horizon_days", f"Horizon ({bench.options.horizon})", bench.horizon_days, Kind.INTEGER, "days"),
        Fact("discount_rate_annual", "Discount rate a year", bench.options.discount_rate_annual, Kind.SHARE, "of 1"),
        Fact("customers_alive", "Expected still active", alive, Kind.NUMBER, "customers", minor=True),
        Fact("expected_purchases", "Expected purchases", count, Kind.NUMBER, "purchases", minor=True),
        Fact("historical_value", "Value so far", _money(bench, totals.historical), Kind.MONEY, "money"),
        Fact("future_value", "Future value", _money(bench, future.expected), Kind.MONEY, "money"),
        Fact("future_value_low", "at least", _money(bench, future.low), Kind.MONEY, "money"),
        Fact("future_value_high", "at most", _money(bench, future.high), Kind.MONEY, "money"),
        Fact("level", "with probability", bench.options.level, Kind.SHARE, "of 1"),
    )


def _money(bench: Workbench, value: float) -> Decimal:
    import numpy as np  # noqa: PLC0415

    amount = to_amounts(np.array([value]), bench.summary.money_scale)[0]
    return Decimal(amount)
