"""What there is to say about the customer's life beside its tables: headline facts, and where the ground is thin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcli.analysis.result import Fact
from crmcli.analysis.segment.loyalty_types import missing_columns
from crmcli.analysis.segment.stages import STAGES
from crmcli.analysis.views import Kind
from crmcli.notes import info, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcli.analysis.segment.stages import Pool
    from crmcli.analysis.segment.workbench import Workbench
    from crmcli.notes import Note


def life_facts(bench: Workbench) -> tuple[Fact, ...]:
    """What is typical, and how many customers are in each stage; nothing for a summary without order days."""
    if bench.pool is None:
        return ()
    window = bench.pool.window
    counts = dict(bench.stages["stage"].value_counts().iter_rows())
    return (
        Fact("pool_gap_days", "Typical time to the next order", bench.pool.gap_days, Kind.INTEGER, "days"),
        Fact("churn_window_days", "Churn window", None if window is None else window.days, Kind.INTEGER, "days"),
        Fact("overdue_ratio", "Overdue from (typical gaps)", bench.pool.overdue, Kind.NUMBER, "typical gaps"),
        *(_stage_fact(stage, counts.get(stage, 0)) for stage in STAGES),
    )


def _stage_fact(stage: str, customers: int) -> Fact:
    return Fact(f"{stage}_customers", f"In {stage}", customers, Kind.INTEGER, "customers", minor=True)


def pool_notes(bench: Workbench) -> tuple[Note, ...]:
    """On what the stages do not stand firmly."""
    return (
        () if bench.pool is None else tuple(_pool_notes(bench.pool, bench.options.life.constants.window_least_at_risk))
    )


def _pool_notes(pool: Pool, least_at_risk: int) -> Iterator[Note]:
    if pool.window is None:
        text = "No customer has ordered on a second day: there is no typical gap, no churn window, and nobody is late."
        yield warning("stages_no_return", text)
        return
    if pool.window.is_thin:
        text = (
            f"Fewer than {least_at_risk} orders are open on any day after the first return; the churn window of "
            f"{pool.window.days} days rests on very few."
        )
        yield warning("churn_window_thin", text)
    if pool.gap_is_window:
        text = (
            "Fewer than half of all orders are ever followed by another; the churn window of "
            f"{pool.window.days} days stands in for the typical gap."
        )
        yield info("typical_gap_is_window", text)


def loyalty_notes(bench: Workbench) -> tuple[Note, ...]:
    """What cannot be identified, and what would be needed."""
    return tuple(_loyalty_notes(bench))


def _loyalty_notes(bench: Workbench) -> Iterator[Note]:
    if bench.evidence["no_alternative"].null_count() == bench.evidence.height:
        text = (
            "The type monopoly cannot be identified from transactions: whether a customer has an alternative has to be "
            "told (no_alternative, see --help)."
        )
        yield info("loyalty_monopoly_unknown", text)
    missing = missing_columns(bench.evidence)
    types = {"promotion": "incentive", "discount": "price", "category": "super_value, inertia and latent"}
    surveyed = bench.evidence["attachment"].null_count() < bench.evidence.height
    unknown = [column for column in missing if not (surveyed and column == "category")]
    if unknown:
        kinds = "; ".join(f"{types[column]} (no {column} column)" for column in unknown)
        text = f"Loyalty types that cannot be identified: {kinds}. Map the columns, or give a survey of attachment."
        yield info("loyalty_types_unknown", text)
