"""The short way to settle what is oldest agrees, movement by movement, with the way that knows every rule."""

from __future__ import annotations

import datetime as dt
from typing import Any
from unittest.mock import patch

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcli.invoices import allocate as module
from crmcli.invoices.allocate import UNAPPLIED, allocate
from crmcli.invoices.allocate_pool import allocate_pooled

ITEMS: dict[str, Any] = {
    "item": pl.Int64,
    "account": pl.UInt32,
    "key": pl.Int64,
    "date": pl.Date,
    "due": pl.Date,
    "amount": pl.Int64,
}
EVENTS: dict[str, Any] = {
    "event": pl.Int64,
    "account": pl.UInt32,
    "kind": pl.Enum(["credit_note", "invoice", "payment", "write_off"]),
    "date": pl.Date,
    "amount": pl.Int64,
    "key": pl.Int64,
    "pooled": pl.Boolean,
}
DAY = dt.date(1969, 12, 20)
"""Days before and after 1970 sort alike."""


def _day(number: int) -> dt.date:
    return DAY + dt.timedelta(days=number)


@st.composite
def ledgers(draw: st.DrawFn, *, reversals: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Two accounts with invoices, and events that name one of them, or none and settle the oldest or nothing."""
    bills = draw(
        st.lists(st.tuples(st.integers(0, 1), st.integers(0, 20), st.integers(-5, 20), st.integers(1, 9)), max_size=8)
    )
    items: list[dict[str, Any]] = [
        {"item": n, "account": account, "key": n, "date": _day(day), "due": _day(day + terms), "amount": amount}
        for n, (account, day, terms, amount) in enumerate(sorted(bills))
    ]
    events: list[dict[str, Any]] = []
    kinds = st.sampled_from(["payment", "payment", "credit_note", "write_off"])
    for number in range(draw(st.integers(0, 10))):
        bill = draw(st.sampled_from([None, *items]))
        account = draw(st.integers(0, 1)) if bill is None else bill["account"]
        first = 0 if reversals or bill is None else (bill["date"] - DAY).days
        kind = draw(kinds)
        events.append(
            {
                "event": number,
                "account": account,
                "kind": kind,
                "date": _day(draw(st.integers(first, first + 25))),
                "amount": draw(st.integers(-9 if reversals or bill is None else 1, 14)) or 1,
                "key": None if bill is None else bill["key"],
                "pooled": bill is None and kind == "payment",
            }
        )
    return pl.DataFrame(items, schema=ITEMS, orient="row"), pl.DataFrame(events, schema=EVENTS, orient="row")


def _moved(moves: pl.DataFrame) -> list[tuple[object, ...]]:
    """What each event of a day did to each item, without what it did and undid."""
    sums = moves.group_by("account", "item", "date", "kind").agg(pl.col("amount").sum())
    return sums.filter(pl.col("amount") != 0).sort("account", "item", "date", "kind").rows()


@settings(max_examples=200, deadline=None)
@given(ledgers(reversals=False))
def test_the_short_way_agrees_with_the_long_one(ledger: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    with patch.object(module, "allocate_pooled", side_effect=AssertionError("no account here needs every rule")):
        found = allocate(*ledger)
    assert _moved(found) == _moved(allocate_pooled(*ledger).cast({"kind": pl.String}))


@settings(max_examples=200, deadline=None)
@given(ledgers(reversals=True))
def test_every_way_together_agrees_with_the_long_one(ledger: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    found = allocate(*ledger)
    assert _moved(found) == _moved(allocate_pooled(*ledger).cast({"kind": pl.String}))
    by_event = dict(found.group_by("event").agg(pl.col("amount").sum()).iter_rows())
    assert by_event == dict(ledger[1].select("event", "amount").iter_rows())


def test_the_oldest_due_first_and_the_rest_stays() -> None:
    items = pl.DataFrame(
        [(0, 0, 0, _day(0), _day(30), 10), (1, 0, 1, _day(1), _day(9), 10), (2, 0, 2, _day(5), _day(6), 10)],
        schema=ITEMS,
        orient="row",
    )
    events = pl.DataFrame(
        [(0, 0, "payment", _day(3), 14, None, True), (1, 0, "payment", _day(4), 9, None, True)],
        schema=EVENTS,
        orient="row",
    )
    assert sorted(allocate(items, events).select("event", "item", "amount").rows()) == [
        (0, 0, 4),
        (0, 1, 10),
        (1, UNAPPLIED, 3),
        (1, 0, 6),
    ]
