"""Text whose every line after the header is a sound record without quotes: it is read in place, with no strict pass."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import islice, repeat
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.transactions.dialect import BOM
from crmcli.transactions.records import FORBIDDEN, QUOTE, RETURN, dissect
from crmcli.transactions.strict import MAX_FIELD_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO
    from pathlib import Path

    from crmcli.transactions.dialect import Layout
    from crmcli.transactions.records import Lines

CHUNK_BYTES = 1 << 18
_WORKERS = min(4, pl.thread_pool_size())
_SPECIAL = bytes([QUOTE, *FORBIDDEN])


def count_plain(path: Path, layout: Layout) -> int | None:
    """The number of records, if each line after the header is one and means to Polars what it seems to; else None."""
    records = 0
    with path.open("rb", buffering=0) as file, ThreadPoolExecutor(_WORKERS) as pool:
        file.seek(layout.offset)
        pieces = _whole_lines(file)
        # A few pieces at a time: most files that are not plain show it early.
        while batch := list(islice(pieces, 2 * _WORKERS)):
            counts = list(pool.map(count_plain_lines, batch, repeat(layout)))
            if not all(counts):
                return None
            records += sum(counts)
    return records


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


def count_plain_lines(content: bytes, layout: Layout) -> int:
    """The number of lines of a text, if all of them are sound records without quoting; else 0."""
    header = layout.delimiter.join(layout.cells).encode()
    # Polars drops a byte order mark from the first cell that it reads.
    if content.startswith(BOM) or header + b"\n" in content or header + b"\r\n" in content:
        return 0
    return count_regular_lines(content, layout) or count_single_lines(content, layout)


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
