"""What a newly won customer is worth, when what winning one costs is paid back, and what faster buying would bring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmcli.analysis.clv.rows import Rows

if TYPE_CHECKING:
    from crmcli.analysis.clv.workbench import Workbench

SHORTER_GAPS = 0.1
"""By how much the gap between purchases is shortened to see what that is worth."""

_LONGEST_PAYBACK_DAYS = 3650
_PARETO = "pareto_nbd"


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """A customer who has just made the first purchase, on average.

    Args:
        first_purchase: mean money of first purchases.
        later: discounted money of the repeat purchases within the horizon.
    """

    first_purchase: float
    later: float

    @property
    def value(self) -> float:
        """Both together."""
        return self.first_purchase + self.later


def new_customer(bench: Workbench) -> NewCustomer:
    """What winning one more customer like those so far brings within the horizon."""
    return NewCustomer(_first_purchase(bench), _later_value(bench, bench.horizon_days))


def payback_days(bench: Workbench, cost: float) -> int | None:
    """The first day on which the expected money of a new customer covers a cost; None if not within ten years."""
    missing = cost - _first_purchase(bench)
    if missing <= 0:
        return 0
    low, high = 0, _LONGEST_PAYBACK_DAYS
    if _later_value(bench, high) < missing:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _later_value(bench, middle) >= missing else (middle, high)
    return high


def gap_lever(bench: Workbench) -> float:
    """Discounted future value of all customers if the gaps between their purchases were a tenth shorter, less as it is.

    Where customers drop out after purchases (BG, MBG, CNBD), time runs faster: E[Y] of a horizon longer by the same
    factor. Where they die by the clock (Pareto), purchases grow in proportion.
    """
    histories = bench.histories
    rows, faster = histories.rows, 1 / (1 - SHORTER_GAPS)
    model = bench.fit.model
    now = bench.central.mean[0] * bench.discount
    if model.name == _PARETO:
        then = now * faster
    else:
        then = model.discounted_purchases(rows, bench.horizon_days * faster, bench.rate_per_day / faster)
    spend = bench.spending.expected(histories.x, histories.mean_spend)
    return float((then - now)[rows.index] @ spend)


def _first_purchase(bench: Workbench) -> float:
    return float(bench.ledger.first_purchase_money().mean())


def _later_value(bench: Workbench, days: float) -> float:
    born = Rows.newborn()
    return float(bench.fit.model.discounted_purchases(born, days, bench.rate_per_day)[0]) * bench.spending.population
