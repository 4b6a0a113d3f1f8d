"""Customer summaries made by hand or drawn from known parameters."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.customers.past import summary_at
from crmcli.customers.summary import CustomerSummary

if TYPE_CHECKING:
    from collections.abc import Iterable

Purchase = tuple[str, str, str | int]
"""Customer, ISO date and amount; a negative one is a refund."""


TOY = (
    ("a", "2024-01-05", 100),
    ("b", "2024-02-05", 50),
    ("c", "2024-03-05", 30),
    ("e", "2023-12-05", 8),
    ("a", "2024-04-05", 120),
    ("b", "2024-05-05", 20),
    ("d", "2024-06-05", 40),
    ("e", "2024-06-30", 10),
)
"""Purchases of three quarters, of which the methods give the rates of the second."""


def summary_of(purchases: Iterable[Purchase], as_of: str) -> CustomerSummary:
    """A summary with days, as `summarise` would give it; everything of a customer on one day is one order."""
    rows = [(name, dt.date.fromisoformat(day), Decimal(amount)) for name, day, amount in purchases]
    schema = pl.Schema({"customer_id": pl.String(), "date": pl.Date(), "amount": pl.Decimal(38, 2)})
    lines = pl.DataFrame(rows, schema=schema, orient="row")
    return of_lines(lines, dt.date.fromisoformat(as_of))


def of_lines(lines: pl.DataFrame, as_of: dt.date) -> CustomerSummary:
    """The same of a frame with customer_id, date and amount Decimal(38, 2)."""
    sold = pl.col("amount").filter(pl.col("amount") >= 0)
    by_day = lines.group_by("customer_id", "date").agg(
        orders=(sold.len() > 0).cast(pl.Int64), sales=sold.sum(), net=pl.col("amount").sum()
    )
    buyers = by_day.filter(pl.col("orders") > 0)["customer_id"].unique().sort()
    ids = pl.DataFrame({"customer_id": buyers}).with_row_index("customer")
    days = by_day.join(ids, on="customer_id").sort("customer", "date")
    columns = ["customer", "date", "orders", "sales", "net"]
    names = ("first_date", "last_date", "purchase_days", "orders", "monetary", "refunds", "first_day_amount")
    whole = ids.select("customer_id").with_columns(pl.lit(None).alias(name) for name in names)
    return summary_at(CustomerSummary(whole, as_of, 2, days.select(columns)), as_of)


def shop(customers: int, days: int, seed: int, *, dropout: bool = True) -> pl.DataFrame:
    """Lines of customers who buy at gamma-distributed rates and drop out at gamma-distributed hazards (Pareto/NBD).

    Customers are born in the first third of the time. Day 0 is 2024-01-01.
    """
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.9, 1 / 30.0, customers)
    hazard = rng.gamma(0.7, 1 / 90.0, customers) if dropout else np.zeros(customers)
    born = rng.integers(0, max(days // 3, 1), customers)
    life = np.where(hazard > 0, rng.exponential(1 / np.maximum(hazard, 1e-12)), np.inf)
    rows = []
    for number in range(customers):
        end = min(days - 1 - born[number], life[number])
        count = rng.poisson(rate[number] * end)
        moments = np.append(0.0, np.sort(rng.uniform(0, end, count)))
        rows += [(f"{number:05d}", int(born[number] + moment)) for moment in moments]
    amounts = np.round(rng.gamma(4.0, 10.0, len(rows)), 2)
    frame = pl.DataFrame(rows, schema={"customer_id": pl.String, "day": pl.Int32}, orient="row")
    return frame.select(
        "customer_id",
        date=(pl.col("day") + 19_723).cast(pl.Date),
        amount=pl.Series(amounts).cast(pl.Decimal(38, 2)),
    )
