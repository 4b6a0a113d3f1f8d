"""Attributes that stand on the lines of transactions, such as a country: of each customer the most frequent value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.customers.attributes import MISSING_WORDS, Attributes, typed_columns
from crmcli.errors import InputError, did_you_mean
from crmcli.notes import info
from crmcli.transactions.aliases import fold
from crmcli.transactions.ids import is_ordinary
from crmcli.transactions.tables import Layout

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from crmcli.notes import Note
    from crmcli.transactions.load import Transactions
    from crmcli.transactions.tables import Table

LABEL = "the transactions"
_EXAMPLES = 3


def attributes_of_lines(transactions: Transactions, headings: Sequence[str], as_of: dt.date) -> Attributes:
    """Read columns of the transaction files, canonical or not, as attributes of the customers.

    A customer gets the value of most of their lines that take part and are no refunds; of values on equally many lines
    the one that sorts first. Empty cells and words such as n/a do not count. One row per customer with such a line.

    Args:
        transactions: the open input.
        headings: columns as the files write them (case, blanks, `_` and `-` do not matter).
        as_of: the end of the time observed.

    Raises:
        InputError: a file lacks one of the columns, or has it twice.
    """
    found = [_counted(transactions, heading, as_of) for heading in headings]
    if transactions.ids_deferred and not all(is_ordinary(counts["customer_id"]) for counts in found):
        return attributes_of_lines(transactions.with_ids_decided(), headings, as_of)
    customers = pl.concat(counts.select("customer_id") for counts in found).unique().sort("customer_id")
    notes: list[Note] = []
    for heading, counts in zip(headings, found, strict=True):
        usual = _most_frequent(counts, heading)
        customers = customers.join(usual, on="customer_id", how="left", maintain_order="left")
        notes += _several(counts, heading)
    typed, doubts = typed_columns(customers, transactions.options.decimal, LABEL)
    return Attributes(LABEL, typed, (*notes, *doubts), is_complete=True)


def _counted(transactions: Transactions, heading: str, as_of: dt.date) -> pl.DataFrame:
    """customer_id, value (null where missing) and lines, of the sales within the time observed."""
    raw = pl.concat([_column(table, heading) for table in transactions.tables])
    date, since = pl.col("date"), transactions.options.since
    seen = date <= as_of if since is None else date.is_between(since, as_of)
    lines = pl.concat([transactions.frame.select("customer_id", "date", "code", "refund"), raw], how="horizontal")
    sales = lines.filter(pl.col("code") == 0, ~pl.col("refund"), seen)
    return sales.group_by("customer_id", "value").agg(lines=pl.len()).collect(engine="streaming")


def _column(table: Table, heading: str) -> pl.LazyFrame:
    text = Layout((table,)).text(_position(table, heading)).str.strip_chars()
    is_known = (text != "") & ~text.str.contains(MISSING_WORDS)
    return table.frame.select(value=pl.when(is_known).then(text))


def _position(table: Table, heading: str) -> int:
    exact = [i for i, name in enumerate(table.header) if name == heading]
    found = exact or [i for i, name in enumerate(table.header) if fold(name) == fold(heading)]
    if len(found) == 1:
        return found[0]
    problem = "has no column" if not found else "has several columns"
    raise InputError(
        f"{table.label} {problem} {heading!r}, which --attribute names",
        remedy=did_you_mean(heading, table.header) or "Its columns: " + ", ".join(table.header),
    )


def _most_frequent(counts: pl.DataFrame, heading: str) -> pl.DataFrame:
    ranked = counts.drop_nulls("value").sort("customer_id", "lines", "value", descending=[False, True, False])
    return ranked.unique("customer_id", keep="first", maintain_order=True).select(
        "customer_id", pl.col("value").alias(heading)
    )


def _several(counts: pl.DataFrame, heading: str) -> list[Note]:
    """How many customers have more than one value, and how many have no most frequent one."""
    per = (
        counts.drop_nulls("value")
        .group_by("customer_id")
        .agg(values=pl.len(), at_most=(pl.col("lines") == pl.col("lines").max()).sum())
    )
    several = per.filter(pl.col("values") > 1)
    if several.is_empty():
        return []
    ties = several.filter(pl.col("at_most") > 1).height
    examples = ", ".join(several["customer_id"].sort().head(_EXAMPLES)) + (", …" if several.height > _EXAMPLES else "")
    tied = f"; {ties:,} {'has' if ties == 1 else 'have'} a tie, where the one that sorts first does" if ties else ""
    text = (
        f"{several.height:,} of {per.height:,} customers have several values of {heading!r} ({examples}): the one on "
        f"most lines counts{tied}"
    )
    return [info("attribute_several_values", text)]
