"""What the views of movement and attention may be told, and what they may be given beside the transactions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmcli.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    import datetime as dt

    from crmcli.analysis.segment.strategy import Strategy
    from crmcli.analysis.segment.target import Target
    from crmcli.customers.attributes import Attributes
    from crmcli.customers.contacts import ContactCosts

GROUPINGS = {
    "segment": "segment",
    "tier": "abc_name",
    "class": "class",
    "stage": "stage",
    "loyalty": "loyalty_type",
}
"""What `--by` may say, and the column of customers that holds it."""


@dataclass(frozen=True, slots=True)
class MovementOptions:
    """Options and inputs of the views of movement and attention.

    Attributes:
        compare_to: the earlier date of `migration`.
        rescore: whether `migration` shows segments under thresholds of each date.
        by: the groups of `profile` and `management`, a key of GROUPINGS.
        attributes: of customers, and perhaps of others (`profile`, `lookalike`).
        costs: what contact with customers costs (`management`).
        target: whom `lookalike` looks for, or avoids.
        avoid: whether these are to be avoided.
        prospects: whom `lookalike` scores; None for the entries of `attributes` outside the target.
        seed: of the folds of `lookalike`.
        strategy: suggestions of one's own; None for those that ship with crmcli.
        language: en or zh, of the suggestions.
        explain: the customer of `explain`.
    """

    compare_to: dt.date | None = None
    rescore: bool = False
    by: str = "segment"
    attributes: Attributes | None = None
    costs: ContactCosts | None = None
    target: Target | None = None
    avoid: bool = False
    prospects: Attributes | None = None
    seed: int = 0
    strategy: Strategy | None = None
    language: str = "en"
    explain: str | None = None

    def check(self, as_of: dt.date) -> None:
        """Raise UsageError for an earlier date that is not earlier than `as_of`, or an unknown grouping."""
        if self.compare_to is not None and self.compare_to >= as_of:
            raise UsageError(
                f"--compare-to {self.compare_to} does not lie before as_of, {as_of}",
                remedy="Give an earlier date, or a later --as-of.",
            )
        if self.by not in GROUPINGS:
            known = ", ".join(GROUPINGS)
            remedy = did_you_mean(self.by, GROUPINGS)
            raise UsageError(f"Unknown grouping {self.by!r}; known are {known}.", remedy=remedy)
