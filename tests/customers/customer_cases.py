"""Small ledgers, and a slow summary of them that follows the definitions word by word."""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from crmcli.customers.summary import summarise
from crmcli.transactions.load import load
from crmcli.transactions.options import ReadOptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import polars as pl

    from crmcli.customers.summary import CustomerSummary
    from crmcli.transactions.load import Transactions
    from crmcli.transactions.notes import LoadNotes

ZERO = Decimal(0)
NO_SALE = {"Cancelled", " VOID ", "test_order", "已取消"}
HEADER = "customer_id,date,amount"


class Sale(NamedTuple):
    """One row as a file writes it; empty where a cell is."""

    customer: str
    date: str
    amount: str = ""
    order: str = ""
    quantity: str = ""
    price: str = ""
    status: str = ""
    shop: str = ""
    cost: str = ""


HEADINGS = {
    "customer": "customer_id",
    "date": "date",
    "amount": "amount",
    "order": "order_id",
    "quantity": "quantity",
    "price": "unit_price",
    "status": "status",
    "shop": "shop",
    "cost": "cost",
}


@dataclass(frozen=True)
class Asked:
    """What a run is asked for, and which columns its file has."""

    columns: frozenset[str] = frozenset({"customer", "date", "amount"})
    as_of: dt.date | None = None
    since: dt.date | None = None
    shop: str | None = None
    scale: int = 2

    def options(self) -> dict[str, Any]:
        return {
            "as_of": self.as_of,
            "since": self.since,
            "where": {} if self.shop is None else {"shop": (self.shop,)},
            "money_scale": self.scale,
            "decimal": ".",
            "wanted": frozenset({"cost"}),
        }


@dataclass
class Expected:
    """The slow summary: customers in order of their ids, and where every row went."""

    customers: list[dict[str, Any]] = field(default_factory=list)
    days: list[dict[str, Any]] = field(default_factory=list)
    used: int = 0
    quarantined: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    refund_only_customers: int = 0
    refund_only_money: Decimal = ZERO
    gross: Decimal = ZERO
    refunds: Decimal = ZERO
    rounded: int = 0


class Line(NamedTuple):
    day: dt.date
    amount: Decimal
    refund: bool
    order: str
    cost: Decimal


def slow_summary(ledger: Iterable[Sale], asked: Asked) -> Expected:
    """One row after the other, one customer after the other."""
    sales = [sale._replace(**{name: "" for name in HEADINGS if name not in asked.columns}) for sale in ledger]
    as_of = asked.as_of or max(day for sale in sales if (day := read_date(sale.date)))
    expected = Expected()
    customers: defaultdict[str, list[Line]] = defaultdict(list)
    complete = True
    for sale in sales:
        defect, rule = _fate(sale, asked, as_of)
        if defect:
            expected.quarantined[defect] += 1
        elif rule:
            expected.dropped[rule] += 1
        else:
            exact = _exact(sale, asked)
            amount = _round(exact, asked.scale)
            expected.rounded += amount != exact
            refund = amount < 0 or (sale.quantity != "" and Decimal(sale.quantity) < 0)
            day = dt.date.fromisoformat(sale.date)
            complete = complete and sale.cost != ""
            cost = _round(Decimal(sale.cost), asked.scale) if sale.cost else ZERO
            customers[sale.customer].append(Line(day, amount, refund, sale.order, cost))
    for customer, lines in sorted(customers.items(), key=lambda item: item[0].encode()):
        _add_customer(expected, customer, lines, asked)
    if not complete:
        # A margin that forgets some costs is none.
        for row in (*expected.customers, *expected.days):
            row.pop("margin", None)
    return expected


def read_date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _fate(sale: Sale, asked: Asked, as_of: dt.date) -> tuple[str, str]:  # noqa: PLR0911 — one return a reason
    """(defect, rule), the first that fits."""
    day = read_date(sale.date)
    excluded = asked.shop is not None and sale.shop != asked.shop
    if day is None:
        return ("", "where") if excluded else ("INVALID_DATE", "")
    if day > as_of:
        return "", "after_as_of"
    if asked.since and day < asked.since:
        return "", "before_since"
    if excluded:
        return "", "where"
    if sale.status in NO_SALE:
        return "", "status"
    if "\x01" in sale.customer:
        return "INVALID_ID", ""
    if not sale.customer:
        return "", "no_customer"
    if sale.price not in {"", "?"} and Decimal(sale.price) <= 0:
        return "", "no_price"
    needed = (sale.amount,) if "amount" in asked.columns else (sale.quantity, sale.price)
    if "" in needed or "?" in {*needed, sale.quantity, sale.price, sale.cost}:
        return "INVALID_AMOUNT", ""
    return "", ""


def _exact(sale: Sale, asked: Asked) -> Decimal:
    if "amount" not in asked.columns:
        return Decimal(sale.quantity) * Decimal(sale.price)
    amount = Decimal(sale.amount)
    return -abs(amount) if sale.quantity and Decimal(sale.quantity) < 0 else amount


def _round(amount: Decimal, scale: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_EVEN)


def _add_customer(expected: Expected, customer: str, lines: Sequence[Line], asked: Asked) -> None:
    sales = [line for line in lines if not line.refund]
    refunds = [line for line in lines if line.refund]
    net = sum((line.amount for line in lines), ZERO)
    if not sales:
        expected.dropped["refund_only"] += len(lines)
        expected.refund_only_customers += 1
        expected.refund_only_money += net
        return
    orders: dict[object, dt.date] = {}
    for line in sorted(sales, key=lambda line: line.day):
        orders.setdefault(("order", line.order) if line.order else line.day, line.day)
    first = min(orders.values())
    row: dict[str, Any] = {
        "customer_id": customer,
        "first_date": first,
        "last_date": max(orders.values()),
        "purchase_days": len(set(orders.values())),
        "orders": len(orders),
        "lines": len(lines),
        "monetary": net,
        "refunds": sum((line.amount for line in refunds), ZERO),
        "refund_lines": len(refunds),
        "first_day_amount": sum((line.amount for line in sales if line.day == first), ZERO),
    }
    if "cost" in asked.columns:
        row["margin"] = net - sum((line.cost for line in lines), ZERO)
    expected.days += [_day(expected, lines, day, orders, asked) for day in sorted({line.day for line in lines})]
    expected.customers.append(row)
    expected.used += len(lines)
    expected.gross += sum((line.amount for line in sales), ZERO)
    expected.refunds += row["refunds"]


def _day(
    expected: Expected, lines: Sequence[Line], day: dt.date, orders: dict[object, dt.date], asked: Asked
) -> dict[str, Any]:
    own = [line for line in lines if line.day == day]
    net = sum((line.amount for line in own), ZERO)
    row = {
        "customer": len(expected.customers),
        "date": day,
        "orders": sum(begun == day for begun in orders.values()),
        "sales": sum((line.amount for line in own if not line.refund), ZERO),
        "net": net,
    }
    return row | ({"margin": net - sum((line.cost for line in own), ZERO)} if "cost" in asked.columns else {})


def write_ledger(path: Path, ledger: Iterable[Sale], columns: frozenset[str]) -> Path:
    names = [name for name in HEADINGS if name in columns]
    lines = [",".join(getattr(sale, name) for name in names) for sale in ledger]
    return write(path, *lines, header=",".join(HEADINGS[name] for name in names))


def write(path: Path, *lines: str, header: str = HEADER) -> Path:
    path.write_text("".join(f"{line}\n" for line in (header, *lines)), encoding="utf-8", newline="")
    return path


@contextmanager
def opened(*paths: Path, **options: Any) -> Iterator[Transactions]:
    with load([str(path) for path in paths], ReadOptions(**options), stdin=io.BytesIO()) as transactions:
        yield transactions


def summarised(*paths: Path, **options: Any) -> tuple[CustomerSummary, LoadNotes]:
    with opened(*paths, **options) as transactions:
        return summarise(transactions)


def frame_of(*paths: Path, **options: Any) -> pl.DataFrame:
    return summarised(*paths, **options)[0].frame


def assert_as_expected(found: tuple[CustomerSummary, LoadNotes], expected: Expected) -> None:
    summary, notes = found
    assert summary.frame.to_dicts() == expected.customers
    assert summary.days.to_dicts() == expected.days
    assert notes.rows_used == expected.used
    assert notes.quarantined == expected.quarantined
    assert notes.dropped == expected.dropped
    assert (notes.gross, notes.refunds) == (expected.gross, expected.refunds)
    assert notes.refund_only_customers == expected.refund_only_customers
    assert notes.refund_only_money == expected.refund_only_money
