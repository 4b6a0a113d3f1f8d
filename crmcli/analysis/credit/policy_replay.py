"""The last year of the ledger again, under other rules: which invoices a policy would have refused, and what is left.

Every invoice of the last year comes up on its date. The policy knows the score and limit of its customer as of the
beginning of that quarter. It refuses the sale when the customer gets no credit, when it would carry the balance beyond
the limit (need × multiple, capped by the part of net worth) and its tolerance, or while the oldest item is overdue
beyond the days of hold. What is accepted is paid as late against its new due date as it was against the old one; what
was lost is lost. Refused sales count as lost sales: nobody knows which customers would have paid at once.
"""

from __future__ import annotations

import datetime as dt
import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.credit.customers import scored_customers
from crmcli.analysis.credit.default_model import EXPERT, DefaultRates
from crmcli.analysis.credit.experience import outcomes, payments
from crmcli.analysis.credit.features import customer_features
from crmcli.analysis.credit.limits import policy_limits
from crmcli.analysis.credit.policy_formula import Offer, Policy
from crmcli.analysis.credit.states import LOST_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from crmcli.analysis.credit.styles import Style
    from crmcli.invoices.ledger import CreditLedger

YEAR = 365
_QUARTER = 91
_RESAMPLES = 2_000
_BAND = (2.5, 97.5)
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class Rates:
    """Variable cost per sales, yearly cost of capital, days of its year."""

    variable_cost: float
    capital_cost: float
    year_days: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A year under one policy, money in minor units.

    `by_customer` is the profit of each customer of `customers`, in their order.
    """

    style: str
    sales: float
    paid_days: float
    bad_debt: float
    carrying_cost: float
    profit: float
    npv: float
    customers_lost: int
    by_customer: NDArray[np.float64]

    def receivables(self, rates: Rates) -> float:
        """Sales of a day × the average collection period."""
        return self.sales / rates.year_days * self.paid_days

    def highest_bad_debt(self, current: Outcome, rates: Rates) -> float | None:
        """Rate of losses at which this policy still earns what the current one does; None: not even without losses."""
        if self.sales <= 0:
            return None
        rate = (self.sales * (1 - rates.variable_cost) - self.carrying_cost - current.profit) / self.sales
        return max(rate, 0.0) if rate > -_NOTHING else None

    def break_even_uplift(self, current: Outcome) -> float | None:
        """By how much its sales would have to grow, at their own profit, to earn what the current policy does."""
        return current.profit / self.profit - 1 if self.profit > 0 else None


@dataclass(frozen=True, slots=True)
class Replay:
    """The invoices of the year in order, with what became of them; shared by all policies."""

    money_scale: int
    rows: pl.DataFrame
    customers: Sequence[str]
    standings: Sequence[tuple[dt.date, pl.DataFrame]]

    @classmethod
    def of(cls, ledger: CreditLedger) -> Replay:
        """Prepare the year that ends on the ledger's day."""
        rows = _year(ledger)
        customers = rows["customer_id"].unique().sort().to_list()
        starts = [ledger.as_of - dt.timedelta(days=YEAR - _QUARTER * number) for number in range(4)]
        standings = [(start, _standing(ledger.at(start))) for start in starts]
        return cls(ledger.money_scale, rows, customers, standings)

    def current(self, rates: Rates) -> Outcome:
        """The year as it was."""
        days = self.rows["days"].to_numpy().astype(np.float64)
        return self._outcome("current", np.ones(self.rows.height, dtype=bool), days, rates)

    def under(self, style: Style, rates: Rates) -> Outcome:
        """The year under a policy."""
        limits = [(start, _terms_and_limits(frame, self.money_scale, style)) for start, frame in self.standings]
        accepted, days = _decide(self.rows, limits, style)
        return self._outcome(style.name, accepted, days, rates)

    def _outcome(self, name: str, accepted: NDArray[np.bool_], days: NDArray[np.float64], rates: Rates) -> Outcome:
        amount = np.where(accepted, self.rows["amount"].to_numpy().astype(np.float64), 0.0)
        lost = np.minimum(np.where(accepted, self.rows["lost"].to_numpy().astype(np.float64), 0.0), amount)
        carrying = rates.capital_cost / rates.year_days * amount * days * rates.variable_cost
        profit = amount * (1 - rates.variable_cost) - lost - carrying
        present = (amount - lost) / (1 + rates.capital_cost * np.maximum(days, 0) / rates.year_days)
        who = np.searchsorted(np.array(self.customers), self.rows["customer_id"].to_numpy())
        by_customer = np.bincount(who, weights=profit, minlength=len(self.customers)).astype(np.float64)
        sold = np.bincount(who, weights=amount, minlength=len(self.customers))
        sales = float(amount.sum())
        paid_days = float((amount * days).sum() / sales) if sales > 0 else 0.0
        # The closed form is linear in sales and days, so the whole year is one policy of mean days.
        form = Policy(
            sales,
            rates.variable_cost,
            (Offer(1.0, paid_days),),
            float(lost.sum()) / sales if sales > 0 else 0.0,
            rates.capital_cost,
            year_days=rates.year_days,
        )
        return Outcome(
            style=name,
            sales=sales,
            paid_days=paid_days,
            bad_debt=float(lost.sum()),
            carrying_cost=form.carrying_cost,
            profit=form.profit,
            npv=float((present - amount * rates.variable_cost).sum()),
            customers_lost=int((sold <= 0).sum()),
            by_customer=by_customer,
        )


def band(outcome: Outcome, current: Outcome, seed: int) -> tuple[float, float]:
    """Bootstrap over customers of the difference in profit: its 2.5 % and 97.5 % points, minor units."""
    difference = outcome.by_customer - current.by_customer
    rng = np.random.default_rng(seed)
    size = len(difference)
    sums = [float(difference[rng.integers(0, size, size)].sum()) for _ in range(_RESAMPLES)]
    low, high = np.percentile(sums, _BAND)
    return float(low), float(high)


def _year(ledger: CreditLedger) -> pl.DataFrame:
    """Invoices of the last year: `customer_id`, `date`, `amount`, `delay`, `days` until paid, `lost`, in order."""
    start = ledger.as_of - dt.timedelta(days=YEAR)
    paid = payments(ledger)
    weighted = paid.group_by("item").agg(
        delay=(pl.col("delay") * pl.col("amount")).sum() / pl.col("amount").sum(),
        days=(pl.col("days") * pl.col("amount")).sum() / pl.col("amount").sum(),
    )
    items = outcomes(ledger).filter((pl.col("date") > start) & (pl.col("amount") > 0))
    items = items.join(weighted, on="item", how="left")
    overdue = (pl.lit(ledger.as_of) - pl.col("due")).dt.total_days()
    unpaid = pl.when(overdue > LOST_DAYS).then(pl.col("open")).otherwise(0)
    open_days = (pl.lit(ledger.as_of) - pl.col("date")).dt.total_days()
    return items.select(
        "customer_id",
        "date",
        "item",
        "amount",
        # What is not paid yet has been out for so long at least.
        delay=pl.col("delay").fill_null(overdue.cast(pl.Float64)),
        days=pl.col("days").fill_null(open_days.cast(pl.Float64)),
        lost=pl.col("written_off") + unpaid,
    ).sort("date", "customer_id", "item")


def _standing(ledger: CreditLedger) -> pl.DataFrame:
    """Score, grade, expert chance and features of every customer at the beginning of a quarter."""
    features = customer_features(ledger)
    return scored_customers(ledger, features, DefaultRates(EXPERT, None, 0))


def _decide(
    rows: pl.DataFrame, limits: Sequence[tuple[dt.date, Mapping[str, tuple[int, float]]]], style: Style
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which invoices are accepted, and the days until each is paid under the policy's terms."""
    accepted = np.zeros(rows.height, dtype=bool)
    days = np.zeros(rows.height, dtype=np.float64)
    books: dict[str, _Book] = {}
    wanted = rows.select("customer_id", pl.col("date").dt.epoch("d"), "amount", "delay")
    quarter_days = [(start - dt.date(1970, 1, 1)).days for start, _ in limits]
    for place, (customer, day, amount, delay) in enumerate(wanted.iter_rows()):
        quarter = max((n for n, start in enumerate(quarter_days) if start <= day), default=0)
        # A customer who is new since then has no history: the terms and limit of one nobody knows.
        net_days, limit = limits[quarter][1].get(customer, _newcomer(style))
        book = books.setdefault(customer, _Book())
        if net_days > 0 and book.admits(day, amount, limit, style):
            paid_after = max(net_days + delay, 0.0)
            accepted[place], days[place] = True, paid_after
            book.add(day, net_days, paid_after, amount)
    return accepted, days


def _newcomer(style: Style) -> tuple[int, float]:
    """Terms of grade C and no limit: history cannot say what a new customer would have been given."""
    return style.net_days["C"], float("inf")


def _terms_and_limits(frame: pl.DataFrame, money_scale: int, style: Style) -> dict[str, tuple[int, float]]:
    """Customer → net days (0: no credit) and limit in minor units."""
    rows = policy_limits(frame, money_scale, style)
    return {
        customer: (0, 0.0) if refused else (style.net_days.get(grade, 0), float(limit))
        for customer, grade, refused, limit in rows.iter_rows()
    }


class _Book:
    """What one customer owes in the replay."""

    def __init__(self) -> None:
        self._balance = 0.0
        self._open: list[tuple[float, float, float]] = []

    def admits(self, day: int, amount: float, limit: float, style: Style) -> bool:
        """Whether one more invoice may be written on a day."""
        while self._open and self._open[0][0] <= day:
            self._balance -= heapq.heappop(self._open)[2]
        oldest = min((due for _, due, _ in self._open), default=float(day))
        if day - oldest > style.hold_days:
            return False
        return self._balance + amount <= limit * (1 + style.tolerance)

    def add(self, day: int, net_days: int, paid_after: float, amount: float) -> None:
        """Write the invoice."""
        heapq.heappush(self._open, (day + paid_after, float(day + net_days), amount))
        self._balance += amount


def outcomes_of(replay: Replay, styles: Sequence[Style], rates: Rates) -> Iterator[Outcome]:
    """The year as it was, then under each policy."""
    yield replay.current(rates)
    for style in styles:
        yield replay.under(style, rates)
