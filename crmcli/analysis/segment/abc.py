"""The customer pyramid: tiers of customers ranked by value.

By customers: the best 1 % are the top, the next 4 % large, the next 15 % medium, the last 80 % small (the customer
pyramid; Curry, J. and Curry, A. (2000), The Customer Marketing Method), beside the shares of revenue and profit that
customer-relationship texts name for it. By revenue: the classic ABC analysis, 80 / 15 / 5 % of value.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.conform import view_schema
from crmcli.analysis.segment.constants import Constants
from crmcli.analysis.segment.money import mean_money, minor_units, money, percent_of, share
from crmcli.analysis.segment.places import among_first
from crmcli.analysis.segment.views import ABC
from crmcli.errors import UsageError
from crmcli.notes import counted, info, warning

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcli.notes import Note

BY_CUSTOMERS = "customers"
BY_REVENUE = "revenue"


@dataclass(frozen=True, slots=True)
class Scheme:
    """Names of the tiers from the top, the cumulative percentages that end them, and reference shares by value."""

    names: tuple[str, ...]
    ends_percent: tuple[int, ...]
    reference: Mapping[str, tuple[float, ...]]


SCHEMES = {
    BY_CUSTOMERS: Scheme(
        ("top", "large", "medium", "small"),
        (1, 5, 20, 100),
        {"revenue": (0.50, 0.23, 0.20, 0.07), "margin": (0.49, 0.25, 0.21, 0.05)},
    ),
    BY_REVENUE: Scheme(("A", "B", "C"), (80, 95, 100), {}),
}


def scheme_of(by: str, constants: Constants) -> Scheme:
    """The scheme with the boundaries that the constants draw; literature has no shares for boundaries of one's own.

    Raises:
        UsageError: the boundaries do not rise.
    """
    ends = {
        BY_CUSTOMERS: (constants.top_percent, constants.large_percent, constants.medium_percent, 100),
        BY_REVENUE: (constants.a_percent, constants.b_percent, 100),
    }[by]
    usual = SCHEMES[by]
    if ends == usual.ends_percent:
        return usual
    if any(first >= second for first, second in pairwise(ends)):
        names = ", ".join(f"{name.lower()}_percent" for name in usual.names[:-1])
        raise UsageError(f"--constants: {names} must rise and stay below 100, not {', '.join(map(str, ends[:-1]))}")
    return Scheme(usual.names, ends, {})


def assign_tiers(
    customers: pl.DataFrame, by: str, constants: Constants | None = None
) -> tuple[pl.DataFrame, tuple[Note, ...]]:
    """Add abc_tier (Int64, 1 is the top), abc_name and abc_tie (Boolean).

    `customers` has customer_id and value (Decimal) and is sorted by customer_id, which breaks ties of value. By
    customers a tier ends at ⌈p·n⌉; by revenue a customer is A while the positive value before it is below 80 % of all
    positive value, B while it is below 95 %, and whoever has no positive value is in the last tier. abc_tie marks
    every customer whose value stands on both sides of a boundary.
    """
    value = minor_units("value")
    ranked = customers.select(value).to_series().sort(descending=True)
    scheme = scheme_of(by, constants or Constants())
    ends = _ends_by_customers(len(ranked), scheme) if by == BY_CUSTOMERS else _ends_by_revenue(ranked, scheme)
    tied = {int(ranked[end]) for end in ends if 0 < end < len(ranked) and ranked[end - 1] == ranked[end]}
    below = [(~among_first(value, ranked, end, descending=True)).cast(pl.Int64) for end in ends]
    tiered = customers.with_columns(
        pl.sum_horizontal(pl.lit(1, pl.Int64), *below).alias("abc_tier"), value.is_in(sorted(tied)).alias("abc_tie")
    )
    names = pl.Series(scheme.names).gather(tiered["abc_tier"] - 1)
    return tiered.with_columns(names.alias("abc_name")), _notes(tiered, scheme)


def _ends_by_customers(n: int, scheme: Scheme) -> list[int]:
    """⌈p·n⌉ for every tier but the last."""
    return [percent_of(percent, n) for percent in scheme.ends_percent[:-1]]


def _ends_by_revenue(ranked: pl.Series, scheme: Scheme) -> list[int]:
    """How many customers have less than p % of the positive value before them, for every tier but the last."""
    positive = ranked.filter(ranked > 0)
    before = positive.cum_sum() - positive
    return [int((before < percent_of(percent, int(positive.sum()))).sum()) for percent in scheme.ends_percent[:-1]]


def _notes(tiered: pl.DataFrame, scheme: Scheme) -> tuple[Note, ...]:
    ties = int(tiered["abc_tie"].sum())
    idle = tiered.filter(pl.col("abc_tier") < len(scheme.names), minor_units("value") <= 0).height
    tied = counted(ties, "customer shares", "customers share")
    tie_text = f"{tied} their value across a tier boundary (flag abc_tie); customer_id decides there."
    found = counted(idle, "customer above the last tier has", "customers above the last tier have")
    idle_text = f"{found} no positive value: too few have any."
    notes = (info("abc_ties", tie_text) if ties else None, warning("abc_no_value", idle_text) if idle else None)
    return tuple(note for note in notes if note is not None)


def abc_table(
    tiered: pl.DataFrame, by: str, value: str, money_scale: int, constants: Constants | None = None
) -> pl.DataFrame:
    """The `abc` view: one row per tier, the empty ones included, with the reference share where there is one."""
    sums = tiered.group_by("abc_tier").agg(pl.len(), minor_units("value").sum().alias("units"))
    found = {int(tier): (int(count), int(units)) for tier, count, units in sums.iter_rows()}
    scheme = scheme_of(by, constants or Constants())
    reference = scheme.reference.get(value, (None,) * len(scheme.names))
    total = sum(units for _, units in found.values())
    rows = []
    for tier, name in enumerate(scheme.names, 1):
        count, units = found.get(tier, (0, 0))
        rows.append(
            {
                "tier": tier,
                "name": name,
                "customers": count,
                "customer_share": share(count, tiered.height),
                "value": money(units, money_scale),
                "value_share": share(units, total),
                "reference_share": reference[tier - 1],
                "value_per_customer": mean_money(units, count, money_scale),
            }
        )
    return pl.DataFrame(rows, schema=view_schema(ABC, money_scale))
