"""The view `policy`: the last year under each style, beside the year as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.credit.policy_replay import Rates, Replay, band, outcomes_of
from crmcli.analysis.credit.styles import STYLES
from crmcli.analysis.credit.units import money

if TYPE_CHECKING:
    from decimal import Decimal

    from crmcli.analysis.credit.options import CreditOptions
    from crmcli.analysis.credit.policy_replay import Outcome
    from crmcli.invoices.ledger import CreditLedger

_MONEY = ("sales", "receivables", "bad_debt", "carrying_cost", "profit", "npv", "profit_low", "profit_high")


def policy_table(ledger: CreditLedger, options: CreditOptions) -> pl.DataFrame:
    """The rows of the view; the ledger holds one currency, and the options name the variable cost."""
    rates = Rates(options.variable_cost or 0.0, options.capital_cost, options.year_days)
    styles = [*STYLES.values(), *([options.style] if options.own_style else [])]
    current, *others = outcomes_of(Replay.of(ledger), styles, rates)
    scale = ledger.money_scale
    rows = [_row(current, current, rates, scale, (0.0, 0.0))]
    rows += [_row(one, current, rates, scale, band(one, current, options.seed)) for one in others]
    types = {"style": pl.String, "acp_days": pl.Float64, "customers_lost": pl.Int64}
    types |= {"break_even_uplift": pl.Float64, "highest_bad_debt": pl.Float64}
    schema = {name: types.get(name, pl.Decimal(38, scale)) for name in rows[0]}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _row(
    outcome: Outcome, current: Outcome, rates: Rates, scale: int, limits: tuple[float, float]
) -> dict[str, object]:
    def exact(units: float) -> Decimal:
        return money(round(units), scale)

    return {
        "style": outcome.style,
        "sales": exact(outcome.sales),
        "acp_days": outcome.paid_days,
        "receivables": exact(outcome.receivables(rates)),
        "bad_debt": exact(outcome.bad_debt),
        "carrying_cost": exact(outcome.carrying_cost),
        "profit": exact(outcome.profit),
        "npv": exact(outcome.npv),
        "customers_lost": outcome.customers_lost,
        "profit_low": exact(limits[0]),
        "profit_high": exact(limits[1]),
        "break_even_uplift": outcome.break_even_uplift(current),
        "highest_bad_debt": outcome.highest_bad_debt(current, rates),
    }
