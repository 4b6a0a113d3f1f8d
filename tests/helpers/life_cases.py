"""Customer summaries told as order days, for the tests of the customer's life."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.order_gaps import order_gaps
from crmcli.customers.summary import CustomerSummary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmcli.analysis.order_gaps import OrderGaps

START = dt.date(2024, 1, 1)
MONEY = pl.Decimal(38, 2)


def date(day: int) -> dt.date:
    return START + dt.timedelta(days=day)


def life_summary(
    days: Mapping[str, Sequence[int]],
    end: int,
    *,
    orders: Mapping[str, int] | None = None,
    spend: Mapping[str, str] | None = None,
    habits: pl.DataFrame | None = None,
) -> CustomerSummary:
    """Customers by the days, counted from START, on which they ordered once, for 10.00 in all unless told.

    `orders` tells of more orders than days; they all fall on the first. `habits` stands beside the sorted ids.
    """
    ids = sorted(days)
    counts = {name: (orders or {}).get(name, len(days[name])) for name in ids}
    rows = [
        (number, date(day), counts[name] - len(days[name]) + 1 if place == 0 else 1)
        for number, name in enumerate(ids)
        for place, day in enumerate(sorted(days[name]))
    ]
    money = [Decimal((spend or {}).get(name, "10.00")) for name in ids]
    frame = pl.DataFrame(
        {
            "customer_id": pl.Series(ids, dtype=pl.String),
            "first_date": pl.Series([date(min(days[name])) for name in ids], dtype=pl.Date),
            "last_date": pl.Series([date(max(days[name])) for name in ids], dtype=pl.Date),
            "purchase_days": pl.Series([len(days[name]) for name in ids], dtype=pl.Int64),
            "orders": pl.Series([counts[name] for name in ids], dtype=pl.Int64),
            "monetary": pl.Series(money, dtype=MONEY),
            "refunds": pl.Series([Decimal(0)] * len(ids), dtype=MONEY),
        }
    )
    order_days = pl.DataFrame(
        rows, schema={"customer": pl.UInt32, "date": pl.Date, "orders": pl.Int64}, orient="row"
    ).with_columns(sales=pl.lit(Decimal("10.00"), dtype=MONEY), net=pl.lit(Decimal("10.00"), dtype=MONEY))
    return CustomerSummary(frame, date(end), 2, order_days, pl.DataFrame() if habits is None else habits)


def gaps_of(days: Mapping[str, Sequence[int]], end: int) -> OrderGaps:
    found = order_gaps(life_summary(days, end))
    assert found is not None
    return found
