"""The orders: when each customer buys, what is in the basket, what it costs, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import catalogue
from days import DAYS, LAST, PEOPLE, YEAR, day_of, index_of
from dice import Dice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalogue import Product, Promotion
    from customers import Customer

FIRST_ORDER = 100001
GUEST_SHARE = 0.031
"""Orders of people who check out without an account, relative to the other orders."""
STATUSES = {"completed": 98.2, "cancelled": 1.2, "failed": 0.6}
TEST_ORDERS = 22
"""Orders that staff placed to try the web shop; they have no customer."""
REFUND_SHARE = 0.022
SECOND_SAME_DAY = 0.006
"""How often somebody orders again on the same day ("I forgot the ink")."""

CHANNELS = {
    "person": {"web": 58.0, "shop": 36.0, "phone": 4.0, "partner": 2.0},
    "business": {"web": 48.0, "phone": 34.0, "partner": 14.0, "shop": 4.0},
    "dealer": {"phone": 45.0, "partner": 40.0, "web": 15.0},
}
EXTRA_LINES = {"person": 0.85, "business": 1.3, "dealer": 2.0}
"""Mean number of order lines beyond the first."""
UNITS = {"person": (1, 0.28), "business": (1, 1.5), "dealer": (3, 2.8)}
"""Smallest quantity of a line, and the mean of what comes on top."""
FAVOURITE_WEIGHT = 5.0
VOLUME_DISCOUNTS = ((24, 12), (12, 8), (6, 4))
"""Firms: from so many units of one product, so many per cent off."""
SALE_PERCENT = (15, 20, 25, 30)
SALE_HUNT = {"bargain": 0.62, "coupon": 0.06, "steady": 0.06}
CODE_USE = {"bargain": 0.35, "coupon": 0.85, "steady": 0.16}
"""The share of lines bought on sale, and of chances to use a seasonal code that are taken."""
NEWSLETTER_USE = {"coupon": 0.62}
WELCOME_USE = 0.22


@dataclass(frozen=True, slots=True)
class Line:
    """One product in an order; unit price paid, discount and cost of the line in cents."""

    product: Product
    quantity: int
    unit_price: int
    discount: int
    cost: int

    @property
    def amount(self) -> int:
        """The money of the line in cents."""
        return self.quantity * self.unit_price


@dataclass(frozen=True, slots=True)
class Order:
    """One order or refund; `day` counts from the first day of the files, `customer` is None for guests and tests."""

    order_id: str
    day: int
    customer: Customer | None
    lines: tuple[Line, ...]
    channel: str
    promotion: str
    status: str

    @property
    def amount(self) -> int:
        """The money of the order in cents."""
        return sum(line.amount for line in self.lines)


def _purchase_days(dice: Dice, customer: Customer) -> Iterator[int]:
    """Yield the days on which a customer orders, until the customer leaves or the files end."""
    habits, leave = customer.habits, customer.habits.leave_at_once
    day = habits.first_day
    while day <= habits.last_day:
        yield day
        if dice.chance(SECOND_SAME_DAY):
            yield day
        if dice.chance(leave):
            return
        leave = habits.leave_later
        day = customer.rhythm.after(day, dice.erlang(habits.regularity, YEAR / habits.yearly_orders))


def _visits(dice: Dice, customers: list[Customer]) -> list[tuple[int, Customer | None]]:
    """Return every (day, customer) on which an order is placed, in the order of order numbers."""
    known: list[tuple[int, Customer | None]] = [(day, c) for c in customers for day in _purchase_days(dice, c)]
    guests = [(PEOPLE.after(-1, dice.share() * DAYS), None) for _ in range(int(len(known) * GUEST_SHARE))]
    shuffled = [(day, dice.share(), customer) for day, customer in known + guests]
    shuffled.sort(key=lambda visit: visit[:2])
    return [(day, customer) for day, _, customer in shuffled]


def _promotion(dice: Dice, customer: Customer | None, day: int) -> Promotion | None:
    taste = customer.habits.taste if customer else "steady"
    if customer and customer.kind != "person":
        return None
    seasonal = catalogue.seasonal_promotion(day)
    if seasonal and dice.chance(CODE_USE[taste]):
        return seasonal
    return catalogue.NEWSLETTER if dice.chance(NEWSLETTER_USE.get(taste, 0.0)) else None


def _product(dice: Dice, customer: Customer | None, day: int) -> Product:
    month = day_of(day).month - 1
    weights = {category: taste[month] for category, taste in catalogue.SEASONAL_TASTE.items()}
    if customer:
        weights[customer.habits.favourite] *= FAVOURITE_WEIGHT
    return dice.pick(catalogue.SHELVES[dice.weighted(weights)])


def _quantity(dice: Dice, customer: Customer | None, day: int) -> int:
    least, more = UNITS[customer.kind if customer else "person"]
    if customer is None or customer.kind == "person":
        return least + dice.count(more)
    grown: float = customer.habits.growth_a_year ** (day / YEAR)
    return max(1, round((least + dice.erlang(2, more)) * customer.habits.basket * grown))


def _percent_off(dice: Dice, customer: Customer | None, quantity: int, code: Promotion | None) -> int:
    if code:
        return code.percent
    if customer and customer.kind != "person":
        return next((percent for units, percent in VOLUME_DISCOUNTS if quantity >= units), 0)
    hunt = SALE_HUNT[customer.habits.taste if customer else "steady"]
    return dice.pick(SALE_PERCENT) if dice.chance(hunt) else 0


def _line(dice: Dice, customer: Customer | None, day: int, code: Promotion | None) -> Line:
    product, quantity = _product(dice, customer, day), _quantity(dice, customer, day)
    listed = catalogue.list_price(product, day)
    off = (listed * _percent_off(dice, customer, quantity, code) + 50) // 100
    return Line(product, quantity, listed - off, quantity * off, quantity * catalogue.unit_cost(product, day))


def _lines(dice: Dice, customer: Customer | None, day: int, code: Promotion | None) -> tuple[Line, ...]:
    extra = EXTRA_LINES[customer.kind if customer else "person"]
    if customer and customer.kind == "person":
        extra = (1 + extra) * customer.habits.basket - 1
    drawn = [_line(dice, customer, day, code) for _ in range(1 + dice.count(max(0.05, extra)))]
    return tuple({line.product.name: line for line in drawn}.values())


def _five_off(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Take five euros (less what does not divide by the quantity) off the dearest line."""
    dearest = max(lines, key=lambda line: line.amount)
    off = catalogue.WELCOME_CENTS // dearest.quantity
    cut = replace(dearest, unit_price=dearest.unit_price - off, discount=dearest.discount + off * dearest.quantity)
    return tuple(cut if line is dearest else line for line in lines)


def _welcome(dice: Dice, order: Order) -> Order:
    """Apply a code for newcomers when the order is large enough and they know of one."""
    customer = order.customer
    if customer is None or customer.kind != "person" or customer.habits.old or order.promotion:
        return order
    if order.amount < catalogue.WELCOME_FROM or order.channel != "web":
        return order
    code = catalogue.FRIEND if customer.referrer else catalogue.WELCOME
    if not dice.chance(0.8 if customer.referrer else WELCOME_USE):
        return order
    return replace(order, lines=_five_off(order.lines), promotion=code)


def _channel(dice: Dice, customer: Customer | None, day: int) -> str:
    weights = dict(CHANNELS[customer.kind if customer else "person"])
    if day_of(day).weekday() == 6 or customer is None:
        return "web"
    if customer.region == "islands":
        weights["shop"] = 0.0
    if customer.age_band == "60+":
        weights["phone"] *= 4
    return dice.weighted(weights)


def _order(dice: Dice, order_id: str, day: int, customer: Customer | None) -> Order:
    code = _promotion(dice, customer, day)
    lines = _lines(dice, customer, day, code)
    channel = _channel(dice, customer, day)
    status = dice.weighted(STATUSES) if customer else "completed"
    return Order(order_id, day, customer, lines, channel, code.code if code else "", status)


def _refund(dice: Dice, order: Order) -> Order | None:
    """Return the refund of an order: of one line or of all, in part or whole, two days to three weeks later."""
    back = dice.between(2, 21) + order.day
    lines = order.lines if dice.chance(0.3) else (dice.pick(order.lines),)
    returned = tuple(_returned(dice, line) for line in lines)
    if order.customer is None or order.status != "completed" or back > index_of(LAST):
        return None
    return replace(order, order_id=f"C{order.order_id}", day=back, lines=returned, promotion="")


def _returned(dice: Dice, line: Line) -> Line:
    units = dice.between(1, line.quantity)
    return replace(line, quantity=-units, discount=0, cost=-units * (line.cost // line.quantity))


def draw_orders(customers: list[Customer]) -> list[Order]:
    """Return all orders and refunds by date, the orders of a day before its refunds."""
    dice = Dice("orders")
    visits = _visits(dice, customers)
    tests = {dice.between(0, len(visits) - 1) for _ in range(TEST_ORDERS)}
    seen: set[int] = set()
    orders: list[Order] = []
    for place, (day, customer) in enumerate(visits):
        buyer = None if place in tests else customer
        order = _order(dice, str(FIRST_ORDER + place), day, buyer)
        if place in tests:
            order = replace(order, status="test", promotion="")
        elif customer and customer.number not in seen:
            order = _welcome(dice, order)
            seen.add(customer.number)
        orders.append(order)
    refunds = [_refund(dice, order) for order in orders if dice.chance(REFUND_SHARE)]
    orders += [refund for refund in refunds if refund]
    return sorted(orders, key=lambda order: (order.day, order.order_id))
