"""A result as a workbook: a sheet of headline facts and notes, one for each view, and one that says what columns mean.

With one view asked for, the workbook is that one sheet.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from crmcli.analysis.views import Column, Kind, View
from crmcli.errors import OutputError, UsageError
from crmcli.notes import counted, info, warning
from crmcli.present.declared import conform
from crmcli.present.safe import safe_text
from crmcli.present.xlsx_cells import FIRST_DATE, TEXTS, cell, row_of, table_rows
from crmcli.present.xlsx_frame import HEADING, Sheet, archive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl

    from crmcli.analysis.result import Result
    from crmcli.notes import Note
    from crmcli.present.xlsx_frame import Styles

MOST_ROWS = 1_048_576
"""Rows of a sheet, headings included."""

LONGEST_TEXT = 32_767
"""UTF-16 units of a cell."""

EXACT = 10**15
"""Digits beyond these fifteen are lost to a spreadsheet."""

LONGEST_NAME = 31
_ILLEGAL = str.maketrans(dict.fromkeys("[]:*?/\\", "_"))
_RESERVED = "history"
_NARROWEST, _WIDEST = 8, 60
_FILTER = 3
"""Room of a heading for the button of its filter."""

_ELSEWHERE = "Write a file for programs instead: -o FILE.parquet or FILE.csv"
_MEANINGS = View(
    "columns",
    "",
    "",
    tuple(Column(name, Kind.TEXT, "") for name in ("view", "column", "kind", "unit", "meaning")),
)


@dataclass(frozen=True, slots=True)
class Workbook:
    """A workbook that is ready to be written, and what has to be said of it."""

    notes: tuple[Note, ...]
    sheets: tuple[Sheet, ...]
    result: Result

    def pieces(self) -> Iterator[bytes]:
        """Its bytes; the same result always gives the same ones."""
        return archive(self.sheets, self.result.money_scale, self.result.as_of)


def require_writer() -> None:
    """Refuse before any work when the extra is not installed.

    Raises:
        UsageError: xlsxwriter is absent.
    """
    if importlib.util.find_spec("xlsxwriter") is None:
        raise UsageError(
            "xlsx output needs the package xlsxwriter, which is not installed.",
            remedy="pip install 'crmcli[excel]', or write another format, such as -o FILE.csv",
        )


def workbook(result: Result, view: str | None, load: Mapping[str, object]) -> Workbook:
    """Put a result on sheets.

    Args:
        result: the result of an analysis.
        view: the one view to write, or None for all that were computed, with the facts.
        load: what was loaded, for the sheet of facts.

    Raises:
        OutputError: a table has more rows, or a text more characters, than a sheet holds.
        InternalError: a table is not what its view declares.
    """
    views = [one for one in result.catalogue.views if one.name == view or (view is None and one.name in result.tables)]
    tables = {one.name: conform(result.tables[one.name], one, result.money_scale) for one in views}
    notes = tuple(note for one in views for note in _checked(tables[one.name], one))
    names: list[str] = []
    sheets = []
    if view is None:
        from crmcli.present.xlsx_facts import facts_sheet  # noqa: PLC0415

        sheets.append(facts_sheet(result, load, notes, sheet_name("facts", names)))
    sheets += [_sheet(tables[one.name], one, sheet_name(one.name, names)) for one in views]
    if view is None:
        sheets.append(_meanings(views, sheet_name(_MEANINGS.name, names)))
    return Workbook(notes, tuple(sheets), result)


def sheet_name(wanted: str, taken: list[str]) -> str:
    """A legal name like the one wanted, different from those taken (in any case), and taken itself from now on."""
    legal = safe_text(wanted).translate(_ILLEGAL).strip("'")[:LONGEST_NAME].rstrip("'") or "_"
    used = {_RESERVED, *(name.casefold() for name in taken)}
    name, count = legal, 1
    while name.casefold() in used:
        count += 1
        name = f"{legal[: LONGEST_NAME - len(str(count)) - 1]}_{count}"
    taken.append(name)
    return name


def _sheet(table: pl.DataFrame, view: View, name: str) -> Sheet:
    def rows(styles: Styles) -> Iterator[bytes]:
        headings = [cell(column, 1, styles[HEADING], title) for column, title in enumerate(view.column_names())]
        yield row_of(1, headings).encode()
        yield from table_rows(table, view, {kind: styles[kind] for kind in Kind}, 2)

    kinds = tuple(column.kind for column in view.columns)
    widths = tuple(_width(table.get_column(column.name), column) for column in view.columns)
    return Sheet(name, kinds, widths, table.height + 1, rows)


def _meanings(views: list[View], name: str) -> Sheet:
    import polars as pl  # noqa: PLC0415

    rows = [
        (view.name, column.name, str(column.kind), column.unit, column.meaning)
        for view in views
        for column in view.columns
    ]
    table = pl.DataFrame(rows, schema=dict.fromkeys(_MEANINGS.column_names(), pl.String), orient="row")
    return _sheet(table, _MEANINGS, name)


def _width(values: pl.Series, column: Column) -> float:
    """Characters that the heading and every value need, within reason."""
    widest = max(len(column.name) + _FILTER, _longest(values, column.kind), _NARROWEST)
    return float(min(widest, _WIDEST))


def _longest(values: pl.Series, kind: Kind) -> int:
    if kind in TEXTS:
        # An ideograph takes three bytes and the room of two letters.
        lengths = (values.str.len_chars() + values.str.len_bytes()).max() or 0
        return int(lengths / 2) + 1  # type: ignore[operator, arg-type]
    if kind in {Kind.INTEGER, Kind.MONEY}:
        return max((len(f"{value:,}") for value in _extremes(values)), default=0) + 1
    return len("1,234,567.89") if kind is Kind.NUMBER else len("2024-12-31") + 1


def _extremes(values: pl.Series) -> list[Decimal]:
    """The smallest and the largest number, if there are any."""
    return [Decimal(value) for value in (values.min(), values.max()) if isinstance(value, int | Decimal)]


def _checked(table: pl.DataFrame, view: View) -> Iterator[Note]:
    """Remarks on what a sheet does not hold as it is; an error for what it cannot hold at all."""
    if table.height >= MOST_ROWS:
        raise OutputError(
            f"The view {view.name!r} has {table.height:,} rows; a sheet holds {MOST_ROWS - 1:,} and a heading.",
            remedy=f"{_ELSEWHERE}, or take fewer rows with --where or --since.",
        )
    for column in view.columns:
        values = table.get_column(column.name)
        if column.kind in TEXTS:
            _refuse_long(values, view, column)
        elif column.kind in {Kind.INTEGER, Kind.MONEY}:
            yield from _rounded(values, view, column)
        elif column.kind is Kind.DATE:
            yield from _early(values, view, column)


def _refuse_long(values: pl.Series, view: View, column: Column) -> None:
    longest = int(values.str.len_bytes().max() or 0)  # type: ignore[arg-type]
    if longest <= LONGEST_TEXT:
        return
    astral = values.str.count_matches(r"[\x{10000}-\x{10FFFF}]")
    count = int((values.str.len_chars() + astral > LONGEST_TEXT).sum())
    if count:
        raise OutputError(
            f"{view.name}.{column.name}: {counted(count, 'text')} longer than {LONGEST_TEXT:,} characters, "
            "which no cell of a spreadsheet holds.",
            remedy=f"{_ELSEWHERE}.",
        )


def _rounded(values: pl.Series, view: View, column: Column) -> Iterator[Note]:
    scale = values.dtype.scale if values.dtype.is_decimal() else 0  # type: ignore[attr-defined]
    limit = Decimal(EXACT).scaleb(-scale)
    if any(abs(value) >= limit for value in _extremes(values)):
        large = int(((values >= limit) | (values <= -limit)).sum())
        yield warning(
            "spreadsheet_digits",
            f"{view.name}.{column.name}: {counted(large, 'number')} of more than 15 digits, which spreadsheets round; "
            "the other formats are exact",
        )


def _early(values: pl.Series, view: View, column: Column) -> Iterator[Note]:
    count = int((values < FIRST_DATE).sum())
    if count:
        yield info(
            "spreadsheet_dates",
            f"{view.name}.{column.name}: {counted(count, 'date')} before {FIRST_DATE}, as text: spreadsheets do not "
            "agree on them",
        )
