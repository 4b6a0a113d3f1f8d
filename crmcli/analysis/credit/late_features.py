"""What was known of each invoice on its own date: its fields, and how its customer had settled earlier ones.

Nothing dated on or after the invoice date enters its row: the history is that of invoices settled before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.credit.experience import outcomes

if TYPE_CHECKING:
    from crmcli.invoices.ledger import CreditLedger

INVOICE_FIELDS = ("log_amount", "terms_days", "weekday", "day_of_month")
TRAITS = ("country", "channel")
HISTORY = ("late_rate", "mean_delay", "mean_days", "log_settled", "overdue_items", "overdue_days")
BASELINE = "mean_days"
_SUMS = ("n", "delays", "spans", "lates")
_PRIOR = 3.0
"""Settled invoices that the mean of all customers weighs in those of one."""


def invoice_rows(ledger: CreditLedger) -> pl.DataFrame:
    """One row per invoice: `item`, `date`, `due`, `settled_on`, `late`, `known` and the columns of both lists, sorted.

    `late` is as of the ledger's day; `known` says whether it can no longer change.
    """
    items = outcomes(ledger).with_columns(known=(pl.col("open") <= 0) | pl.col("late"))
    terms = (pl.col("due") - pl.col("date")).dt.total_days()
    items = items.with_columns(
        log_amount=pl.col("amount").clip(lower_bound=1).cast(pl.Float64).log(),
        terms_days=terms.cast(pl.Float64),
        weekday=pl.col("date").dt.weekday().cast(pl.Float64),
        day_of_month=pl.col("date").dt.day().cast(pl.Float64),
    )
    return _with_history(items.sort("date", "item"))


def trait_columns(train: pl.DataFrame, least: int) -> list[pl.Expr]:
    """For each value of a trait that at least so many training rows have: 1.0 where an invoice has it, else 0.0.

    Rarer values and missing ones are alike: 0.0 in all columns of the trait.
    """
    columns = []
    for trait in TRAITS:
        counts = train[trait].drop_nulls().value_counts()
        common = counts.filter(pl.col("count") >= least)[trait].sort()
        is_it = (pl.col(trait).eq_missing(value) for value in common)
        columns += [one.cast(pl.Float64).alias(f"{trait}_{n}") for n, one in enumerate(is_it)]
    return columns


def _with_history(items: pl.DataFrame) -> pl.DataFrame:
    """Running means over the invoices settled before each date: of the customer, drawn towards those of everybody."""
    settled = items.filter(pl.col("settled_on").is_not_null()).with_columns(
        delay=(pl.col("settled_on") - pl.col("due")).dt.total_days().cast(pl.Float64),
        days=(pl.col("settled_on") - pl.col("date")).dt.total_days().cast(pl.Float64),
        was_late=pl.col("late").cast(pl.Float64),
    )
    settled = settled.sort("settled_on", "item")
    own = _running(settled, "customer_id")
    everybody = _running(settled.with_columns(all=pl.lit("")), "all").drop("all")
    rows = _asof(items.sort("date", "item"), own, "settled_on", "own", by="customer_id")
    rows = _asof(rows, everybody, "settled_on", "all")
    return _with_overdue(rows).with_columns(_means()).sort("date", "item")


def _asof(rows: pl.DataFrame, sums: pl.DataFrame, on: str, suffix: str, by: str | None = None) -> pl.DataFrame:
    """Beside each invoice the last row of running sums dated before it."""
    columns = [name for name in sums.columns if name not in {on, by}]
    right = sums.rename({name: f"{name}_{suffix}" for name in columns}).with_columns(pl.col(on).alias(f"on_{suffix}"))
    right = right.drop(on).sort(f"on_{suffix}")
    joined = rows.join_asof(
        right, left_on="date", right_on=f"on_{suffix}", by=by, allow_exact_matches=False, check_sortedness=False
    )
    return joined.drop(f"on_{suffix}", strict=False)


def _with_overdue(rows: pl.DataFrame) -> pl.DataFrame:
    """How many invoices of the customer were overdue on the date, and how many days together.

    Those that fell due unpaid before it, less those of them that were settled before it.
    """
    late = rows.filter(pl.col("settled_on").is_null() | (pl.col("settled_on") > pl.col("due")))
    since = pl.col("due").dt.epoch("d").cast(pl.Float64)
    for name, day in (("fell", "due"), ("left", "settled_on")):
        daily = late.filter(pl.col(day).is_not_null()).group_by("customer_id", pl.col(day).alias("day"))
        sums = daily.agg(count=pl.len().cast(pl.Float64), since=since.sum()).sort("day", "customer_id")
        sums = sums.with_columns(pl.col("count", "since").cum_sum().over("customer_id"))
        rows = _asof(rows, sums, "day", name, by="customer_id")
    count, start = (
        pl.col(f"{what}_fell").fill_null(0) - pl.col(f"{what}_left").fill_null(0) for what in ("count", "since")
    )
    return rows.with_columns(overdue_items=count, overdue_days=count * pl.col("date").dt.epoch("d") - start)


def _running(settled: pl.DataFrame, by: str) -> pl.DataFrame:
    """Sums over the settled invoices so far, one row for each day of settling."""
    daily = settled.group_by(by, "settled_on", maintain_order=True).agg(
        n=pl.len().cast(pl.Float64),
        delays=pl.col("delay").sum(),
        spans=pl.col("days").sum(),
        lates=pl.col("was_late").sum(),
    )
    running = [pl.col(name).cum_sum().over(by) for name in _SUMS]
    return daily.with_columns(running).sort("settled_on", by)


def _means() -> list[pl.Expr]:
    n = pl.col("n_own").fill_null(0.0)
    total = pl.col("n_all")

    def mean(name: str) -> pl.Expr:
        prior = (pl.col(f"{name}_all") / total).fill_null(0.0)
        return (pl.col(f"{name}_own").fill_null(0.0) + _PRIOR * prior) / (n + _PRIOR)

    return [
        mean("lates").alias("late_rate"),
        mean("delays").alias("mean_delay"),
        mean("spans").alias("mean_days"),
        (n + 1).log().alias("log_settled"),
        pl.col("overdue_items"),
        pl.col("overdue_days"),
    ]
