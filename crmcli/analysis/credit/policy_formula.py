"""What a credit policy earns, in closed form: profit = S(1 − v) − S·q·d − S·b − k·(S ÷ Y)·a·v − C.

S sales, v variable cost, q·d the discounts taken, b losses, k cost of capital, Y days of the year, a average
collection period, C cost of collection: the incremental analysis of credit policy of financial management textbooks,
with receivables carried at variable cost. No effect of the policy on sales is assumed: whoever
expects one states other sales.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Offer:
    """A way to pay: the share of sales that takes it, its day, and its discount as a fraction."""

    share: float
    day: float
    discount: float = 0.0


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy in numbers.

    Attributes:
        sales: yearly sales.
        variable_cost: as a fraction of sales.
        offers: how sales are paid; shares add up to 1.
        bad_debt: losses as a fraction of sales.
        capital_cost: yearly, as a fraction.
        collection_cost: yearly cost of collection.
        year_days: 365, or 360 as textbooks count.
    """

    sales: float
    variable_cost: float
    offers: Sequence[Offer]
    bad_debt: float
    capital_cost: float
    collection_cost: float = 0.0
    year_days: int = 365

    @property
    def collection_days(self) -> float:
        """Average collection period."""
        return sum(offer.share * offer.day for offer in self.offers)

    @property
    def discounts(self) -> float:
        """Discounts taken in a year."""
        return self.sales * sum(offer.share * offer.discount for offer in self.offers)

    @property
    def carrying_cost(self) -> float:
        """Cost of the capital that stands in receivables, at variable cost."""
        return self.capital_cost * self.sales / self.year_days * self.collection_days * self.variable_cost

    @property
    def profit(self) -> float:
        """What is left before fixed costs."""
        contribution = self.sales * (1 - self.variable_cost)
        return contribution - self.discounts - self.sales * self.bad_debt - self.carrying_cost - self.collection_cost
