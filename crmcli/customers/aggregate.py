"""From lines to customers, in memory and part by part: sort by (customer, day), then count along."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.customers.lines import ROW_BITS, ROW_MASK, SPREAD
from crmcli.customers.money import Units, to_money, to_units
from crmcli.customers.partitions import partition, sort_part

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcli.customers.lines import Lines
    from crmcli.customers.partitions import SortedPart

_U64 = np.uint64


class CustomerCollisionError(Exception):
    """Two customers share a hash; the caller reads again with exact codes."""


@dataclass(frozen=True, slots=True)
class _Arrays:
    """The columns of the lines as arrays; None where a column is absent or would say the same on every line."""

    customer: NDArray[np.uint64]
    day: NDArray[np.int32]
    tag: NDArray[np.uint64]
    amount: Units
    refund: NDArray[np.bool_] | None
    order: NDArray[np.uint64] | None
    cost: Units | None


def aggregate_customers(lines: Lines, money_scale: int) -> pl.DataFrame:
    """One row per customer with used lines (code 0), in no particular order.

    Columns: row UInt32 (a line of the customer) · lines, refund_lines Int64 · net, refunds Decimal · cost Decimal, if
    present · first_day, last_day Int32 (days since 1970 of the first and last order; null without an order) ·
    purchase_days, orders Int64 (0 without an order) · first_day_amount Decimal.

    Raises:
        CustomerCollisionError: two customers have the same hash.
    """
    arrays = _arrays(lines.frame)
    code = lines.frame["code"].to_numpy()
    used = code == 0 if code.any() else None
    with ThreadPoolExecutor(_threads()) as pool:
        parts = list(pool.map(lambda positions: _aggregate(positions, arrays), partition(arrays.customer, used)))
    if not lines.exact and any(part.collided for part in parts):
        raise CustomerCollisionError
    return pl.concat([part.frame(money_scale) for part in parts])


def _threads() -> int:
    return pl.thread_pool_size() or os.cpu_count() or 1


def _arrays(frame: pl.DataFrame) -> _Arrays:
    refund = frame["refund"].fill_null(value=False)
    order = frame["order"] if "order" in frame.columns else None
    return _Arrays(
        customer=frame["customer"].fill_null(0).to_numpy(),
        day=frame["day"].fill_null(0).to_numpy(),
        tag=frame["tag"].fill_null(0).to_numpy(),
        amount=to_units(frame["amount"]),
        refund=refund.to_numpy() if refund.any() else None,
        order=None if order is None else _orders(frame, order),
        cost=to_units(frame["cost"]) if "cost" in frame.columns else None,
    )


def _orders(frame: pl.DataFrame, order: pl.Series) -> NDArray[np.uint64]:
    """One number per order: hashes of customer and order id together, or of customer and day where the id is missing."""
    customer = frame["customer"].fill_null(0).to_numpy() * _U64(SPREAD)
    by_day = frame["day"].hash(seed=4).to_numpy() ^ customer
    identified = order.fill_null(0).to_numpy() ^ customer
    return np.where(order.is_null().to_numpy(), by_day, identified)


@dataclass(frozen=True, slots=True)
class _Part:
    """Aggregates of one part, an entry per customer; those of orders have an entry per customer with an order."""

    tag_min: NDArray[np.uint64]
    tag_max: NDArray[np.uint64]
    lines: NDArray[np.int64]
    refund_lines: NDArray[np.int64]
    net: Units
    refunds: Units
    cost: Units | None
    orders: _OrderPart

    @property
    def collided(self) -> bool:
        bits = _U64(ROW_BITS)
        return bool(np.any((self.tag_min >> bits) != (self.tag_max >> bits)))

    def frame(self, money_scale: int) -> pl.DataFrame:
        count = len(self.lines)
        columns = {
            "row": pl.Series((self.tag_min & _U64(ROW_MASK)).astype(np.uint32)),
            "lines": pl.Series(self.lines, dtype=pl.Int64),
            "refund_lines": pl.Series(self.refund_lines, dtype=pl.Int64),
            "net": to_money(self.net, money_scale),
            "refunds": to_money(self.refunds, money_scale),
            **({} if self.cost is None else {"cost": to_money(self.cost, money_scale)}),
            **self.orders.columns(count, money_scale),
        }
        return pl.DataFrame(columns)


@dataclass(frozen=True, slots=True)
class _OrderPart:
    """`who` numbers the customers of a part that have an order; the other arrays have an entry for each of them."""

    who: NDArray[np.int64]
    first_day: NDArray[np.int32]
    last_day: NDArray[np.int32]
    purchase_days: NDArray[np.int64]
    orders: NDArray[np.int64]
    first_day_amount: Units

    def columns(self, count: int, money_scale: int) -> dict[str, pl.Series]:
        position = np.full(count, -1, dtype=np.int64)
        position[self.who] = np.arange(len(self.who))
        index = pl.Series(position).replace(-1, None)
        columns = {
            "first_day": pl.Series(self.first_day, dtype=pl.Int32),
            "last_day": pl.Series(self.last_day, dtype=pl.Int32),
            "purchase_days": pl.Series(self.purchase_days, dtype=pl.Int64),
            "orders": pl.Series(self.orders, dtype=pl.Int64),
            "first_day_amount": to_money(self.first_day_amount, money_scale),
        }
        spread = columns if len(self.who) == count else {name: s.gather(index) for name, s in columns.items()}
        return spread | {name: spread[name].fill_null(0) for name in ("purchase_days", "orders")}


def _aggregate(positions: NDArray[np.int64], arrays: _Arrays) -> _Part:
    part = sort_part(positions, arrays.customer, arrays.day)
    starts = part.customer_starts
    tag = arrays.tag[part.order]
    refund = None if arrays.refund is None else arrays.refund[part.order]
    amount = arrays.amount.take(part.order)
    refunds = amount.where(refund)
    return _Part(
        tag_min=np.minimum.reduceat(tag, starts) if len(starts) else tag,
        tag_max=np.maximum.reduceat(tag, starts) if len(starts) else tag,
        lines=np.diff(starts, append=len(tag)),
        refund_lines=_counts(refund, starts),
        net=amount.sums(starts),
        refunds=refunds.sums(starts),
        cost=None if arrays.cost is None else arrays.cost.take(part.order).sums(starts),
        orders=_order_part(part, arrays, refund, amount.minus(refunds)),
    )


def _order_part(part: SortedPart, arrays: _Arrays, refund: NDArray[np.bool_] | None, sales: Units) -> _OrderPart:
    begun = _orders_begun(part, arrays, refund)
    active = np.flatnonzero(begun)
    customer = np.searchsorted(part.customer_starts, part.day_starts[active], side="right") - 1
    firsts = np.flatnonzero(np.diff(customer, prepend=-1))
    lasts = np.append(firsts[1:], len(customer)) - 1 if len(firsts) else firsts
    days = arrays.day[part.order[part.day_starts[active]]]
    return _OrderPart(
        who=customer[firsts],
        first_day=days[firsts],
        last_day=days[lasts],
        purchase_days=np.diff(firsts, append=len(customer)),
        orders=np.add.reduceat(begun[active], firsts) if len(firsts) else begun[active],
        first_day_amount=sales.sums(part.day_starts).take(active[firsts]),
    )


def _orders_begun(part: SortedPart, arrays: _Arrays, refund: NDArray[np.bool_] | None) -> NDArray[np.int64]:
    """The number of orders that begin on each customer-day.

    Without order ids, a day with any line that is no refund is one order. With them, an order begins on the first day
    of its lines that are no refunds; lines without an order id count as one order a day.
    """
    if arrays.order is not None:
        sales = np.arange(len(part.order)) if refund is None else np.flatnonzero(~refund)
        _, first = np.unique(arrays.order[part.order[sales]], return_index=True)
        day = np.searchsorted(part.day_starts, sales[first], side="right") - 1
        return np.bincount(day, minlength=len(part.day_starts)).astype(np.int64)
    if refund is None:
        return np.ones(len(part.day_starts), dtype=np.int64)
    return (_counts(~refund, part.day_starts) > 0).astype(np.int64)


def _counts(flags: NDArray[np.bool_] | None, starts: NDArray[np.int64]) -> NDArray[np.int64]:
    if flags is None or not len(starts):
        return np.zeros(len(starts), dtype=np.int64)
    return np.add.reduceat(flags, starts, dtype=np.int64)
