"""Where the money of a window came from, customer by customer, against the window before it.

Money of sales, as in the period rates of churn: a refund of an earlier sale would otherwise be taken for a loss of this
window. S is the sales of the window before. Of the customers with sales in both windows, those who spent more make up
expansion E, those who spent less contraction C. Churned X are the sales of those with none now, new N those of
customers whose first order lies in the window, reactivated R those of older customers with none before. So
S + E − C − X + N + R is the sales of the window, NRR = (S + E − C − X)/S, GRR = (S − C − X)/S and the quick ratio
(N + R + E)/(C + X).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.change.states import NEW
from crmcli.analysis.segment.money import minor_units, money

if TYPE_CHECKING:
    from collections.abc import Mapping

START, EXPANSION, CONTRACTION, CHURNED = "start", "expansion", "contraction", "churned"
NEW_FLOW, REACTIVATED, END = "new", "reactivated", "end"
FLOWS = (START, EXPANSION, CONTRACTION, CHURNED, NEW_FLOW, REACTIVATED, END)

_LOSSES = frozenset({CONTRACTION, CHURNED})


@dataclass(frozen=True, slots=True)
class Flows:
    """By flow, its customers and its money in minor units, never negative; `end` is what the others add up to."""

    customers: Mapping[str, int]
    units: Mapping[str, int]

    @property
    def nrr(self) -> float | None:
        """Net revenue retention; None without sales before."""
        return self._of_start(self._kept + self.units[EXPANSION])

    @property
    def grr(self) -> float | None:
        """Gross revenue retention, between 0 and 1; None without sales before."""
        return self._of_start(self._kept)

    @property
    def quick_ratio(self) -> float | None:
        """What was won for each unit lost; None when nothing was lost."""
        lost = self.units[CONTRACTION] + self.units[CHURNED]
        won = self.units[NEW_FLOW] + self.units[REACTIVATED] + self.units[EXPANSION]
        return won / lost if lost else None

    @property
    def _kept(self) -> int:
        return self.units[START] - self.units[CONTRACTION] - self.units[CHURNED]

    def _of_start(self, units: int) -> float | None:
        return units / self.units[START] if self.units[START] else None


def flows(frame: pl.DataFrame) -> Flows:
    """The flows among the customers of a `Movement`."""
    now, before = minor_units("sales"), minor_units("sales_before")
    change = now - before
    both = (now > 0) & (before > 0)
    gained = (now > 0) & (before == 0)
    parts: dict[str, tuple[pl.Expr, pl.Expr]] = {
        START: (before > 0, before),
        EXPANSION: (both & (change > 0), change),
        CONTRACTION: (both & (change < 0), before - now),
        CHURNED: ((before > 0) & (now == 0), before),
        NEW_FLOW: (gained & (pl.col("state") == NEW), now),
        REACTIVATED: (gained & (pl.col("state") != NEW), now),
        END: (now > 0, now),
    }
    counts = frame.select(where.sum().alias(name) for name, (where, _) in parts.items()).row(0, named=True)
    sums = frame.select(units.filter(where).sum().alias(name) for name, (where, units) in parts.items())
    return Flows(
        {name: int(count) for name, count in counts.items()},
        {name: int(total) for name, total in sums.row(0, named=True).items()},
    )


def flows_table(found: Flows, money_scale: int) -> pl.DataFrame:
    """The `flows` view: losses are negative, so that the rows before `end` add up to it."""
    start = found.units[START]
    signed = [-found.units[name] if name in _LOSSES else found.units[name] for name in FLOWS]
    return pl.DataFrame(
        {
            "flow": FLOWS,
            "customers": [found.customers[name] for name in FLOWS],
            "amount": pl.Series([money(units, money_scale) for units in signed], dtype=pl.Decimal(38, money_scale)),
            "share_of_start": pl.Series([units / start if start else None for units in signed], dtype=pl.Float64),
        }
    )
