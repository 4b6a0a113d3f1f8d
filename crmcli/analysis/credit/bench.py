"""What the views of one run share: the ledger of each currency, and parts that are computed when first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.credit.customers import scored_customers
from crmcli.analysis.credit.default_model import default_rates
from crmcli.analysis.credit.features import customer_features
from crmcli.analysis.credit.forecast import cash_forecast
from crmcli.analysis.credit.late_model import late_model
from crmcli.analysis.credit.limits import limits_table
from crmcli.analysis.credit.states import transitions
from crmcli.analysis.credit.value import mean_balances, value_table, yearly_rate
from crmcli.errors import InternalError

if TYPE_CHECKING:
    from crmcli.analysis.credit.default_model import DefaultRates
    from crmcli.analysis.credit.forecast import Forecast
    from crmcli.analysis.credit.late_model import LateModel
    from crmcli.analysis.credit.options import CreditOptions
    from crmcli.analysis.credit.states import Transitions
    from crmcli.invoices.ledger import CreditLedger


class CurrencyBench:
    """The ledger of one currency with what its views share."""

    def __init__(self, ledger: CreditLedger, options: CreditOptions, currency: str) -> None:
        self.ledger = ledger
        self.options = options
        self.currency = currency

    @cached_property
    def moved(self) -> Transitions:
        """What became of each bucket by the next month."""
        return transitions(self.ledger, self.options.buckets)

    @cached_property
    def forecast(self) -> Forecast | None:
        """Expected receipts."""
        return cash_forecast(self.ledger)

    @cached_property
    def late(self) -> LateModel | None:
        """How well late payment can be foreseen."""
        return late_model(self.ledger, with_disputes=self.options.with_disputes)


class Bench:
    """One ledger and the options of the run."""

    def __init__(self, ledger: CreditLedger, options: CreditOptions) -> None:
        self.ledger = ledger
        self.options = options

    @cached_property
    def currencies(self) -> list[CurrencyBench]:
        """The currencies that hold invoices, each on its own."""
        held = set(self.ledger.items["currency"].unique())
        names = [name for name in self.ledger.currencies if name in held]
        return [CurrencyBench(self.ledger.of_currency(name), self.options, name) for name in names]

    @cached_property
    def features(self) -> pl.DataFrame:
        """Features of every customer, in their main currency."""
        return customer_features(self.main)

    @cached_property
    def rates(self) -> DefaultRates:
        """Chances of a bad outcome."""
        return default_rates(self.main, self.features, self.options.seed)

    @cached_property
    def scored(self) -> pl.DataFrame:
        """Every customer with score, grade and chance."""
        return scored_customers(self.main, self.features, self.rates)

    @cached_property
    def limits(self) -> pl.DataFrame:
        """What every customer may owe."""
        return limits_table(self.main, self.scored, self.options.style)

    @cached_property
    def value(self) -> pl.DataFrame:
        """What every customer is worth after the costs of credit; the options hold what they are worth before."""
        clv = self.options.clv
        if clv is None:
            raise InternalError("the view value was asked for without the worth of customers")
        rate = yearly_rate(self.options.capital_cost, self.options.year_days)
        return value_table(self.limits, self.scored, mean_balances(self.main), clv, rate)

    @cached_property
    def main(self) -> CreditLedger:
        """The accounts in each customer's main currency: that of most invoices, then the first by name."""
        if len(self.ledger.currencies) == 1:
            return self.ledger
        counts = self.ledger.items.group_by("account").agg(invoices=pl.len())
        ranked = self.ledger.accounts.join(counts, on="account", how="inner").sort(
            "customer_id", "invoices", "currency", descending=[False, True, False]
        )
        return self.ledger.of_accounts(ranked.unique("customer_id", keep="first", maintain_order=True)["account"])
