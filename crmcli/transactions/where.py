"""`--where COLUMN=VALUE`: which rows take part, by any column of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.errors import InputError, did_you_mean
from crmcli.transactions.aliases import fold
from crmcli.transactions.ids import plain_id

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

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


def is_excluded(
    layout: Layout, positions: Mapping[int, tuple[str, ...]], ids: Collection[int] = frozenset()
) -> pl.Expr:
    """True for rows that some `--where` leaves out.

    Values are compared as trimmed text; a missing value equals the empty one. Ids and floats are also compared as the
    integers they may stand for: `17850` takes the rows of `17850.0` and of `="17850"`, too.

    Args:
        layout: whose rows are meant.
        positions: columns and the values of each that take part.
        ids: columns that hold ids.
    """
    excluded = pl.lit(value=False)
    for position, values in positions.items():
        text = layout.text(position).str.strip_chars().fill_null("")
        fits = text.is_in(list(values))
        if position in ids or layout.tables[0].dtypes[position].is_float():
            fits = fits | plain_id(text).is_in(plain_id(pl.Series(values, dtype=pl.String)).to_list())
        excluded = excluded | ~fits
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
