"""What the views of one clv run share, each part computed when the first view asks for it, and how views are made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from crmcli.analysis.clv.candidates import choices_for, fit_candidates, recommended
from crmcli.analysis.clv.customers_table import customers_table
from crmcli.analysis.clv.estimate import require_repeaters
from crmcli.analysis.clv.holdout import holdout_at, split_day
from crmcli.analysis.clv.intervals import purchase_intervals
from crmcli.analysis.clv.ledger import Ledger, day_number
from crmcli.analysis.clv.spending import fit_spending
from crmcli.analysis.clv.units import daily_rate
from crmcli.analysis.clv.value_intervals import CountMoments, customer_value_intervals, total_value
from crmcli.analysis.clv.worth import Worth

if TYPE_CHECKING:
    import polars as pl

    from crmcli.analysis.clv.arrays import Floats, Ints
    from crmcli.analysis.clv.candidates import Candidate
    from crmcli.analysis.clv.fit import Fit
    from crmcli.analysis.clv.holdout import Holdout
    from crmcli.analysis.clv.intervals import Interval
    from crmcli.analysis.clv.ledger import Histories
    from crmcli.analysis.clv.model import PurchaseModel
    from crmcli.analysis.clv.options import ClvOptions
    from crmcli.analysis.clv.spending import Spending
    from crmcli.customers.summary import CustomerSummary


@dataclass(frozen=True)
class Scores:
    """One value per customer of the summary, in its order."""

    p_alive: Floats
    purchases: Floats
    purchases_low: Ints
    purchases_high: Ints
    spend: Floats
    value: Floats
    value_low: Floats
    value_high: Floats


class Workbench:
    """One summary, one set of options, and what has been computed from them so far."""

    def __init__(self, summary: CustomerSummary, options: ClvOptions) -> None:
        self.summary = summary
        self.options = options
        self.worth = Worth.chosen(summary, options)
        self.last = day_number(summary.as_of)
        self.horizon_days = options.horizon.days_after(summary.as_of)
        self.rate_per_day = daily_rate(options.discount_rate_annual)

    @cached_property
    def ledger(self) -> Ledger:
        """The days of all customers, money being what value means, the share of it that counts included."""
        ledger = Ledger.of(self.summary, self.worth.days_column)
        return replace(ledger, share=float(self.worth.share))

    @cached_property
    def histories(self) -> Histories:
        """All customers as of as_of, in the order of the summary."""
        return self.ledger.histories(self.last)

    @cached_property
    def holdout(self) -> Holdout | None:
        """The split, and what came after it; None where nothing could be learnt before it."""
        first = int(self.histories.born.min())
        wish = self.options.holdout
        if first == self.last and wish is None:
            return None
        return holdout_at(self.ledger, split_day(first, self.last, wish), self.last)

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """The fitted models."""
        saved = self.options.saved
        if saved is not None:
            return (saved.candidate(self.holdout),)
        require_repeaters(self.histories.rows)
        choices = choices_for(self.options.model, self.ledger)
        return fit_candidates(choices, self.ledger, self.histories.rows, self.last, self.holdout)

    @property
    def by_holdout(self) -> bool:
        """Whether the holdout is long enough to choose by."""
        return self.holdout is not None and self.holdout.long_enough

    @cached_property
    def chosen(self) -> Candidate:
        """The model that all other views use."""
        return recommended(self.candidates, by_holdout=self.by_holdout)

    @property
    def fit(self) -> Fit[PurchaseModel]:
        """The chosen model, fitted on all data."""
        return self.chosen.fit

    @cached_property
    def spending(self) -> Spending:
        """What purchases are worth."""
        saved = self.options.saved
        return saved.spending if saved is not None else fit_spending(self.histories)

    @cached_property
    def central(self) -> CountMoments:
        """Moments of the purchases within the horizon at the estimate."""
        return CountMoments.of((self.fit.model,), self.histories.rows, self.horizon_days)

    @cached_property
    def counts(self) -> CountMoments:
        """The same at parameters of equal weight that carry the uncertainty of the estimate."""
        return CountMoments.of(self.fit.sigma_models(), self.histories.rows, self.horizon_days)

    @cached_property
    def discount(self) -> Floats:
        """Present value of a purchase within the horizon, per row; 1 where none is expected."""
        rows = self.histories.rows
        plain = self.central.mean[0]
        discounted = self.fit.model.discounted_purchases(rows, self.horizon_days, self.rate_per_day)
        factor: Floats = np.divide(discounted, plain, out=np.ones(len(rows)), where=plain > 0)
        return factor

    @cached_property
    def scores(self) -> Scores:
        """Forecasts and intervals of every customer."""
        histories, rows, level = self.histories, self.histories.rows, self.options.level
        model = self.fit.model
        low, high = purchase_intervals(self.fit, rows, self.horizon_days, level)
        purchases = self.central.mean[0]
        spend = self.spending.expected(histories.x, histories.mean_spend)
        discount = self.discount[rows.index]
        value_low, value_high = customer_value_intervals(self.counts, histories, self.spending, discount, level)
        return Scores(
            p_alive=model.p_alive(rows)[rows.index],
            purchases=purchases[rows.index],
            purchases_low=low[rows.index],
            purchases_high=high[rows.index],
            spend=spend,
            value=purchases[rows.index] * discount * spend,
            value_low=value_low,
            value_high=value_high,
        )

    @cached_property
    def customer_values(self) -> pl.DataFrame:
        """The rows of the `customers` view."""
        return customers_table(self)

    @cached_property
    def future_value(self) -> Interval:
        """Discounted value of all customers within the horizon."""
        discount = self.discount[self.histories.rows.index]
        level = self.options.level
        return total_value(self.central, self.counts, self.histories, self.spending, discount, level)
