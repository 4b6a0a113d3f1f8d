"""Cells of a sheet as the XML of SpreadsheetML: whole tables by expressions, single values one by one.

Texts are always inline strings, so that none of them can be run as a formula, become a link or lose its zeros. Numbers
stand with all their digits; a program that reads the sheet takes the nearest binary number (about 15 digits).
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING

from crmcli.analysis.views import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import polars as pl

    from crmcli.analysis.views import View

FIRST_DATE = dt.date(1900, 3, 1)
"""Spreadsheets disagree on the serial numbers of earlier days (one of them knows a 29 February 1900)."""

TEXTS = frozenset({Kind.ID, Kind.TEXT, Kind.FLAGS})
_EPOCH = dt.date(1899, 12, 30)
_ROWS = 16_384
_ALPHABET = 26

# What XML cannot hold is shown: controls as their pictures, the two non-characters by their numbers. Escapes keep what
# a reader of XML would otherwise change.
_MARKS = (
    {chr(code): chr(0x2400 + code) for code in range(0x20)}
    | {"\ufffe": "\\ufffe", "\uffff": "\\uffff"}
    | {"\t": "&#9;", "\n": "&#10;", "\r": "&#13;", "&": "&amp;", "<": "&lt;", ">": "&gt;"}
)
_TABLE = str.maketrans(_MARKS)
_ESCAPE_LIKE = "_x[0-9A-Fa-f]{4}_"
"""Readers take this for a character's number, so a text that holds it says its underscores by theirs."""

_NUMBER = "\x00row"
"""The name of a column that no view has."""

_UNDERSCORE = ("_x", "_x005F_x")


def column_letters(index: int) -> str:
    """The name of a column: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, digit = divmod(index - 1, _ALPHABET)
        letters = chr(ord("A") + digit) + letters
    return letters


def cell(column: int, row: int, style: int, value: object) -> str:
    """One cell; nothing for None.

    Args:
        column: from 0.
        row: from 1.
        style: the number of a cell format.
        value: a text, number, date or truth value.
    """
    head = f'<c r="{column_letters(column)}{row}" s="{style}"'
    match value:
        case None:
            return ""
        case bool():
            return f'{head} t="b"><v>{value:d}</v></c>'
        case dt.date() if value >= FIRST_DATE:
            return f"{head}><v>{(value - _EPOCH).days}</v></c>"
        case int() | float():
            return f"{head}><v>{value!r}</v></c>"
        case Decimal():
            return f"{head}><v>{value:f}</v></c>"
    text = value.isoformat() if isinstance(value, dt.date) else str(value)
    return f'{head} t="inlineStr"><is><t xml:space="preserve">{_escaped(text)}</t></is></c>'


def row_of(number: int, cells: Sequence[str]) -> str:
    """A row of finished cells."""
    return f'<row r="{number}">{"".join(cells)}</row>'


def _escaped(text: str) -> str:
    return (text.replace(*_UNDERSCORE) if re.search(_ESCAPE_LIKE, text) else text).translate(_TABLE)


def table_rows(table: pl.DataFrame, view: View, styles: Mapping[Kind, int], first_row: int) -> Iterator[bytes]:
    """Every row of a conformed table, piece by piece.

    Args:
        table: the table.
        view: its declaration.
        styles: the cell format of each kind.
        first_row: the number of its first row, from 1.
    """
    import polars as pl  # noqa: PLC0415

    from crmcli.present.lines import lines_of  # noqa: PLC0415

    number = pl.int_range(pl.len())
    cells = [_cell(index, column.name, column.kind, styles[column.kind]) for index, column in enumerate(view.columns)]
    line = pl.concat_str(pl.lit('<row r="'), pl.col(_NUMBER), pl.lit('">'), *cells, pl.lit("</row>"))
    for start in range(0, table.height, _ROWS):
        piece = table.slice(start, _ROWS)
        numbered = piece.with_columns((number + (first_row + start)).cast(pl.String).alias(_NUMBER))
        yield lines_of(numbered.select(line))


def _cell(index: int, name: str, kind: Kind, style: int) -> pl.Expr:
    """The cells of a column; nothing where a value is missing."""
    import polars as pl  # noqa: PLC0415

    head, number = f'<c r="{column_letters(index)}', pl.col(_NUMBER)
    plain = (pl.lit(head), number, pl.lit(f'" s="{style}"><v>'))
    if kind is Kind.BOOLEAN:
        opening = (pl.lit(head), number, pl.lit(f'" s="{style}" t="b"><v>'))
        return pl.concat_str(*opening, pl.col(name).cast(pl.Int8), pl.lit("</v></c>")).fill_null("")
    if kind not in TEXTS and kind is not Kind.DATE:
        return pl.concat_str(*plain, pl.col(name).cast(pl.String), pl.lit("</v></c>")).fill_null("")
    inline = (pl.lit(head), number, pl.lit(f'" s="{style}" t="inlineStr"><is><t xml:space="preserve">'))
    text = pl.concat_str(*inline, _text(name, kind), pl.lit("</t></is></c>"))
    if kind is Kind.DATE:
        serial = (pl.col(name) - _EPOCH).dt.total_days().cast(pl.String)
        dated = pl.concat_str(*plain, serial, pl.lit("</v></c>"))
        text = pl.when(pl.col(name) >= FIRST_DATE).then(dated).otherwise(text)
    return text.fill_null("")


def _text(name: str, kind: Kind) -> pl.Expr:
    import polars as pl  # noqa: PLC0415

    column = pl.col(name)
    if kind is Kind.DATE:
        return column.dt.to_string("iso")
    spelt = pl.when(column.str.contains(_ESCAPE_LIKE)).then(column.str.replace_all(*_UNDERSCORE, literal=True))
    return spelt.otherwise(column).str.replace_many(_MARKS)
