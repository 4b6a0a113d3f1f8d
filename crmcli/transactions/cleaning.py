"""Records rewritten so that no reader can misunderstand them: fields and records end with control characters.

A cleaned record holds no quoting: fields are separated by `FIELD_END`, the record ends with `RECORD_END`, and line
breaks, separators and quotes inside a field stand for themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmcli.transactions.bits import one_later, places_of
from crmcli.transactions.records import FIELD_END, NEWLINE, QUOTE, RECORD_END, RETURN

if TYPE_CHECKING:
    from crmcli.transactions.bits import Bits, Bools
    from crmcli.transactions.records import Lines

DROPPED = bytes([QUOTE])
LITERAL_QUOTE = 0x00
"""Stands for a quote that belongs to a cell until all other quotes are gone; no sound record holds this byte."""


def clean(lines: Lines, separator: str, parity: Bits, accepted: Bools, continuation: Bools) -> bytes:
    """The cleaned copy of the accepted lines, in their order.

    One pass over the bytes turns separators and line ends into marks and drops quotes. Before it, the few bytes that
    should escape this are swapped for the ones that the pass turns into them.

    Args:
        lines: the lines of a chunk.
        separator: the character that separates fields.
        parity: positions inside quotes, counted from the start of each record.
        accepted: (m,) lines to copy; a record is accepted with all its lines or not at all.
        continuation: (m,) lines that continue the record of the line before.
    """
    copy = lines.text.copy()
    copy[places_of(lines.separators & parity)] = FIELD_END
    copy[places_of(lines.quotes & parity & one_later(lines.quotes))] = LITERAL_QUOTE
    within = np.append(continuation[1:], np.zeros(1, np.bool_))
    copy[lines.stops[within]] = RECORD_END
    returns = lines.stops[~within] - 1
    copy[returns[copy[returns] == RETURN]] = QUOTE
    if not accepted.all():
        copy[1 : lines.edges[-1] + 1][~np.repeat(accepted, np.diff(lines.edges))] = QUOTE
    cleaned = copy[1 : lines.edges[-1] + 1].tobytes().translate(_table(ord(separator)), DROPPED)
    return _guard_returns(cleaned)


def _table(separator: int) -> bytes:
    table = bytearray(range(256))
    table[separator], table[FIELD_END] = FIELD_END, separator
    table[NEWLINE], table[RECORD_END] = RECORD_END, NEWLINE
    table[LITERAL_QUOTE] = QUOTE
    return bytes(table)


def _guard_returns(cleaned: bytes) -> bytes:
    """Polars trims one carriage return from the end of each field; where a cell ends with one, it is doubled."""
    if bytes([RETURN]) not in cleaned:
        return cleaned
    for mark in (FIELD_END, RECORD_END):
        cleaned = cleaned.replace(bytes([RETURN, mark]), bytes([RETURN, RETURN, mark]))
    return cleaned
