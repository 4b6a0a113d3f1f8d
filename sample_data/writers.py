"""From drawn objects to files: CSV with plain line ends, and the transactions once more as typed Parquet."""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
from credit import payment_ids
from days import day_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from campaigns import Expense, Reached
    from contacts import Contact
    from credit import Ledger
    from customers import Customer
    from shop import Order

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A file to be: its headings and its rows, already text; an empty text is a missing value."""

    header: Row
    rows: tuple[Row, ...]


MONEY = pl.Decimal(12, 2)
TRANSACTION_TYPES: dict[str, pl.DataType] = {
    "order_id": pl.String(),
    "date": pl.Date(),
    "customer_id": pl.String(),
    "product": pl.String(),
    "category": pl.String(),
    "quantity": pl.Int64(),
    "unit_price": MONEY,
    "discount": MONEY,
    "cost": MONEY,
    "channel": pl.String(),
    "promotion": pl.String(),
    "status": pl.String(),
}
CUSTOMER_FACTS = (
    "customer_id", "name", "type", "region", "industry", "age_band", "birthday", "acquisition_channel", "referrer_id",
    "satisfaction", "no_alternative",
)  # fmt: skip
ACCOUNT_FACTS = (
    "net_worth", "working_capital", "years_in_business", "collateral_amount", "insured_amount", "credit_limit",
    "visit_rating",
)  # fmt: skip


def euros(cents: int) -> str:
    """Write cents as euros with two decimals."""
    return str(Decimal(cents).scaleb(-2))


def _text(value: object) -> str:
    return "" if value is None else str(value)


def transactions(orders: Iterable[Order]) -> Table:
    """One row per order line."""
    rows = tuple(
        (
            order.order_id,
            day_of(order.day).isoformat(),
            order.customer.customer_id if order.customer else "",
            line.product.name,
            line.product.category,
            str(line.quantity),
            euros(line.unit_price),
            euros(line.discount),
            euros(line.cost),
            order.channel,
            order.promotion,
            order.status,
        )
        for order in orders
        for line in order.lines
    )
    return Table(tuple(TRANSACTION_TYPES), rows)


def _customer_row(customer: Customer) -> Row:
    account = asdict(customer.account) if customer.account else {}
    return (
        customer.customer_id,
        customer.name,
        customer.kind,
        customer.region,
        customer.industry,
        customer.age_band,
        customer.birthday,
        customer.acquisition,
        f"{customer.referrer:06d}" if customer.referrer else "",
        _text(customer.satisfaction),
        "yes" if customer.no_alternative else "no",
        *(_text(account.get(fact)) for fact in ACCOUNT_FACTS),
    )


def customers(people: Iterable[Customer]) -> Table:
    """One row per customer."""
    return Table(CUSTOMER_FACTS + ACCOUNT_FACTS, tuple(_customer_row(customer) for customer in people))


def contacts(log: Iterable[Contact]) -> Table:
    """One row per contact."""
    rows = tuple((c.customer.customer_id, day_of(c.day).isoformat(), c.channel, euros(c.cost)) for c in log)
    return Table(("customer_id", "date", "contact_channel", "contact_cost"), rows)


def campaign_contacts(reached: Iterable[Reached]) -> Table:
    """One row per campaign and customer."""
    rows = tuple(
        (r.campaign, r.customer.customer_id, day_of(r.day).isoformat(), "control" if r.is_control else "treated")
        for r in reached
    )
    return Table(("campaign", "customer_id", "date", "group"), rows)


def campaign_receipts(found: Iterable[tuple[str, Order]]) -> Table:
    """One row per order that a campaign is credited with."""
    rows = tuple(
        (
            campaign,
            day_of(order.day).isoformat(),
            order.order_id,
            order.customer.customer_id if order.customer else "",
            euros(order.amount),
        )
        for campaign, order in found
    )
    return Table(("campaign", "date", "order_id", "customer_id", "amount"), rows)


def campaign_expenses(claims: Iterable[Expense]) -> Table:
    """One row per claim."""
    rows = tuple((c.campaign, day_of(c.day).isoformat(), c.item, euros(c.amount)) for c in claims)
    return Table(("campaign", "date", "item", "amount"), rows)


def invoices(ledger: Ledger) -> Table:
    """One row per invoice, credit note or write-off."""
    header = (
        "invoice_id", "customer_id", "invoice_date", "due_date", "terms", "amount", "currency", "disputed", "doc_type",
        "reference",
    )  # fmt: skip
    rows = tuple(
        (
            document.invoice_id,
            document.customer.customer_id,
            day_of(document.day).isoformat(),
            day_of(document.due).isoformat() if document.doc_type == "invoice" else "",
            document.customer.account.terms if document.customer.account and document.doc_type == "invoice" else "",
            euros(document.amount),
            "EUR",
            "yes" if document.disputed else "no",
            document.doc_type,
            document.reference,
        )
        for document in ledger.documents
    )
    return Table(header, rows)


def payments(ledger: Ledger) -> Table:
    """One row per payment."""
    rows = tuple(
        (number, paid.customer.customer_id, paid.invoice_id, day_of(paid.day).isoformat(), euros(paid.amount))
        for number, paid in zip(payment_ids(), ledger.payments, strict=False)
    )
    return Table(("payment_id", "customer_id", "invoice_id", "payment_date", "amount"), rows)


def write_csv(table: Table, path: Path) -> None:
    """Write UTF-8 text with commas, quotes only where needed, and a plain line feed after every row."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.header)
        writer.writerows(table.rows)


def _typed(name: str, kind: pl.DataType) -> pl.Expr:
    column = pl.col(name).replace({"": None})
    return column.str.to_date("%Y-%m-%d") if kind == pl.Date else column.cast(kind)


def write_parquet(table: Table, path: Path) -> None:
    """Write the transactions with real types: dates, whole quantities, exact money; missing where CSV is empty."""
    texts = pl.DataFrame(table.rows, schema=dict.fromkeys(table.header, pl.String), orient="row")
    typed = texts.select(_typed(name, kind) for name, kind in TRANSACTION_TYPES.items())
    typed.write_parquet(path, compression="zstd", compression_level=9, row_group_size=50_000, statistics=True)
