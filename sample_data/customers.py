"""The customers: who they are, and the hidden habits that their visible attributes hint at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from accounts import FAILURES, STRAINED, open_account
from days import ARRIVALS, DAYS, FIRMS, PEOPLE, YEAR
from dice import Dice
from names import FIRST_FIRM, firm_name, person_name

if TYPE_CHECKING:
    from accounts import Account
    from days import Rhythm

PERSONS, BUSINESSES, DEALERS, PROSPECTS = 1365, 123, 12, 60
"""How many of each buy at least once (a few have only a cancelled order); prospects have registered, never bought."""
CREDIT_BUSINESSES = 108
"""So many businesses, and every dealer, may pay later: 120 accounts."""
FIRST_NUMBER = 101
OLD_SHARE = 0.36
"""The share of customers who had bought before the files begin: the survivors of an earlier time, so more loyal."""

ACCOUNT_LEAVE = 0.25
"""Firms that open an account leave after their first order so much less often than other firms."""

REGIONS = {"west": 34.0, "north": 22.0, "south": 20.0, "east": 17.0, "islands": 7.0}
REGION_RATE = {"west": 1.15, "north": 1.0, "south": 1.0, "east": 0.85, "islands": 0.6}
REGION_BASKET = {"west": 1.0, "north": 1.0, "south": 1.0, "east": 0.95, "islands": 1.6}
"""West is the home region; islanders order seldom and much at once, because the parcel costs extra."""
NO_ALTERNATIVE = {"islands": 0.45}
NO_ALTERNATIVE_ELSEWHERE = 0.012

AGE_BANDS = {"18-29": 19.0, "30-44": 31.0, "45-59": 28.0, "60+": 22.0}
AGE_RATE = {"18-29": 0.8, "30-44": 1.0, "45-59": 1.05, "60+": 1.15}
AGE_BASKET = {"18-29": 0.85, "30-44": 1.0, "45-59": 1.15, "60+": 1.0}
AGE_THRIFT = {"18-29": 1.7, "30-44": 1.1, "45-59": 0.8, "60+": 0.7}
"""How much likelier an age band is to hunt for sales or to use codes."""
TASTES = {"steady": 66.0, "bargain": 20.0, "coupon": 14.0}
"""bargain: buys what is on sale; coupon: types in codes; steady: pays list price."""

PERSON_SOURCES = {"search": 36.0, "social": 22.0, "walk_in": 27.0, "referral": 15.0}
FIRM_SOURCES = {"trade_fair": 42.0, "sales_visit": 38.0, "referral": 20.0}
LEAVE_AT_ONCE = {
    "search": 0.54,
    "social": 0.67,
    "walk_in": 0.45,
    "referral": 0.20,
    "trade_fair": 0.10,
    "sales_visit": 0.06,
}
"""The chance that the first order stays the only one."""
LEAVE_LATER = {
    "search": 0.085,
    "social": 0.13,
    "walk_in": 0.070,
    "referral": 0.035,
    "trade_fair": 0.018,
    "sales_visit": 0.014,
}
"""The mean chance, over customers, of leaving after any later order."""
OLD_LEAVE = 0.45
"""Old customers leave so much less often than newcomers from the same source."""

INDUSTRIES = {"office": 30.0, "cafe": 27.0, "studio": 16.0, "hotel": 15.0, "school": 12.0}
DEALER_INDUSTRIES = {"gift_shop": 60.0, "bookshop": 40.0}
YEARLY_ORDERS = {"person": 5.9, "business": 9.0, "dealer": 10.0}
RATE_SHAPE = {"person": 2, "business": 3, "dealer": 4}
"""Gamma shapes of the yearly order rate: people differ most."""
REGULARITY = {"person": 1, "business": 3, "dealer": 4}
"""Gamma shapes of the waits between orders: 1 is pure chance, firms restock regularly."""
ORDER_EUROS = {"business": 70.0, "dealer": 250.0}
"""What an order is worth, roughly; only used to choose credit limits."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How a customer buys.

    Old customers had bought before the files begin; first_day is the first order in the files (day 0 is the first),
    last_day the last possible one. `leave_at_once` is the chance that the first order is the last, `leave_later` that
    any other is. `regularity` is the gamma shape of the waits, `basket` and `growth_a_year` scale what is in an order.
    """

    old: bool
    first_day: int
    yearly_orders: float
    regularity: int
    leave_at_once: float
    leave_later: float
    basket: float
    growth_a_year: float
    taste: str
    favourite: str
    last_day: int


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer: what customers.csv says, the habits behind it, and the account of those who may pay later."""

    number: int
    name: str
    kind: str
    region: str
    industry: str
    age_band: str
    birthday: str
    acquisition: str
    referrer: int | None
    satisfaction: int | None
    no_alternative: bool
    habits: Habits
    account: Account | None

    @property
    def customer_id(self) -> str:
        """The id as written in the files: six digits, so it begins with zeros."""
        return f"{self.number:06d}"

    @property
    def rhythm(self) -> Rhythm:
        """The calendar this customer buys by."""
        return PEOPLE if self.kind == "person" else FIRMS


def _favourite(dice: Dice, kind: str, industry: str) -> str:
    if kind == "person":
        return dice.weighted({"tea": 30.0, "stationery": 24.0, "kitchen": 14.0, "home": 15.0, "gifts": 17.0})
    stock = {"cafe": "tea", "hotel": "tea", "gift_shop": "gifts"}
    return stock.get(industry, "stationery")


def _first_day(dice: Dice, rhythm: Rhythm, yearly_orders: float, *, old: bool) -> int:
    day = rhythm.after(-1, dice.erlang(1, YEAR / yearly_orders)) if old else DAYS
    return day if day < DAYS else ARRIVALS.after(-1, dice.share() * DAYS)


def _taste(dice: Dice, kind: str, age_band: str) -> str:
    if kind != "person":
        return "steady"
    thrift = AGE_THRIFT.get(age_band, 1.0)
    return dice.weighted({taste: share * (1.0 if taste == "steady" else thrift) for taste, share in TASTES.items()})


def _habits(dice: Dice, customer: Customer, *, old: bool) -> Habits:
    kind, band, region = customer.kind, customer.age_band, customer.region
    mean_rate = YEARLY_ORDERS[kind] * REGION_RATE[region] * AGE_RATE.get(band, 1.0)
    rate = 0.35 + dice.erlang(RATE_SHAPE[kind], mean_rate)
    loyal = OLD_LEAVE if old else 1.0
    leave_later = min(0.6, dice.erlang(2, LEAVE_LATER[customer.acquisition] * loyal))
    return Habits(
        old=old,
        first_day=_first_day(dice, customer.rhythm, rate, old=old),
        yearly_orders=rate,
        regularity=REGULARITY[kind],
        leave_at_once=LEAVE_AT_ONCE[customer.acquisition] * loyal,
        leave_later=leave_later,
        basket=dice.spread(0.7, 1.3) * REGION_BASKET[region] * AGE_BASKET.get(band, 1.0),
        growth_a_year=1.0 if kind == "person" else dice.pick((0.8, 0.9, 0.95, 1.0, 1.1)),
        taste=_taste(dice, kind, band),
        favourite=_favourite(dice, kind, customer.industry),
        last_day=DAYS - 1,
    )


NO_HABITS = Habits(
    old=False,
    first_day=0,
    yearly_orders=0.0,
    regularity=1,
    leave_at_once=1.0,
    leave_later=1.0,
    basket=0.0,
    growth_a_year=1.0,
    taste="steady",
    favourite="tea",
    last_day=-1,
)
"""A prospect's: the last day lies before the first, so nothing is ever bought."""


def _person(dice: Dice) -> Customer:
    birthday = f"{dice.between(1, 12):02d}-{dice.between(1, 28):02d}" if dice.chance(0.62) else ""
    return Customer(
        number=0,
        name=person_name(dice),
        kind="person",
        region=dice.weighted(REGIONS),
        industry="",
        age_band=dice.weighted(AGE_BANDS) if dice.chance(0.88) else "",
        birthday=birthday,
        acquisition=dice.weighted(PERSON_SOURCES),
        referrer=None,
        satisfaction=None,
        no_alternative=False,
        habits=NO_HABITS,
        account=None,
    )


def _firm(dice: Dice, kind: str) -> Customer:
    industry = dice.weighted(INDUSTRIES if kind == "business" else DEALER_INDUSTRIES)
    return replace(
        _person(dice),
        kind=kind,
        name=firm_name(dice, industry),
        industry=industry,
        age_band="",
        birthday="",
        acquisition=dice.weighted(FIRM_SOURCES),
    )


def _satisfaction(dice: Dice, leave_later: float) -> int | None:
    score = round(dice.normal(4.6 - 9.0 * leave_later, 0.7))
    return min(5, max(1, score)) if dice.chance(1 / 3) else None


def _settle(dice: Dice, customer: Customer) -> Customer:
    """Give a customer habits, and the attributes that follow from them."""
    habits = _habits(dice, customer, old=dice.chance(OLD_SHARE))
    tied = dice.chance(NO_ALTERNATIVE.get(customer.region, NO_ALTERNATIVE_ELSEWHERE))
    satisfaction = _satisfaction(dice, habits.leave_later)
    return replace(customer, habits=habits, no_alternative=tied, satisfaction=satisfaction)


def _with_account(dice: Dice, customer: Customer, fails_on: int | None) -> Customer:
    """Let a firm pay later; failing firms order busily until they fail, slowing ones often grow (the scissors)."""
    yearly = customer.habits.yearly_orders * ORDER_EUROS[customer.kind] * customer.habits.basket
    failing = fails_on is not None
    account = open_account(dice, customer.kind, customer.industry, yearly, failing=failing)
    habits = replace(customer.habits, leave_at_once=customer.habits.leave_at_once * ACCOUNT_LEAVE)
    if account.payer in STRAINED and dice.chance(0.4):
        habits = replace(habits, growth_a_year=1.25, leave_later=habits.leave_later / 2)
    if fails_on is not None:
        habits = replace(
            habits,
            first_day=min(habits.first_day, 200),
            last_day=fails_on - 20,
            yearly_orders=max(habits.yearly_orders, 12.0),
            leave_at_once=0.0,
            leave_later=0.0,
        )
    return replace(customer, habits=habits, account=account)


def _firms(dice: Dice) -> list[Customer]:
    kinds = ["dealer"] * DEALERS + ["business"] * BUSINESSES
    firms = [_settle(dice, _firm(dice, kind)) for kind in kinds]
    fates = dict(zip(range(DEALERS - 1, DEALERS + 5), FAILURES, strict=True))
    credit = DEALERS + CREDIT_BUSINESSES
    opened = [_with_account(dice, firm, fates.get(place)) for place, firm in enumerate(firms[:credit])]
    opened[-1] = replace(opened[-1], name=FIRST_FIRM)
    return opened + firms[credit:]


def _prospects(dice: Dice) -> list[Customer]:
    people = [_settle(dice, _person(dice)) for _ in range(PROSPECTS)]
    return [replace(one, habits=replace(NO_HABITS, first_day=one.habits.first_day)) for one in people]


def _refer(dice: Dice, customers: list[Customer]) -> list[Customer]:
    """Name who referred whom: always somebody who came earlier and tends to stay."""
    referred = []
    for place, customer in enumerate(customers):
        loyal = [c.number for c in customers[:place] if c.habits.leave_later < 0.05]
        known = customer.acquisition == "referral" and loyal
        referred.append(replace(customer, referrer=dice.pick(loyal)) if known else customer)
    return referred


def draw_customers() -> list[Customer]:
    """Return all customers in the order in which they came, which is the order of their ids."""
    dice = Dice("customers")
    everyone = [_settle(dice, _person(dice)) for _ in range(PERSONS)] + _firms(dice) + _prospects(dice)
    everyone.sort(key=lambda customer: customer.habits.first_day)
    numbered = [replace(customer, number=FIRST_NUMBER + place) for place, customer in enumerate(everyone)]
    return _refer(dice, numbered)
