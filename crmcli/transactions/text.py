"""Delimited text as a lazy table of its structurally sound records, with an account of all others.

Polars alone pads short rows, drops what it does not read and lets a stray quote swallow lines. So the structure of the
whole file is checked before any of it is used: by counting separators where no quotes occur, else by a strict pass.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from crmcli.errors import InternalError, OutputError
from crmcli.transactions.dialect import find_layout
from crmcli.transactions.plain import survey_plain
from crmcli.transactions.records import FIELD_END, RECORD_END
from crmcli.transactions.strict import DEFECT_SCHEMA, rewrite

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from crmcli.transactions.dialect import Layout
    from crmcli.transactions.forms import CellForm


@dataclass(frozen=True, slots=True)
class TextTable:
    """A delimited text, read lazily.

    `frame` has the String columns c0 … c{n-1}, one row for each sound record, in the order of the file; an empty
    field is null. `records` counts what is not a blank line: `sound` plus the rows of `defects`, whose columns are
    line (physical, from 1), code (the name of a `Defect`), message and raw (the text, cut to 2,000 characters). `forms`
    holds for each column a form that all of its cells have, or None.
    """

    header: tuple[str, ...]
    delimiter: str
    frame: pl.LazyFrame
    records: int
    sound: int
    blank_lines: int
    defects: pl.DataFrame
    unterminated_last_line: bool
    first_line: int
    starts: NDArray[np.uint32] | None
    forms: tuple[CellForm | None, ...]

    def line_of(self, record: int) -> int:
        """The physical line (from 1) at which a sound record (from 0) starts."""
        if not 0 <= record < self.sound:
            raise IndexError(record)
        return self.first_line + record if self.starts is None else int(self.starts[record])


def read_table(
    path: Path, label: str, spool: Callable[[str], Path], *, delimiter: str | None, skip_lines: int
) -> TextTable:
    """Check the structure of a delimited text and give its sound records as a lazy table.

    Args:
        path: a local file in UTF-8 whose lines end with LF or CR LF; a byte order mark may come first.
        label: what to call the file in messages.
        spool: gives a fresh path in a temporary place for a name suffix; the table reads from there if the file
            needed cleaning.
        delimiter: one ASCII character, or None to find it from the header and the first records.
        skip_lines: physical lines before the header.

    Raises:
        InputError: there is no header, or it does not settle how the file is to be read.
        UsageError: the delimiter asked for can be none.
        OutputError: no room for the cleaned copy.
    """
    layout = find_layout(path, label, delimiter=delimiter, skip_lines=skip_lines)
    table = _plain_table(path, layout) or _cleaned_table(path, label, spool("cleaned"), layout)
    if table.records != table.sound + table.defects.height:
        raise InternalError(f"{label}: {table.records} records are not {table.sound} + {table.defects.height}.")
    return table


def _plain_table(path: Path, layout: Layout) -> TextTable | None:
    """The file itself as a table, if all of its lines are sound records without quoting; else None."""
    plain = survey_plain(path, layout)
    if plain is None:
        return None
    return TextTable(
        header=layout.names,
        delimiter=layout.delimiter,
        frame=_scan(path, layout.delimiter, _columns(layout), skip_lines=layout.first_line - 1),
        records=plain.records,
        sound=plain.records,
        blank_lines=layout.blank_lines,
        defects=pl.DataFrame(schema=DEFECT_SCHEMA),
        unterminated_last_line=plain.records > 0 and _ends_within_line(path),
        first_line=layout.first_line,
        starts=None,
        forms=plain.forms,
    )


def _cleaned_table(path: Path, label: str, copy: Path, layout: Layout) -> TextTable:
    """The cleaned copy of the file as a table."""
    try:
        account = rewrite(path, copy, layout)
    except OSError as error:
        raise OutputError(
            f"{label} cannot be copied to the temporary folder for cleaning: {error.strerror}.",
            remedy="Make room there, or point TMPDIR to a place that has some.",
        ) from error
    frame = _scan(copy, chr(FIELD_END), _columns(layout), eol_char=chr(RECORD_END))
    starts = account.record_starts()
    return TextTable(
        header=layout.names,
        delimiter=layout.delimiter,
        frame=frame,
        records=account.records,
        sound=len(starts),
        blank_lines=layout.blank_lines + account.blank_lines,
        defects=account.defect_table(),
        unterminated_last_line=account.records > 0 and _ends_within_line(path),
        first_line=layout.first_line,
        starts=starts,
        forms=(None,) * layout.fields,
    )


def _columns(layout: Layout) -> list[str]:
    return [f"c{number}" for number in range(layout.fields)]


def _scan(path: Path, separator: str, columns: list[str], *, skip_lines: int = 0, eol_char: str = "\n") -> pl.LazyFrame:
    """Strings as they stand between separators: no quoting, no inference, no globbing."""
    return pl.scan_csv(
        path,
        separator=separator,
        eol_char=eol_char,
        quote_char=None,
        has_header=False,
        skip_lines=skip_lines,
        schema=dict.fromkeys(columns, pl.String),
        glob=False,
    )


def _ends_within_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() != b"\n"
