"""What happened to the customers since the last report, and what it means in money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.change.facts import change_facts
from crmcli.analysis.change.flows import flows, flows_table
from crmcli.analysis.change.remarks import change_notes
from crmcli.analysis.change.states import STATES, movement, silence
from crmcli.analysis.change.totals import bridge_table, totals
from crmcli.analysis.change.views import CHANGE_CATALOGUE
from crmcli.analysis.change.windows import Windows
from crmcli.analysis.conform import conform
from crmcli.analysis.result import Result
from crmcli.errors import InternalError, TooLittleDataError

if TYPE_CHECKING:
    from crmcli.analysis.change.flows import Flows
    from crmcli.analysis.change.options import ChangeOptions
    from crmcli.analysis.change.states import Movement, Silence
    from crmcli.analysis.change.totals import Totals
    from crmcli.customers.summary import CustomerSummary


@dataclass(frozen=True, slots=True)
class Change:
    """All that the views, facts and notes of one comparison are made of."""

    windows: Windows
    silence: Silence
    movement: Movement
    totals: Totals
    flows: Flows


def compare(now: CustomerSummary, then: CustomerSummary, options: ChangeOptions) -> Result:
    """Hold the window (then.as_of, now.as_of] against the window (options.before, then.as_of] before it.

    Everything is counted from the days of `now`; `then` lends the orders up to the earlier date, from which the churn
    window is read. Rows after `now.as_of` change nothing, nor does the order of customers.

    Args:
        now: the summary as of this report, with its days.
        then: the same as of the last one; see `summary_at` and `previous_dates`. It may hold nobody.
        options: where the window before starts, and how much is shown.

    Raises:
        TooLittleDataError: no customer.
        UsageError: dates that do not rise, or another option that means nothing.
        InternalError: the summary was made without days.
    """
    windows = Windows(options.before, then.as_of, now.as_of)
    windows.check()
    options.check()
    if now.frame.is_empty():
        raise TooLittleDataError("There is no customer with an order up to as_of.")
    if not now.days.width:
        raise InternalError("Two windows are compared without the days of customers.")
    quiet = silence(then, windows, options.lost_after_days)
    moved = movement(now, windows, quiet.days)
    change = Change(windows, quiet, moved, totals(moved.frame), flows(moved.frame))
    return _result(change, now, options)


def _result(change: Change, now: CustomerSummary, options: ChangeOptions) -> Result:
    scale = now.money_scale
    customers = change.movement.frame.with_columns(change=pl.col("revenue") - pl.col("revenue_before"))
    tables = {
        "customers": customers,
        "states": _states(customers),
        "bridge": bridge_table(change.totals, scale),
        "flows": flows_table(change.flows, scale),
        "movers": _movers(customers, options.movers),
    }
    return Result(
        CHANGE_CATALOGUE,
        now.as_of,
        scale,
        {name: conform(table, CHANGE_CATALOGUE.view(name), scale) for name, table in tables.items()},
        change_facts(change, scale),
        change_notes(change, now),
    )


_SUMMED = ("orders", "orders_before", "revenue", "revenue_before", "change", "past_revenue")


def _states(customers: pl.DataFrame) -> pl.DataFrame:
    """All states, also those of nobody."""
    sums = customers.group_by("state").agg(pl.len().alias("customers"), pl.col(_SUMMED).sum())
    everything = pl.DataFrame({"state": STATES}).join(sums, on="state", how="left", maintain_order="left")
    return everything.with_columns(
        pl.col(name).fill_null(pl.lit(0).cast(everything.schema[name])) for name in ("customers", *_SUMMED)
    )


def _movers(customers: pl.DataFrame, number: int) -> pl.DataFrame:
    """The largest gains, the largest first, then the largest losses; equal ones by customer_id."""
    order = pl.col("change")
    gains = customers.filter(order > 0).sort("change", "customer_id", descending=[True, False]).head(number)
    losses = customers.filter(order < 0).sort("change", "customer_id").head(number)
    return pl.concat([gains.with_columns(direction=pl.lit("gain")), losses.with_columns(direction=pl.lit("loss"))])
