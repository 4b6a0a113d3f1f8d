"""A table as GitHub-flavoured Markdown in which data stays data: no cell can become a link, a tag or a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcli.present.declared import NUMERIC
from crmcli.present.lines import lines_of
from crmcli.present.safe import replacements

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from crmcli.analysis.views import View

_ROWS = 65_536
_ACTIVE = "\\`*_{}[]<>|~&$"


def markdown_chunks(table: pl.DataFrame, view: View) -> Iterator[bytes]:
    """Header, alignment and every row of a conformed table, with the values of the machine formats."""
    names = [_escaped(name) for name in view.column_names()]
    rules = ["---:" if column.kind in NUMERIC else "---" for column in view.columns]
    yield f"{_row(names)}\n{_row(rules)}\n".encode()
    line = _line(table)
    for piece in table.iter_slices(_ROWS):
        yield lines_of(piece.select(line))


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    return "".join(f"\\{character}" if character in _ACTIVE else character for character in text)


def _line(table: pl.DataFrame) -> pl.Expr:
    import polars as pl  # noqa: PLC0415

    table_of_marks = {mark: f"\\{mark}" for mark in _ACTIVE} | {
        mark: _escaped(text) for mark, text in replacements().items()
    }
    cells = [
        pl.col(name).str.replace_many(table_of_marks) if dtype == pl.String else pl.col(name).cast(pl.String)
        for name, dtype in table.schema.items()
    ]
    middle = pl.concat_str([cell.fill_null("") for cell in cells], separator=" | ")
    return pl.concat_str(pl.lit("| "), middle, pl.lit(" |"))
