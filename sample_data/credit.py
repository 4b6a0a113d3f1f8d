"""The credit ledger: an invoice for every order of an account since 2024, and how it was paid, or was not."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import TYPE_CHECKING, TypeAlias

from accounts import FAILURES
from days import DAYS, day_of, index_of, working_day
from dice import Dice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from accounts import Account
    from customers import Customer
    from shop import Order

LEDGER_BEGINS = index_of(date(2024, 1, 1))
TRADE_DELAY = {"cafe": 5.0, "hotel": 2.0, "school": -3.0}
"""Days later (earlier) than others that a trade pays; eastern firms take EAST_DELAY more."""
EAST_DELAY = 4.0
SLOWING_DAYS = (-4.0, 42.0)
"""Mean days after the due date at which slowing payers pay, at the beginning and at the end of the ledger."""
DISPUTED_SHARE, ALLOWANCE_SHARE = 0.03, 0.5
"""Share of invoices that are disputed, and share of those that end with an allowance (a credit note)."""
PARTIAL_SHARE, DEPOSIT_SHARE, OVERPAID_SHARE, TWICE_SHARE = 0.06, 0.12, 0.006, 0.002
"""Paid in two parts; paid 30 % in advance (dealers only); paid too much by a slip; paid twice."""
SLIPS = (100, 900, 1000, 2700)
"""By how many cents people overpay when they mistype an amount."""
STOPS_PAYING_BEFORE = 80
"""Days before it fails at which a firm stops paying."""
WRITE_OFF_AFTER = 150
"""Days after the due date at which the shop gives up an invoice of a failed firm."""


@dataclass(frozen=True, slots=True)
class Document:
    """A line of invoices.csv; credit notes and write-offs have negative amounts (cents) and name their invoice."""

    invoice_id: str
    customer: Customer
    day: int
    due: int
    amount: int
    doc_type: str
    reference: str = ""
    disputed: bool = False


Returns: TypeAlias = "Mapping[str, Document]"
"""The credit notes for goods sent back, by the invoice they refer to."""


@dataclass(frozen=True, slots=True)
class Payment:
    """A line of payments.csv, amount in cents; without an invoice id the customer did not say what it is for."""

    customer: Customer
    invoice_id: str
    day: int
    amount: int


@dataclass(slots=True)
class Ledger:
    """Everything booked so far."""

    documents: list[Document]
    payments: list[Payment]

    def pay(self, invoice: Document, day: int, amount: int, *, named: bool = True) -> None:
        """Book a payment, unless it would come after the end of the files or is nothing."""
        if day < DAYS and amount > 0:
            self.payments.append(Payment(invoice.customer, invoice.invoice_id if named else "", day, amount))

    def credit(self, invoice: Document, prefix: str, day: int, amount: int) -> None:
        """Book a reduction of an invoice: cash discount, allowance or write-off."""
        if day < DAYS and amount > 0:
            kind = "write_off" if prefix == "WO" else "credit_note"
            number = f"{prefix}-{invoice.invoice_id.removeprefix('INV-')}"
            booked = Document(number, invoice.customer, day, day, -amount, kind, invoice.invoice_id)
            self.documents.append(booked)


def _account(customer: Customer) -> Account:
    if customer.account is None:
        raise ValueError(f"customer {customer.customer_id} has no account")
    return customer.account


def _document(dice: Dice, order: Order, customer: Customer, known: set[str]) -> Document:
    """Turn an order into an invoice, or a refund into a credit note, which names its invoice if there is one."""
    number = order.order_id.removeprefix("C")
    invoice_id = f"INV-{number}"
    if order.order_id != number:
        reference = invoice_id if invoice_id in known else ""
        return Document(f"CN-{number}", customer, order.day, order.day, order.amount, "credit_note", reference)
    due = order.day + _account(customer).net_days
    disputed = dice.chance(DISPUTED_SHARE)
    return Document(invoice_id, customer, order.day, due, order.amount, "invoice", disputed=disputed)


def _billed(dice: Dice, orders: list[Order]) -> list[Document]:
    documents: list[Document] = []
    known: set[str] = set()
    for order in orders:
        customer = order.customer
        if customer and customer.account and order.status == "completed" and order.day >= LEDGER_BEGINS:
            documents.append(_document(dice, order, customer, known))
            known.add(documents[-1].invoice_id)
    return documents


def _lateness(dice: Dice, invoice: Document) -> float:
    """Draw how many days after the due date an invoice is paid (negative: before it)."""
    account, customer = _account(invoice.customer), invoice.customer
    progress = (invoice.day - LEDGER_BEGINS) / (DAYS - LEDGER_BEGINS)
    low, high = SLOWING_DAYS
    usual = {
        "late": dice.normal(15.0, 8.0),
        "slowing": dice.normal(low + (high - low) * progress, 6.0),
    }.get(account.payer, dice.normal(-3.0, 4.0))
    place = EAST_DELAY if customer.region == "east" else 0.0
    fuss = dice.spread(20, 45) if invoice.disputed else 0.0
    return usual + account.extra_days + TRADE_DELAY.get(customer.industry, 0.0) + place + fuss


def _paid_day(dice: Dice, invoice: Document) -> int:
    if _account(invoice.customer).payer == "discount" and not invoice.disputed:
        return working_day(invoice.day + dice.between(6, 9))
    return working_day(max(invoice.day + 1, invoice.due + round(_lateness(dice, invoice))))


def _owed(invoice: Document, returns: Returns, day: int) -> int:
    """What an invoice still asks for on a day, once the goods sent back until then are credited."""
    credited = returns.get(invoice.invoice_id)
    return invoice.amount + (credited.amount if credited and credited.day <= day else 0)


def _in_parts(dice: Dice, ledger: Ledger, invoice: Document, day: int, owed: int) -> None:
    """Pay what is owed: at once, or half now and the rest weeks later, with the odd slip."""
    if dice.chance(PARTIAL_SHARE):
        first = owed * dice.between(4, 8) // 10
        ledger.pay(invoice, day, first)
        ledger.pay(invoice, working_day(day + dice.between(18, 45)), owed - first)
        return
    ledger.pay(invoice, day, owed + (dice.pick(SLIPS) if dice.chance(OVERPAID_SHARE) else 0))
    if dice.chance(TWICE_SHARE):
        ledger.pay(invoice, working_day(day + dice.between(3, 9)), owed)


def _settle(dice: Dice, ledger: Ledger, invoice: Document, returns: Returns) -> None:
    """Settle one invoice of an ordinary payer."""
    day = _paid_day(dice, invoice)
    owed = _owed(invoice, returns, day)
    if invoice.customer.kind == "dealer" and dice.chance(DEPOSIT_SHARE):
        deposit = invoice.amount * 3 // 10
        ledger.pay(invoice, working_day(invoice.day - dice.between(4, 10)), deposit)
        owed -= deposit
    if invoice.disputed and dice.chance(ALLOWANCE_SHARE):
        allowance = owed * dice.between(10, 30) // 100
        ledger.credit(invoice, "AL", day - 1, allowance)
        owed -= allowance
    if day <= invoice.day + 10 and _account(invoice.customer).payer == "discount":
        ledger.credit(invoice, "CD", day, owed * 2 // 100)
        owed -= owed * 2 // 100
    _in_parts(dice, ledger, invoice, day, owed)


def _collect(ledger: Ledger, invoices: list[Document], returns: Returns) -> None:
    """Pay one sum without an invoice number at each month's end, for everything due by then."""
    sums: dict[int, list[Document]] = defaultdict(list)
    for invoice in invoices:
        due = day_of(invoice.due)
        month_end = date(due.year + due.month // 12, due.month % 12 + 1, 1)
        sums[working_day(index_of(month_end))].append(invoice)
    for day, due_then in sums.items():
        owed = sum(_owed(invoice, returns, day) for invoice in due_then)
        ledger.pay(due_then[0], day, owed, named=False)


def _fail(dice: Dice, ledger: Ledger, invoice: Document, returns: Returns) -> None:
    """Pay while the firm lives; afterwards the invoice stays open until it is written off."""
    day, fails_on = _paid_day(dice, invoice), _failure_of(invoice.customer)
    if day < fails_on - STOPS_PAYING_BEFORE:
        ledger.pay(invoice, day, _owed(invoice, returns, day))
    else:
        given_up = working_day(max(fails_on + 60, invoice.due + WRITE_OFF_AFTER))
        ledger.credit(invoice, "WO", given_up, _owed(invoice, returns, given_up))


def _failure_of(customer: Customer) -> int:
    return next(day for day in FAILURES if day - 20 == customer.habits.last_day)


def _settle_account(dice: Dice, ledger: Ledger, invoices: list[Document], returns: Returns) -> None:
    payer = _account(invoices[0].customer).payer
    if payer == "collective":
        _collect(ledger, invoices, returns)
        return
    settle = _fail if payer == "failing" else _settle
    for invoice in invoices:
        settle(dice, ledger, invoice, returns)


def _by_account(documents: list[Document]) -> Iterator[list[Document]]:
    accounts: dict[int, list[Document]] = defaultdict(list)
    for document in documents:
        if document.doc_type == "invoice":
            accounts[document.customer.number].append(document)
    for number in sorted(accounts):
        yield accounts[number]


def draw_ledger(orders: list[Order]) -> Ledger:
    """Return all documents and payments, each by date."""
    dice = Dice("credit")
    billed = _billed(dice, orders)
    returns = {document.reference: document for document in billed if document.reference}
    ledger = Ledger(list(billed), [])
    for invoices in _by_account(billed):
        _settle_account(dice, ledger, invoices, returns)
    ledger.documents.sort(key=lambda d: (d.day, d.invoice_id))
    ledger.payments.sort(key=lambda p: (p.day, p.customer.number, p.invoice_id))
    return ledger


def payment_ids() -> Iterator[str]:
    """Yield the numbers of payments in the order in which they are booked."""
    return (f"P{number:05d}" for number in count(10001))
