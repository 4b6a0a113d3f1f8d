"""An independent and strict reading of delimited text: all of it is valid, or it is no reading at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def strict_rows(content: bytes, delimiter: str) -> list[list[str]] | None:
    """Every record of a text by RFC 4180 (and old line ends), blank lines left out; None if anything is amiss."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    if "\x00" in text:
        return None
    try:
        rows = [row for row in _records(text, delimiter) if row != [""]]
    except ValueError:
        return None
    return rows if rows and all(len(row) == len(rows[0]) for row in rows) else None


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    field = re.compile(rf'(?:"((?:[^"]|"")*)"|([^"\r\n{re.escape(delimiter)}]*))({re.escape(delimiter)}|\r?\n|\r|$)')
    place = 0
    row: list[str] = []
    while place < len(text) or row:
        found = field.match(text, place)
        if found is None:
            raise ValueError(place)
        quoted, plain, end = found.groups()
        row.append(plain if quoted is None else quoted.replace('""', '"'))
        place = found.end()
        if end != delimiter:
            yield row
            row = []
