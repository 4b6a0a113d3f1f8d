"""What a customer is worth who is still one, or becomes one again, and how much of it is at risk.

All values are of the next year, discounted: expected purchases × expected spend per purchase.

- Value if alive: given that the customer has not dropped out. Value at risk = (1 − P(alive at the end of the horizon))
  × value if alive. P(no purchase) × value would take silence for loss: a customer who buys once a year is silent most
  of the time, and loses nothing by it.
- Future value: with the probability of being alive in it; what the customer is expected to bring as things stand.
- Value if returned: the returning purchase and those after it, given that it happens today.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from crmcli.analysis.clv.ledger import Ledger, day_number
from crmcli.analysis.clv.spending import fit_spending
from crmcli.analysis.clv.units import daily_rate
from crmcli.analysis.clv.worth import MARGIN, REVENUE
from crmcli.notes import info

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcli.analysis.churn.buying import Buying
    from crmcli.analysis.churn.options import ChurnOptions
    from crmcli.analysis.churn.snapshots import Snapshot
    from crmcli.analysis.clv.model import PurchaseModel
    from crmcli.analysis.clv.rows import Rows
    from crmcli.customers.summary import CustomerSummary
    from crmcli.notes import Note

VALUE_DAYS = 365
_HARDLY_ALIVE = 1e-200


@dataclass(frozen=True, slots=True)
class CustomerWorth:
    """By customer, in money; see the module. `basis` is margin or revenue: what the money means."""

    if_alive: NDArray[np.float64]
    at_risk: NDArray[np.float64]
    future: NDArray[np.float64]
    if_returned: NDArray[np.float64]
    basis: str
    notes: tuple[Note, ...] = ()


def worth(summary: CustomerSummary, snapshot: Snapshot, buying: Buying, options: ChurnOptions) -> CustomerWorth:
    """The worth of all customers of a snapshot.

    Args:
        summary: the summary behind the snapshot.
        snapshot: the customers.
        buying: the model of their purchases, fitted to the same snapshot.
        options: horizon, discount rate and margin.
    """
    rows, model = snapshot.rows, buying.fit.model
    rate = daily_rate(options.discount_rate_annual)
    purchases = model.discounted_purchases(rows, VALUE_DAYS, rate)
    if_alive = _given_alive(model, rows, purchases, rate)
    lost = 1 - model.p_alive_at(rows, options.horizon_days)
    returned = 1 + model.discounted_purchases(_back_today(rows), VALUE_DAYS, rate)
    spend, basis, notes = _spend(summary, options)
    return CustomerWorth(
        if_alive=if_alive[rows.index] * spend,
        at_risk=(lost * if_alive)[rows.index] * spend,
        future=purchases[rows.index] * spend,
        if_returned=returned[rows.index] * spend,
        basis=basis,
        notes=notes,
    )


def _given_alive(
    model: PurchaseModel, rows: Rows, purchases: NDArray[np.float64], rate_per_day: float
) -> NDArray[np.float64]:
    """Expected purchases given that the customer is alive.

    After a silence so long that being alive is all but impossible, as if the last purchase had been today.
    """
    alive = model.p_alive(rows)
    possible = alive > _HARDLY_ALIVE
    if possible.all():
        return np.asarray(purchases / alive)
    fresh = replace(rows, t_x_days=rows.age_days)
    usual = model.discounted_purchases(fresh, VALUE_DAYS, rate_per_day) / model.p_alive(fresh)
    return np.where(possible, purchases / np.where(possible, alive, 1.0), usual)


def _back_today(rows: Rows) -> Rows:
    """The same histories with one more purchase on the last day."""
    return replace(rows, x=rows.x + 1, t_x_days=rows.age_days)


def _spend(summary: CustomerSummary, options: ChurnOptions) -> tuple[NDArray[np.float64], str, tuple[Note, ...]]:
    """Expected profit (or revenue) of each customer's future purchases."""
    is_margin = summary.has_margin and options.margin_share is None
    histories = Ledger.of(summary, "margin" if is_margin else "net").histories(day_number(summary.as_of))
    spending = fit_spending(histories)
    spend = spending.expected(histories.x, histories.mean_spend)
    if is_margin:
        return spend, MARGIN, spending.notes
    if options.margin_share is not None:
        return spend * options.margin_share, MARGIN, spending.notes
    note = info(
        "churn_value_is_revenue",
        "Value is revenue, since no cost is mapped; give --margin 30% or map a cost to weigh campaigns by profit",
    )
    return spend, REVENUE, (*spending.notes, note)
