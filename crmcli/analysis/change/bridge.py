"""From the revenue of one window to that of the next, by what changed: a bridge whose parts add up exactly.

Money of sales V = customers × orders per customer × money per order. Between two windows each factor x is given
L(V₁, V₀) · ln(x₁/x₀), with the logarithmic mean L(a, b) = (a − b)/(ln a − ln b) and L(a, a) = a: the additive LMDI-I
decomposition (Ang, 2005, Energy Policy 33). Its parts add up to V₁ − V₀ without a rest and do not depend on the order
of the factors. They are computed in decimals and rounded to whole minor units by the largest remainder.

Where a factor is 0 in one window the limit holds (Ang and Liu, 2007, Energy Policy 35): the whole change belongs to
that factor. Without customers in a window the other two factors do not exist there, and all belongs to customers; with
customers but without money, all belongs to the value of an order.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Context, Decimal, localcontext

_DIGITS = 120
"""Amounts have up to 38 digits, and the logarithms of two that differ in the last one share as many."""


@dataclass(frozen=True, slots=True)
class Sales:
    """What was sold in a window: customers with an order, their orders, and money in whole minor units (at least 0)."""

    customers: int
    orders: int
    units: int


@dataclass(frozen=True, slots=True)
class Parts:
    """What each factor adds to the money of sales, in whole minor units."""

    customers: int
    orders_per_customer: int
    order_value: int


def bridge_parts(before: Sales, now: Sales) -> Parts:
    """The change of sales shared out among its three factors; the parts add up to now.units − before.units."""
    change = now.units - before.units
    if not (before.customers and now.customers):
        return Parts(change, 0, 0)
    if not (before.units and now.units):
        return Parts(0, 0, change)
    with localcontext(Context(prec=_DIGITS)):
        weight = _log_mean(Decimal(now.units), Decimal(before.units))
        ratios = (
            _log_ratio(now.customers, before.customers),
            _log_ratio(now.orders * before.customers, before.orders * now.customers),
            _log_ratio(now.units * before.orders, before.units * now.orders),
        )
        return Parts(*_rounded([weight * ratio for ratio in ratios], change))


def _log_mean(a: Decimal, b: Decimal) -> Decimal:
    return a if a == b else (a - b) / (a.ln() - b.ln())


def _log_ratio(a: int, b: int) -> Decimal:
    """ln(a/b); 0 exactly for equal numbers."""
    divisor = math.gcd(a, b)
    return Decimal(a // divisor).ln() - Decimal(b // divisor).ln()


def _rounded(parts: list[Decimal], total: int) -> list[int]:
    """Whole numbers that add up to `total`, those with the largest remainder rounded up, the first ones on a tie."""
    whole = [int(part.to_integral_value(ROUND_FLOOR)) for part in parts]
    rest = [part - floor for part, floor in zip(parts, whole, strict=True)]
    receivers = sorted(range(len(parts)), key=lambda place: (-rest[place], place))[: total - sum(whole)]
    return [units + (place in receivers) for place, units in enumerate(whole)]
