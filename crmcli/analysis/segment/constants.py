"""Every number that a definition of `segment` contains, in one place, with what it does.

They are settings: `--constants NAME=VALUE`, or the table [segment.constants] of crmcli.toml. This module imports no
frame library, so that help and completion stay fast.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from crmcli.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping


def _constant(default: float | None, meaning: str, *, least: float = 0, most: float = math.inf) -> Any:
    return field(default=default, metadata={"meaning": meaning, "least": least, "most": most})


@dataclass(frozen=True, slots=True, kw_only=True)
class Constants:
    """The constants of one run."""

    top_percent: int = _constant(1, "The best so many percent of customers are the tier top.", least=1, most=99)
    large_percent: int = _constant(5, "Those after it, up to so many percent, are large.", least=1, most=99)
    medium_percent: int = _constant(20, "Those after them, up to so many percent, are medium.", least=1, most=99)
    a_percent: int = _constant(
        80,
        "With --abc-by revenue, a customer is A while less than so many percent of value come before.",
        least=1,
        most=99,
    )
    b_percent: int = _constant(95, "And B while less than so many percent do.", least=1, most=99)
    vip_tiers: int = _constant(2, "Customers of the best so many tiers are vip.", least=1, most=3)
    gap_pseudo_count: float = _constant(
        3, "How many gaps of the pool a customer's typical gap is blended with.", least=0.001
    )
    overdue_quantile: float = _constant(
        0.95, "Part of all returns that came earlier than overdue; beyond it a customer is lost.", least=0.5, most=1
    )
    window_share: float = _constant(
        0.9, "Part of all returns that must have come within the churn window.", least=0.01, most=1
    )
    window_least_at_risk: int = _constant(
        30, "Orders that must still be open where the churn window reads how many never return.", least=1
    )
    late_limit: float = _constant(2, "Silence, in typical gaps, beyond which a customer declines.")
    young_orders: int = _constant(3, "Up to so many orders, from two on, a customer is growing.", least=1)
    trend_repeats: int = _constant(4, "Repeat order days needed to speak of a trend.", least=1)
    trend_p_value: float = _constant(0.1, "A trend is one that chance would show less often than this.", most=1)
    repeat_orders: int = _constant(2, "Repeat orders that make a repeat customer.", least=1)
    repeat_late_limit: float = _constant(2, "Silence, in typical gaps, up to which a customer is still one.")
    promotion_share: float = _constant(
        0.5, "From this part of orders with a promotion on, promotions hold the customer.", most=1
    )
    discount_share: float = _constant(0.5, "From this part of spend at a discount on, the price does.", most=1)
    attachment_cut: float | None = _constant(
        None, "Survey attachment from which a customer is attached; the median answer unless given.", least=-math.inf
    )
    tenure_weight: float = _constant(1, "Weight of tenure in the loyalty index.")
    activity_weight: float = _constant(1, "Weight of active months in it.")
    regularity_weight: float = _constant(1, "Weight of even gaps in it.")
    punctuality_weight: float = _constant(1, "Weight of not being late in it.")
    price_weight: float = _constant(1, "Weight of buying at full price in it.")
    affect_weight: float = _constant(1, "Weight of survey attachment in it.")
    over_managed: float = _constant(1.5, "Cost share ÷ value share beyond which a group is over-managed.", least=1)
    under_managed: float = _constant(0.67, "Cost share ÷ value share below which it is under-managed.", most=1)
    leak_auc: float = _constant(
        0.95, "A trait that alone tells the target apart so well is refused by lookalike.", least=0.5, most=1
    )
    leak_correlation: float = _constant(
        0.9, "So is one that follows a figure of the customers' own as closely by rank.", most=1
    )


CONSTANT_NAMES = tuple(one.name for one in fields(Constants))


def parse_constants(given: Mapping[str, str]) -> Constants:
    """The constants with some of them given as texts.

    Raises:
        UsageError: an unknown name, or a value that is no number of the kind and range it must have.
    """
    values: dict[str, Any] = {name: _parsed(name, text.strip()) for name, text in given.items()}
    return Constants(**values)


def allowed(name: str) -> str:
    """What a constant may be, in words."""
    declared = Constants.__dataclass_fields__[name]
    least, most = declared.metadata["least"], declared.metadata["most"]
    kind = "a whole number" if declared.type == "int" else "a number"
    lower = f" from {least:g}" if math.isfinite(least) else ""
    upper = f" to {most:g}" if math.isfinite(most) else " on" if lower else ""
    return kind + lower + upper


def _parsed(name: str, text: str) -> float:
    if name not in CONSTANT_NAMES:
        raise UsageError(
            f"--constants: there is no constant {name!r}",
            remedy=did_you_mean(name, CONSTANT_NAMES) or f"Known are: {', '.join(CONSTANT_NAMES)}",
        )
    declared = Constants.__dataclass_fields__[name]
    try:
        value = int(text) if declared.type == "int" else float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and declared.metadata["least"] <= value <= declared.metadata["most"]):
        raise UsageError(f"--constants {name}={text}: must be {allowed(name)}")
    return value
