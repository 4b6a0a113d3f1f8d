"""One campaign: its response, its uplift, its money, and what is missing of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmcli.analysis.campaigns.shares import difference
from crmcli.analysis.segment.money import money

if TYPE_CHECKING:
    import datetime as dt

    from crmcli.analysis.campaigns.responses import Contacts
    from crmcli.analysis.campaigns.shares import Difference, Response

ORDERS, RECEIPTS = "orders", "receipts"
NO_CONTACTS, NO_RECEIPTS, NO_EXPENSES = "no_contacts", "no_receipts", "no_expenses"
UNDATED, WINDOW_OPEN = "undated", "window_open"
CONTROL_UNUSED, GROUPS_DIFFER = "control_unused", "groups_differ"


@dataclass(frozen=True, slots=True)
class Campaign:
    """What the files know of one campaign.

    Money is in minor units; None where no file tells of any campaign's. `lacks` names the files that do not tell of
    this one. `has_payers`: some receipts of it name a customer. `responds_until`: the last day of the time to respond.
    """

    name: str
    contacts: Contacts
    receipts: int | None
    expenses: int | None
    lacks: tuple[str, ...]
    has_payers: bool
    responds_until: dt.date | None
    as_of: dt.date

    @property
    def basis(self) -> str | None:
        """What counts as a response; None where nothing tells, or nobody was contacted."""
        if not self.contacts.treated.people:
            return None
        if self.contacts.first is not None and (self.contacts.control.people or not self.has_payers):
            return ORDERS
        return RECEIPTS if self.has_payers else None

    @property
    def response(self) -> Response | None:
        """Of the contacted; None without a basis."""
        treated = self.contacts.treated
        return {ORDERS: treated.after, RECEIPTS: treated.by_receipt}.get(self.basis or "")

    @property
    def control(self) -> Response | None:
        """Of the control group; None where there is none, or nothing to hold against it."""
        return self.contacts.control.after if self.basis == ORDERS and self.contacts.control.people else None

    @property
    def uplift(self) -> Difference | None:
        """What the contacted responded more than the control group."""
        return difference(self.response, self.control) if self.response and self.control else None

    @property
    def is_complete(self) -> bool | None:
        """Whether the time to respond is over; None where it does not matter."""
        if self.basis != ORDERS or self.responds_until is None:
            return None
        return self.responds_until <= self.as_of

    @property
    def groups_differ(self) -> bool:
        """Whether the shares of those who ordered before the contact differ by more than chance explains."""
        if self.control is None:
            return False
        before = difference(self.contacts.treated.before, self.contacts.control.before)
        return before is not None and not before.low <= 0 <= before.high

    @property
    def net(self) -> int | None:
        """Receipts − expenses."""
        return None if self.receipts is None or self.expenses is None else self.receipts - self.expenses

    def flags(self) -> tuple[str, ...]:
        """What is missing or doubtful."""
        people = self.contacts.treated.people + self.contacts.control.people
        said = {
            UNDATED: people and self.contacts.first is None,
            WINDOW_OPEN: self.is_complete is False,
            CONTROL_UNUSED: self.contacts.control.people and self.control is None,
            GROUPS_DIFFER: self.groups_differ,
        }
        return (*self.lacks, *(flag for flag, holds in said.items() if holds))

    def row(self, scale: int) -> dict[str, object]:
        """The row of the view."""
        response, control, uplift = self.response, self.control, self.uplift
        low, high = (response.limits if response else None) or (None, None)
        return {
            "campaign": self.name,
            "first_contact": self.contacts.first,
            "last_contact": self.contacts.last,
            "contacted": self.contacts.treated.people,
            "responders": response.responders if response else None,
            "response_rate": response.rate if response else None,
            "response_low": low,
            "response_high": high,
            "control": self.contacts.control.people,
            "control_responders": control.responders if control else None,
            "control_rate": control.rate if control else None,
            "uplift": uplift.value if uplift else None,
            "uplift_low": uplift.low if uplift else None,
            "uplift_high": uplift.high if uplift else None,
            "basis": self.basis,
            "complete": self.is_complete,
            "receipts": None if self.receipts is None else money(self.receipts, scale),
            "expenses": None if self.expenses is None else money(self.expenses, scale),
            "net": None if self.net is None else money(self.net, scale),
            "return": returned(self.receipts, self.expenses),
            "flags": ";".join(self.flags()),
        }


def returned(receipts: int | None, expenses: int | None) -> float | None:
    """(receipts − expenses) ÷ expenses; None where one is unknown or nothing was spent."""
    if receipts is None or expenses is None or expenses <= 0:
        return None
    return (receipts - expenses) / expenses
