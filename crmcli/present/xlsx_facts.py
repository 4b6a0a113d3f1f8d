"""The first sheet of a workbook: headline facts, what was read, and every note, for people who have only the file."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from crmcli.analysis.views import Kind
from crmcli.present.xlsx_cells import cell, row_of
from crmcli.present.xlsx_frame import HEADING, WRAPPED, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crmcli.analysis.result import Result
    from crmcli.notes import Note
    from crmcli.present.xlsx_frame import Styles

_WIDTHS = (30.0, 80.0, 24.0, 16.0)
_KINDS = (Kind.TEXT, Kind.TEXT, Kind.TEXT, Kind.TEXT)
_FACTS = ("fact", "meaning", "value", "unit")
_NOTES = ("note", "text", "severity")

_Line = tuple[tuple[str, object], ...]
"""Cells of a row, each with the name of its format."""


def facts_sheet(result: Result, load: Mapping[str, object], own: Sequence[Note], name: str) -> Sheet:
    """Facts, then counts of what was loaded, then notes.

    Args:
        result: the facts and notes of an analysis.
        load: what was loaded: its numbers become facts, its `notes` are among the notes.
        own: notes on the workbook itself.
        name: of the sheet.
    """
    lines = [*_facts(result, load), (), *_notes(result, load, own)]

    def rows(styles: Styles) -> Iterator[bytes]:
        for number, line in enumerate(lines, start=1):
            cells = [cell(column, number, styles[style], value) for column, (style, value) in enumerate(line)]
            yield row_of(number, cells).encode()

    return Sheet(name, _KINDS, _WIDTHS, len(lines), rows, has_filter=False)


def _facts(result: Result, load: Mapping[str, object]) -> Iterator[_Line]:
    yield _headings(_FACTS)
    yield _fact("command", "Analysis", result.catalogue.command, Kind.TEXT, "")
    yield _fact("as_of", "End of observation", result.as_of, Kind.DATE, "")
    for fact in result.facts:
        yield _fact(fact.name, fact.label, fact.value, fact.kind, fact.unit)
    for name, value in load.items():
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            kind = Kind.MONEY if isinstance(value, Decimal) else Kind.INTEGER
            yield _fact(name, f"Input: {name.replace('_', ' ')}", value, kind, "")


def _notes(result: Result, load: Mapping[str, object], own: Sequence[Note]) -> Iterator[_Line]:
    yield _headings(_NOTES)
    read = load.get("notes")
    for entry in read if isinstance(read, list) else ():
        yield _note(entry["code"], entry["text"], entry["severity"])
    for note in (*result.notes, *own):
        yield _note(note.code, note.text, str(note.severity))
    for view, lines in result.captions.items():
        for line in lines:
            yield _note(view, line, "caption")


def _headings(names: Sequence[str]) -> _Line:
    return tuple((HEADING, name) for name in names)


def _fact(name: str, meaning: str, value: object, kind: Kind, unit: str) -> _Line:
    return ((Kind.TEXT, name), (WRAPPED, meaning), (kind, value), (Kind.TEXT, unit or None))


def _note(code: str, text: str, severity: str) -> _Line:
    return ((Kind.TEXT, code), (WRAPPED, text), (Kind.TEXT, severity))
