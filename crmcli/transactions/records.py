"""Where records start and end in delimited text, decided for a whole chunk of bytes at once.

A chunk is cut into physical lines. Two readings of each line are prepared: as the start of a record (outside quotes)
and as the continuation of a quoted field (inside quotes). With prefix sums over both, joining lines into a record
costs the same however long the record is, so no arrangement of quotes can make the work quadratic.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from crmcli.transactions.bits import (
    WORD,
    at,
    contains,
    count_before,
    equal,
    one_earlier,
    one_later,
    places_of,
    running_parity,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crmcli.transactions.bits import Bits, Bools, Bytes, Places

QUOTE, NEWLINE, RETURN = 0x22, 0x0A, 0x0D
RECORD_END, FIELD_END = 0x1E, 0x1F
FORBIDDEN = (0x00, RECORD_END, FIELD_END)
"""Bytes that no record may hold: NUL, and the two marks that the cleaned copy is written with."""
MAX_RECORD_BYTES = 8 << 20
MAX_RECORD_LINES = 10_000
FEW_COLUMNS = 2
"""With so few columns a line of free text looks like a whole record too easily to prove anything."""

SWALLOWS = "the field that opens here would swallow a whole record"
Suspicion: TypeAlias = "Callable[[bytes], bool]"


@dataclass(frozen=True, slots=True)
class Lines:
    """The physical lines of one chunk (m lines).

    `text` carries a line end before the first line, and at least one more byte after the last line end.
    """

    text: Bytes
    quotes: Bits
    separators: Bits
    edges: Places  # (m + 1,) positions of the line ends, with the one before the first line
    odd: Bools  # (m,) an odd number of quotes
    too_long: Bools  # (m,) longer than any record may be; nothing else is known of such a line
    misplaced: Bools  # (m,) read from outside quotes, some quote stands where none may
    misplaced_inside: Bools  # (m,) the same, read from inside quotes
    outside: Places  # (m,) separators outside quotes, read from outside
    inside: Places  # (m,) separators outside quotes, read from inside

    @property
    def count(self) -> int:
        """Number of lines."""
        return len(self.edges) - 1

    @property
    def starts(self) -> Places:
        """(m,) positions of the first bytes."""
        return self.edges[:-1] + 1

    @property
    def stops(self) -> Places:
        """(m,) positions of the line ends."""
        return self.edges[1:]

    @property
    def complete(self) -> Bools:
        """(m,) lines that are well formed and closed by themselves."""
        return ~(self.odd | self.misplaced)

    @property
    def blank(self) -> Bools:
        """(m,) lines that hold nothing, or only the carriage return of their line end."""
        size = self.stops - self.starts
        returns: Bools = self.text[self.starts] == RETURN
        empty: Bools = size <= returns
        return empty

    def record(self, first: int, last: int) -> bytes:
        """The text of some lines, without the last line end."""
        return self.text[self.edges[first] + 1 : self.edges[last + 1]].tobytes().removesuffix(b"\r")

    @property
    def forbidden(self) -> Places:
        """Lines that hold a forbidden byte, once for each."""
        found = np.zeros_like(self.quotes)
        for byte in FORBIDDEN:
            found |= equal(self.text, byte)
        return np.searchsorted(self.edges, places_of(found)) - 1


@dataclass(frozen=True, slots=True)
class Joins:
    """Which lines of a chunk belong together."""

    firsts: Places  # (r,) first lines of the records that span several lines
    lasts: Places  # (r,) their last lines
    failures: dict[int, str]  # lines with an opening quote that leads nowhere, and why
    settled: int  # lines before this one are decided; the rest needs more text

    def continuation(self, lines: Lines) -> Bools:
        """(m,) lines that continue the record of the line before."""
        steps = np.zeros(lines.count + 1, np.int8)
        steps[self.firsts + 1] += 1
        steps[self.lasts + 1] -= 1
        return np.cumsum(steps[:-1], dtype=np.int8) > 0


def dissect(content: bytes, separator: str) -> Lines:
    """Cut text into lines and find out how quotes and separators stand in each.

    Args:
        content: whole lines, each with its line end.
        separator: one ASCII character.
    """
    padding = b" " * (WORD - (len(content) + 1) % WORD)
    text = np.frombuffer(b"".join((b"\n", content, padding)), np.uint8)
    newlines, quotes, separators = equal(text, NEWLINE), equal(text, QUOTE), equal(text, ord(separator))
    edges = places_of(newlines)
    too_long = np.diff(edges) - 1 > MAX_RECORD_BYTES
    total = np.diff(count_before(separators, edges))
    odd, misplaced, misplaced_inside, outside = np.zeros_like(too_long), too_long, too_long, total
    if quotes.any():
        odd, parity = _quote_parity(quotes, edges, len(text))
        no_opening, no_closing = _misplaced(quotes, separators, newlines, equal(text, RETURN))
        misplaced = too_long | _lines_with((no_opening & parity) | (no_closing & ~parity), edges)
        misplaced_inside = too_long | _lines_with((no_opening & ~parity) | (no_closing & parity), edges)
        outside = np.diff(count_before(separators & ~parity, edges))
    return Lines(
        text=text,
        quotes=quotes,
        separators=separators,
        edges=edges,
        odd=odd & ~too_long,
        too_long=too_long,
        misplaced=misplaced,
        misplaced_inside=misplaced_inside,
        outside=outside,
        inside=total - outside,
    )


def record_parity(lines: Lines, joins: Joins) -> Bits:
    """Positions with an odd number of quotes up to and with them, counted from the start of the record."""
    single = lines.odd.copy()
    single[joins.firsts] = single[joins.lasts] = False
    return running_parity(lines.quotes ^ at(lines.stops[single], len(lines.text)))


def _quote_parity(quotes: Bits, edges: Places, size: int) -> tuple[Bools, Bits]:
    """The lines with an odd number of quotes, and the positions where it is odd, counted from the start of the line."""
    parity = running_parity(quotes)
    at_edges = contains(parity, edges)
    odd = at_edges[1:] != at_edges[:-1]
    # A mark at the end of each odd line lets the count start anew with the next one.
    return odd, running_parity(quotes ^ at(edges[1:][odd], size)) if odd.any() else parity


def _misplaced(quotes: Bits, separators: Bits, newlines: Bits, returns: Bits) -> tuple[Bits, Bits]:
    """Quotes that stand where none may open a field, and those that stand where none may close one.

    An opening quote follows a line end or a separator, a closing one precedes them. A quote beside a quote is half of
    an escaped one.
    """
    beside = separators | newlines | quotes
    returns_at_end = returns & one_earlier(newlines)
    return quotes & ~one_later(beside), quotes & ~one_earlier(beside | returns_at_end)


def _lines_with(members: Bits, edges: Places) -> Bools:
    """(m,) lines in which a member of the set stands."""
    if not members.any():
        return np.zeros(len(edges) - 1, np.bool_)
    return np.diff(count_before(members, edges)) > 0


def join(lines: Lines, fields: int | None, *, final: bool, hides_record: Suspicion | None = None) -> Joins:
    """Join lines into records that span several lines, wherever a quoted field stays open.

    Args:
        lines: the lines of a chunk.
        fields: the number of fields a record must have; None takes any number.
        final: no text follows; otherwise an open field at the end is left undecided.
        hides_record: whether the text of a joined record holds another record; without it, a line within that would be
            a whole record counts as one.
    """
    firsts: list[int] = []
    lasts: list[int] = []
    failures: dict[int, str] = {}
    settled, taken = lines.count, -1
    for first, last, failure, crowded in _attempts(lines, fields, by_count=hides_record is None):
        if first <= taken:
            continue
        if last >= lines.count and failure is None and not final:
            settled = first
            break
        if last >= lines.count or failure is not None:
            failures[first] = failure or "no quote closes the field that opens here"
            continue
        if crowded and hides_record and hides_record(lines.record(first, last)):
            failures[first] = SWALLOWS
            continue
        firsts.append(first)
        lasts.append(last)
        taken = last
    return Joins(np.array(firsts, np.int64), np.array(lasts, np.int64), failures, settled)


def _attempts(lines: Lines, fields: int | None, *, by_count: bool) -> Iterator[tuple[int, int, str | None, bool]]:
    """For each line that opens a field: itself, the line where it closes (or the number of lines), what speaks against.

    The last item says whether the lines hold separators enough for two records.
    """
    openers = np.flatnonzero(lines.odd & ~lines.misplaced)
    if not len(openers):
        return
    halts = np.flatnonzero(lines.odd | lines.misplaced_inside)
    nearest = np.searchsorted(halts, openers, side="right")
    lasts = np.append(halts, lines.count)[nearest]
    found = lasts < lines.count
    closing = np.minimum(lasts, lines.count - 1)
    # The part of the limits that is known so far decides, so that the size of a chunk never does.
    size = lines.stops[closing] - lines.starts[openers]
    too_far = (size > MAX_RECORD_BYTES) | (closing - openers >= MAX_RECORD_LINES)
    text_after = found & (~lines.odd[closing] | lines.misplaced_inside[closing])
    inside = np.concatenate((np.zeros(1, np.int64), np.cumsum(lines.inside)))
    all_sums = np.concatenate((np.zeros(1, np.int64), np.cumsum(lines.inside + lines.outside)))
    counts = lines.outside[openers] + inside[closing + 1] - inside[openers + 1] + 1
    # Of two records, the first has all its separators before the last line, the second behind the first line.
    early, late = all_sums[closing] - all_sums[openers], all_sums[closing + 1] - all_sums[openers + 1]
    crowded = _telling(fields) & (np.minimum(early, late) >= (fields or 0) - 1)
    swallowed = np.zeros(len(openers), np.bool_)
    if by_count and _telling(fields):
        whole = np.flatnonzero(lines.complete & (lines.outside + 1 == fields))
        swallowed = np.searchsorted(whole, closing) > np.searchsorted(whole, openers, side="right")
    wrong_count = np.zeros(len(openers), np.bool_) if fields is None else counts != fields
    reasons: list[Iterator[tuple[bool, str]]] = [
        zip(too_far.tolist(), repeat("no quote within 10,000 lines and 8 MiB closes the field that opens here")),
        zip(text_after.tolist(), repeat("text follows the quote that would close the field that opens here")),
        zip((found & swallowed).tolist(), repeat(SWALLOWS)),
        zip((found & wrong_count).tolist(), repeat("with the lines that follow it has another number of fields")),
    ]
    for first, last, many, *checks in zip(openers.tolist(), lasts.tolist(), crowded.tolist(), *reasons, strict=True):
        yield first, last, next((reason for holds, reason in checks if holds), None), many


def _telling(fields: int | None) -> bool:
    return fields is not None and fields > FEW_COLUMNS
