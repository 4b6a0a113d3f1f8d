"""Purchases as plain values, the files that hold them, and what `segment` must say of them, worked out the long way."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

DAY_ZERO = dt.date(2023, 3, 1)
DAYS = 400
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Purchase:
    """One line of a transaction file."""

    customer: str
    date: dt.date
    order: str
    amount: Decimal

    @property
    def is_refund(self) -> bool:
        return self.amount < 0


@dataclass(frozen=True, slots=True)
class Customer:
    """What the customer view must say."""

    first_date: str
    last_date: str
    frequency: int
    monetary: Decimal


def customers(purchases: Iterable[Purchase], *, by_order: bool) -> dict[str, Customer]:
    """The customers with at least one order, by definition: an order is an order id, or else a day, with a sale."""
    lines: dict[str, list[Purchase]] = defaultdict(list)
    for purchase in purchases:
        if purchase.customer:
            lines[purchase.customer].append(purchase)
    found = {name: _customer(own, by_order=by_order) for name, own in lines.items()}
    return {name: found[name] for name in sorted(found, key=str.encode) if found[name].frequency}


def _customer(lines: Sequence[Purchase], *, by_order: bool) -> Customer:
    begun: dict[object, dt.date] = {}
    for line in lines:
        if not line.is_refund:
            order = (line.order if by_order else "") or line.date
            begun[order] = min(begun.get(order, line.date), line.date)
    days = sorted(begun.values()) or [dt.date.min]
    money = sum((line.amount for line in lines), Decimal(0))
    return Customer(days[0].isoformat(), days[-1].isoformat(), len(begun), money.quantize(CENT))


AMOUNTS = st.integers(-30_000, 300_000).map(lambda cents: Decimal(cents) * CENT)
CUSTOMERS = st.sampled_from(["007", "7", "70", "Ann Lee", "Zoë", "客户一", "a", "B;2", "d'Arc", ""]) | st.integers(
    1, 40
).map("C{:03d}".format)
DATES = st.integers(0, DAYS - 1).map(lambda days: DAY_ZERO + dt.timedelta(days))
PURCHASES = st.builds(Purchase, CUSTOMERS, DATES, st.integers(1, 30).map("o{}".format), AMOUNTS)
"""Lines in which customers, days and orders meet often, ties abound, and some lines name no customer."""

HEADINGS = (
    {"customer": "customer_id", "date": "date", "order": "order_id", "amount": "amount"},
    {"amount": "Total Price", "order": "Invoice No", "date": "InvoiceDate", "customer": "CustomerID"},
    {"date": "日期", "customer": "客户编号", "amount": "金额", "order": "订单号"},
)
"""Three exports of the same shop: other names, in another order."""


def table(purchases: Sequence[Purchase], headings: dict[str, str]) -> list[dict[str, str]]:
    """The purchases as rows of text under some headings."""
    return [
        {
            heading: str(getattr(purchase, field)) if field != "amount" else f"{purchase.amount:.2f}"
            for field, heading in headings.items()
        }
        for purchase in purchases
    ]


def csv_bytes(
    purchases: Sequence[Purchase], headings: dict[str, str] = HEADINGS[0], *, delimiter: str = ",", newline: str = "\n"
) -> bytes:
    """A text file of them."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, headings.values(), delimiter=delimiter, lineterminator=newline)
    writer.writeheader()
    writer.writerows(table(purchases, headings))
    return text.getvalue().encode()


def parquet_bytes(purchases: Sequence[Purchase], headings: dict[str, str] = HEADINGS[0]) -> bytes:
    """A Parquet file of them, with typed dates and money."""
    columns = {
        "customer": pl.Series([purchase.customer for purchase in purchases], dtype=pl.String),
        "date": pl.Series([purchase.date for purchase in purchases], dtype=pl.Date),
        "order": pl.Series([purchase.order for purchase in purchases], dtype=pl.String),
        "amount": pl.Series([float(purchase.amount) for purchase in purchases], dtype=pl.Float64),
    }
    buffer = io.BytesIO()
    pl.DataFrame({heading: columns[field] for field, heading in headings.items()}).write_parquet(buffer)
    return buffer.getvalue()


def _gzip(purchases: Sequence[Purchase]) -> bytes:
    return gzip.compress(csv_bytes(purchases, HEADINGS[1], delimiter=";", newline="\r\n"), mtime=0)


def _zstd(purchases: Sequence[Purchase]) -> bytes:
    compressed: bytes = pa.compress(csv_bytes(purchases, delimiter="\t"), codec="zstd", asbytes=True)
    return compressed


WRITERS: dict[str, Callable[[Sequence[Purchase]], bytes]] = {
    "plain.csv": csv_bytes,
    "marked.csv": lambda purchases: b"\xef\xbb\xbf" + csv_bytes(purchases, HEADINGS[2]),
    "packed.csv.gz": _gzip,
    "packed.tsv.zst": _zstd,
    "typed.parquet": lambda purchases: parquet_bytes(purchases, HEADINGS[1]),
}
"""Ways to write the same purchases, by the name of the file."""


def write(folder: Path, purchases: Sequence[Purchase], name: str = "plain.csv", number: int = 0) -> Path:
    """One file in one of these ways."""
    path = folder / f"{number}-{name}"
    path.write_bytes(WRITERS[name](purchases))
    return path
