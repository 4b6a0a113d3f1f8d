"""What contact with each customer cost: from a file of contacts, one row each, or one row per customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import polars as pl

from crmcli.customers.keyed_file import read_keyed_file
from crmcli.customers.typed_cells import dates_of, money_of
from crmcli.errors import InputError, TooLittleDataError, did_you_mean
from crmcli.notes import counted, info, warning
from crmcli.transactions.aliases import FOLDED_ALIASES, fold
from crmcli.transactions.amount_readings import FloatAmount

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from decimal import Decimal

    from crmcli.customers.attributes import Attributes
    from crmcli.customers.keyed_file import KeyedFile
    from crmcli.notes import Note
    from crmcli.transactions.options import ReadOptions

COST_HEADINGS = frozenset(
    fold(name)
    for name in (
        *("cost", "contact cost", "cost of contact", "cost to serve", "service cost", "serving cost", "total cost"),
        *("kosten", "coût", "costo", "成本", "费用", "联系成本", "服务成本"),
    )
)
COST_TO_SERVE = frozenset(
    fold(name) for name in ("cost to serve", "service cost", "contact cost", "服务成本", "联系成本")
)
"""Headings that mean what a customer costs to serve also among attributes, where a bare cost could be anything."""

COUNT_HEADINGS = frozenset(
    fold(name)
    for name in (
        *("contacts", "number of contacts", "contact count", "n contacts", "no of contacts", "kontakte"),
        *("联系次数", "接触次数"),
    )
)
_LARGEST_DIGITS = 15


@dataclass(frozen=True, slots=True)
class ContactCosts:
    """What contact with customers cost.

    `frame` holds customer_id String (unique, sorted) and cost Decimal(38, s). `unit` is money, or contacts where no
    cost is known and each contact counts as 1. `label` is how messages name the source.
    """

    label: str
    frame: pl.DataFrame
    unit: str
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class ContactColumns:
    """Headings that a file of contacts does not tell by itself, and what one contact costs where no column says it."""

    id_column: str | None = None
    cost_column: str | None = None
    cost_each: Decimal | None = None


def read_contacts(  # noqa: PLR0913 — the file, how it reads, what takes part
    path: str, flag: str, options: ReadOptions, columns: ContactColumns, *, as_of: dt.date, stdin: BinaryIO
) -> ContactCosts:
    """Read a file of contacts and sum up their cost by customer.

    The cost of a row is its cost column; without one, the number of contacts (its count column, or 1 per row) times
    `columns.cost_each`. Rows dated after `as_of`, or before `options.since`, take no part, like those of transactions.

    Raises:
        InputError: the file cannot be read without guessing, or too many rows have no readable cost or date.
        TooLittleDataError: no contact is left.
    """
    file = read_keyed_file(path, flag, options, id_column=columns.id_column, stdin=stdin)
    cost = _chosen(file, columns.cost_column, COST_HEADINGS, "--cost-column")
    count = None if cost is not None else _chosen(file, None, COUNT_HEADINGS, "--cost-column")
    rows = file.frame.with_columns(amount=_amounts(file, cost if cost is not None else count, options))
    in_time, notes = _in_time(file, rows, options, as_of)
    readable = in_time.filter(pl.col("amount").is_not_null())
    notes = [*file.notes, *notes, *_unreadable(file, in_time, flag, options)]
    if readable.is_empty():
        raise TooLittleDataError(f"{file.label} ({flag}): no contact is left to count")
    money = pl.Decimal(38, options.money_scale)
    each = columns.cost_each if cost is None else None
    per_customer = readable.group_by("customer_id").agg(cost=pl.col("amount").sum()).sort("customer_id")
    if each is not None:
        per_customer = per_customer.with_columns(cost=pl.col("cost") * pl.lit(each, pl.Decimal(38, 6)))
    costs = per_customer.with_columns(pl.col("cost").cast(money))
    unit = "money" if cost is not None or each is not None else "contacts"
    said = _source(file, cost, count, columns.cost_each, unit)
    return ContactCosts(file.label, costs, unit, (said, *notes))


def _chosen(file: KeyedFile, heading: str | None, aliases: frozenset[str], flag: str) -> int | None:
    if heading is not None:
        return file.named(heading, flag)
    found = file.find(aliases)
    if len(found) > 1:
        names = ", ".join(repr(file.header[i]) for i in found)
        raise InputError(
            f"{file.label}: {len(found)} columns could be the cost: {names}",
            remedy=f'Say which one: {flag} "{file.header[found[0]]}"',
        )
    return found[0] if found else None


def _amounts(file: KeyedFile, position: int | None, options: ReadOptions) -> pl.Series:
    """The amount of each row at the money scale, from a column or 1; null where it is unreadable or negative."""
    if position is None:
        return pl.Series("amount", [1] * file.frame.height, dtype=pl.Int64).cast(pl.Decimal(38, options.money_scale))
    read = money_of(file, position, options).to_frame()
    return read.select(pl.when(pl.col("amount") >= 0).then("amount")).to_series()


def _in_time(
    file: KeyedFile, rows: pl.DataFrame, options: ReadOptions, as_of: dt.date
) -> tuple[pl.DataFrame, list[Note]]:
    """The rows within the time observed; a row without a readable date takes no part and has no amount any more."""
    found = file.find(frozenset({fold("date")})) or file.find(FOLDED_ALIASES["date"])
    if not found:
        text = f"{file.label}: no column gives the date of a contact, so all count as made up to {as_of}"
        return rows, [info("contacts_undated", text)]
    if len(found) > 1:
        names = ", ".join(repr(file.header[i]) for i in found)
        raise InputError(
            f"{file.label}: {len(found)} columns could be the date of a contact: {names}",
            remedy="Call the right one 'date', or the others otherwise.",
        )
    dated = rows.with_columns(date=dates_of(file, found[0], options))
    late = dated["date"] > as_of
    early = dated["date"] < options.since if options.since else late & False
    dropped = (late | early).fill_null(value=False)
    kept = dated.filter(~dropped).with_columns(amount=pl.when(pl.col("date").is_not_null()).then("amount"))
    notes = []
    if dropped.any():
        text = f"{file.label}: {counted(int(dropped.sum()), 'contact')} outside the time observed left out"
        notes.append(info("contacts_out_of_time", text))
    if kept["date"].count():
        first, last = kept.select(pl.min("date").alias("first"), pl.max("date").alias("last")).row(0)
        text = f"contacts are from {first} to {last}; value counts all money up to {as_of} (--since starts both alike)"
        notes.append(info("contacts_span", text))
    return kept, notes


def _unreadable(file: KeyedFile, rows: pl.DataFrame, flag: str, options: ReadOptions) -> Sequence[Note]:
    """Rows that cannot be counted: told of up to the limit of the run."""
    bad = rows.filter(pl.col("amount").is_null())
    if bad.is_empty():
        return ()
    text = f"{file.label} ({flag}): {bad.height:,} of {rows.height:,} rows have no readable cost or date, or a "
    text += f"negative cost, first line {bad.select(pl.min('line')).item()}"
    if options.strict or bad.height > options.max_bad.allowed(rows.height):
        raise InputError(text, remedy="Repair the file, or accept more with --max-bad.")
    return (warning("contacts_unreadable", f"{text}; they are left out"),)


def _source(file: KeyedFile, cost: int | None, count: int | None, each: Decimal | None, unit: str) -> Note:
    if cost is not None:
        return info("contact_cost", f"cost ← {file.header[cost]!r} of {file.label}")
    counted = "each row is one contact" if count is None else f"contacts ← {file.header[count]!r}"
    if unit == "money":
        return info("contact_cost", f"cost: {counted} of {file.label}, at {each} each (--contact-cost)")
    text = f"{file.label} states no cost: {counted}, and cost and shift_amount count contacts, not money"
    return warning("contact_cost_unknown", f"{text} (--contact-cost, --cost-column)")


def costs_of_attribute(attributes: Attributes, heading: str | None, money_scale: int) -> ContactCosts | None:
    """The cost to serve that attributes state for each customer; None where no column means that.

    Args:
        attributes: one row per customer.
        heading: the column; None for the one that is called cost to serve, service cost or contact cost.
        money_scale: decimals of money.

    Raises:
        InputError: the named column does not exist or is no number, several could be meant, or a cost is negative.
    """
    found = [heading] if heading is not None else [name for name in attributes.names if fold(name) in COST_TO_SERVE]
    if not found:
        return None
    name = found[0]
    if len(found) > 1:
        raise InputError(
            f"{attributes.label}: {len(found)} columns could be the cost to serve: {', '.join(map(repr, found))}",
            remedy=f'Say which one: --cost-column "{name}"',
        )
    if name not in attributes.names:
        remedy = did_you_mean(name, attributes.names) or "Its columns: " + ", ".join(map(repr, attributes.names))
        raise InputError(f"{attributes.label} has no column {name!r}, which --cost-column names", remedy=remedy)
    values = attributes.frame[name]
    if not values.dtype.is_float():
        raise InputError(f"{attributes.label}: the cost to serve {name!r} holds texts that are no numbers")
    if (values < 0).any():
        count = int((values < 0).sum())
        raise InputError(f"{attributes.label}: {count:,} customers have a negative cost to serve in {name!r}")
    cost = FloatAmount("", _LARGEST_DIGITS).decimal(pl.col(name), money_scale).alias("cost")
    frame = attributes.frame.select("customer_id", cost).drop_nulls()
    said = info("contact_cost", f"cost ← {name!r} of {attributes.label}, for {frame.height:,} customers")
    return ContactCosts(attributes.label, frame, "money", (said,))
