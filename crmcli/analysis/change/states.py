"""What each customer did in two windows, and the one state that says what happened to them.

A customer is active in a window in which an order of theirs began; a refund is no order. With w the days of silence
beyond which a customer is lost, and silence the days since the last order, a customer is lost at a date when silence
then is longer than w. The states of the window (then, now], the first that fits:

- new: their first order lies in the window.
- returned: they ordered in it, and were lost at `then`.
- kept: they ordered in it otherwise, however long before that.
- lost: they are lost at `now` and were not at `then`.
- paused: they ordered in the window before, not in this one, and are not lost.
- no_order: none of these; money of older orders moved in one of the windows (refunds, or later lines of an order).

Customers of whom none of this is true do not occur. Since lost and returned are measured at the same two dates,
customers not lost at `now` = those not lost at `then` + new + returned − lost.

For that, w must not be shorter than a window: who ordered within the window could otherwise be lost at its end. A
shorter churn window is therefore lengthened to the longer of the two windows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.churn_window import churn_window
from crmcli.analysis.order_gaps import order_gaps

if TYPE_CHECKING:
    from crmcli.analysis.change.windows import Windows
    from crmcli.customers.summary import CustomerSummary

NEW, RETURNED, KEPT, PAUSED, LOST, NO_ORDER = "new", "returned", "kept", "paused", "lost", "no_order"
STATES = (NEW, RETURNED, KEPT, PAUSED, LOST, NO_ORDER)

_NEVER = 2**62
_SUMS = ("orders", "sales", "net")


@dataclass(frozen=True, slots=True)
class Silence:
    """Days of silence beyond which a customer is lost: `days`, None where nothing tells.

    `churn_window_days` is as given or what the orders up to the earlier date say; it is shorter where `days` had to be
    lengthened. `half_return_days` is the day by which half of these orders were followed by another (Kaplan–Meier);
    None where that never comes.
    """

    days: int | None
    churn_window_days: int | None
    half_return_days: int | None


@dataclass(frozen=True, slots=True)
class Movement:
    """The customers to whom something happened, and how many customers there are.

    Columns of `frame`, sorted by customer_id: customer_id String · state String (one of STATES) · first_date,
    last_date Date (of orders) · silent_days Int64 (at `now`) · past_revenue Decimal (all money up to `now`, net), and,
    of the window and with `_before` of the one before it, orders Int64 (that began), sales Decimal (money without
    refunds), revenue Decimal (refunds included).

    `current` and `current_before` count customers who are not lost at `now` and at `then`.
    """

    frame: pl.DataFrame
    current: int
    current_before: int


def silence(then: CustomerSummary, windows: Windows, given_days: int | None) -> Silence:
    """The silence that means lost: as given, else the churn window of the orders up to `then`."""
    gaps = order_gaps(then) if then.frame.height else None
    curve = None if gaps is None else gaps.curve()
    window = None if curve is None else churn_window(curve)
    found = given_days or (window.days if window else None)
    longest = max(windows.days, windows.days_before)
    return Silence(None if found is None else max(found, longest), found, None if curve is None else curve.median)


def movement(now: CustomerSummary, windows: Windows, lost_after_days: int | None) -> Movement:
    """What happened to each customer in the window, from their days."""
    rows = _everyone(now, windows)
    lost_now, lost_then = _is_lost("silent_days", lost_after_days), _is_lost("silent_days_before", lost_after_days)
    stated = rows.with_columns(_state(lost_now, lost_then).alias("state"))
    counts = stated.select(
        current=(~lost_now).sum(), current_before=(pl.col("silent_days_before").is_not_null() & ~lost_then).sum()
    ).row(0)
    moved = stated.filter(pl.col("state").is_not_null()).drop("customer", "silent_days_before", "moved")
    return Movement(moved.sort("customer_id"), *(int(count) for count in counts))


def _state(lost_now: pl.Expr, lost_then: pl.Expr) -> pl.Expr:
    bought = pl.col("orders") > 0
    return (
        pl.when(bought & pl.col("silent_days_before").is_null())
        .then(pl.lit(NEW))
        .when(bought & lost_then)
        .then(pl.lit(RETURNED))
        .when(bought)
        .then(pl.lit(KEPT))
        .when(lost_now & ~lost_then)
        .then(pl.lit(LOST))
        .when(pl.col("orders_before") > 0)
        .then(pl.lit(PAUSED))
        .when(pl.col("moved"))
        .then(pl.lit(NO_ORDER))
    )


def _is_lost(silent_days: str, after_days: int | None) -> pl.Expr:
    limit = _NEVER if after_days is None else after_days
    return (pl.col(silent_days) > limit).fill_null(value=False)


def _everyone(now: CustomerSummary, windows: Windows) -> pl.DataFrame:
    """One row per customer; silent_days_before is null without an order by `then`, moved says of any day in a window.

    The dates of the customer's orders are taken from the days, as every other figure.
    """
    days = now.days.filter(pl.col("date") <= windows.now)
    ordered = days.filter(pl.col("orders") > 0)
    until_then = pl.col("date").filter(pl.col("date") <= windows.then)
    dates = ordered.group_by("customer").agg(
        first_date=pl.col("date").min(), last_date=pl.col("date").max(), last_then=until_then.max()
    )
    money = pl.Decimal(38, now.money_scale)
    ids = now.frame.select("customer_id", past_revenue=pl.col("monetary").cast(money)).with_row_index("customer")
    rows = (
        ids.join(dates, on="customer", how="inner")
        .join(_sums(days, windows), on="customer", how="left")
        .with_columns(
            silent_days=(pl.lit(windows.now) - pl.col("last_date")).dt.total_days(),
            silent_days_before=(pl.lit(windows.then) - pl.col("last_then")).dt.total_days(),
            moved=pl.col("orders").is_not_null(),
        )
    )
    nothing = dict.fromkeys(("orders", "orders_before"), 0)
    amounts = ("sales", "sales_before", "revenue", "revenue_before")
    return rows.drop("last_then").with_columns(
        *(pl.col(name).fill_null(zero) for name, zero in nothing.items()),
        *(pl.col(name).fill_null(pl.lit(0, money)).cast(money) for name in amounts),
    )


def _sums(days: pl.DataFrame, windows: Windows) -> pl.DataFrame:
    """By customer with a day in either window, orders, sales and net revenue of both."""
    is_now = pl.col("date") > windows.then
    within = days.filter(pl.col("date") > windows.before)
    sums = within.group_by("customer").agg(
        *(pl.col(name).filter(is_now).sum().alias(name) for name in _SUMS),
        *(pl.col(name).filter(~is_now).sum().alias(f"{name}_before") for name in _SUMS),
    )
    return sums.rename({"net": "revenue", "net_before": "revenue_before"})
