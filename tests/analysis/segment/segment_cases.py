"""Small customer summaries for the tests of segment."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from crmcli.customers.summary import CustomerSummary

if TYPE_CHECKING:
    from collections.abc import Sequence

AS_OF = dt.date(2024, 12, 31)
SCALE = 2


def decimals(amounts: Sequence[str], scale: int = SCALE) -> pl.Series:
    return pl.Series("amount", [Decimal(amount) for amount in amounts], dtype=pl.Decimal(38, scale))


def cents(units: Sequence[int]) -> list[str]:
    return [str(Decimal(unit).scaleb(-2)) for unit in units]


def summary(  # noqa: PLR0913 — each column can be told, and most tests tell one
    money: Sequence[str],
    *,
    orders: Sequence[int] | None = None,
    recency: Sequence[int] | None = None,
    margin: Sequence[str] | None = None,
    ids: Sequence[str] | None = None,
    scale: int = SCALE,
) -> CustomerSummary:
    """One customer per amount, named c000, c001, …; one order each and no silence unless told."""
    n = len(money)
    frame = pl.DataFrame(
        {
            "customer_id": pl.Series([f"c{i:03d}" for i in range(n)] if ids is None else ids, dtype=pl.String),
            "first_date": pl.Series([AS_OF - dt.timedelta(days=1000)] * n, dtype=pl.Date),
            "last_date": pl.Series([AS_OF - dt.timedelta(days=days) for days in recency or [0] * n], dtype=pl.Date),
            "orders": pl.Series(orders or [1] * n, dtype=pl.Int64),
            "monetary": decimals(money, scale),
            "refunds": decimals(["0"] * n, scale),
        }
    )
    if margin is not None:
        frame = frame.with_columns(decimals(margin, scale).alias("margin"))
    return CustomerSummary(frame, AS_OF, scale)


def pyramid() -> CustomerSummary:
    """The hand fixture: 1 × 600, 4 × 69, 15 × 16 and 80 × 1.05 make shares of exactly 50, 23, 20 and 7 %."""
    return summary(["600"] + ["69"] * 4 + ["16"] * 15 + ["1.05"] * 80)
