"""A small made-up result that every presenter test shares."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl

from crmcli.analysis.conform import column_type
from crmcli.analysis.result import Fact, Result
from crmcli.analysis.views import Catalogue, Column, Kind, View
from crmcli.notes import info, warning

AS_OF = dt.date(2024, 6, 30)

CUSTOMERS = View(
    "customers",
    "Customers",
    "One row per customer.",
    (
        Column("customer_id", Kind.ID, "Who"),
        Column("as_of", Kind.DATE, "When"),
        Column("first_date", Kind.DATE, "First order"),
        Column("last_date", Kind.DATE, "Last order"),
        Column("recency_days", Kind.INTEGER, "Days since the last order", "days"),
        Column("frequency", Kind.INTEGER, "Orders", "orders"),
        Column("monetary", Kind.MONEY, "Net revenue"),
        Column("rfm", Kind.ID, "Scores"),
        Column("segment", Kind.TEXT, "Named segment"),
        Column("loyalty_index", Kind.NUMBER, "0 to 100"),
        Column("value_share", Kind.SHARE, "Share of revenue"),
        Column("flags", Kind.FLAGS, "Codes"),
    ),
    key=("customer_id",),
)

SEGMENTS = View(
    "segments",
    "Segments",
    "One row per segment.",
    (
        Column("segment", Kind.TEXT, "Named segment"),
        Column("customers", Kind.INTEGER, "Customers", "customers"),
        Column("customer_share", Kind.SHARE, "Share of customers", bar=True),
        Column("orders", Kind.INTEGER, "Orders", "orders"),
        Column("revenue", Kind.MONEY, "Net revenue"),
        Column("revenue_share", Kind.SHARE, "Share of revenue", bar=True),
        Column("aov", Kind.MONEY, "Revenue per order"),
        Column("median_recency_days", Kind.NUMBER, "Days", "days"),
        Column("median_frequency", Kind.NUMBER, "Orders", "orders"),
        Column("median_monetary", Kind.MONEY, "Revenue"),
        Column("action", Kind.TEXT, "What to do"),
    ),
    key=("segment",),
)

THRESHOLDS = View(
    "thresholds",
    "Score thresholds",
    "Worst value that still reached a score.",
    (
        Column("metric", Kind.TEXT, "Metric"),
        Column("score", Kind.INTEGER, "Score"),
        Column("lower", Kind.NUMBER, "Lower bound"),
    ),
)

CATALOGUE = Catalogue("segment", (CUSTOMERS, SEGMENTS, THRESHOLDS), default="customers", page=("segments",))


def frame(view: View, rows: list[list[Any]], money_scale: int = 2) -> pl.DataFrame:
    schema = {column.name: column_type(column.kind, money_scale) for column in view.columns}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _customer(number: int, name: str) -> list[Any]:
    last = AS_OF - dt.timedelta(days=number * 17)
    money = Decimal(number * 12_345_67) / 100
    return [
        name,
        AS_OF,
        dt.date(2021, 3, 1),
        last,
        number * 17,
        number * 3,
        money,
        "543",
        "loyal_customers",
        number * 7.25,
        number / 78,
        "one_off;refunds" if number % 4 == 0 else "",
    ]


def customers() -> pl.DataFrame:
    names = [
        "007",
        "A[/]",
        "C0001",
        "[red]x",
        "esc\x1b[31m",
        "=1+1",
        "rtl\u202e",
        "line\nend",
        "pi|pe",
        "北京商贸有限公司",
    ]
    rows = [_customer(number, name) for number, name in enumerate([*names, "café", "zoë"], start=1)]
    return frame(CUSTOMERS, rows).with_columns(
        pl.when(pl.col("customer_id") != "C0001").then(pl.col("loyalty_index")).alias("loyalty_index")
    )


def _segment(name: str, customers: int, money: str, action: str) -> list[Any]:
    revenue = Decimal(money)
    medians = (Decimal("35.40"), 41.5, 3.0, Decimal("93.12"))
    shares = (customers / 15_491, float(revenue) / 2_131_622.15)
    return [name, customers, shares[0], customers * 3, revenue, shares[1], *medians, action]


def segments() -> pl.DataFrame:
    return frame(
        SEGMENTS,
        [
            _segment("at_risk", 746, "61234.50", "Call them before they are gone"),
            _segment("champions", 3_745, "1301234.95", "Reward them; ask for referrals"),
            _segment("hibernating", 8_699, "180234.10", "Do not spend money here"),
            _segment("loyal_customers", 2_288, "590111.00", "Offer more of what they already buy"),
            _segment("new_customers", 1, "12.00", "Welcome them"),
            _segment("refunders", 12, "-1204.40", "Ask what went wrong"),
        ],
    )


def thresholds() -> pl.DataFrame:
    return frame(THRESHOLDS, [["recency", 5, 30.0], ["recency", 4, 90.5], ["frequency", 5, 7.0]])


def result(tables: dict[str, pl.DataFrame] | None = None) -> Result:
    return Result(
        catalogue=CATALOGUE,
        as_of=AS_OF,
        money_scale=2,
        tables=tables or {"customers": customers(), "segments": segments(), "thresholds": thresholds()},
        facts=(
            Fact("customers", "Customers", 23_570, Kind.INTEGER, "customers"),
            Fact("orders", "Orders", 69_659, Kind.INTEGER, "orders"),
            Fact("revenue", "Net revenue", Decimal("2500315.60"), Kind.MONEY),
            Fact("gini", "Gini of revenue", 0.634571, Kind.NUMBER),
            Fact("top_1_percent_share", "Revenue of the top 1 %", 0.15876, Kind.SHARE),
            Fact("pooled_gap", "Typical time between orders", 94, Kind.INTEGER, "days"),
            Fact("first_date", "First order", dt.date(1997, 1, 1), Kind.DATE),
            Fact("window", "Churn window", None, Kind.INTEGER, "days"),
        ),
        notes=(
            info("mapping", "Column CustomerID is customer_id, InvoiceDate is date."),
            warning("ties", "12 customers\x1b[2J share the value at a tier boundary; ties are broken by customer_id."),
        ),
    )
