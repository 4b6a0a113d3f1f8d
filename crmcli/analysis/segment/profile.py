"""Which traits are more, or less, common in a group of customers than among all, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.conform import view_schema
from crmcli.analysis.result import Fact
from crmcli.analysis.segment.levels import MISSING, Levels, left_out, levels
from crmcli.analysis.segment.lift import Counts, exact_p_values, lift, lift_limits, q_values
from crmcli.analysis.segment.views_movement import PROFILE
from crmcli.analysis.views import Kind
from crmcli.errors import TooLittleDataError

if TYPE_CHECKING:
    from crmcli.customers.attributes import Attributes
    from crmcli.notes import Note

FOUND_BELOW = 0.05
"""The false discovery rate up to which the headline counts a difference as found."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The `profile` view with its facts and notes."""

    table: pl.DataFrame
    facts: tuple[Fact, ...]
    notes: tuple[Note, ...]


def profile(customers: pl.DataFrame, attributes: Attributes, money_scale: int) -> Profile:
    """Compare every group with all customers, attribute by attribute and level by level.

    Shares are of the customers who have a row in the attributes. Index is lift (see `lift`): its limits are those of a
    score interval, and its q-value that of Fisher's exact test of the group against the rest, adjusted over all rows
    of the table. The rows come with the smallest q-value first, then the largest index; what is missing comes last.

    Args:
        customers: customer_id and group (String).
        attributes: what is known of them.
        money_scale: decimals of money, for the schema.

    Raises:
        InputError: no customer has a row in the attributes.
        TooLittleDataError: there is nothing to compare: one group, or no attribute that divides anybody.
    """
    notes = attributes.matching(customers["customer_id"])
    base, known = attributes.beside(customers)
    if base["group"].n_unique() == 1:
        raise TooLittleDataError(
            f"All customers belong to one group, {base['group'][0]!r}: there is nothing to compare."
        )
    found = {name: levels(known[name]) for name in attributes.names}
    usable = [one for one in found.values() if isinstance(one, Levels)]
    unusable = {name: one for name, one in found.items() if isinstance(one, str)}
    remarks = left_out("attribute_left_out", unusable)
    if not usable:
        said = " · ".join(note.text for note in remarks)
        raise TooLittleDataError(
            f"{attributes.label}: no attribute divides the customers into levels", extent=said or None
        )
    judged = _surest_first(_judged(pl.concat(_counted(base["group"], one) for one in usable)))
    typed = judged.select(pl.col(name).cast(dtype) for name, dtype in view_schema(PROFILE, money_scale).items())
    return Profile(typed, _facts(base, typed), (*notes, *remarks))


def _counted(group: pl.Series, attribute: Levels) -> pl.DataFrame:
    """Every group and level with its number of customers, 0 included, and the totals of both."""
    pairs = pl.DataFrame([group, attribute.level])
    sizes = group.value_counts(name="group_size").sort("group")
    order = pl.DataFrame({"level": attribute.order, "place": range(len(attribute.order))})
    level_sizes = attribute.level.value_counts(name="level_size")
    every = sizes.join(order.join(level_sizes, on="level", maintain_order="left"), how="cross")
    return every.join(pairs.group_by("group", "level").len("customers"), on=["group", "level"], how="left").select(
        "group",
        pl.lit(attribute.name).alias("attribute"),
        "level",
        "place",
        pl.col("customers", "group_size", "level_size").fill_null(0).cast(pl.Int64),
        pl.lit(len(group), pl.Int64).alias("base_size"),
    )


def _surest_first(judged: pl.DataFrame) -> pl.DataFrame:
    return judged.sort(
        pl.col("level") == MISSING,
        "q_value",
        "index",
        "group",
        "attribute",
        "place",
        descending=[False, False, True, False, False, False],
    )


def _judged(table: pl.DataFrame) -> pl.DataFrame:
    """With shares, index, limits and q-values."""
    counts = Counts(
        group_with=table["customers"].to_numpy(),
        group=table["group_size"].to_numpy(),
        rest_with=(table["level_size"] - table["customers"]).to_numpy(),
        rest=(table["base_size"] - table["group_size"]).to_numpy(),
    )
    low, high = lift_limits(counts)
    columns = {"index": lift(counts), "ci_low": low, "ci_high": high, "q_value": q_values(exact_p_values(counts))}
    return table.with_columns(
        group_share=pl.col("customers") / pl.col("group_size"),
        base_share=pl.col("level_size") / pl.col("base_size"),
        **{name: pl.Series(np.asarray(values)) for name, values in columns.items()},
    )


def _facts(base: pl.DataFrame, table: pl.DataFrame) -> tuple[Fact, ...]:
    found = int((table["q_value"] <= FOUND_BELOW).sum())
    return (
        Fact("profiled_customers", "Customers with attributes", base.height, Kind.INTEGER, "customers"),
        Fact("profile_comparisons", "Traits compared with all", table.height, Kind.INTEGER, "rows"),
        Fact("profile_findings", f"Differences found (q ≤ {FOUND_BELOW})", found, Kind.INTEGER, "rows"),
    )
