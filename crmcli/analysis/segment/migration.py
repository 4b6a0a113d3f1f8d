"""Who moved between segments from one date to another, and whether they or the crowd around them moved.

Every customer has three segments: the one of the earlier date d0; the frozen one, which is theirs at the later date d1
under the thresholds of d0; and the re-scored one under thresholds of d1. A frozen segment other than that of d0 is
**own behaviour**: nothing but the customer has changed. A re-scored segment other than the frozen one is **ranking
drift**: nothing but the thresholds has changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.conform import view_schema
from crmcli.analysis.result import Fact
from crmcli.analysis.segment.money import minor_units, money, share
from crmcli.analysis.segment.rfm import rfm_metrics
from crmcli.analysis.segment.rules import assign
from crmcli.analysis.segment.scored import fitted_scores
from crmcli.analysis.segment.standing import DEMOTED, PROMOTED, direction, standings
from crmcli.analysis.segment.thresholds import apply_thresholds
from crmcli.analysis.segment.value import MARGIN
from crmcli.analysis.segment.views_movement import MIGRATION
from crmcli.analysis.views import Kind
from crmcli.notes import info

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from crmcli.analysis.segment.options import SegmentOptions
    from crmcli.analysis.segment.thresholds import Thresholds
    from crmcli.customers.summary import CustomerSummary
    from crmcli.notes import Note

NEW = "(new)"
"""Where customers come from whose first order lies after the earlier date."""


@dataclass(frozen=True, slots=True)
class Migration:
    """What became of every customer.

    `moves` has one row per customer, sorted by customer_id: customer_id · segment_before (null for the new) · frozen,
    rescored String · value_before (0 for the new), value_after Decimal · is_silent (no order since the earlier date).
    `then` is the summary of the earlier date, `before` and `now` are the thresholds of the two.
    """

    then: CustomerSummary
    moves: pl.DataFrame
    before: Thresholds
    now: Thresholds
    notes: tuple[Note, ...]


def migrate(then: CustomerSummary, now: CustomerSummary, options: SegmentOptions, value: str) -> Migration:
    """Segments of all customers at two dates, by thresholds frozen at the first and by those of each date.

    All three are found through thresholds, also for the method `ntile`, whose groups would otherwise divide equal
    customers and show moves where nobody moved.

    Args:
        then: the summary as of the earlier date.
        now: the same as of the later date.
        options: method, number of scores, rules; saved thresholds count as those of the earlier date.
        value: revenue or margin.
    """
    old, new = rfm_metrics(then), rfm_metrics(now)
    before = fitted_scores(old, then, options).thresholds
    after = fitted_scores(new, now, replace(options, thresholds=None)).thresholds
    column = "margin" if value == MARGIN else "monetary"
    earlier = _segments(old, before, options, then.money_scale).select(
        "customer_id", segment_before="segment", value_before=pl.col(column), orders_before=pl.col("frequency")
    )
    nothing = pl.lit(0).cast(pl.Decimal(38, now.money_scale))
    moves = new.select(
        "customer_id",
        "frequency",
        _segments(new, before, options, now.money_scale)["segment"].alias("frozen"),
        _segments(new, after, options, now.money_scale)["segment"].alias("rescored"),
        value_after=pl.col(column),
    ).join(earlier, on="customer_id", how="left", maintain_order="left")
    moves = moves.with_columns(
        pl.col("value_before").fill_null(nothing),
        is_silent=(pl.col("frequency") == pl.col("orders_before")).fill_null(value=False),
    )
    return Migration(then, moves.drop("frequency", "orders_before"), before, after, _notes(then, moves, options))


def migration_table(found: Migration, options: SegmentOptions, scale: int, *, rescore: bool) -> pl.DataFrame:
    """The `migration` view: one row per pair of segments that occurs, both ends from the best standing to the worst."""
    standing = standings(options.segments)
    counted = found.moves.group_by(
        pl.col("segment_before").fill_null(NEW).alias("from_segment"),
        pl.col("rescored" if rescore else "frozen").alias("to_segment"),
    ).agg(
        pl.len().cast(pl.Int64).alias("customers"),
        _own_behaviour().sum().cast(pl.Int64).alias("own_behaviour"),
        _ranking_drift().sum().cast(pl.Int64).alias("ranking_drift"),
        minor_units("value_before").sum(),
        minor_units("value_after").sum(),
    )
    rows = sorted(counted.rows(named=True), key=lambda row: _place(row, standing))
    totals: dict[str, int] = {}
    for row in rows:
        totals[row["from_segment"]] = totals.get(row["from_segment"], 0) + row["customers"]
    return pl.DataFrame(
        [_row(row, totals, standing, scale) for row in rows], schema=view_schema(MIGRATION, scale), orient="row"
    )


def migration_facts(found: Migration, table: pl.DataFrame) -> tuple[Fact, ...]:
    """How many moved, of whom how many moved themselves, and how much value moved with them."""
    moves = found.moves
    known = pl.col("segment_before").is_not_null()
    silent = pl.col("is_silent")
    drift_only = known & ~_own_behaviour() & _ranking_drift()
    return (
        Fact("compared_to", "Compared to", found.then.as_of, Kind.DATE),
        _count("new_customers", "First order since then", moves, ~known),
        _count("silent_customers", "No order since then", moves, silent),
        _count("changed_own_behaviour", "Changed segment by their own behaviour", moves, _own_behaviour()),
        _count("changed_only_by_rescoring", "Changed segment only by re-scoring", moves, drift_only),
        _count("silent_changed_frozen", "Of the silent, changed (frozen)", moves, silent & _own_behaviour()),
        _count(
            "silent_changed_rescored",
            "Of the silent, changed (re-scored)",
            moves,
            silent & (pl.col("rescored") != pl.col("segment_before")),
        ),
        _count("silent_changed_only_by_rescoring", "Of the silent, only by re-scoring", moves, silent & drift_only),
        _sum("promoted_customers", "Promoted customers", table, PROMOTED),
        _value("promoted_value", "Value of the promoted before", table, PROMOTED),
        _sum("demoted_customers", "Demoted customers", table, DEMOTED),
        _value("demoted_value", "Value of the demoted before", table, DEMOTED),
    )


def _segments(metrics: pl.DataFrame, thresholds: Thresholds, options: SegmentOptions, scale: int) -> pl.DataFrame:
    return assign(apply_thresholds(metrics, thresholds, scale), options.segments, options.scores)


def _own_behaviour() -> pl.Expr:
    return (pl.col("frozen") != pl.col("segment_before")).fill_null(value=False)


def _ranking_drift() -> pl.Expr:
    return pl.col("rescored") != pl.col("frozen")


def _place(row: Mapping[str, str], standing: Mapping[str, Fraction]) -> tuple[object, ...]:
    """The new ones last, else by standing and name."""
    ends = (row["from_segment"], row["to_segment"])
    return (ends[0] == NEW, *((-standing.get(end, 0), end) for end in ends))


def _row(
    row: Mapping[str, int | str], totals: Mapping[str, int], standing: Mapping[str, Fraction], scale: int
) -> tuple[object, ...]:
    before, after, customers = str(row["from_segment"]), str(row["to_segment"]), int(row["customers"])
    return (
        before,
        after,
        customers,
        share(customers, totals[before]),
        row["own_behaviour"],
        row["ranking_drift"],
        money(int(row["value_before"]), scale),
        money(int(row["value_after"]), scale),
        "new" if before == NEW else direction(before, after, standing),
    )


def _notes(then: CustomerSummary, moves: pl.DataFrame, options: SegmentOptions) -> tuple[Note, ...]:
    notes = [
        info(
            "migration_dates",
            f"migration compares {moves.height - int(moves['segment_before'].null_count()):,} customers as of "
            f"{then.as_of} with the same as of the later date; value counts all money up to each date",
        )
    ]
    if options.rfm_method == "ntile" and options.thresholds is None:
        notes.append(
            info("migration_ntile", "migration gives equal customers equal scores, which ntile does not elsewhere")
        )
    return tuple(notes)


def _count(name: str, label: str, moves: pl.DataFrame, condition: pl.Expr, *, minor: bool = False) -> Fact:
    return Fact(name, label, int(moves.select(condition.sum()).item()), Kind.INTEGER, "customers", minor)


def _sum(name: str, label: str, table: pl.DataFrame, way: str) -> Fact:
    total = int(table.filter(pl.col("direction") == way)["customers"].sum())
    return Fact(name, label, total, Kind.INTEGER, "customers")


def _value(name: str, label: str, table: pl.DataFrame, way: str) -> Fact:
    rows = table.filter(pl.col("direction") == way)
    units = int(rows.select(minor_units("value_before").sum()).item())
    dtype = table.schema["value_before"]
    assert isinstance(dtype, pl.Decimal)  # noqa: S101 — of the view's schema
    return Fact(name, label, money(units, dtype.scale), Kind.MONEY, "money")
