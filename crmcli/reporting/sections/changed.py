"""What changed since the period before: customers won and lost, moves between segments, and what it means in money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from crmcli.analysis.change.flows import CHURNED, CONTRACTION, EXPANSION, NEW_FLOW, REACTIVATED
from crmcli.analysis.change.states import KEPT, LOST, NEW, NO_ORDER, RETURNED
from crmcli.analysis.change.views import BRIDGE, FLOWS, MOVERS, STATES
from crmcli.analysis.segment.standing import DEMOTED, PROMOTED
from crmcli.analysis.segment.views_movement import MIGRATION
from crmcli.analysis.views import Kind
from crmcli.reporting.charts.bridge import revenue_bridge
from crmcli.reporting.charts.migration import migration_flows
from crmcli.reporting.suppression import open_rows, suppress
from crmcli.reporting.tables import named, of_view, table

if TYPE_CHECKING:
    from crmcli.analysis.result import Result
    from crmcli.reporting.charts.picture import Picture
    from crmcli.reporting.material import Material
    from crmcli.reporting.words import Words

_MOST_MOVES = 8
_SUM_OF_STATES = dict.fromkeys((NEW, RETURNED, KEPT), "active_customers")
_SUM_OF_FLOWS = {
    **dict.fromkeys((EXPANSION, CONTRACTION, CHURNED), "active_before"),
    **dict.fromkeys((NEW_FLOW, REACTIVATED), "active_customers"),
}
"""What the rows of a table add up to that a report tells elsewhere, with hardly a customer beside them."""


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
        "flows": _flows(change, words),
        "counts": _counts(material, words),
        "gains": _movers(material, change, words, "gain"),
        "losses": _movers(material, change, words, "loss"),
        "remarks": [note.text for note in change.notes],
        **_moves(material, words),
    }


def _states(change: Result, words: Words) -> dict[str, Any]:
    """Without those of whom only money of older orders moved: they are few, and no kind of customer."""
    columns = of_view(STATES, "state", "customers", "orders", "revenue", "revenue_before", "change")
    kinds = change.tables["states"].filter(pl.col("state") != NO_ORDER)
    found = table("states", kinds, columns, words, note=words.text("text.states"), counted="customers")
    return {**found, "sums": [_SUM_OF_STATES.get(state) for state in kinds["state"]]}


def _flows(change: Result, words: Words) -> dict[str, Any]:
    flows = change.tables["flows"]
    found = table("flows", flows, FLOWS.columns, words, note=words.text("text.flows"), counted="customers")
    return {**found, "sums": [_SUM_OF_FLOWS.get(flow) for flow in flows["flow"]]}


def _counts(material: Material, words: Words) -> dict[str, str]:
    """The customers of the first sentences and what those who moved are worth, withheld as their tables do it."""
    change = {name: material.value("change", f"{name}_customers") for name in (NEW, RETURNED, LOST)}
    moved = {name: material.value("segment", f"{name}_customers") for name in (PROMOTED, DEMOTED)}
    few = {name for name, count in {**change, **moved}.items() if count and count < material.least_group}
    worth = {
        f"{name}_value": words.cell(None if name in few else material.value("segment", f"{name}_value"), Kind.MONEY)
        for name in moved
    }
    shown = {
        name: f"<{material.least_group}" if name in few else words.cell(count, Kind.INTEGER)
        for name, count in {**change, **moved}.items()
    }
    return shown | worth


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


def _moves(material: Material, words: Words) -> dict[str, Any]:
    """`moves` between segments, the most valuable first, and `moves_picture` of all those that may be shown."""
    moves = _own_moves(material)
    if moves is None:
        return {"moves": None, "moves_picture": None}
    columns = of_view(MIGRATION, "from_segment", "to_segment", "customers", "value_before")
    every = {**table("moves", moves, columns, words, counted="customers"), "sums": moves["direction"].to_list()}
    safe = suppress(every, "customers", least=material.least_group)
    known = moves[open_rows(safe, "customers")]
    kept = {name: safe[name][:_MOST_MOVES] for name in ("rows", "sums")}
    return {
        "moves": {**safe, **kept, "omitted": max(moves.height - _MOST_MOVES, 0)},
        "moves_picture": _moves_picture(known, material, words),
    }


def _moves_picture(moves: pl.DataFrame, material: Material, words: Words) -> Picture | None:
    rows = [
        {
            **row,
            "from_label": named(row["from_segment"], "from_segment", words),
            "to_label": named(row["to_segment"], "to_segment", words),
        }
        for row in moves.rows(named=True)
    ]
    counts = _counts(material, words)
    return migration_flows(rows, words, totals={name: counts[name] for name in (PROMOTED, DEMOTED)})
