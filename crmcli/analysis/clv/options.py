"""What the clv analysis may be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmcli.analysis.clv.horizon import Span
from crmcli.analysis.clv.units import TimeUnit

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

    from crmcli.analysis.clv.saved import SavedModel

AUTO = "auto"
A_YEAR = Span(365, "d")


@dataclass(frozen=True, slots=True)
class ClvOptions:
    """The options of one run.

    `model` is auto, bg, mbg, pareto or cnbd. `margin_share` is the part of revenue that is profit; `value` is revenue
    or margin, None for margin where a cost was mapped or `margin_share` is given. `holdout` is the span at the end that
    is kept for validation, or the last date before it; None for the last third. `level` is the probability of
    intervals. `bootstrap` is how many resamples give the intervals of parameters, 0 for log-Wald; `seed` feeds them.
    `saved` is a fitted model to use instead of fitting. `views` names the tables to make; None means all.
    """

    model: str = AUTO
    horizon: Span = A_YEAR
    discount_rate_annual: float = 0.1
    margin_share: Decimal | None = None
    value: str | None = None
    time_unit: TimeUnit = TimeUnit.WEEK
    holdout: Span | dt.date | None = None
    level: float = 0.9
    bootstrap: int = 0
    seed: int = 0
    acquisition_cost: Decimal | None = None
    saved: SavedModel | None = None
    views: frozenset[str] | None = None
