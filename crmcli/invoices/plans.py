"""What is read of invoice and payment files: how each canonical column reads, and which a row must have."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Role(Enum):
    """How the cells of a canonical column read."""

    ID = "id"
    DATE = "date"
    MONEY = "money"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to read of one kind of file.

    `roles` names every canonical column that may be read; a row without a value in one of `required` is a bad row.
    `date` is the column that says when a row happened; empty for files without one.
    """

    roles: Mapping[str, Role]
    required: tuple[str, ...]
    date: str = ""


_MONEY = ("amount", "paid_amount", "open_amount", "credit_amount", "debit", "credit", "credit_limit")
_TEXT = ("terms", "doc_type", "debit_credit", "disputed", "currency", "country", "channel", "status")
INVOICE_PLAN = Plan(
    {
        "customer_id": Role.ID,
        "invoice_id": Role.ID,
        "reference": Role.ID,
        **dict.fromkeys(("invoice_date", "due_date", "paid_date"), Role.DATE),
        **dict.fromkeys(_MONEY, Role.MONEY),
        **dict.fromkeys(_TEXT, Role.TEXT),
    },
    required=("customer_id", "invoice_date", "amount"),
    date="invoice_date",
)
PAYMENT_PLAN = Plan(
    {
        "customer_id": Role.ID,
        "invoice_id": Role.ID,
        "payment_id": Role.ID,
        "date": Role.DATE,
        "amount": Role.MONEY,
        "doc_type": Role.TEXT,
        "currency": Role.TEXT,
    },
    required=("date", "amount"),
    date="date",
)
