"""Customer summaries with their days, from orders that a test writes down, and attributes to go with them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from crmcli.analysis.segment.workbench import Workbench
from crmcli.customers.attributes import Attributes
from crmcli.customers.past import summary_at
from crmcli.customers.summary import CustomerSummary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmcli.analysis.segment.options import SegmentOptions

SCALE = 2
MONEY = pl.Decimal(38, SCALE)


def bought(orders: Mapping[str, Sequence[tuple[str, str]]], as_of: str) -> CustomerSummary:
    """The summary of customers → (day, amount) of their orders; one order a day, a negative amount is a refund."""
    ids = sorted(orders)
    days = pl.DataFrame(
        [
            (
                number,
                dt.date.fromisoformat(day),
                int(Decimal(amount) >= 0),
                max(Decimal(0), Decimal(amount)),
                Decimal(amount),
            )
            for number, customer in enumerate(ids)
            for day, amount in sorted(orders[customer])
        ],
        schema={"customer": pl.UInt32, "date": pl.Date, "orders": pl.Int64, "sales": MONEY, "net": MONEY},
        orient="row",
    )
    empty = pl.DataFrame({"customer_id": ids}).with_columns(
        *(pl.lit(None, pl.Date).alias(name) for name in ("first_date", "last_date")),
        *(pl.lit(0, pl.Int64).alias(name) for name in ("purchase_days", "orders")),
        *(pl.lit(0).cast(MONEY).alias(name) for name in ("monetary", "refunds", "first_day_amount")),
    )
    date = dt.date.fromisoformat(as_of)
    return summary_at(CustomerSummary(empty, date, SCALE, days), date)


def bench(summary: CustomerSummary, options: SegmentOptions) -> Workbench:
    return Workbench(summary, options, "revenue")


def attributes(ids: Sequence[str], **columns: Sequence[Any]) -> Attributes:
    """Attributes as they come from a file: text, or Float64 where numbers are given."""
    frame = pl.DataFrame({"customer_id": list(ids), **{name: list(values) for name, values in columns.items()}})
    return Attributes("customers.csv", frame.sort("customer_id").with_columns(pl.col(pl.Int64).cast(pl.Float64)))
