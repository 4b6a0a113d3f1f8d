"""What changed since the period before: customers won and lost, moves between segments, and what it means in money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from crmcli.analysis.change.states import NO_ORDER
from crmcli.analysis.change.views import BRIDGE, FLOWS, MOVERS, STATES
from crmcli.analysis.segment.standing import DEMOTED, PROMOTED
from crmcli.analysis.segment.views_movement import MIGRATION
from crmcli.reporting.charts.bridge import revenue_bridge
from crmcli.reporting.charts.migration import migration_flows
from crmcli.reporting.tables import named, of_view, table

if TYPE_CHECKING:
    from crmcli.analysis.result import Result
    from crmcli.reporting.material import Material
    from crmcli.reporting.words import Words

_MOST_MOVES = 8


def changed(material: Material, words: Words) -> dict[str, Any] | None:
    """None when the data begin later than the period before."""
    change = material.results.get("change")
    if change is None:
        return None
    return {
        "window": {fact.name: fact.value for fact in change.facts},
        "states": _states(change, words),
        "bridge": table("bridge", change.tables["bridge"], of_view(BRIDGE, "component", "amount"), words),
        "bridge_picture": revenue_bridge(change.tables["bridge"].rows(named=True), words),
        "flows": table("flows", change.tables["flows"], FLOWS.columns, words, counted="customers"),
        "gains": _movers(material, change, words, "gain"),
        "losses": _movers(material, change, words, "loss"),
        "remarks": [note.text for note in change.notes],
        "moves": _moves(material, words),
        "moves_picture": _moves_picture(material, words),
    }


def _states(change: Result, words: Words) -> dict[str, Any]:
    """Without those of whom only money of older orders moved: they are few, and no kind of customer."""
    columns = of_view(STATES, "state", "customers", "orders", "revenue", "revenue_before", "change")
    found = table("states", change.tables["states"].filter(pl.col("state") != NO_ORDER), columns, words)
    # Nothing else in a report says how many these are together.
    return {**found, "counted": "customers", "total_known": False}


def _movers(material: Material, change: Result, words: Words, direction: str) -> dict[str, Any] | None:
    if not material.customer_rows:
        return None
    columns = of_view(MOVERS, "customer_id", "state", "revenue", "revenue_before", "change")
    found = change.tables["movers"].filter(direction=direction)
    return table(f"movers_{direction}", found, columns, words, most=material.customer_rows)


def _own_moves(material: Material) -> pl.DataFrame | None:
    migration = material.results["segment"].tables.get("migration")
    if migration is None:
        return None
    up_or_down = pl.col("direction").is_in([PROMOTED, DEMOTED])
    return migration.filter(up_or_down & (pl.col("own_behaviour") > 0)).sort(
        "value_before", "from_segment", "to_segment", descending=[True, False, False]
    )


def _moves(material: Material, words: Words) -> dict[str, Any] | None:
    moves = _own_moves(material)
    if moves is None:
        return None
    columns = of_view(MIGRATION, "from_segment", "to_segment", "customers", "value_before")
    return table("moves", moves, columns, words, most=_MOST_MOVES, counted="customers")


def _moves_picture(material: Material, words: Words) -> Any:
    moves = _own_moves(material)
    if moves is None:
        return None
    rows = [
        {
            **row,
            "from_label": named(row["from_segment"], "from_segment", words),
            "to_label": named(row["to_segment"], "to_segment", words),
        }
        for row in moves.filter(pl.col("customers") >= material.least_group).rows(named=True)
    ]
    return migration_flows(rows, words)
