"""What is known of customers beside their ledger: one row each, money and ratings as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.errors import InputError
from crmcli.invoices.batch import FileKind
from crmcli.invoices.names import ATTRIBUTE_ALIASES, ATTRIBUTE_PREFIX
from crmcli.invoices.plans import Plan, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcli.invoices.batch import Batch

ATTRIBUTE_SCALE = 6
"""Decimals at which numbers of the customer file are read."""

NUMBERS = (
    *("credit_limit", "net_worth", "working_capital", "years_in_business", "collateral_amount", "insured_amount"),
    *("deposit", "visit_rating", "bureau_score"),
)
_PLAN = Plan(
    {
        "customer_id": Role.ID,
        **dict.fromkeys(NUMBERS, Role.MONEY),
        **dict.fromkeys(("terms", "industry", "region"), Role.TEXT),
    },
    required=("customer_id",),
)


def attribute_files(mapping: Mapping[str, str]) -> FileKind:
    """What is asked of a customer file; `mapping` is what `--map customers.NAME=COLUMN` says."""
    flag = f"--map {ATTRIBUTE_PREFIX}"
    return FileKind(_PLAN, ATTRIBUTE_ALIASES, mapping, ("customer_id",), flag, strict_where=False)


def attribute_table(batch: Batch) -> pl.DataFrame:
    """`customer_id` and whichever attributes the file has: Decimal(38, 6) for `NUMBERS`, String for the others.

    Raises:
        InputError: two rows for one customer that do not say the same, or a rating on another scale.
    """
    columns = [name for name in _PLAN.roles if name in batch.columns]
    used = batch.frame.filter(pl.col("code") == 0).select(columns).unique(maintain_order=True)
    _check_scales(used, batch)
    twice = used.filter(pl.col("customer_id").is_duplicated())
    if twice.height:
        customer = twice["customer_id"].sort()[0]
        raise InputError(
            f"{batch.label}: customer {customer!r} stands on several rows that say different things",
            extent=f"{twice['customer_id'].n_unique():,} customers are affected",
            remedy="Leave one row for each customer.",
        )
    return used.sort("customer_id")


_SCALES = {"visit_rating": (1, 5), "bureau_score": (0, 100)}
"""Ratings on any other scale would be scored as if they were on this one."""


def _check_scales(used: pl.DataFrame, batch: Batch) -> None:
    for name, (least, most) in _SCALES.items():
        if name not in used.columns:
            continue
        outside = used.filter((pl.col(name) < least) | (pl.col(name) > most)).sort("customer_id")
        if outside.height:
            customer, value = outside.select("customer_id", pl.col(name).cast(pl.Float64)).row(0)
            heading = next(one.heading(name) for one in batch.headings if name in one)
            raise InputError(
                f"{batch.label}: {heading} of customer {customer!r} is {value:g}, not from {least} to {most}",
                extent=f"{outside.height:,} customers are affected",
                remedy=f"Convert the column to a scale from {least} to {most}, or leave it out.",
            )
