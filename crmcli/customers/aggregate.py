"""From lines to customers, in memory and part by part: sort by (customer, day), then count along."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from crmcli.customers.lines import ROW_BITS, ROW_MASK, SPREAD
from crmcli.customers.money import concatenated, to_money, to_units
from crmcli.customers.partitions import partition, sort_part

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcli.customers.lines import Lines
    from crmcli.customers.money import Units
    from crmcli.customers.partitions import SortedPart


class CustomerCollisionError(Exception):
    """Two customers share a hash; the caller reads again with exact codes."""


@dataclass(frozen=True, slots=True)
class _Arrays:
    """Columns of lines as arrays; None where a column is absent or would say the same on every line."""

    customer: NDArray[np.uint64]
    day: NDArray[np.int32]
    tag: NDArray[np.uint64]
    amount: Units
    refund: NDArray[np.bool_] | None
    order: NDArray[np.uint64] | None
    cost: Units | None

    def take(self, positions: NDArray[np.int64]) -> _Arrays:
        """The lines at positions."""
        return _Arrays(
            customer=self.customer[positions],
            day=self.day[positions],
            tag=self.tag[positions],
            amount=self.amount.take(positions),
            refund=None if self.refund is None else self.refund[positions],
            order=None if self.order is None else self.order[positions],
            cost=None if self.cost is None else self.cost.take(positions),
        )


@dataclass(frozen=True, slots=True)
class _Part:
    """Aggregates of one part. The second group of arrays has entries only for the customers `who` with an order."""

    tag: NDArray[np.uint64]
    collided: bool
    lines: NDArray[np.int64]
    refund_lines: NDArray[np.int64]
    net: Units
    refunds: Units
    cost: Units | None

    who: NDArray[np.int64]
    first_day: NDArray[np.int32]
    last_day: NDArray[np.int32]
    purchase_days: NDArray[np.int64]
    orders: NDArray[np.int64]
    first_day_amount: Units


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
    with ThreadPoolExecutor(pl.thread_pool_size()) as pool:
        parts = list(pool.map(lambda at: _aggregate(arrays.take(at)), partition(arrays.customer, used)))
    if not lines.exact and any(part.collided for part in parts):
        raise CustomerCollisionError
    return _frame(parts, money_scale)


def _arrays(frame: pl.DataFrame) -> _Arrays:
    refund = frame["refund"].fill_null(value=False)
    return _Arrays(
        customer=frame["customer"].fill_null(0).to_numpy(),
        day=frame["day"].fill_null(0).to_numpy(),
        tag=frame["tag"].fill_null(0).to_numpy(),
        amount=to_units(frame["amount"]),
        refund=refund.to_numpy() if refund.any() else None,
        order=_orders(frame) if "order" in frame.columns else None,
        cost=to_units(frame["cost"]) if "cost" in frame.columns else None,
    )


def _orders(frame: pl.DataFrame) -> NDArray[np.uint64]:
    """One number per order: hashes of customer and order id, or of customer and day where the id is missing."""
    order = frame["order"]
    customer = frame["customer"].fill_null(0).to_numpy() * np.uint64(SPREAD)
    by_day = frame["day"].hash(seed=4).to_numpy() ^ customer
    identified = order.fill_null(0).to_numpy() ^ customer
    return np.where(order.is_null().to_numpy(), by_day, identified)


def _aggregate(part: _Arrays) -> _Part:
    order = sort_part(part.customer, part.day)
    part = part.take(order.order)
    starts = order.customer_starts
    refunds = None if part.refund is None else part.amount.where(part.refund)
    sales = part.amount if refunds is None else part.amount.minus(refunds)
    begun = _orders_begun(part, order)
    active = np.flatnonzero(begun)
    customers = order.day_customers[active]
    firsts = np.flatnonzero(np.diff(customers, prepend=-1))
    first_days = active[firsts]
    days = part.day[order.day_starts]
    net = part.amount.sums(starts)
    return _Part(
        tag=part.tag[starts],
        collided=_collided(part.tag, starts),
        lines=np.diff(starts, append=len(part.tag)),
        refund_lines=_counts(part.refund, starts),
        net=net,
        refunds=net.zeros() if refunds is None else refunds.sums(starts),
        cost=None if part.cost is None else part.cost.sums(starts),
        who=customers[firsts],
        first_day=days[first_days],
        last_day=days[active[np.append(firsts[1:], len(active)) - 1]] if len(active) else days[:0],
        purchase_days=np.diff(firsts, append=len(active)),
        orders=np.add.reduceat(begun[active], firsts) if len(firsts) else begun[:0],
        first_day_amount=sales.sums(order.day_starts).take(first_days),
    )


def _orders_begun(part: _Arrays, order: SortedPart) -> NDArray[np.int64]:
    """The number of orders that begin on each customer-day.

    Without order ids, a day with any line that is no refund is one order. With them, an order begins on the first day
    of its lines that are no refunds; lines without an order id count as one order a day.
    """
    days = len(order.day_starts)
    if part.order is not None:
        sales = np.arange(len(part.order)) if part.refund is None else np.flatnonzero(~part.refund)
        _, first = np.unique(part.order[sales], return_index=True)
        day = np.searchsorted(order.day_starts, sales[first], side="right") - 1
        return np.bincount(day, minlength=days).astype(np.int64)
    if part.refund is None:
        return np.ones(days, dtype=np.int64)
    return (_counts(~part.refund, order.day_starts) > 0).astype(np.int64)


def _counts(flags: NDArray[np.bool_] | None, starts: NDArray[np.int64]) -> NDArray[np.int64]:
    if flags is None or not len(starts):
        return np.zeros(len(starts), dtype=np.int64)
    return np.add.reduceat(flags, starts, dtype=np.int64)


def _collided(tag: NDArray[np.uint64], starts: NDArray[np.int64]) -> bool:
    """Whether the second hash changes anywhere but between customers."""
    second = tag >> np.uint64(ROW_BITS)
    changes = np.flatnonzero(second[1:] != second[:-1]) + 1
    is_start = np.zeros(len(tag), dtype=np.bool_)
    is_start[starts] = True
    return not is_start[changes].all()


def _frame(parts: list[_Part], money_scale: int) -> pl.DataFrame:
    """All parts as one frame; those without an order get null dates, no orders and no first amount."""

    def joined(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(part, name) for part in parts])

    def money(name: str) -> pl.Series:
        return to_money(concatenated([getattr(part, name) for part in parts]), money_scale)

    offsets = np.cumsum([0, *(len(part.lines) for part in parts[:-1])])
    who = np.concatenate([part.who + offset for part, offset in zip(parts, offsets, strict=True)])
    customers = pl.DataFrame(
        {
            "row": (joined("tag") & np.uint64(ROW_MASK)).astype(np.uint32),
            "lines": joined("lines"),
            "refund_lines": joined("refund_lines"),
            "net": money("net"),
            "refunds": money("refunds"),
            **({"cost": money("cost")} if parts[0].cost is not None else {}),
        }
    )
    ordering = pl.DataFrame(
        {
            **{name: joined(name) for name in ("first_day", "last_day", "purchase_days", "orders")},
            "first_day_amount": money("first_day_amount"),
        }
    )
    if ordering.height < customers.height:
        position = np.full(customers.height, -1, dtype=np.int64)
        position[who] = np.arange(len(who))
        ordering = ordering.select(pl.all().gather(pl.Series(position).replace(-1, None)))
    counts = pl.col("purchase_days", "orders").fill_null(0)
    return pl.concat([customers, ordering.with_columns(counts)], how="horizontal")
