"""The shop's campaigns: the Christmas letter, with those whom chance spared it, and the Black Friday e-mail."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from contacts import CHRISTMAS_MAILING, COST_CENTS, MAILING_REACH, neglected
from days import DAYS, day_of, index_of, working_day
from dice import Dice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from contacts import Contact
    from customers import Customer
    from shop import Order

LETTER, EMAIL = "Christmas letter", "Black Friday e-mail"
CODES = {LETTER: "XMAS10", EMAIL: "BLACK20"}
"""The promotion code that each campaign tells of; orders with it count as its receipts."""
EMAIL_DAYS = tuple(index_of(date(year, 11, 20)) for year in (2023, 2024, 2025))
EMAIL_REACH = 400
"""People get the e-mail when they ordered within so many days before it."""
EMAIL_SHARE = 0.8
DESIGN_CENTS = {LETTER: 18_000, EMAIL: 26_000}
SENDING_CENTS = 4_500
"""What a provider takes for sending one e-mail to everybody."""
POSTAGE_CENTS = 85
"""Of the cost of a letter; the rest is printing."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A customer whom a campaign reached, or kept out as control; `day` counts from the first day of the files."""

    campaign: str
    customer: Customer
    day: int
    is_control: bool


@dataclass(frozen=True, slots=True)
class Expense:
    """One claim for a campaign, in cents."""

    campaign: str
    day: int
    item: str
    amount: int


def _name(kind: str, day: int) -> str:
    return f"{kind} {day_of(day).year}"


def _people_by_recency(
    customers: Sequence[Customer], orders: Sequence[Order], day: int, reach: int
) -> Iterator[Customer]:
    """Return the people who ordered within so many days before a day."""
    bought: Mapping[int, list[int]] = defaultdict(list)
    for order in orders:
        if order.customer:
            bought[order.customer.number].append(order.day)
    for customer in customers:
        if customer.kind == "person" and any(day - reach <= on < day for on in bought[customer.number]):
            yield customer


def draw_reached(customers: Sequence[Customer], orders: Sequence[Order], log: Sequence[Contact]) -> list[Reached]:
    """Return whom every campaign reached, by date and customer.

    The letters are those of the contact log: chance left out three in ten of those who could have had one.
    """
    dice, spared = Dice("campaigns"), neglected(list(orders))
    written = {(contact.customer.number, contact.day) for contact in log if contact.channel == "letter"}
    reached = [
        Reached(_name(EMAIL, sent), customer, sent, is_control=False)
        for sent in EMAIL_DAYS
        for customer in _people_by_recency(customers, orders, sent, EMAIL_REACH)
        if dice.chance(EMAIL_SHARE)
    ]
    for chosen in CHRISTMAS_MAILING:
        sent = working_day(chosen)
        for customer in _people_by_recency(customers, orders, chosen, MAILING_REACH):
            if customer.number not in spared:
                held = (customer.number, sent) not in written
                reached.append(Reached(_name(LETTER, sent), customer, sent, is_control=held))
    return sorted(reached, key=lambda one: (one.day, one.customer.number))


def receipts(orders: Sequence[Order]) -> list[tuple[str, Order]]:
    """Return every completed order with the code of a campaign, with the campaign's name."""
    kinds = {code: kind for kind, code in CODES.items()}
    return [
        (_name(kinds[order.promotion], order.day), order)
        for order in orders
        if order.promotion in kinds and order.status == "completed"
    ]


def expenses(reached: Sequence[Reached]) -> list[Expense]:
    """Return what was claimed for each campaign: design, then paper and postage or sending."""
    counts: dict[tuple[int, str], int] = defaultdict(int)
    for one in reached:
        counts[one.day, one.campaign] += not one.is_control
    claims: list[Expense] = []
    for (day, campaign), count in sorted(counts.items()):
        kind = campaign.rpartition(" ")[0]
        claims.append(Expense(campaign, day, "design", DESIGN_CENTS[kind]))
        if kind == LETTER:
            booked, each = min(day + 3, DAYS - 1), COST_CENTS["letter"][0]
            claims.append(Expense(campaign, booked, "printing", count * (each - POSTAGE_CENTS)))
            claims.append(Expense(campaign, booked, "postage", count * POSTAGE_CENTS))
        else:
            claims.append(Expense(campaign, day, "sending", SENDING_CENTS))
    return claims
