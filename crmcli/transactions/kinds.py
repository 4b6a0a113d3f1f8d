"""What a file is, by its content: its name may say anything."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from crmcli.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

END_BYTES = 65_536
"""How many bytes at either end of a file decide what it is. A ZIP keeps its member names near its end."""

_PARQUET = b"PAR1"
_SMALLEST_PARQUET = 12
"""Bytes: the mark at both ends and the length of the footer."""

_SHEET = "Save the sheet as CSV (UTF-8) and give that file."
_UNPACK = "Unpack it first, or pack it with gzip or zstd instead."
_CONVERT = "Convert it to CSV or Parquet first."
_EXPORT = "Export the table as CSV first."


class FileKind(StrEnum):
    """The two kinds of file that can be read."""

    TEXT = "text"
    PARQUET = "parquet"


class Packing(StrEnum):
    """The two kinds of compression that are undone on the way."""

    GZIP = "gzip"
    ZSTD = "zstd"


class Ends(NamedTuple):
    """The first and the last bytes of a file; they overlap in a short one."""

    head: bytes
    tail: bytes


class _Foreign(NamedTuple):
    """A kind of file that is refused by name. Both patterns must fit: a heading may look like a short mark."""

    what: str
    remedy: str
    head: re.Pattern[bytes]
    tail: re.Pattern[bytes] | None = None


def _mark(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.DOTALL)


_ZIP = _mark(rb"PK(\x03\x04|\x05\x06|\x07\x08)")
_PACKINGS = ((Packing.GZIP, _mark(rb"\x1f\x8b")), (Packing.ZSTD, _mark(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18")))
_FOREIGN = (
    _Foreign(
        "an old Excel workbook (.xls) or one with a password", _SHEET, _mark(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    ),
    _Foreign("bzip2-compressed", _UNPACK, _mark(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)")),
    _Foreign("xz-compressed", _UNPACK, _mark(rb"\xfd7zXZ\x00")),
    _Foreign("lz4-compressed", _UNPACK, _mark(rb"\x04\x22\x4d\x18")),
    _Foreign("a 7-Zip archive", _UNPACK, _mark(rb"7z\xbc\xaf\x27\x1c")),
    _Foreign("a RAR archive", _UNPACK, _mark(rb"Rar!\x1a\x07")),
    _Foreign("a tar archive", "Unpack it first and give the files inside it.", _mark(rb".{257}ustar[\x00 ]")),
    _Foreign("an encrypted Parquet file", "Write it again without encryption.", _mark(rb"PARE"), _mark(rb"PARE\Z")),
    _Foreign("an Arrow (Feather) file", _CONVERT, _mark(rb"ARROW1\x00\x00|\xff\xff\xff\xff.{4}")),
    _Foreign("a Feather file", _CONVERT, _mark(rb"FEA1"), _mark(rb"FEA1\Z")),
    _Foreign("an ORC file", _CONVERT, _mark(rb"ORC"), _mark(rb"ORC.\Z")),
    _Foreign("an Avro file", _CONVERT, _mark(rb"Obj\x01")),
    _Foreign("an HDF5 file", _CONVERT, _mark(rb"\x89HDF\r\n\x1a\n")),
    _Foreign("a SQLite database", _EXPORT, _mark(rb"SQLite format 3\x00")),
    _Foreign("a PDF document", "Ask the system it came from for CSV.", _mark(rb"%PDF-")),
)
_MEMBERS = (
    ("an Excel workbook (.xlsx)", _SHEET, _mark(rb"xl/(workbook|worksheets|sharedStrings)")),
    ("an OpenDocument spreadsheet (.ods)", _SHEET, _mark(rb"opendocument\.spreadsheet")),
    ("a Numbers document", _SHEET, _mark(rb"Index/Document\.iwa")),
)
_PAGES = (
    ("an HTML page", "Open it in a spreadsheet and save it as CSV.", r"<(!doctype html|html|head|body|table|meta)\b"),
    ("an XML document", "Open it in a spreadsheet and save it as CSV.", r"<\?xml\b"),
    ("a web archive (MHTML)", "Open it in a spreadsheet and save it as CSV.", r"mime-version:"),
    ("JSON", _CONVERT, r'\{\s*["}]|\[\s*[\[{"\]]'),
)


def recognise(label: str, ends: Ends) -> FileKind | Packing:
    """What the ends of a file say it is; everything without a mark is text until proven otherwise.

    Raises:
        InputError: a truncated Parquet file, or a kind of file that is not read here.
    """
    if ends.head.startswith(_PARQUET):
        return _whole_parquet(label, ends)
    for packing, mark in _PACKINGS:
        if mark.match(ends.head):
            return packing
    _refuse_foreign(label, ends)
    return FileKind.TEXT


def refuse_pages(label: str, opening: str) -> None:
    """Refuse pages that pretend to be tables; `opening` is the decoded beginning of the file.

    Raises:
        InputError: the text is HTML, XML, MHTML or JSON.
    """
    start = opening.removeprefix("\ufeff").lstrip()
    for what, remedy, pattern in _PAGES:
        if re.match(pattern, start, re.IGNORECASE):
            raise InputError(f"{label} is {what}, not a table.", remedy=remedy)


def ends_of(path: Path) -> Ends:
    """Read both ends of a regular file (OSError as it comes)."""
    with path.open("rb") as file:
        head = file.read(END_BYTES)
        if len(head) < END_BYTES:
            return Ends(head, head)
        size = file.seek(0, 2)
        file.seek(max(0, size - END_BYTES))
        return Ends(head, file.read(END_BYTES))


def _whole_parquet(label: str, ends: Ends) -> FileKind:
    if ends.tail.endswith(_PARQUET) and len(ends.tail) >= _SMALLEST_PARQUET:
        return FileKind.PARQUET
    raise InputError(
        f"{label} starts like a Parquet file, but its end is missing: it was cut off.",
        remedy="Write or copy it again.",
    )


def _refuse_foreign(label: str, ends: Ends) -> None:
    if _ZIP.match(ends.head):
        _refuse_zip(label, ends)
    for what, remedy, head, tail in _FOREIGN:
        if head.match(ends.head) and (tail is None or tail.search(ends.tail)):
            raise InputError(f"{label} is {what}, not CSV or Parquet.", remedy=remedy)


def _refuse_zip(label: str, ends: Ends) -> None:
    for what, remedy, names in _MEMBERS:
        if names.search(ends.head) or names.search(ends.tail):
            raise InputError(f"{label} is {what}, not CSV or Parquet.", remedy=remedy)
    raise InputError(f"{label} is a ZIP archive.", remedy="Unzip it first and give the files inside it.")
