"""When each invoice is due, and how that is known: a missing due date falls back, is counted, and is never lost."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import polars as pl

from crmcli.invoices.terms import Terms, parse_terms

if TYPE_CHECKING:
    import datetime as dt


class DueSource(StrEnum):
    """Where a due date comes from, in the order in which the sources are asked."""

    FILE = "due_date"
    TERMS = "terms"
    CUSTOMER = "customer_terms"
    DEFAULT = "default_terms"
    INVOICE_DATE = "invoice_date"


def with_due_dates(
    invoices: pl.DataFrame, customer_terms: pl.DataFrame | None, default_terms: Terms | None
) -> pl.DataFrame:
    """Invoices with `due` (Date, never null) and `due_source`.

    Args:
        invoices: `customer_id`, `date`, `due_date` and `terms`, the last two perhaps null.
        customer_terms: `customer_id` and `customer_terms` (text), one row a customer; None without such a file.
        default_terms: what `--default-terms` says.
    """
    if not invoices["due_date"].null_count():
        return invoices.with_columns(due="due_date", due_source=pl.lit(str(DueSource.FILE)))
    frame = invoices.with_columns(customer_terms=pl.lit(None, pl.String))
    if customer_terms is not None:
        frame = invoices.join(customer_terms, on="customer_id", how="left", maintain_order="left")
    missing = frame.filter(pl.col("due_date").is_null())
    for column in ("terms", "customer_terms"):
        frame = frame.join(_dues(missing, column), on=[column, "date"], how="left", maintain_order="left")
    fallback = default_terms or Terms()
    last = pl.col("date").replace_strict(_due_by_day(missing, fallback), default=None, return_dtype=pl.Date)
    final = DueSource.DEFAULT if default_terms else DueSource.INVOICE_DATE
    steps = [
        (pl.col("due_date"), DueSource.FILE),
        (pl.col("terms_due"), DueSource.TERMS),
        (pl.col("customer_terms_due"), DueSource.CUSTOMER),
    ]
    source = pl.lit(str(final))
    for due, name in reversed(steps):
        source = pl.when(due.is_not_null()).then(pl.lit(str(name))).otherwise(source)
    due = pl.coalesce(*(due for due, _ in steps), last, pl.col("date"))
    return frame.with_columns(due=due, due_source=source).drop("terms_due", "customer_terms_due", "customer_terms")


def known_terms(texts: pl.Series) -> dict[str, Terms]:
    """Text → terms, for the distinct texts that state any."""
    parsed = ((text, parse_terms(text)) for text in texts.drop_nulls().unique().sort())
    return {text: terms for text, terms in parsed if terms is not None}


def _dues(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """Terms and date → due date, for the pairs that occur."""
    pairs = frame.filter(pl.col(column).is_not_null()).select(column, "date").unique().sort(column, "date")
    terms = known_terms(pairs[column])
    dues = [terms[text].due(day) if text in terms else None for text, day in pairs.iter_rows()]
    return pairs.with_columns(pl.Series(f"{column}_due", dues, dtype=pl.Date))


def _due_by_day(frame: pl.DataFrame, terms: Terms) -> dict[dt.date, dt.date]:
    return {day: terms.due(day) for day in frame["date"].drop_nulls().unique().sort()}
