"""What a reader must know of two windows before believing their difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.segment.money import money
from crmcli.notes import counted, info, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcli.analysis.change.compare import Change
    from crmcli.analysis.change.states import Silence
    from crmcli.analysis.change.totals import Window
    from crmcli.analysis.change.windows import Windows
    from crmcli.customers.summary import CustomerSummary
    from crmcli.notes import Note

MANY_REFUNDS = 0.1
"""Refunds beyond this part of sales turn a remark on them into a warning."""


def change_notes(change: Change, now: CustomerSummary) -> tuple[Note, ...]:
    """All that there is to say about one comparison."""
    return (
        *_length(change.windows),
        *_coverage(change, now),
        *_silence(change.silence, change.windows),
        *_pace(change),
        *_refunds(change, now.money_scale),
    )


def _length(windows: Windows) -> Iterator[Note]:
    if windows.days != windows.days_before:
        text = (
            f"A window of {windows.days} days ({windows.first_day} to {windows.now}) is held against one of "
            f"{windows.days_before} ({windows.first_day_before} to {windows.then})"
        )
        yield info("change_unequal_windows", text)


def _coverage(change: Change, now: CustomerSummary) -> Iterator[Note]:
    """Windows that the transactions do not cover, or in which nothing was ordered."""
    windows, sold = change.windows, change.totals
    first = now.days.select(pl.col("date").min()).item()
    if first > windows.first_day_before:
        text = f"The transactions begin on {first}, so that "
        if first > windows.then:
            text += f"there is nothing to compare with: all customers count as new since {windows.first_day}"
        else:
            text += (
                f"the window before, from {windows.first_day_before} to {windows.then}, is not covered whole and "
                "growth is overstated"
            )
        yield warning("change_uncovered", text)
    if not sold.now.sales.orders:
        yield warning("change_no_orders", f"There is no order from {windows.first_day} to {windows.now}")


def _silence(found: Silence, windows: Windows) -> Iterator[Note]:
    if found.days is None:
        text = (
            f"Nobody had ordered on a second day by {windows.then}, so that nothing tells how long a silence means "
            "lost: no customer counts as lost or returned"
        )
        yield warning("change_no_churn_window", text)
    elif found.churn_window_days != found.days:
        text = (
            f"The churn window of {counted(found.churn_window_days or 0, 'day')} is shorter than the windows compared: "
            f"customers count as lost after {found.days} days of silence"
        )
        yield info("change_short_churn_window", text)


def _pace(change: Change) -> Iterator[Note]:
    """Windows shorter than customers take to come back, in which most money looks churned or reactivated."""
    windows, half = change.windows, change.silence.half_return_days
    if not (change.totals.before.sales.orders and change.silence.days):
        return
    if half is None or half > max(windows.days, windows.days_before):
        usual = (
            "fewer than half of orders are ever followed by another"
            if half is None
            else (f"half of orders are followed by another only within {half:,} days")
        )
        text = (
            f"In windows of {windows.days} days most customers pause, since {usual}: churned and reactivated money, "
            "NRR and GRR then tell of pauses; lost_customers counts those who stayed away too long"
        )
        yield info("change_short_windows", text)


def _refunds(change: Change, scale: int) -> Iterator[Note]:
    sides = [
        _taken_back(window, name, scale)
        for window, name in ((change.totals.now, "the window"), (change.totals.before, "the window before"))
        if window.refund_units
    ]
    if sides:
        text = f"Refunds took back {' and '.join(sides)}; revenue is net of them, flows, NRR and GRR are not"
        many = any(
            -window.refund_units > MANY_REFUNDS * window.sales.units
            for window in (change.totals.now, change.totals.before)
        )
        yield (warning if many else info)("change_refunds", text)


def _taken_back(window: Window, name: str, scale: int) -> str:
    part = f" ({-window.refund_units / window.sales.units:.1%} of its sales)" if window.sales.units else ""
    return f"{money(-window.refund_units, scale):,} in {name}{part}"
