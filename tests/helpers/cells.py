"""The cells of a table as each format spells them, and the proof that all formats say the same.

`agree` takes any table with its declaration, `all_agree` all tables of a result: a new command, view or format needs no
test of its own.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
from markdown_it import MarkdownIt
from sheets import sheets

from crmcli.analysis.conform import column_type
from crmcli.analysis.result import Result
from crmcli.analysis.views import Catalogue, Column, Kind, View
from crmcli.present.formats import Format
from crmcli.present.page import page
from crmcli.present.records import encode
from crmcli.present.safe import safe_text
from crmcli.present.tables import shortened
from crmcli.present.xlsx import workbook

if TYPE_CHECKING:
    from collections.abc import Callable

    from sheets import Cell

NEVER = dt.date.max
"""A date of observation that no table holds, so that the page leaves out no column for repeating its title."""

WIDE = 2_000
"""Columns of a page on which nothing has to be left out or folded."""

MISSING = "–"
_TEXTS = {Kind.ID, Kind.TEXT, Kind.FLAGS}
_NUMBER = re.compile(r"([<>]?)(-?[\d,]+(?:\.(\d+))?(?:e[+-]?(\d+))?)( %)?")

Row = list[str | None]


def text_of(table: pl.DataFrame, view: View, fmt: Format, money_scale: int = 2) -> str:
    """A table in a text format."""
    return b"".join(encode(table, view, fmt, money_scale)).decode()


def rows_of_json(text: str) -> list[dict[str, Any]]:
    """Objects whose numbers and truth values are the texts that stand there."""
    rows = json.loads(text, parse_float=str, parse_int=str, parse_constant=_no_constant, object_pairs_hook=_spelt)
    assert isinstance(rows, list)
    return rows


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


def _spelt(members: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in members}


def rows_of_csv(text: str, delimiter: str) -> list[list[str]]:
    """Records by the rules of CSV, the header first."""
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


def rows_of_markdown(text: str) -> list[list[str]]:
    """Cells as a Markdown reader shows them, after a check that each is nothing but text."""
    rows: list[list[str]] = []
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            assert {child.type for child in token.children or []} <= {"text", "text_special"}
            rows[-1].append("".join(child.content for child in token.children or []))
    return rows


def value_of(text: str | None, kind: Kind) -> Any:
    """A cell of a text format as a value."""
    if text is None or (text == "" and kind not in _TEXTS):
        return None
    readers: dict[Kind, Callable[[str], Any]] = {
        Kind.DATE: dt.date.fromisoformat,
        Kind.INTEGER: int,
        Kind.MONEY: Decimal,
        Kind.SHARE: float,
        Kind.NUMBER: float,
        Kind.BOOLEAN: {"true": True, "false": False}.__getitem__,
    }
    return readers.get(kind, str)(text)


def agree(table: pl.DataFrame, view: View, money_scale: int = 2) -> list[list[Any]]:
    """Show that all formats, CSV to xlsx, and the page hold the same cells; return their values."""
    names = list(view.column_names())
    objects = rows_of_json(text_of(table, view, Format.JSON, money_scale))
    assert all(list(row) == names for row in objects)
    rows = [list(row.values()) for row in objects]
    values = [[value_of(cell, column.kind) for cell, column in zip(row, view.columns, strict=True)] for row in rows]
    _parquet_agrees(table, view, money_scale, values)
    _lines_agree(table, view, money_scale, objects)
    _delimited_agrees(table, view, money_scale, rows)
    _markdown_agrees(table, view, money_scale, rows)
    _page_agrees(table, view, money_scale, rows)
    _sheet_agrees(table, view, money_scale, values)
    return values


def all_agree(result: Result) -> None:
    """The same for every table of a result."""
    for name, table in result.tables.items():
        agree(table, result.catalogue.view(name), result.money_scale)


def _parquet_agrees(table: pl.DataFrame, view: View, money_scale: int, values: list[list[Any]]) -> None:
    parquet = pl.read_parquet(io.BytesIO(b"".join(encode(table, view, Format.PARQUET, money_scale))))
    assert list(parquet.schema.items()) == [(c.name, column_type(c.kind, money_scale)) for c in view.columns]
    assert [list(row) for row in parquet.rows()] == values


def _lines_agree(table: pl.DataFrame, view: View, money_scale: int, objects: list[dict[str, Any]]) -> None:
    lines = text_of(table, view, Format.NDJSON, money_scale).split("\n")
    assert lines.pop() == ""
    assert rows_of_json(f"[{','.join(lines)}]") == objects
    assert len(lines) == len(objects)


def _delimited_agrees(table: pl.DataFrame, view: View, money_scale: int, rows: list[Row]) -> None:
    for fmt, delimiter in ((Format.CSV, ","), (Format.TSV, "\t")):
        header, *records = rows_of_csv(text_of(table, view, fmt, money_scale), delimiter)
        assert header == list(view.column_names())
        # The same text as in JSON, so that a script may switch formats; what is missing is empty.
        assert records == [[cell or "" for cell in row] for row in rows]


def _markdown_agrees(table: pl.DataFrame, view: View, money_scale: int, rows: list[Row]) -> None:
    header, *records = rows_of_markdown(text_of(table, view, Format.MARKDOWN, money_scale))
    assert header == list(view.column_names())
    shown = [[safe_text(cell or "").strip() for cell in row] for row in rows]
    assert [[cell.strip() for cell in record] for record in records] == shown


def _page_agrees(table: pl.DataFrame, view: View, money_scale: int, rows: list[Row]) -> None:
    """The page says the same in fewer digits: dates and texts as they are, numbers rounded to what is shown."""
    alone = View(view.name, view.title, "", tuple(Column(c.name, c.kind, "") for c in view.columns))  # No pictures.
    catalogue = Catalogue("any", (alone,), default=alone.name, page=())
    result = Result(catalogue, NEVER, money_scale, {alone.name: table}, (), ())
    text = page(result, view=alone.name, top=max(len(rows), 1), width=WIDE, colour=False)
    if not rows:
        assert "(no rows)" in text
        return
    lines = text.split("\n")
    first = next(number for number, line in enumerate(lines) if line and set(line) == {"─"}) + 1
    assert len(lines) == first + len(rows) + 1, "one line each"
    for line, row in zip(lines[first:], rows, strict=False):
        rest = line
        for cell, column in zip(row, view.columns, strict=True):
            rest = _shown(rest.lstrip(), cell, column.kind)
        assert rest.strip() == ""


def _sheet_agrees(table: pl.DataFrame, view: View, money_scale: int, values: list[list[Any]]) -> None:
    result = Result(
        Catalogue("any", (view,), default=view.name, page=()), NEVER, money_scale, {view.name: table}, (), ()
    )
    ((name, rows),) = sheets(b"".join(workbook(result, view.name, {}).pieces())).items()
    assert name.casefold() == view.name[:31].casefold()
    header, *records = rows
    assert [cell.value for cell in header.values()] == list(view.column_names())
    columns = list(enumerate(view.columns))
    assert [[_of_sheet(row.get(n), column.kind) for n, column in columns] for row in records] == [
        [_in_sheet(value) for value in row] for row in values
    ]


def _of_sheet(cell: Cell | None, kind: Kind) -> Any:
    """The value of a cell; numbers have all their digits in the file, whatever a program makes of them."""
    if cell is None:
        return None
    readers: dict[Kind, Callable[[Any], Any]] = {Kind.INTEGER: int, Kind.SHARE: float, Kind.NUMBER: float}
    if kind is Kind.DATE:
        return dt.date.fromisoformat(cell.value) if isinstance(cell.value, str) else cell.date()
    if kind is Kind.MONEY:
        assert isinstance(cell.value, Decimal)
    return readers.get(kind, lambda value: value)(cell.value)


def _in_sheet(value: Any) -> Any:
    """What a sheet holds of a value: XML has no control characters, so their pictures stand for them."""
    return "".join(map(_visible, value)) if isinstance(value, str) else value


def _visible(mark: str) -> str:
    if mark in "\ufffe\uffff":
        return f"\\u{ord(mark):04x}"
    return chr(0x2400 + ord(mark)) if ord(mark) < 0x20 and mark not in "\t\n\r" else mark


def _shown(line: str, cell: str | None, kind: Kind) -> str:
    """Check that a line goes on with a cell, and return what follows."""
    value = value_of(cell, kind)
    exact = _exactly(value, kind)
    if exact is not None:
        # The page has no spaces at line ends, and the test none before a cell.
        assert line.startswith(exact.strip()), (line, exact)
        return line[len(exact.strip()) :]
    number = _NUMBER.match(line)
    assert number is not None, (line, cell)
    _rounds_to(number, float(value))
    return line[number.end() :]


def _exactly(value: Any, kind: Kind) -> str | None:
    """What the page says of a value that it does not round."""
    match value:
        case None:
            return MISSING
        case bool():
            return "yes" if value else "no"
        case str():
            shown = safe_text(value)
            return shown.replace(";", "; ") if kind is Kind.FLAGS else shortened(shown) if kind is Kind.ID else shown
        case dt.date():
            return value.isoformat()
        case int() | Decimal():
            return f"{value or abs(value):,}"
    return None


def _rounds_to(number: re.Match[str], value: float) -> None:
    bound, digits, decimals, exponent, percent = number.groups()
    shown, exact = Decimal(digits.replace(",", "")), Decimal(value) * (100 if percent else 1)
    if bound:
        assert 0 < abs(exact) < abs(shown)
        assert (exact > 0) is (shown > 0)
        return
    half = Decimal(5).scaleb(int(exponent or 0) - len(decimals or "") - 1)
    # Percentages are rounded as binary numbers, an ulp beside the exact ones.
    assert abs(shown - exact) <= half + abs(exact) * Decimal("1e-12"), (number.group(), value)
