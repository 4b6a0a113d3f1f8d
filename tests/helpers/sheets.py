"""A workbook read back by the rules of its format, with nothing but a zip and an XML reader."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile("([A-Z]+)([0-9]+)")
_EPOCH = dt.date(1899, 12, 30)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: a text, a truth value, or the exact digits of a number; and its number format."""

    value: str | bool | Decimal
    number_format: str

    def date(self) -> dt.date:
        """A number as a day."""
        assert isinstance(self.value, Decimal)
        return _EPOCH + dt.timedelta(days=int(self.value))


Rows = list[dict[int, Cell]]
"""Cells by column, from 0; those that are missing are absent."""


def sheets(content: bytes) -> dict[str, Rows]:
    """Every sheet by its name, in order, after a check that nothing in it can act."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        assert not [name for name in names if re.search("external|hyperlink|vba|connection|drawing|query", name)]
        links = {entry.attrib["Id"]: entry.attrib["Target"] for entry in _xml(archive, "xl/_rels/workbook.xml.rels")}
        formats = _formats(_xml(archive, "xl/styles.xml"))
        return {
            sheet.attrib["name"]: _rows(_xml(archive, f"xl/{links[sheet.attrib[RELATION]]}"), formats)
            for sheet in _xml(archive, "xl/workbook.xml").iter(f"{MAIN}sheet")
        }


def parts(content: bytes) -> dict[str, str]:
    """The files of the archive as text."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def _xml(archive: zipfile.ZipFile, name: str) -> ET.Element:
    return ET.fromstring(archive.read(name))  # noqa: S314 — a file that has just been made here


def _formats(styles: ET.Element) -> list[str]:
    own = {entry.attrib["numFmtId"]: entry.attrib["formatCode"] for entry in styles.iter(f"{MAIN}numFmt")}
    built_in = {"0": "General", "3": "#,##0", "4": "#,##0.00", "49": "@"}
    used = styles.find(f"{MAIN}cellXfs")
    assert used is not None
    return [{**built_in, **own}[entry.attrib["numFmtId"]] for entry in used]


def _rows(sheet: ET.Element, formats: list[str]) -> Rows:
    assert not list(sheet.iter(f"{MAIN}f")), "no formula"
    assert not list(sheet.iter(f"{MAIN}hyperlink")), "no link"
    rows: Rows = []
    for row in sheet.iter(f"{MAIN}row"):
        rows += [{}] * (int(row.attrib["r"]) - 1 - len(rows))
        rows.append({})
        for cell in row:
            match = _REFERENCE.fullmatch(cell.attrib["r"])
            assert match is not None
            assert match[2] == row.attrib["r"]
            rows[-1][_column(match[1])] = Cell(_value(cell), formats[int(cell.attrib["s"])])
    dimension = sheet.find(f"{MAIN}dimension")
    assert dimension is not None
    assert dimension.attrib["ref"].endswith(str(len(rows)))
    return rows


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _value(cell: ET.Element) -> Any:
    text = cell.findtext(f"{MAIN}v")
    match cell.attrib.get("t"):
        case "inlineStr":
            shown = cell.findtext(f"{MAIN}is/{MAIN}t")
            assert shown is not None
            return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), shown)
        case "b":
            return {"1": True, "0": False}[text or ""]
        case None:
            return Decimal(text or "")
    raise AssertionError(cell.attrib)
