"""Text whose every line after the header is a sound record without quotes: it is read in place, with no strict pass.

While that is checked, forms of cells that the first lines show are proven for whole columns, or given up.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice, repeat
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.transactions.dialect import BOM
from crmcli.transactions.forms import SAMPLE_LINES, forms_of, text_pattern
from crmcli.transactions.records import FORBIDDEN, NEWLINE, QUOTE, RETURN, dissect
from crmcli.transactions.strict import MAX_FIELD_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from io import FileIO
    from pathlib import Path

    from crmcli.transactions.dialect import Layout
    from crmcli.transactions.forms import CellForm
    from crmcli.transactions.records import Lines

CHUNK_BYTES = 1 << 18
BATCH_PIECES = 16
"""Pieces that are checked together: few, since most files that are not plain show it early."""

_WORKERS = min(4, pl.thread_pool_size())
_SPECIAL = bytes([QUOTE, *FORBIDDEN])


@dataclass(frozen=True, slots=True)
class Plain:
    """What is known of plain text: its number of records, and for each column a form that all of its cells have."""

    records: int
    forms: tuple[CellForm | None, ...]


def survey_plain(path: Path, layout: Layout) -> Plain | None:
    """What a text holds, if each line after the header is a record and means to Polars what it seems to; else None."""
    records = 0
    forms: tuple[CellForm | None, ...] = (None,) * layout.fields
    with path.open("rb", buffering=0) as file, ThreadPoolExecutor(_WORKERS) as pool:
        file.seek(layout.offset)
        pieces = _whole_lines(file)
        while batch := list(islice(pieces, BATCH_PIECES)):
            # How the columns of a small file read is decided sooner than any form is found.
            if not records and len(batch) == BATCH_PIECES:
                forms = _forms_at_the_start(batch[0], layout)
            counts = [0]
            if any(forms):
                groups = [batch[first::_WORKERS] for first in range(min(_WORKERS, len(batch)))]
                counts = list(pool.map(count_lines_of_forms, groups, repeat(layout), repeat(forms)))
            if not all(counts):
                forms = _forms_kept(batch, layout, forms)
                counts = list(pool.map(count_plain_lines, batch, repeat(layout)))
            if not all(counts):
                return None
            records += sum(counts)
    return Plain(records, forms)


def _whole_lines(file: FileIO) -> Iterator[bytes]:
    """The rest of a file in pieces that end with a line end; the last one gets one if it lacks it."""
    carry = b""
    while chunk := file.read(CHUNK_BYTES):
        text = carry + chunk
        end = text.rfind(b"\n", len(carry)) + 1
        if not end and len(text) > MAX_FIELD_BYTES:
            end = len(text)  # No line is so long: the piece shows it as it is, and need not grow with each chunk.
        carry = text[end:]
        if end:
            yield text[:end]
    if carry:
        yield carry + b"\n"


def _forms_at_the_start(content: bytes, layout: Layout) -> tuple[CellForm | None, ...]:
    lines = content.split(b"\n", SAMPLE_LINES)[:-1]
    texts = (line.removesuffix(b"\r").decode(errors="replace") for line in lines)
    return forms_of([text.split(layout.delimiter) for text in texts], layout.fields)


def _forms_kept(
    pieces: Sequence[bytes], layout: Layout, forms: Sequence[CellForm | None]
) -> tuple[CellForm | None, ...]:
    """The forms that hold in some text by themselves, whatever the other columns hold."""
    kept: list[CellForm | None] = [None] * len(forms)
    for column, form in enumerate(forms):
        alone = [form if other == column else None for other in range(len(forms))]
        if form and count_lines_of_forms(pieces, layout, alone):
            kept[column] = form
    return tuple(kept)


def count_lines_of_forms(pieces: Sequence[bytes], layout: Layout, forms: Sequence[CellForm | None]) -> int:
    """The number of lines of a text in pieces, if all are sound records whose cells have these forms; else 0."""
    if any(len(piece) > MAX_FIELD_BYTES or _is_marked(piece, layout) for piece in pieces):
        return 0
    try:
        texts = pl.Series(pieces, dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.ComputeError:
        # No UTF-8, which the file was before it changed: whoever reads it says so.
        return 0
    if not texts.str.contains(text_pattern(forms, layout.delimiter)).all():
        return 0
    places = [np.frombuffer(piece, np.uint8) for piece in pieces]
    lines = sum(int(np.count_nonzero(place == NEWLINE)) for place in places)
    separators = sum(int(np.count_nonzero(place == ord(layout.delimiter))) for place in places)
    # Each line has as many separators as it needs, so that none is part of a cell if there are no more of them.
    return lines if separators == lines * (layout.fields - 1) else 0


def count_plain_lines(content: bytes, layout: Layout) -> int:
    """The number of lines of a text, if all of them are sound records without quoting; else 0."""
    if _is_marked(content, layout):
        return 0
    return count_regular_lines(content, layout) or count_single_lines(content, layout)


def _is_marked(content: bytes, layout: Layout) -> bool:
    """Whether a text repeats the header, or begins with a byte order mark, which Polars drops from the first cell."""
    header = layout.delimiter.join(layout.cells).encode()
    repeated = header in content and (header + b"\n" in content or header + b"\r\n" in content)
    return repeated or content.startswith(BOM)


def count_regular_lines(content: bytes, layout: Layout) -> int:
    """The same by the order alone in which separators and line ends follow each other; 0 may also mean undecided.

    What remains of a text without all other bytes repeats that of one line.
    """
    if len(content) > MAX_FIELD_BYTES:
        return 0
    separator = layout.delimiter.encode()
    others = bytes(set(range(256)).difference(separator, b"\r\n", _SPECIAL))
    skeleton = content.translate(None, delete=others)
    for end in (b"\n", b"\r\n"):
        line = separator * (layout.fields - 1) + end
        count = len(skeleton) // len(line)
        if skeleton == line * count:
            return count if end == b"\n" or content.count(end) == count else 0
    return 0


def count_single_lines(content: bytes, layout: Layout) -> int:
    """The same by looking at each line; here 0 is a decision."""
    if any(byte in content for byte in _SPECIAL):
        return 0
    lines = dissect(content, layout.delimiter)
    if b"\r" in content and not _returns_end_lines(lines):
        return 0
    sound = (lines.outside == layout.fields - 1) & (lines.stops - lines.starts <= MAX_FIELD_BYTES)
    return lines.count if sound.all() else 0


def _returns_end_lines(lines: Lines) -> bool:
    """Each carriage return stands before a line end; Polars drops one at the end of any field."""
    at_ends = np.count_nonzero(lines.text[lines.stops - 1] == RETURN)
    return bool(at_ends == np.count_nonzero(lines.text == RETURN))
