"""The contact log: whom the shop visited, called or wrote to, and what each contact cost."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from days import DAYS, index_of, working_day
from dice import Dice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from customers import Customer
    from shop import Order

COST_CENTS = {"visit": (3600, 5800), "call": (500, 900), "email": (60, 60), "letter": (160, 160)}
"""Lowest and highest cost of one contact, in cents: working time and travel, or printing and postage."""

USUAL_FIRM = {"visit": 400.0, "call": 95.0}
PAMPERED = {"visit": 42.0, "call": 80.0}
NEGLECTED = {"email": 80.0, "letter": 300.0}
LIVELY_PERSON = {"email": 240.0}
"""Plans: mean days between contacts of one kind."""
PAMPERED_ACCOUNTS, PAMPERED_ORDERS = 26, 3
"""So many of the smallest firms, of those with at least three orders, are visited every six weeks, buying or not."""
NEGLECTED_ACCOUNTS = 20
"""So many of the best customers get only an occasional email or letter."""
FORGET_AFTER = 200
"""Days after the last order at which the shop stops contacting a customer on the usual plans."""
CHRISTMAS_MAILING = tuple(index_of(date(year, 12, 1)) for year in (2023, 2024, 2025))
MAILING_REACH = 400
"""Customers get the Christmas letter when they ordered within so many days before it."""
MAILED_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact; `day` counts from the first day of the files, the cost is in cents."""

    customer: Customer
    day: int
    channel: str
    cost: int


def _value(orders: list[Order]) -> Mapping[int, int]:
    value: dict[int, int] = defaultdict(int)
    for order in orders:
        if order.customer and order.status == "completed":
            value[order.customer.number] += order.amount
    return value


def pampered(customers: list[Customer], orders: list[Order]) -> set[int]:
    """Return the numbers of the over-managed accounts."""
    value, days = _value(orders), _order_days(orders)
    firms = [c.number for c in customers if c.kind == "business" and len(days.get(c.number, [])) >= PAMPERED_ORDERS]
    return set(sorted(firms, key=lambda number: (value.get(number, 0), number))[:PAMPERED_ACCOUNTS])


def neglected(orders: list[Order]) -> set[int]:
    """Return the numbers of the under-managed customers."""
    value = _value(orders)
    return set(sorted(value, key=lambda number: (-value[number], number))[:NEGLECTED_ACCOUNTS])


def _cost(dice: Dice, channel: str) -> int:
    low, high = COST_CENTS[channel]
    return dice.between(low // 10, high // 10) * 10


def _regular(dice: Dice, customer: Customer, plan: Mapping[str, float], span: tuple[int, int]) -> Iterator[Contact]:
    first, last = span
    for channel, wait in plan.items():
        day = working_day(first + int(dice.erlang(2, wait)))
        while day < min(DAYS, last):
            yield Contact(customer, day, channel, _cost(dice, channel))
            day = working_day(day + 1 + int(dice.erlang(4, wait)))


def _mailing(dice: Dice, customer: Customer, order_days: list[int]) -> Iterator[Contact]:
    for sent in CHRISTMAS_MAILING:
        recent = any(sent - MAILING_REACH <= day < sent for day in order_days)
        if recent and dice.chance(MAILED_SHARE):
            yield Contact(customer, working_day(sent), "letter", _cost(dice, "letter"))


def _order_days(orders: list[Order]) -> Mapping[int, list[int]]:
    days: dict[int, list[int]] = defaultdict(list)
    for order in orders:
        if order.customer:
            days[order.customer.number].append(order.day)
    return days


def _contacts(dice: Dice, customer: Customer, bought: list[int], plan: Mapping[str, float]) -> Iterator[Contact]:
    last = DAYS if plan is PAMPERED else max(bought) + FORGET_AFTER
    yield from _regular(dice, customer, plan, (min(bought), last))
    if plan is LIVELY_PERSON:
        yield from _mailing(dice, customer, bought)


def draw_contacts(customers: list[Customer], orders: list[Order]) -> list[Contact]:
    """Return the contact log by date and customer."""
    dice, days = Dice("contacts"), _order_days(orders)
    special = dict.fromkeys(pampered(customers, orders), PAMPERED) | dict.fromkeys(neglected(orders), NEGLECTED)
    contacts: list[Contact] = []
    for customer in customers:
        plan = special.get(customer.number, LIVELY_PERSON if customer.kind == "person" else USUAL_FIRM)
        if customer.number in days:
            contacts += _contacts(dice, customer, days[customer.number], plan)
    return sorted(contacts, key=lambda contact: (contact.day, contact.customer.number, contact.channel))
