"""The view `trend`: months, why receivables changed, roll rates, slowing customers, expected receipts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.credit import measures
from crmcli.analysis.credit.experience import payments
from crmcli.analysis.credit.months import last_month_ends, month_text, monthly_flows
from crmcli.analysis.credit.slopes import FASTER, SLOWER, STEADY, delay_slopes, scissors
from crmcli.analysis.credit.units import plain

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from crmcli.analysis.credit.buckets import Buckets
    from crmcli.analysis.credit.forecast import Forecast
    from crmcli.analysis.credit.states import Transitions
    from crmcli.invoices.ledger import CreditLedger

MONTHS = 13
"""Months that the series go back."""

_SAME = 0.02
"""A change below this part counts as none."""


@dataclass(frozen=True, slots=True)
class Point:
    """One row of the view `trend`."""

    kind: str
    key: str
    period: str
    value: float | None
    direction: str | None = None


def trend_points(ledger: CreditLedger, buckets: Buckets, moved: Transitions, forecast: Forecast | None) -> list[Point]:
    """All rows for one currency, what people want to know first in front."""
    return [
        *_change(ledger),
        *_scissors(ledger),
        *_forecast(forecast, ledger.money_scale),
        *_series(ledger),
        *_rolls(buckets, moved),
        *_slopes(ledger),
    ]


def direction_of(before: float | None, after: float | None) -> str | None:
    """↑, ↓ or →; None without a value before."""
    if before is None or after is None:
        return None
    if abs(after - before) <= _SAME * abs(before):
        return STEADY
    return SLOWER if after > before else FASTER


def _change(ledger: CreditLedger) -> Iterator[Point]:
    """Why receivables changed over the last whole month."""
    months = _months(ledger)
    if len(months) < 2:  # noqa: PLR2004 — two months make a change
        return
    (_, r0, s0, d0), (end, r1, s1, d1) = months[-2:]
    found = measures.receivables_change((r0, r1), (s0 / d0, s1 / d1))
    period = month_text(end)
    yield Point("delta_receivables", "total", period, r1 - r0, direction_of(r0, r1))
    if found:
        parts = {"sales": found.sales_effect, "collection": found.collection_effect, "joint": found.joint_effect}
        for name, value in parts.items():
            yield Point(
                "delta_receivables", name, period, value, SLOWER if value > 0 else FASTER if value < 0 else STEADY
            )


def _months(ledger: CreditLedger) -> list[tuple[dt.date, float, float, int]]:
    """End, receivables, sales and days of the last whole months."""
    ends = last_month_ends(ledger.items["date"].sort()[0], ledger.as_of, MONTHS)
    flows = {
        end: (balance, sales)
        for end, balance, sales in monthly_flows(ledger).select("date", "balance", "invoiced").iter_rows()
    }
    scale = ledger.money_scale
    found = []
    balance = 0
    for end in ends:
        balance, sales = flows.get(end, (balance, 0))
        found.append((end, plain(balance, scale), plain(sales, scale), end.day))
    return found


def _series(ledger: CreditLedger) -> Iterator[Point]:
    """Receivables, sales, DSO (on three months of sales) and DBT by month."""
    months = _months(ledger)
    paid = payments(ledger)
    late = pl.col("delay").clip(lower_bound=0) * pl.col("amount")
    sums = paid.group_by(pl.col("paid").dt.month_end()).agg(late=late.sum(), amount=pl.col("amount").sum())
    dbt = {end: late / amount for end, late, amount in sums.iter_rows() if amount}
    columns: dict[str, list[tuple[str, float | None]]] = {"receivables": [], "sales": [], "dso": [], "dbt": []}
    for number, (end, balance, sales, _) in enumerate(months):
        quarter = months[max(0, number - 2) : number + 1]
        found = measures.dso(balance, sum(month[2] for month in quarter), sum(month[3] for month in quarter))
        values = {"receivables": balance, "sales": sales, "dso": found, "dbt": dbt.get(end)}
        for name, value in values.items():
            columns[name].append((month_text(end), value))
    for name, values_ in columns.items():
        yield from _with_directions(name, values_)


def _with_directions(kind: str, values: Sequence[tuple[str, float | None]]) -> list[Point]:
    """A series, the latest month first, each with its direction against the month before."""
    points = [Point(kind, "all", period, value) for period, value in values[:1]]
    for (_, before), (period, after) in pairwise(values):
        points.append(Point(kind, "all", period, after, direction_of(before, after)))
    return points[::-1]


def _rolls(buckets: Buckets, moved: Transitions) -> Iterator[Point]:
    """Roll rates of the last six months."""
    for end, stayed, started in reversed(moved.by_month[-6:]):
        for place, name in enumerate(buckets.names[:-1]):
            rate = float(stayed[place, place + 1] / started[place]) if started[place] > 0 else None
            yield Point("roll_rate", f"{name} → {buckets.names[place + 1]}", month_text(end), rate)


def _scissors(ledger: CreditLedger) -> Iterator[Point]:
    for customer, slower, _ in scissors(ledger).iter_rows():
        yield Point("scissors", customer, ledger.as_of.isoformat(), slower, SLOWER)


def _slopes(ledger: CreditLedger) -> Iterator[Point]:
    found = delay_slopes(ledger).filter(pl.col("dbt_slope").is_not_null())
    for customer, slope, direction in found.iter_rows():
        yield Point("dbt_slope", customer, ledger.as_of.isoformat(), slope, direction)


def _forecast(forecast: Forecast | None, scale: int) -> Iterator[Point]:
    for week in forecast.weeks if forecast else ():
        for key, value in (("expected", week.expected), ("low", week.low), ("high", week.high)):
            yield Point("cash_forecast", key, week.start.isoformat(), plain(value, scale))
