"""The ageing: what each account owes by how long it is overdue, and the line that proves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.credit.units import as_money, money

if TYPE_CHECKING:
    from crmcli.analysis.credit.buckets import Buckets
    from crmcli.invoices.ledger import CreditLedger, Reconciliation

DUE, INVOICE = "due", "invoice"
BASES = (DUE, INVOICE)


def aged_items(ledger: CreditLedger, basis: str) -> pl.DataFrame:
    """Open items with `days`: days overdue (0 or less: not due), or with the basis `invoice` since the invoice date."""
    start = pl.col("due") if basis == DUE else pl.col("date")
    days = (pl.lit(ledger.as_of) - start).dt.total_days()
    return ledger.open_items().with_columns(days=days)


def aging_table(ledger: CreditLedger, buckets: Buckets, basis: str) -> pl.DataFrame:
    """One row per account that has something open or on account, with the columns of the view `aging`."""
    items = aged_items(ledger, basis).with_columns(place=buckets.number(pl.col("days")))
    sums = [
        pl.col("open").filter(pl.col("place") == place).sum().alias(name) for place, name in enumerate(buckets.names)
    ]
    aged = items.group_by("account").agg(
        *sums,
        oldest_days=pl.max_horizontal(pl.col("days").max(), pl.lit(0)),
        disputed=pl.col("open").filter("disputed").sum(),
    )
    table = aged.join(ledger.unapplied(), on="account", how="full", coalesce=True)
    amounts = [*buckets.names, "unapplied", "disputed"]
    table = table.with_columns(pl.col(amounts).fill_null(0))
    table = table.with_columns(outstanding=pl.sum_horizontal(*buckets.names, "unapplied"))
    table = table.filter(pl.col("oldest_days").is_not_null() | (pl.col("unapplied") != 0))
    table = table.join(ledger.accounts.select("account", "customer_id", "currency"), on="account", how="left")
    scale = ledger.money_scale
    return table.with_columns(as_money(name, scale).alias(name) for name in (*amounts, "outstanding")).sort(
        "customer_id", "currency"
    )


def reconciliation_line(found: Reconciliation, scale: int) -> str:
    """The identity with its figures, as it stands under every ageing."""
    documents = found.documents
    sides = {
        "buckets": found.in_buckets,
        "unapplied": found.unapplied,
        "owed": documents.owed,
        "invoices": documents.invoices,
        "credits": documents.credits,
        "write-offs": documents.write_offs,
        "payments": documents.payments,
    }
    text = {name: f"{money(units, scale):,}" for name, units in sides.items()}
    currency = f"{found.currency}: " if found.currency else ""
    return (
        f"Reconciles: {currency}buckets {text['buckets']} + unapplied {text['unapplied']} = {text['owed']} = "
        f"invoices {text['invoices']} − credits {text['credits']} − write-offs {text['write-offs']} "
        f"− payments {text['payments']}"
    )
