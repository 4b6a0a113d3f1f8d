"""`--where COLUMN=VALUE`: which rows take part, by any column of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.errors import InputError, did_you_mean
from crmcli.transactions.aliases import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcli.transactions.tables import Layout


def where_positions(layout: Layout, where: Mapping[str, tuple[str, ...]]) -> dict[int, tuple[str, ...]]:
    """Positions of the columns that `--where` names in one layout, with the values that take part.

    Raises:
        InputError: a heading that the layout does not have, or has twice.
    """
    positions: dict[int, tuple[str, ...]] = {}
    for heading, values in where.items():
        position = _position(layout, heading)
        # Two spellings of one heading name one column: any of their values takes part.
        positions[position] = (*positions.get(position, ()), *values)
    return positions


def is_excluded(layout: Layout, positions: Mapping[int, tuple[str, ...]]) -> pl.Expr:
    """True for rows that some `--where` leaves out (compared as trimmed text; a missing value equals the empty one)."""
    excluded = pl.lit(value=False)
    for position, values in positions.items():
        text = layout.text(position).str.strip_chars().fill_null("")
        excluded = excluded | ~text.is_in(list(values))
    return excluded


def _position(layout: Layout, heading: str) -> int:
    exact = [i for i, name in enumerate(layout.header) if name == heading]
    found = exact or [i for i, name in enumerate(layout.header) if fold(name) == fold(heading)]
    if len(found) == 1:
        return found[0]
    problem = "has no column" if not found else "has several columns"
    raise InputError(
        f"{layout.label} {problem} {heading!r}, which --where names",
        remedy=did_you_mean(heading, layout.header) or "Its columns: " + ", ".join(layout.header),
    )
