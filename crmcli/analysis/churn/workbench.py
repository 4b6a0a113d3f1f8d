"""What the views of one run share, each part computed when the first view asks for it, and how views are made."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from crmcli.analysis.churn.buying import Buying
from crmcli.analysis.churn.customers import Standing
from crmcli.analysis.churn.evaluation import campaign_costs, choice_notes
from crmcli.analysis.churn.features import gaps_of
from crmcli.analysis.churn.held_out import final_scorer, hold_out, likeliest_buying, population
from crmcli.analysis.churn.personal import personal
from crmcli.analysis.churn.snapshots import Snapshot
from crmcli.analysis.churn.visits import visits
from crmcli.analysis.churn.window import Silence
from crmcli.analysis.churn.worth import worth
from crmcli.analysis.churn_window import churn_window
from crmcli.errors import TooLittleDataError, UsageError, did_you_mean
from crmcli.notes import warning

if TYPE_CHECKING:
    import polars as pl

    from crmcli.analysis.churn.expected_profit import Costs
    from crmcli.analysis.churn.held_out import HeldOut
    from crmcli.analysis.churn.options import ChurnOptions
    from crmcli.analysis.churn.personal import Personal
    from crmcli.analysis.churn.scorer import Scorer
    from crmcli.analysis.churn.visits import Visits
    from crmcli.analysis.churn.worth import CustomerWorth
    from crmcli.analysis.order_gaps import OrderGaps
    from crmcli.customers.summary import CustomerSummary
    from crmcli.notes import Note


class Workbench:
    """One summary, one set of checked options, and what has been computed from them so far."""

    def __init__(self, summary: CustomerSummary, options: ChurnOptions) -> None:
        self.summary = summary
        self.options = options

    @cached_property
    def now(self) -> Snapshot:
        """All customers as of the summary's date."""
        return Snapshot(self.summary)

    @cached_property
    def gaps(self) -> OrderGaps:
        """Order days."""
        return gaps_of(self.summary)

    @cached_property
    def visits(self) -> Visits:
        """Orders and money by customer and period."""
        return visits(self.summary, self.options.period)

    @cached_property
    def silence(self) -> Silence:
        """The curve of returns and the churn window.

        Raises:
            TooLittleDataError: nobody ever returned.
        """
        curve = self.gaps.curve()
        window = churn_window(curve)
        if window is None:
            raise TooLittleDataError(
                f"None of the {self.summary.frame.height:,} customers ordered on a second day, so nothing tells how "
                "long a silence means lost",
                remedy="Give a longer time of observation",
            )
        return Silence(curve, window, (self.gaps.end - self.gaps.last_day).astype(np.int64))

    @cached_property
    def personal(self) -> Personal:
        """Thresholds and expected days."""
        return personal(self.gaps, self.silence)

    @cached_property
    def _held(self) -> HeldOut | TooLittleDataError:
        try:
            return hold_out(self.summary, self.options)
        except TooLittleDataError as error:
            return error

    @property
    def held(self) -> HeldOut:
        """The test of the models.

        Raises:
            TooLittleDataError: nothing can be tested.
        """
        if isinstance(self._held, TooLittleDataError):
            raise self._held
        return self._held

    @cached_property
    def scorer(self) -> Scorer:
        """The published model as of now; without a test the likelier buying model.

        Raises:
            TooLittleDataError: no model can be fitted.
        """
        if isinstance(self._held, TooLittleDataError):
            return likeliest_buying(self.now, self.options.horizon_days)
        return final_scorer(self._held.published, self.summary, self.now, self.options)

    @cached_property
    def buying(self) -> Buying:
        """The model of purchases behind values: the published one if it is such, else the likelier."""
        return self.scorer if isinstance(self.scorer, Buying) else likeliest_buying(self.now, self.options.horizon_days)

    @cached_property
    def worth(self) -> CustomerWorth:
        """What each customer is worth, and how much of it is at risk."""
        return worth(self.summary, self.now, self.buying, self.options)

    @cached_property
    def standing(self) -> Standing:
        """What is known of each customer now."""
        return Standing(
            snapshot=self.now,
            scorer=self.scorer,
            members=population(self.now, self.options),
            p_churn=self.scorer.p_churn(self.now),
            personal=self.personal,
            worth=self.worth,
        )

    @cached_property
    def costs(self) -> Costs:
        """The costs of a campaign, with the mean future value of the population's customers."""
        members = population(self.now, self.options)
        own = float(self.worth.future[members].mean()) if members.any() else None
        return campaign_costs(self.options.costs, own)

    @cached_property
    def group(self) -> pl.Series | None:
        """The value of the attribute `by` for each customer.

        Raises:
            UsageError: there is no such attribute.
        """
        by, attributes = self.options.by, self.options.customers
        if by is None or attributes is None:
            return None
        if by not in attributes.names:
            raise UsageError(
                f"--by {by!r}: {attributes.label} has no such column",
                remedy=did_you_mean(by, attributes.names) or f"Columns: {', '.join(attributes.names)}",
            )
        ids = self.summary.frame.select("customer_id")
        return ids.join(attributes.frame, on="customer_id", how="left", maintain_order="left")[by]

    @property
    def score_notes(self) -> tuple[Note, ...]:
        """Which model gives the score and how far to trust it."""
        if isinstance(self._held, TooLittleDataError):
            text = f"The score is not tested: {self._held.problem[0].lower()}{self._held.problem[1:]}"
            return (warning("churn_not_tested", text), *self.scorer.notes)
        return (*choice_notes(self._held, self.options), *self.scorer.notes)
