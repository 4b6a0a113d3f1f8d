"""Values in the names of folders, as in `year=2024/month=01/part-0.parquet`: columns that the files leave out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from crmcli.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcli.transactions.tables import Table


def with_folder_columns(table: Table, values: Mapping[str, str | None]) -> Table:
    """The table with a column of text for each value, behind its own columns.

    A column of that heading in the file itself is kept, as long as it says the same.

    Raises:
        InputError: a file says something else than the folder in which it lies.
    """
    for heading in values:
        if heading in table.header:
            _require_agreement(table, table.header.index(heading), values[heading])
    added = [heading for heading in values if heading not in table.header]
    if not added:
        return table
    first = len(table.header)
    columns = {
        f"c{number}": pl.lit(values[heading], dtype=pl.String) for number, heading in enumerate(added, start=first)
    }
    return replace(
        table,
        header=(*table.header, *added),
        dtypes=(*table.dtypes, *[pl.String()] * len(added)),
        frame=table.frame.with_columns(**columns),
        forms=(*table.forms, *[None] * len(added)),
        folder_columns=len(added),
    )


def _require_agreement(table: Table, position: int, value: str | None) -> None:
    """`month=01` agrees with 1, and `day=2024-01-05` with that day; a folder for missing values with null."""
    text = pl.col(f"c{position}").cast(pl.String).str.strip_chars()
    plain = text.str.replace(r"^0+([0-9])", "${1}")
    expected = "" if value is None else pl.select(pl.lit(value).str.replace(r"^0+([0-9])", "${1}")).item()
    other = table.frame.filter(plain.fill_null("") != expected).select(text).head(1).collect(engine="streaming")
    if other.height:
        heading, found = table.header[position], other.item()
        raise InputError(
            f"{table.label}: its folder says {heading}={'(missing)' if value is None else value}, "
            f"but its column {heading!r} holds {'nothing' if found is None else repr(found)}",
            remedy="Move the file where it belongs, or give it by itself from a folder without such a name.",
        )
