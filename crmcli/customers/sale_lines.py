"""The used lines of transactions with what tells where value comes from: category, prices, costs, who referred."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.errors import InputError
from crmcli.transactions.aliases import FOLDED_ALIASES

if TYPE_CHECKING:
    import datetime as dt

    from crmcli.customers.keyed_file import KeyedFile
    from crmcli.transactions.load import Transactions

NEEDED = frozenset({"category", "quantity", "cost", "reference_price", "service_cost", "referrer"})
"""Canonical columns that these lines can carry beside the money."""


def collect_sale_lines(transactions: Transactions, customers: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    """The used lines up to `as_of` of customers, sorted by customer and date.

    Args:
        transactions: open transactions.
        customers: holds `customer_id`, in the order that numbers them.
        as_of: end of observation.

    Returns:
        customer UInt32 (row number in `customers`) · date Date · refund Boolean · amount Float64 (paid for the line) ·
        and, where the input has them, category String (null when empty) · quantity, cost, reference_price,
        service_cost Float64 · referrer UInt32 (row number in `customers`; null for nobody or somebody else).
    """
    since, date = transactions.options.since, pl.col("date")
    seen = date <= as_of if since is None else date.is_between(since, as_of)
    found = transactions.columns & NEEDED
    numbers = [pl.col(name).cast(pl.Float64) for name in sorted(found - {"category", "referrer"})]
    texts = [pl.col(name).replace("", None) for name in sorted(found & {"category", "referrer"})]
    plain = pl.col("row", "customer_id", "date", "refund")
    used = transactions.frame.filter(pl.col("code") == 0, seen)
    lines = used.select(plain, pl.col("amount").cast(pl.Float64), *numbers, *texts).collect(engine="streaming")
    numbered = customers.select("customer_id").with_row_index("customer")
    lines = (
        lines.join(numbered, on="customer_id", how="inner").sort("customer", "date", "row").drop("row", "customer_id")
    )
    return _with_known_referrers(lines, numbered) if "referrer" in found else lines


def with_referrers(lines: pl.DataFrame, customers: pl.DataFrame, file: KeyedFile) -> pl.DataFrame:
    """The lines with the referrers that a file beside the transactions names, if one of its columns does.

    Args:
        lines: as `collect_sale_lines` makes them.
        customers: the same as there.
        file: one row per customer; of several the first one that names a referrer counts.

    Raises:
        InputError: several columns could be the referrer.
    """
    found = file.find(FOLDED_ALIASES["referrer"])
    if not found or "referrer" in lines.columns:
        return lines
    if len(found) > 1:
        names = ", ".join(repr(file.header[position]) for position in found)
        raise InputError(f"{file.label}: {len(found)} columns could be the referrer: {names}")
    named = file.frame.select("customer_id").with_columns(file.text(found[0]).alias("referrer")).drop_nulls()
    numbered = customers.select("customer_id").with_row_index("customer")
    by = named.unique("customer_id", keep="first", maintain_order=True).join(numbered, on="customer_id")
    joined = lines.join(by.select("customer", "referrer"), on="customer", how="left", maintain_order="left")
    return _with_known_referrers(joined, numbered)


def _with_known_referrers(lines: pl.DataFrame, numbered: pl.DataFrame) -> pl.DataFrame:
    """Referrers by number; ids that a float column wrote as 17850.0 are those without .0."""
    number = dict(zip(numbered["customer_id"], numbered["customer"], strict=True))
    given = pl.col("referrer")
    exact = given.replace_strict(number, default=None, return_dtype=pl.UInt32)
    bare = given.str.strip_suffix(".0").replace_strict(number, default=None, return_dtype=pl.UInt32)
    return lines.with_columns(referrer=pl.coalesce(exact, bare))
