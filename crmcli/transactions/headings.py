"""Headers whose quotes have gone astray, though each of their fields is well formed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crmcli.errors import InputError
from crmcli.transactions.records import FEW_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SHOWN_CHARACTERS = 60
_JOINED = re.compile(r'\w"+\w')


def require_sound_names(cells: Sequence[str], delimiter: str, where: str) -> None:
    """Refuse a header that holds a record, or two names in one cell.

    Args:
        cells: the names as written, without quoting.
        delimiter: what separates them.
        where: how a message names the header.

    Raises:
        InputError: naming what gives the header away.
    """
    trouble = f"{where}: the quotes of the header do not fit together: "
    swallowed = next((line for cell in cells for line in _records_within(cell, delimiter, len(cells))), None)
    if swallowed is not None:
        raise InputError(
            f"{trouble}one of its names would swallow the record {swallowed[:SHOWN_CHARACTERS]!r}.",
            remedy="Correct that line: a quote that opens a name closes behind it.",
        )
    joined = next((cell for cell in cells if _JOINED.search(cell)), None)
    # A separator that moved has joined two names and left a column without one.
    if joined is not None and not all(cell.strip() for cell in cells):
        raise InputError(
            f"{trouble}{joined!r} may be two names, and a column has none.",
            remedy="Correct that line: a separator stands between any two names.",
        )


def _records_within(cell: str, delimiter: str, fields: int) -> Iterator[str]:
    """The lines of a name, behind its first, that look like records: names have neither so many parts nor digits."""
    lines = (line.removesuffix("\r") for line in cell.split("\n")[1:]) if fields > FEW_COLUMNS else ()
    for line in lines:
        if line.count(delimiter) >= fields - 1 and any(letter.isdigit() for letter in line):
            yield line
