"""Whether attention goes where value comes from: share of contact cost beside share of value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from crmcli.analysis.conform import view_schema
from crmcli.analysis.result import Fact
from crmcli.analysis.segment.constants import Constants
from crmcli.analysis.segment.money import minor_units, money, share
from crmcli.analysis.segment.views_movement import MANAGEMENT
from crmcli.analysis.views import Kind
from crmcli.errors import InputError
from crmcli.notes import info, warning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcli.customers.contacts import ContactCosts
    from crmcli.notes import Note

OVER, UNDER, BALANCED = "over_managed", "under_managed", "balanced"


@dataclass(frozen=True, slots=True)
class Management:
    """The `management` view with its facts and notes."""

    table: pl.DataFrame
    facts: tuple[Fact, ...]
    notes: tuple[Note, ...]


def management(
    customers: pl.DataFrame, costs: ContactCosts, money_scale: int, constants: Constants | None = None
) -> Management:
    """Compare each group's share of the cost of contact with its share of value.

    index = cost share ÷ value share, both of all groups; value of a group below 0 counts as 0. shift_amount = all cost
    × value share − cost: what would have to be added for an index of 1. It is rounded to whole minor units by the
    largest remainder, so that what is taken from some groups is exactly what others get.

    Args:
        customers: customer_id, group (String) and value (Decimal), one row each.
        costs: what contact with customers cost; those who are not among `customers` are counted in a note.
        money_scale: decimals of money.
        constants: `over_managed` and `under_managed` bound the verdict.

    Raises:
        InputError: no customer in the costs has an order.
    """
    limits = constants or Constants()
    _require_common(customers, costs)
    joined = customers.join(costs.frame, on="customer_id", how="left", maintain_order="left")
    sums = joined.group_by("group").agg(
        pl.len().cast(pl.Int64).alias("customers"),
        minor_units("cost").fill_null(0).sum().alias("cost"),
        minor_units("value").sum().alias("value"),
    )
    rows = sorted(sums.rows(named=True), key=lambda row: (-row["value"], row["group"]))
    table = pl.DataFrame(_columns(rows, limits, money_scale), schema=view_schema(MANAGEMENT, money_scale))
    notes = (*costs.notes, *_notes(joined, costs, rows, money_scale))
    return Management(table, _facts(table, costs.unit, money_scale), notes)


def _columns(rows: Sequence[dict[str, Any]], limits: Constants, scale: int) -> dict[str, list[object]]:
    """The columns of the view from group, customers, and cost and value in minor units."""
    cost = [int(row["cost"]) for row in rows]
    worth = [max(0, int(row["value"])) for row in rows]
    all_cost, all_worth = sum(cost), sum(worth)
    targets = apportioned(all_cost, worth)
    both = list(zip(cost, worth, strict=True))
    return {
        "segment": [row["group"] for row in rows],
        "customers": [row["customers"] for row in rows],
        "cost": [money(units, scale) for units in cost],
        "cost_share": [share(units, all_cost) for units in cost],
        "value_share": [share(units, all_worth) for units in worth],
        "index": [_index(c, w, all_cost, all_worth) for c, w in both],
        "verdict": [_verdict(c, w, all_cost, all_worth, limits) for c, w in both],
        "shift_amount": [
            None if target is None else money(target - c, scale) for target, c in zip(targets, cost, strict=True)
        ],
    }


def apportioned(total: int, weights: Sequence[int]) -> list[int] | list[None]:
    """A total shared out by weights in whole units, the largest remainders first, then the first rows.

    All None when no weight is positive.
    """
    everything = sum(weights)
    if everything <= 0:
        return [None] * len(weights)
    parts = [divmod(total * weight, everything) for weight in weights]
    left = total - sum(whole for whole, _ in parts)
    receivers = sorted(range(len(parts)), key=lambda i: (-parts[i][1], i))[:left]
    return [whole + (i in set(receivers)) for i, (whole, _) in enumerate(parts)]


def _index(cost: int, worth: int, all_cost: int, all_worth: int) -> float | None:
    """Cost share ÷ value share, divided once from whole numbers."""
    return cost * all_worth / (worth * all_cost) if worth and all_cost else None


def _verdict(cost: int, worth: int, all_cost: int, all_worth: int, limits: Constants) -> str:
    index = _index(cost, worth, all_cost, all_worth)
    if index is None:
        return OVER if cost else BALANCED
    if index > limits.over_managed:
        return OVER
    return UNDER if index < limits.under_managed else BALANCED


def _require_common(customers: pl.DataFrame, costs: ContactCosts) -> None:
    if not costs.frame["customer_id"].is_in(customers["customer_id"].implode()).any():
        raise InputError(
            f"{costs.label}: none of its {costs.frame.height:,} customer ids belongs to a customer with an order",
            extent=f"There the first id is {costs.frame['customer_id'][0]!r}, in the transactions "
            f"{customers['customer_id'][0]!r}.",
            remedy="Name the right column with --id-column, or write the ids of both files alike.",
        )


def _facts(table: pl.DataFrame, unit: str, scale: int) -> tuple[Fact, ...]:
    def units(column: str, verdict: str | None = None) -> int:
        rows = table if verdict is None else table.filter(verdict=verdict)
        return int(rows.select(minor_units(column).sum()).item())

    over, under = -units("shift_amount", OVER), units("shift_amount", UNDER)
    return (
        Fact("contact_cost", "Cost of contact", money(units("cost"), scale), Kind.MONEY, unit),
        Fact(
            "over_managed_amount",
            "Spent beyond their share on over-managed groups",
            money(over, scale),
            Kind.MONEY,
            unit,
        ),
        Fact("under_managed_amount", "Missing for under-managed groups", money(under, scale), Kind.MONEY, unit),
    )


def _notes(
    joined: pl.DataFrame, costs: ContactCosts, rows: Sequence[dict[str, object]], scale: int
) -> tuple[Note, ...]:
    notes = []
    strangers = costs.frame.join(joined, on="customer_id", how="anti")
    if strangers.height:
        spent = money(int(strangers.select(minor_units("cost").sum()).item()), scale)
        text = f"{strangers.height:,} of {costs.frame.height:,} customers in {costs.label} have no order up to as_of; "
        notes.append(warning("contacts_without_customer", f"{text}their cost of {spent:,} is in no group"))
    without = int(joined["cost"].null_count())
    if without:
        text = f"{without:,} of {joined.height:,} customers with an order are not in {costs.label}: their cost is 0"
        notes.append(info("customers_without_contact", text))
    negative = [str(row["group"]) for row in rows if int(str(row["value"])) < 0]
    if negative:
        text = f"groups of negative value count as worth nothing here: {', '.join(negative)}"
        notes.append(warning("management_negative_value", text))
    return tuple(notes)
