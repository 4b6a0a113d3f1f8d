"""Key figures of a ledger as of its day: how much, how old, how fast it is collected, and how concentrated."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.credit import measures
from crmcli.analysis.credit.experience import experiences, outcomes, payments
from crmcli.analysis.credit.months import month_end, month_text, monthly_flows
from crmcli.analysis.credit.units import plain
from crmcli.invoices.due_dates import known_terms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcli.analysis.credit.options import CreditOptions
    from crmcli.invoices.ledger import CreditLedger

MONEY, DAYS, SHARE, POINTS, COUNT = "money", "days", "of 1", "points", "count"


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the view `kpis`."""

    measure: str
    value: float | None
    unit: str
    period: str


@dataclass(frozen=True, slots=True)
class Balances:
    """What is owed on a day in minor units: receivables = not due + overdue + unapplied."""

    not_due: int
    overdue: int
    unapplied: int

    @classmethod
    def of(cls, ledger: CreditLedger) -> Balances:
        """The balances of a ledger on its day."""
        opened = ledger.open_items()
        late = int(opened.filter(pl.col("due") < ledger.as_of)["open"].sum())
        return cls(int(opened["open"].sum()) - late, late, int(ledger.unapplied()["unapplied"].sum()))

    @property
    def receivables(self) -> int:
        """All that is owed, money on account taken off."""
        return self.not_due + self.overdue + self.unapplied


def key_figures(ledger: CreditLedger, options: CreditOptions) -> list[Figure]:
    """The rows of `kpis` that need no model. The ledger holds one currency."""
    found = [*_balances(ledger)]
    if not ledger.is_snapshot:
        found += [*_speed(ledger, options), *_effectiveness(ledger), *_payment(ledger)]
        found += [*_discounts(ledger, options)]
    return [*found, *_concentration(ledger), *_due_sources(ledger)]


def _balances(ledger: CreditLedger) -> Iterator[Figure]:
    now, scale, on = Balances.of(ledger), ledger.money_scale, ledger.as_of.isoformat()
    disputed = int(ledger.open_items().filter("disputed")["open"].sum())
    opened = now.not_due + now.overdue
    amounts = {
        "receivables": now.receivables,
        "not_due": now.not_due,
        "overdue": now.overdue,
        "unapplied": now.unapplied,
        "disputed": disputed,
    }
    for name, units in amounts.items():
        yield Figure(name, plain(units, scale), MONEY, on)
    yield Figure("overdue_share", now.overdue / opened if opened else None, SHARE, on)


def sales_between(ledger: CreditLedger, after: dt.date, until: dt.date) -> int:
    """Invoiced in (after, until], minor units."""
    inside = (pl.col("date") > after) & (pl.col("date") <= until)
    return int(ledger.items.filter(inside)["amount"].sum())


def _speed(ledger: CreditLedger, options: CreditOptions) -> Iterator[Figure]:
    """DSO and its kin: receivables in days of sales."""
    now, days = Balances.of(ledger), options.dso_days
    sales = sales_between(ledger, ledger.as_of - dt.timedelta(days=days), ledger.as_of)
    period = f"{days} days to {ledger.as_of}"
    found, best = measures.dso(now.receivables, sales, days), measures.dso(now.not_due, sales, days)
    yield Figure("credit_sales", plain(sales, ledger.money_scale), MONEY, period)
    yield Figure("dso", found, DAYS, period)
    yield Figure("best_possible_dso", best, DAYS, period)
    delinquent = found - best if found is not None and best is not None else None
    yield Figure("average_days_delinquent", delinquent, DAYS, period)
    yield Figure("countback_dso", measures.countback_dso(now.receivables, _months(ledger)), DAYS, f"to {ledger.as_of}")


def _months(ledger: CreditLedger) -> list[tuple[float, int]]:
    """Sales and days of the months, the latest first; of the last one the days that have passed."""
    flows = monthly_flows(ledger).filter(pl.col("date") <= month_end(ledger.as_of)).sort("date", descending=True)
    return [
        (float(invoiced), min(end, ledger.as_of).day) for end, invoiced in flows.select("date", "invoiced").iter_rows()
    ]


def _effectiveness(ledger: CreditLedger) -> Iterator[Figure]:
    """CEI of the month of the day, up to the day."""
    before = ledger.as_of.replace(day=1) - dt.timedelta(days=1)
    if ledger.items["date"].sort()[0] > before:
        return
    begin, end = Balances.of(ledger.at(before)), Balances.of(ledger)
    sales = sales_between(ledger, before, ledger.as_of)
    cei = measures.collection_effectiveness(begin.receivables, sales, end.receivables, end.not_due)
    yield Figure("cei", cei, SHARE, month_text(ledger.as_of))


def _payment(ledger: CreditLedger) -> Iterator[Figure]:
    """How punctually invoices are paid, over the whole ledger."""
    paid, all_of_it = payments(ledger), experiences(ledger)
    amounts, delays = all_of_it["amount"].to_numpy(), all_of_it["delay"].to_numpy()
    period = f"{ledger.items['date'].sort()[0]} to {ledger.as_of}"
    ended = outcomes(ledger)
    ended = ended.filter(pl.col("late") | (pl.col("open") <= 0))
    late = int(ended["late"].sum())
    invoiced = int(ledger.items["amount"].sum())
    yield Figure("dbt", measures.days_beyond_terms(amounts, delays), DAYS, period)
    yield Figure("dbt_signed", measures.days_beyond_terms(amounts, delays, floored=False), DAYS, period)
    yield Figure("late_invoices", late, COUNT, period)
    yield Figure("late_share", late / ended.height if ended.height else None, SHARE, period)
    index = measures.pay_index(paid["amount"].to_numpy(), paid["delay"].to_numpy())
    yield Figure("pay_index", index, POINTS, period)
    lost = int(outcomes(ledger)["written_off"].sum())
    yield Figure("write_off_share", lost / invoiced if invoiced > 0 else None, SHARE, period)


def _discounts(ledger: CreditLedger, options: CreditOptions) -> Iterator[Figure]:
    """What it costs customers per year not to take the discounts that the terms in use offer."""
    for text, terms in known_terms(ledger.items["terms"]).items():
        if terms.discount and terms.net_days > terms.discount_days and not terms.end_of_month:
            arguments = (float(terms.discount), terms.discount_days, terms.net_days, options.year_days)
            yield Figure("discount_cost_simple", measures.discount_cost_simple(*arguments), SHARE, text)
            yield Figure("discount_cost_effective", measures.discount_cost_effective(*arguments), SHARE, text)


def _concentration(ledger: CreditLedger) -> Iterator[Figure]:
    """How much of what is owed hangs on how few customers."""
    opened = ledger.open_items().group_by("customer_id").agg(pl.col("open").sum()).sort("customer_id")
    yield Figure("customers_owing", opened.height, COUNT, ledger.as_of.isoformat())
    for name, value in measures.concentration(opened["open"].to_numpy()).items():
        yield Figure(name, value, SHARE, ledger.as_of.isoformat())


def _due_sources(ledger: CreditLedger) -> Iterator[Figure]:
    """How many invoices have their due date from where."""
    for source, count in ledger.items.group_by("due_source").agg(pl.len()).sort("due_source").iter_rows():
        yield Figure("due_date_from", count, COUNT, source)
