"""Who is getting slower: the trend of payment delays of each customer, and sales that rise while payment slows."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.credit.experience import payments

if TYPE_CHECKING:
    from crmcli.invoices.ledger import CreditLedger

LEAST_PAYMENTS = 4
"""Payments below which a slope says nothing."""

DAYS_PER_MONTH = 30.4375
CLEAR = 2.0
"""A slope of more than so many standard errors is called a trend."""

WINDOW_DAYS = 180
_LEAST_IN_WINDOW = 3
_MORE_SALES = 1.1
_SLOWER_DAYS = 5.0

SLOWER, FASTER, STEADY = "↑", "↓", "→"


def delay_slopes(ledger: CreditLedger) -> pl.DataFrame:
    """The trend of each customer's delays, by ordinary least squares of the delay on the day of payment.

    Returns:
        `customer_id`, `dbt_slope` (days per month) and `direction`, both null under four payments or when all fell on
        one day.
    """
    days = (pl.col("paid") - pl.lit(ledger.as_of)).dt.total_days()
    points = payments(ledger).select("customer_id", x=days, y=pl.col("delay"))
    x, y = pl.col("x"), pl.col("y")
    # Sums of whole numbers are exact in any order; everything after them is computed once.
    sums = points.group_by("customer_id").agg(
        n=pl.len().cast(pl.Int64), x=x.sum(), y=y.sum(), xx=(x * x).sum(), xy=(x * y).sum(), yy=(y * y).sum()
    )
    n = pl.col("n")
    sxx, sxy, syy = (n * pl.col(f"{a}{b}") - pl.col(a) * pl.col(b) for a, b in ("xx", "xy", "yy"))
    sums = sums.sort("customer_id").with_columns(sxx=sxx, sxy=sxy, syy=syy)
    usable = (n >= LEAST_PAYMENTS) & (pl.col("sxx") > 0)
    slope = pl.col("sxy") / pl.col("sxx")
    rest = (pl.col("syy") - pl.col("sxy") * slope).clip(lower_bound=0) / (n - 2)
    found = sums.with_columns(
        dbt_slope=pl.when(usable).then(slope * DAYS_PER_MONTH),
        error=pl.when(usable).then((rest / pl.col("sxx")).sqrt() * DAYS_PER_MONTH),
    )
    clear = pl.col("dbt_slope").abs() > CLEAR * pl.col("error")
    direction = (
        pl.when(pl.col("dbt_slope").is_null())
        .then(None)
        .when(clear & (pl.col("dbt_slope") > 0))
        .then(pl.lit(SLOWER))
        .when(clear)
        .then(pl.lit(FASTER))
        .otherwise(pl.lit(STEADY))
    )
    return found.with_columns(direction=direction).select("customer_id", "dbt_slope", "direction").sort("customer_id")


def scissors(ledger: CreditLedger) -> pl.DataFrame:
    """Customers whose sales rose while payment slowed: `customer_id`, `slower_days`, `sales_growth`, slowest first.

    The last 180 days against the 180 before: sales up by more than a tenth, payments (at least three in each) later
    by more than five days on average, by amount.
    """
    middle = ledger.as_of - dt.timedelta(days=WINDOW_DAYS)
    start = middle - dt.timedelta(days=WINDOW_DAYS)
    sales = (
        ledger.items.filter(pl.col("date") > start)
        .group_by("customer_id")
        .agg(
            before=pl.col("amount").filter(pl.col("date") <= middle).sum(),
            after=pl.col("amount").filter(pl.col("date") > middle).sum(),
        )
    )
    paid = payments(ledger).filter(pl.col("paid") > start).sort("customer_id", "item", "paid")
    late = paid.group_by("customer_id", maintain_order=True).agg(
        *_mean_delay("before", pl.col("paid") <= middle), *_mean_delay("after", pl.col("paid") > middle)
    )
    both = sales.join(late, on="customer_id", how="inner", suffix="_delay")
    both = both.with_columns(
        slower_days=pl.col("delay_after") - pl.col("delay_before"), sales_growth=pl.col("after") / pl.col("before") - 1
    )
    chosen = (
        (pl.col("before") > 0)
        & (pl.col("after") > _MORE_SALES * pl.col("before"))
        & (pl.min_horizontal("count_before", "count_after") >= _LEAST_IN_WINDOW)
        & (pl.col("slower_days") > _SLOWER_DAYS)
    )
    return (
        both.filter(chosen)
        .select("customer_id", "slower_days", "sales_growth")
        .sort("slower_days", "customer_id", descending=[True, False])
    )


def _mean_delay(name: str, inside: pl.Expr) -> list[pl.Expr]:
    amount, delay = pl.col("amount").filter(inside), pl.col("delay").filter(inside)
    mean = (amount * delay).sum() / amount.sum()  # Sums of whole numbers.
    return [mean.alias(f"delay_{name}"), amount.len().alias(f"count_{name}")]
