"""What the churn analysis may be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmcli.analysis.calendar_periods import MONTH, PERIODS
from crmcli.analysis.churn.cohorts import ON, VARIANTS
from crmcli.analysis.churn.expected_profit import Costs
from crmcli.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    import datetime as dt

    from crmcli.customers.attributes import Attributes

EVERYONE, ACTIVE = "all", "active"
POPULATIONS = (EVERYONE, ACTIVE)

HORIZON_DAYS = 90
LONGEST_HORIZON_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Treatment:
    """A randomised campaign: `column` of the customers' attributes says who was treated, `date` when."""

    column: str
    date: dt.date


@dataclass(frozen=True, slots=True)
class ChurnOptions:
    """The options of one run.

    `population` is all or active (who ordered within the last horizon). `period` is week, month or quarter, and
    `retention` one of the variants of cohorts. `costs` are those of a campaign; their customer_value stands in only
    where no own value can be estimated. `margin_share` is the part of revenue that is profit, where no cost is mapped.
    `customers` holds attributes, `by` names the one that curves are drawn by. `views` names the tables to make; None
    means all that this input allows. `facts` says whether headline facts are wanted.
    """

    horizon_days: int = HORIZON_DAYS
    population: str = EVERYONE
    period: str = MONTH
    retention: str = ON
    costs: Costs = field(default_factory=Costs)
    margin_share: float | None = None
    discount_rate_annual: float = 0.1
    customers: Attributes | None = None
    by: str | None = None
    treatment: Treatment | None = None
    views: frozenset[str] | None = None
    facts: bool = True

    def check(self) -> None:
        """Refuse what is out of range or unknown.

        Raises:
            UsageError: it is.
        """
        for what, name, known in (
            ("population", self.population, POPULATIONS),
            ("period", self.period, PERIODS),
            ("retention", self.retention, VARIANTS),
        ):
            if name not in known:
                listed = ", ".join(known)
                raise UsageError(f"Unknown {what} {name!r}; known are {listed}.", remedy=did_you_mean(name, known))
        if not 1 <= self.horizon_days <= LONGEST_HORIZON_DAYS:
            raise UsageError(f"The horizon must be 1 to {LONGEST_HORIZON_DAYS} days.")
