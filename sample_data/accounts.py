"""Trade-credit accounts: terms, how their owners pay, and the facts about them that give it away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from days import index_of

if TYPE_CHECKING:
    from dice import Dice

PAYERS = {"prompt": 46.0, "late": 23.0, "slowing": 17.0, "discount": 7.0, "collective": 7.0}
"""Ways to pay, in per cent of accounts (failing firms come on top)."""
SLOW_TRADES = {"cafe": 1.9, "hotel": 1.4, "school": 0.3}
"""How much likelier a trade is to be late or slowing than the others."""
STRAINED = ("late", "slowing", "failing")
"""Payers whose accounts show it: less working capital, younger, and rated lower by whoever visits."""
FAILURES = tuple(
    index_of(day)
    for day in (
        date(2024, 6, 10),
        date(2024, 9, 30),
        date(2025, 1, 20),
        date(2025, 4, 14),
        date(2025, 8, 25),
        date(2025, 10, 13),
    )
)
"""Six firms stop ordering and stop paying on these days."""
NET_WORTH = {"business": 38_000.0, "dealer": 90_000.0}
"""Mean net worth of sound firms in euros, above a floor of 4,000; strained firms have less."""
ROUND_LIMITS = (200, 500, 1000, 2000, 5000, 10000, 20000)


@dataclass(frozen=True, slots=True)
class Account:
    """A customer who may pay later; money in whole euros, None where the shop does not know it."""

    terms: str
    net_days: int
    payer: str
    extra_days: float
    net_worth: int | None
    working_capital: int | None
    years_in_business: int
    collateral_amount: int
    insured_amount: int
    credit_limit: int
    visit_rating: int


def _payer(dice: Dice, industry: str) -> str:
    risk = SLOW_TRADES.get(industry, 1.0)
    return dice.weighted({payer: share * (risk if payer in STRAINED else 1.0) for payer, share in PAYERS.items()})


def _terms(dice: Dice, kind: str, payer: str, years: int) -> tuple[str, int]:
    if payer == "discount":
        return "2/10 net 30", 30
    if kind == "dealer":
        return dice.pick((("net 45", 45), ("net 60", 60)))
    return ("net 14", 14) if years < 4 else ("net 30", 30)


def _limit(expected_balance: float) -> int:
    return next((limit for limit in ROUND_LIMITS if limit >= expected_balance), ROUND_LIMITS[-1])


def _rating(dice: Dice, *, strained: bool) -> int:
    return min(5, max(1, round(dice.normal(2.5 if strained else 3.9, 0.8))))


def open_account(dice: Dice, kind: str, industry: str, yearly: float, *, failing: bool) -> Account:
    """Draw an account for a firm that is expected to buy for `yearly` euros a year."""
    payer = "failing" if failing else _payer(dice, industry)
    strained = payer in STRAINED
    years = 1 + int(dice.erlang(2, 7.0 if strained else 15.0))
    worth = round(4000 + dice.erlang(2, NET_WORTH[kind]) * (0.6 if strained else 1.0), -3)
    capital = round(worth * dice.spread(0.08, 0.30) * (0.4 if strained else 1.0) * (0.2 if failing else 1.0), -2)
    terms, net_days = _terms(dice, kind, payer, years)
    limit = _limit(yearly * (net_days + 30) / 365 * dice.spread(1.2, 2.4))
    known = dice.chance(0.9)
    return Account(
        terms=terms,
        net_days=net_days,
        payer=payer,
        extra_days=dice.normal(0.0, 3.0),
        net_worth=int(worth) if known else None,
        working_capital=int(capital) if known else None,
        years_in_business=years,
        collateral_amount=limit // 2 if dice.chance(0.25) else 0,
        insured_amount=limit * 4 // 5 if dice.chance(0.30) else 0,
        credit_limit=limit,
        visit_rating=_rating(dice, strained=strained),
    )
