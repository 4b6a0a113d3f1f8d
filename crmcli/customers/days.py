"""The days of each customer: what was ordered, sold and given back on every day on which something was.

Analyses that look at gaps, periods or an earlier date need no more than this: one row per customer and day is exact for
them, and much less than the transactions.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from crmcli.customers.money import concatenated, to_money

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from crmcli.customers.money import Units


@dataclass(frozen=True, slots=True)
class PartDays:
    """Customer-days of some customers, sorted by customer and day.

    `customer` numbers the customers of the part from 0 without a gap; `net` is None where nothing was given back, so
    that it equals `sales`; `cost` is None where none is known.
    """

    customer: NDArray[np.int32]
    day: NDArray[np.int32]
    orders: NDArray[np.int32]
    sales: Units
    net: Units | None
    cost: Units | None


def days_frame(parts: Sequence[PartDays], rank: NDArray[np.int64], money_scale: int, *, has_cost: bool) -> pl.DataFrame:
    """The days of ranked customers, sorted by rank and day.

    Args:
        parts: days of all customers, part by part.
        rank: by customer, over all parts: the row number to give it, or -1 to leave it out. Without gaps.
        money_scale: decimals of money.
        has_cost: every line has a cost; of a part of them it would be no margin.

    Returns:
        customer UInt32 (the rank) · date Date · orders Int64 (orders that began on the day; 0 where there were only
        refunds or further lines of an earlier order) · sales Decimal(38, s) (money, refunds left out) · net
        Decimal(38, s) (refunds included) · margin Decimal(38, s) (net − cost), with `has_cost`.
    """
    if not parts:
        return _empty(money_scale, has_cost=has_cost)
    lengths = np.concatenate([np.bincount(part.customer) for part in parts])
    place, customer = _in_order(lengths, rank)

    def number(of: Callable[[PartDays], NDArray[Any]]) -> NDArray[Any]:
        return np.concatenate([of(part) for part in parts]).take(place)

    def money(of: Callable[[PartDays], Units]) -> pl.Series:
        return to_money(concatenated([of(part) for part in parts]).take(place), money_scale)

    columns: dict[str, Callable[[], NDArray[Any] | pl.Series]] = {
        "date": lambda: number(lambda part: part.day),
        "orders": lambda: number(lambda part: part.orders),
        "sales": lambda: money(lambda part: part.sales),
    }
    if any(part.net is not None for part in parts):
        columns["net"] = lambda: money(lambda part: part.sales if part.net is None else part.net)
    if has_cost:
        columns["cost"] = lambda: money(_cost)
    with ThreadPoolExecutor(pl.thread_pool_size()) as pool:
        made = {name: pool.submit(column) for name, column in columns.items()}
    frame = pl.DataFrame({"customer": customer, **{name: column.result() for name, column in made.items()}})
    return frame.select(*_typed(frame.columns))


def _typed(columns: Sequence[str]) -> Iterator[pl.Expr]:
    """Net money is money of sales where nothing went back; it takes no room of its own then."""
    net = pl.col("net" if "net" in columns else "sales")
    yield from (pl.col("customer"), pl.col("date").cast(pl.Date), pl.col("orders").cast(pl.Int64), pl.col("sales"))
    yield net.alias("net")
    if "cost" in columns:
        yield (net - pl.col("cost")).alias("margin")


def _empty(money_scale: int, *, has_cost: bool) -> pl.DataFrame:
    amounts = ("sales", "net", *(("margin",) if has_cost else ()))
    money = dict.fromkeys(amounts, pl.Decimal(38, money_scale))
    return pl.DataFrame(schema={"customer": pl.UInt32, "date": pl.Date, "orders": pl.Int64, **money})


def _cost(part: PartDays) -> Units:
    return part.sales.zeros() if part.cost is None else part.cost


def _in_order(lengths: NDArray[np.int64], rank: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Places of all days in the order of the ranks, and the rank of each; whole blocks move, nothing is sorted."""
    kept = np.flatnonzero(rank >= 0)
    by_rank = np.empty(len(kept), dtype=np.int64)
    by_rank[rank[kept]] = kept
    starts = np.cumsum(lengths) - lengths
    counts = lengths[by_rank]
    ends = np.cumsum(counts)
    place = np.repeat(starts[by_rank] - (ends - counts), counts)
    place += np.arange(len(place))
    return place, np.repeat(np.arange(len(kept), dtype=np.uint32), counts)
