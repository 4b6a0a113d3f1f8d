"""From lines to customers, in memory and part by part: sort by (customer, day), then count along."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from crmcli.customers.days import PartDays
from crmcli.customers.lines import SPREAD
from crmcli.customers.money import MONEY_PRECISION, concatenated, to_money, to_units
from crmcli.customers.partitions import sort_part, sorted_parts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcli.customers.lines import Lines
    from crmcli.customers.money import Units
    from crmcli.customers.partitions import SortedPart


class CustomerCollisionError(Exception):
    """Two customers share a hash; the caller reads again with exact codes."""


@dataclass(frozen=True, slots=True)
class _Arrays:
    """Columns of all lines as arrays; None where a column is absent or would say the same on every line."""

    customer: NDArray[np.uint64]
    tag: NDArray[np.uint64]
    amount: Units
    refund: NDArray[np.bool_] | None
    order: NDArray[np.uint64] | None
    cost: Units | None
    refunded: Units | None


@dataclass(frozen=True, slots=True)
class _Part:
    """Aggregates of one part. The second group of arrays has entries only for the customers `who` with an order."""

    row: NDArray[np.int64]
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

    days: PartDays


@dataclass(frozen=True, slots=True)
class Aggregates:
    """One row per customer with used lines (code 0), in no particular order; and their days.

    Columns of `customers`: row UInt32 (a line of the customer) · lines, refund_lines Int64 · net, refunds Decimal
    · cost Decimal, if present · first_day, last_day Int32 (days since 1970 of the first and last order; null without
    one) · purchase_days, orders Int64 (0 without an order) · first_day_amount Decimal. The customers of `days`, part
    after part, are the rows of `customers`.
    """

    customers: pl.DataFrame
    days: tuple[PartDays, ...]


def aggregate_customers(lines: Lines, money_scale: int) -> Aggregates:
    """Sum up all used lines by customer.

    Raises:
        CustomerCollisionError: two customers have the same hash.
    """
    arrays = _arrays(lines.frame)
    code = lines.frame["code"].to_numpy()
    used = code == 0 if code.any() else None
    with ThreadPoolExecutor(pl.thread_pool_size()) as pool:
        parts = list(pool.map(lambda part: _aggregate(arrays, *part), sorted_parts(arrays.customer, used)))
    if not lines.exact and any(part.collided for part in parts):
        raise CustomerCollisionError
    customers = _frame(parts, money_scale) if parts else _empty(money_scale, has_cost=arrays.cost is not None)
    return Aggregates(customers, tuple(part.days for part in parts))


def _arrays(frame: pl.DataFrame) -> _Arrays:
    refund = frame["refund"].fill_null(value=False)
    return _Arrays(
        customer=frame["customer"].fill_null(0).to_numpy(),
        tag=frame["tag"].fill_null(0).to_numpy(),
        amount=to_units(frame["amount"]),
        refund=refund.to_numpy() if refund.any() else None,
        order=_orders(frame) if "order" in frame.columns else None,
        cost=to_units(frame["cost"]) if "cost" in frame.columns else None,
        refunded=to_units(frame["refunded"]) if "refunded" in frame.columns else None,
    )


def _orders(frame: pl.DataFrame) -> NDArray[np.uint64]:
    """One number per order: hashes of customer and order id, or of customer and day where the id is missing."""
    order = frame["order"]
    customer = frame["customer"].fill_null(0).to_numpy() * np.uint64(SPREAD)
    by_day = frame["day"].hash(seed=4).to_numpy() ^ customer
    identified = order.fill_null(0).to_numpy() ^ customer
    return np.where(order.is_null().to_numpy(), by_day, identified)


def _aggregate(arrays: _Arrays, keys: NDArray[np.uint64], width: int) -> _Part:
    part = sort_part(keys, width, arrays.customer, arrays.tag)
    starts = part.customer_starts
    refund = None if arrays.refund is None else arrays.refund[part.positions]
    amount = arrays.amount.take(part.positions)
    refunds = _refunds(arrays, amount, part.positions, refund)
    sales = amount if refunds is None else amount.minus(refunds)
    net = amount.sums(starts)
    cost = None if arrays.cost is None else arrays.cost.take(part.positions)
    day_sales = sales.sums(part.day_starts)
    begun = _orders_begun(part, arrays, refund)
    active = np.flatnonzero(begun)
    customers = part.day_customers[active]
    firsts = np.flatnonzero(np.diff(customers, prepend=-1))
    days = part.days
    return _Part(
        row=part.positions[starts],
        collided=part.collided,
        lines=np.diff(starts, append=len(part.positions)),
        refund_lines=_counts(refund, starts),
        net=net,
        refunds=net.zeros() if refunds is None else refunds.sums(starts),
        cost=None if cost is None else cost.sums(starts),
        who=customers[firsts],
        first_day=days[active[firsts]],
        last_day=days[active[np.append(firsts[1:], len(active)) - 1]] if len(active) else days[:0],
        purchase_days=np.diff(firsts, append=len(active)),
        orders=np.add.reduceat(begun[active], firsts) if len(firsts) else begun[:0],
        first_day_amount=day_sales.take(active[firsts]),
        days=PartDays(
            customer=part.day_customers.astype(np.int32),
            day=days,
            orders=begun.astype(np.int32),
            sales=day_sales,
            net=None if refunds is None else amount.sums(part.day_starts),
            cost=None if cost is None else cost.sums(part.day_starts),
        ),
    )


def _refunds(
    arrays: _Arrays, amount: Units, positions: NDArray[np.int64], refund: NDArray[np.bool_] | None
) -> Units | None:
    """Money that went back (≤ 0) by line: the refunds, and what was taken off sales; None where there is neither."""
    on_own_lines = None if refund is None else amount.where(refund)
    if arrays.refunded is None:
        return on_own_lines
    return (on_own_lines or amount.zeros()).minus(arrays.refunded.take(positions))


def _orders_begun(part: SortedPart, arrays: _Arrays, refund: NDArray[np.bool_] | None) -> NDArray[np.int64]:
    """The number of orders that begin on each customer-day.

    Without order ids, a day with any line that is no refund is one order. With them, an order begins on the first day
    of its lines that are no refunds; lines without an order id count as one order a day.
    """
    days = len(part.day_starts)
    if arrays.order is not None:
        sales = np.arange(len(part.positions)) if refund is None else np.flatnonzero(~refund)
        _, first = np.unique(arrays.order[part.positions[sales]], return_index=True)
        day = np.searchsorted(part.day_starts, sales[first], side="right") - 1
        return np.bincount(day, minlength=days).astype(np.int64)
    if refund is None:
        return np.ones(days, dtype=np.int64)
    return (_counts(~refund, part.day_starts) > 0).astype(np.int64)


def _counts(flags: NDArray[np.bool_] | None, starts: NDArray[np.int64]) -> NDArray[np.int64]:
    if flags is None or not len(starts):
        return np.zeros(len(starts), dtype=np.int64)
    return np.add.reduceat(flags, starts, dtype=np.int64)


def _frame(parts: list[_Part], money_scale: int) -> pl.DataFrame:
    """All parts as one frame; customers without an order get null dates, no orders and no first amount."""

    def joined(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(part, name) for part in parts])

    def money(name: str) -> pl.Series:
        return to_money(concatenated([getattr(part, name) for part in parts]), money_scale)

    offsets = np.cumsum([0, *(len(part.lines) for part in parts[:-1])])
    who = np.concatenate([part.who + offset for part, offset in zip(parts, offsets, strict=True)])
    customers = pl.DataFrame(
        {
            "row": joined("row").astype(np.uint32),
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


def _empty(money_scale: int, *, has_cost: bool) -> pl.DataFrame:
    money = pl.Decimal(MONEY_PRECISION, money_scale)
    counts = ("lines", "refund_lines", "purchase_days", "orders")
    amounts = ("net", "refunds", *(("cost",) if has_cost else ()), "first_day_amount")
    return pl.DataFrame(
        schema={
            "row": pl.UInt32,
            **dict.fromkeys(counts, pl.Int64),
            **dict.fromkeys(("first_day", "last_day"), pl.Int32),
            **dict.fromkeys(amounts, money),
        }
    )
