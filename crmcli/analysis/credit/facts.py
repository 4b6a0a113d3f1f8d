"""The headline facts of the credit analysis."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from crmcli.analysis.credit.aging import aged_items
from crmcli.analysis.credit.kpis import Balances, sales_between
from crmcli.analysis.credit.measures import dso
from crmcli.analysis.credit.units import money
from crmcli.analysis.result import Fact
from crmcli.analysis.views import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcli.analysis.credit.bench import Bench, CurrencyBench


def credit_facts(bench: Bench) -> tuple[Fact, ...]:
    """What a reader wants to know first, for each currency."""
    customers = bench.ledger.items["customer_id"].n_unique()
    several = len(bench.currencies) > 1
    found = [
        Fact("customers", "Customers", customers, Kind.INTEGER, "customers"),
        Fact("invoices", "Invoices", bench.ledger.items.height, Kind.INTEGER, "invoices"),
    ]
    for one in bench.currencies:
        found += _of_currency(one, f"_{one.currency.lower()}" if several else "")
    return tuple(found)


def _of_currency(one: CurrencyBench, suffix: str) -> Iterator[Fact]:
    ledger, scale, unit = one.ledger, one.ledger.money_scale, one.currency or "money"
    now = Balances.of(ledger)
    of = f" {one.currency}" if suffix else ""
    opened = aged_items(ledger, "due")
    yield Fact(f"receivables{suffix}", f"Receivables{of}", money(now.receivables, scale), Kind.MONEY, unit)
    yield Fact(f"overdue{suffix}", f"Overdue{of}", money(now.overdue, scale), Kind.MONEY, unit)
    yield Fact(f"unapplied{suffix}", f"Unapplied{of}", money(now.unapplied, scale), Kind.MONEY, unit)
    yield Fact(f"open_items{suffix}", f"Open items{of}", opened.height, Kind.INTEGER, "invoices")
    yield Fact(
        f"overdue_items{suffix}", f"Of them overdue{of}", int((opened["days"] > 0).sum()), Kind.INTEGER, "invoices"
    )
    if ledger.is_snapshot:
        return
    start = ledger.as_of - dt.timedelta(days=one.options.dso_days)
    found = dso(now.receivables, sales_between(ledger, start, ledger.as_of), one.options.dso_days)
    yield Fact(f"dso{suffix}", f"DSO{of} ({one.options.dso_days} days)", found, Kind.NUMBER, "days")
