"""The file around the rows: xlsxwriter makes the workbook with its formats, and the rows are set into its sheets.

xlsxwriter keeps every cell as an object and rounds numbers to 16 digits; rows that are finished XML need neither, and
a table of a million rows takes no more memory than a piece of it.
"""

from __future__ import annotations

import datetime as dt
import io
import itertools
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmcli.analysis.views import Kind
from crmcli.errors import InternalError, OutputError
from crmcli.present.xlsx_cells import TEXTS, column_letters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

HEADING = "heading"
WRAPPED = "wrapped"

Styles = dict[str, int]
"""The number of each cell format: of every kind, of headings and of wrapped texts."""

_TIME = (1980, 1, 1, 0, 0, 0)
_LEVEL = 3
_LARGEST_SHEET_BYTES = 2**31 - 1
"""Beyond it the archive needs a form that spreadsheet programs do not all read."""

_SHEET = re.compile(r"xl/worksheets/sheet([0-9]+)\.xml")
_ROWS = re.compile(rb"<sheetData ?/>|<sheetData>.*</sheetData>", re.DOTALL)
_DIMENSION = re.compile(rb'<dimension ref="[A-Z0-9:]*" ?/>')
_STYLE = re.compile(rb'<c r="([A-Z]+)1" s="([0-9]+)" ?/>')


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet.

    Attributes:
        name: legal, and no other sheet's.
        kinds: what each column holds.
        widths: of each column, in characters.
        height: rows, headings included.
        rows: all rows as XML, made when the formats are known.
        has_filter: whether the headings carry filters.
    """

    name: str
    kinds: tuple[Kind, ...]
    widths: tuple[float, ...]
    height: int
    rows: Callable[[Styles], Iterable[bytes]]
    has_filter: bool = True


def archive(sheets: tuple[Sheet, ...], money_scale: int, as_of: dt.date | None) -> Iterator[bytes]:
    """The bytes of the file, piece by piece; the same arguments always give the same ones.

    Raises:
        OutputError: a sheet has more text than the format takes.
    """
    sink = _Sink()
    with (
        zipfile.ZipFile(io.BytesIO(_frame(sheets, money_scale, as_of))) as frame,
        zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as target,
    ):
        styles = _styles(frame.read("xl/worksheets/sheet1.xml"))
        for name in frame.namelist():
            match = _SHEET.fullmatch(name)
            content = frame.read(name)
            pieces = (content,) if match is None else _filled(content, sheets[int(match[1]) - 1], styles)
            # An entry that is made by its name alone carries a fixed date.
            with target.open(name, "w") as part:
                for piece in pieces:
                    part.write(piece)
                    yield sink.taken()
    yield sink.taken()


class _Sink(io.RawIOBase):
    """A stream that hands on what was written to it."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._held.append(bytes(data))
        return len(self._held[-1])

    def taken(self) -> bytes:
        """What came since the last call."""
        held, self._held = self._held, []
        return b"".join(held)


def _filled(content: bytes, sheet: Sheet, styles: Styles) -> Iterator[bytes]:
    """A sheet's XML with its true size and rows."""
    corner = f"{column_letters(len(sheet.kinds) - 1)}{sheet.height}"
    content, found = _DIMENSION.subn(f'<dimension ref="A1:{corner}"/>'.encode(), content)
    parts = _ROWS.split(content)
    if found != 1 or len(parts) != 2:  # noqa: PLR2004 — before and after the one place
        raise InternalError("xlsxwriter made a sheet of an unknown shape.")
    size = 0
    for piece in itertools.chain((parts[0], b"<sheetData>"), sheet.rows(styles), (b"</sheetData>", parts[1])):
        size += len(piece)
        if size > _LARGEST_SHEET_BYTES:
            raise OutputError(
                f"The sheet {sheet.name!r} would hold more than 2 GiB, which spreadsheet programs do not read.",
                remedy="Write a file for programs (-o FILE.parquet or FILE.csv), or fewer rows.",
            )
        yield piece


def _frame(sheets: tuple[Sheet, ...], money_scale: int, as_of: dt.date | None) -> bytes:
    """A workbook without rows, but for one on the first sheet that shows the number of each format."""
    import xlsxwriter  # noqa: PLC0415 — an extra, looked for before any work

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": dt.datetime.combine(as_of or dt.date(*_TIME[:3]), dt.time())})
    formats = {name: book.add_format(properties) for name, properties in _formats(money_scale).items()}
    for sheet in sheets:
        _add(book.add_worksheet(sheet.name), sheet, formats)
    for column, name in enumerate(formats):
        book.worksheets()[0].write_blank(0, column, None, formats[name])
    book.close()
    return buffer.getvalue()


def _formats(money_scale: int) -> dict[str, dict[str, object]]:
    # A leading quote keeps a text a text when somebody edits it.
    text = {"quote_prefix": True}
    decimals = f".{'0' * money_scale}" if money_scale else ""
    return {
        Kind.ID: {**text, "num_format": "@"},
        Kind.TEXT: {**text},
        Kind.FLAGS: {**text},
        Kind.DATE: {"num_format": "yyyy-mm-dd"},
        Kind.INTEGER: {"num_format": "#,##0"},
        Kind.MONEY: {"num_format": f"#,##0{decimals}"},
        Kind.SHARE: {"num_format": "0.0%"},
        Kind.NUMBER: {"num_format": "[>=1]#,##0.00;[<=-1]-#,##0.00;General"},
        Kind.BOOLEAN: {"align": "left"},
        HEADING: {**text, "bold": True, "bottom": 1},
        WRAPPED: {**text, "text_wrap": True, "valign": "top"},
    }


def _add(worksheet: Any, sheet: Sheet, formats: Mapping[str, Any]) -> None:
    for column, (kind, width) in enumerate(zip(sheet.kinds, sheet.widths, strict=True)):
        worksheet.set_column(column, column, width, formats[kind])
    worksheet.freeze_panes(1, 0)
    last_row, last_column = sheet.height - 1, len(sheet.kinds) - 1
    if sheet.has_filter:
        worksheet.autofilter(0, 0, last_row, last_column)
    ranges = [
        f"{column_letters(column)}1:{column_letters(column)}{sheet.height}"
        for column, kind in enumerate(sheet.kinds)
        if kind in TEXTS
    ]
    if ranges:
        worksheet.ignore_errors({"number_stored_as_text": " ".join(ranges)})


def _styles(first_sheet: bytes) -> Styles:
    numbers = {letters.decode(): int(number) for letters, number in _STYLE.findall(first_sheet)}
    names = list(_formats(0))
    if len(numbers) != len(names):
        raise InternalError("xlsxwriter made no formats that can be found.")
    return {name: numbers[column_letters(column)] for column, name in enumerate(names)}
