"""Which payment settles which invoice, and since when: double entries that no later day can change.

Every payment, credit note and write-off becomes movements that add up to it: onto invoices, or onto the account's
unapplied money. Events are taken in the order of their days, so the movements up to any day T are the same whether or
not later documents are known: filtering them by `date ≤ T` *is* the ledger as of T.

Rules, within one account (one customer in one currency):
- An event that names an invoice settles it from the later of both dates on; what exceeds it stays unapplied, and what
  comes before the invoice waits there until the invoice is dated.
- A payment that names none settles, oldest due first, invoices dated on or before its own date that are still open on
  that date, after all named events of the day; the rest stays unapplied.
- Credit notes and write-offs that name no invoice, and events that name one that is not in the ledger, stay unapplied.
- A negative event (a bounced payment) takes back what its invoice got; without an invoice it lowers what is unapplied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.invoices.allocate_oldest import allocate_oldest
from crmcli.invoices.allocate_pool import allocate_pooled

if TYPE_CHECKING:
    from collections.abc import Iterator

UNAPPLIED = -1
"""The item of movements that lie on the account."""

MOVE_SCHEMA = pl.Schema(
    {"item": pl.Int64, "account": pl.UInt32, "date": pl.Date, "kind": pl.String, "amount": pl.Int64, "event": pl.Int64}
)


def allocate(items: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """The movements of all events.

    Args:
        items: `item` Int64, `account` UInt32, `key` Int64 (items with one document number share it), `date`, `due`
            Date, `amount` Int64 > 0.
        events: `event` Int64, a number of its own for each; `account`, `kind`, `date`, `amount` Int64, `key` Int64
            (null: names no invoice of the ledger), `pooled` Boolean (settles whatever is oldest). Events of one day
            count in the order of their kinds and amounts, whatever the order of the rows.

    Returns:
        MOVE_SCHEMA: `item` is UNAPPLIED for money on the account; positive amounts take off what is owed.
    """
    named = _with_items(items, events.filter(pl.col("key").is_not_null()))
    unnamed = events.filter(pl.col("key").is_null())
    pooled = unnamed.filter("pooled")
    by_day, oldest = _ways(items, named, pooled)
    in_order = pl.concat([by_day, oldest])
    parts = [
        *_direct(_out(named, in_order)),
        _on_account(_out(unnamed, in_order)),
        _on_account(_in(unnamed.filter(~pl.col("pooled")), oldest)),
    ]
    if oldest.len():
        ordered = pl.concat([_in(pooled, oldest), _in(named, oldest)], how="diagonal")
        parts.append(allocate_oldest(_in(items, oldest), ordered))
    if by_day.len():
        parts.append(allocate_pooled(_in(items, by_day), _in(events, by_day)))
    moved = (part.select(*MOVE_SCHEMA).filter(pl.col("amount") != 0) for part in parts)
    return pl.concat([pl.DataFrame(schema=MOVE_SCHEMA), *(part.cast({"kind": pl.String}) for part in moved)])


def _ways(items: pl.DataFrame, named: pl.DataFrame, pooled: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """The accounts that need every rule day by day, and those in which only the oldest item must be found."""
    alike = items.filter(_is_shared(items["key"]))["account"].unique()
    trouble = named.filter((pl.col("amount") < 0) | (pl.col("date") < pl.col("dated")))["account"].unique()
    accounts = pooled["account"].unique().sort()
    hard = accounts.filter(accounts.is_in(trouble.implode()) | accounts.is_in(alike.implode()))
    by_day = pl.concat([alike, hard]).unique().sort()
    return by_day, accounts.filter(~accounts.is_in(by_day.implode()))


def _is_shared(keys: pl.Series) -> pl.Series:
    """Whether several items have one number."""
    if keys.is_sorted() and keys.n_unique() == keys.len():
        return pl.repeat(value=False, n=keys.len(), eager=True)
    return keys.is_duplicated()


def _in(frame: pl.DataFrame, accounts: pl.Series) -> pl.DataFrame:
    return frame.filter(pl.col("account").is_in(accounts.implode()))


def _out(frame: pl.DataFrame, accounts: pl.Series) -> pl.DataFrame:
    return frame.filter(~pl.col("account").is_in(accounts.implode()))


def _on_account(events: pl.DataFrame) -> pl.DataFrame:
    return events.with_columns(item=pl.lit(UNAPPLIED, pl.Int64))


def _direct(named: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Events that name an invoice, in accounts where nothing else can settle it: a running sum, cut at its amount."""
    since = pl.max_horizontal("date", "dated").alias("since")
    named = named.select("item", "account", "date", "kind", "amount", "event", "asked", since)
    # Events that agree in all of these are interchangeable.
    named = named.sort("item", "since", "date", "kind", "amount").with_columns(sum_after=_running_sum())
    sum_after = pl.col("sum_after")
    named = named.with_columns(
        applied=_within(sum_after, pl.col("asked")) - _within(sum_after - pl.col("amount"), pl.col("asked"))
    )
    yield named.with_columns(date=pl.col("since"), amount=pl.col("applied"))
    in_time = named.filter(pl.col("date") == pl.col("since"))
    yield _on_account(in_time.with_columns(amount=pl.col("amount") - pl.col("applied")))
    early = named.filter(pl.col("date") < pl.col("since"))
    yield _on_account(early)
    yield _on_account(early.with_columns(date=pl.col("since"), amount=-pl.col("applied")))


def _with_items(items: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Beside each event the item (each of the items) of its key, its date and what it asked for."""
    places = pl.int_range(items.height, dtype=pl.Int64, eager=True)
    if items["item"].equals(places) and items["key"].equals(places):
        rows = named["key"]
        return named.with_columns(item="key", dated=items["date"].gather(rows), asked=items["amount"].gather(rows))
    wanted = items.select("item", "key", dated="date", asked="amount")
    return named.join(wanted, on="key", how="inner")


def _running_sum() -> pl.Expr:
    """The sum of the amounts of an item so far, in rows sorted by item: that of all rows less that before the item."""
    total = pl.col("amount").cum_sum()
    begins = pl.col("item").ne_missing(pl.col("item").shift())
    return total - pl.when(begins).then(total - pl.col("amount")).forward_fill()


def _within(value: pl.Expr, most: pl.Expr) -> pl.Expr:
    return pl.min_horizontal(pl.max_horizontal(value, pl.lit(0, pl.Int64)), most)
