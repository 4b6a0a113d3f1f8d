"""The strict pass: every record of a delimited text is copied in a form that cannot be misread, or named as a defect.

A quoted field may span lines. Where that does not work out, only the first line is set aside and reading resumes with
the next one, so that a single bad quote never takes sound rows with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import IO, TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.errors import InternalError
from crmcli.transactions.bits import places_of
from crmcli.transactions.cleaning import clean
from crmcli.transactions.codes import Defect
from crmcli.transactions.cuts import Neighbours
from crmcli.transactions.dialect import BOM
from crmcli.transactions.learned import LearnedColumns
from crmcli.transactions.records import (
    FEW_COLUMNS,
    FIELD_END,
    MAX_RECORD_BYTES,
    RECORD_END,
    dissect,
    join,
    record_parity,
)
from crmcli.transactions.rests import Followers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from crmcli.transactions.bits import Bits, Bools, Bytes, Places
    from crmcli.transactions.dialect import Layout
    from crmcli.transactions.records import Joins, Lines
    from crmcli.transactions.rests import Break

CHUNK_BYTES = 4 << 20
MAX_FIELD_BYTES = 1 << 20
RAW_CHARACTERS = 2_000
UTF8_BYTES = 4
DEFECT_SCHEMA = pl.Schema({"line": pl.UInt32, "code": pl.String, "message": pl.String, "raw": pl.String})
MESSAGES = {
    Defect.STRAY_QUOTE: "a quote within an unquoted field, or text after a closing quote",
    Defect.REPEATED_HEADER: "the header again",
    Defect.NUL_BYTE: "a NUL, 0x1E or 0x1F character",
    Defect.FIELD_TOO_LONG: "a field longer than 1 MiB, or a line longer than 8 MiB",
}


@dataclass(slots=True)
class Account:
    """What a strict pass found after the header."""

    lines: int = 0  # physical lines
    blank_lines: int = 0
    continuations: int = 0  # physical lines that continue a record
    starts: list[NDArray[np.uint32]] = field(default_factory=list)  # physical line of each sound record
    defects: list[pl.DataFrame] = field(default_factory=list)

    @property
    def records(self) -> int:
        """Number of records, counted from the lines and not from their fate."""
        return self.lines - self.blank_lines - self.continuations

    def record_starts(self) -> NDArray[np.uint32]:
        """(sound,) physical line at which each sound record starts."""
        return np.concatenate([np.zeros(0, np.uint32), *self.starts])

    def defect_table(self) -> pl.DataFrame:
        """The columns line, code, message, raw, by line."""
        return pl.concat([pl.DataFrame(schema=DEFECT_SCHEMA), *self.defects])


@dataclass(slots=True)
class _Verdict:
    """The fate of the lines of one chunk (m lines)."""

    lines: Lines
    delimiter: str
    settled: int
    continuation: Bools  # (m,) continues the record of the line before
    whole_heads: Bools  # (m,) first line of a record, also of those that are not settled yet
    owner: Places  # (m,) first line of the record that a line belongs to
    codes: Bytes  # (m,) defect of the record, at its first line; 0 is sound
    parity: Bits  # positions inside quotes, counted from the start of each record

    @property
    def heads(self) -> Bools:
        """(m,) first line of a record that is settled."""
        return self.whole_heads & (np.arange(self.lines.count) < self.settled)

    @property
    def sound(self) -> Places:
        """First lines of the sound records."""
        return np.flatnonzero(self.heads & (self.codes == 0))

    def cleaned(self) -> bytes:
        """The sound records in a form that cannot be misread."""
        accepted = (self.heads & (self.codes == 0))[self.owner]
        return clean(self.lines, self.delimiter, self.parity, accepted, self.continuation)


def rewrite(source: Path, target: Path, layout: Layout, *, chunk_bytes: int = CHUNK_BYTES) -> Account:
    """Copy the sound records of `source` to `target`, cleaned, and account for all lines after the header.

    The copy starts with a byte order mark, because Polars drops one from the first cell. The size of the chunks never
    shows in the outcome.

    Raises:
        InternalError: the copy does not hold what was counted.
    """
    work = _Pass(layout, LearnedColumns(source, layout))
    with source.open("rb") as reader, target.open("wb") as writer:
        reader.seek(layout.offset)
        writer.write(BOM)
        for chunk in work.chunks(reader, chunk_bytes):
            writer.write(work.settle(*chunk))
    return work.account


class _Pass:
    """One pass over a text: what is known of it, and the account of what was seen so far."""

    def __init__(self, layout: Layout, columns: LearnedColumns) -> None:
        self.layout = layout
        self.columns = columns
        self.account = Account()
        self._header = chr(FIELD_END).join(layout.cells).encode() + bytes([RECORD_END])
        # What ends the settled text: a record of one field that may begin the next one, or a sound record; or one
        # that breaks off.
        self._piece: bytes | None = None
        self._sound = True
        self._broken_off: Break | None = None

    def chunks(self, reader: IO[bytes], chunk_bytes: int) -> Iterator[tuple[Lines, Joins]]:
        """Whole lines, a chunk at a time; what a chunk leaves undecided comes again in the next one."""
        carry, final = b"", False
        while not final:
            # Reading at least as much as is carried keeps the work linear.
            wanted = max(chunk_bytes, len(carry))
            block = reader.read(wanted)
            final = len(block) < wanted
            text = carry + block
            if final and text and not text.endswith(b"\n"):
                text += b"\n"
            end = text.rfind(b"\n") + 1
            # Nothing is lost: a line of that length is a defect, of which only the beginning is shown.
            tail = text[end:][: MAX_RECORD_BYTES + 1]
            carry = tail
            if end:
                lines = dissect(text[:end], self.layout.delimiter)
                joins = join(lines, self.layout.fields, final=final, hides_record=self.columns.hides_record)
                settled = joins.settled if final else _without_last(lines, joins)
                yield lines, replace(joins, settled=settled)
                if settled < lines.count:
                    carry = text[lines.starts[settled] - 1 : end] + tail

    def settle(self, lines: Lines, joins: Joins) -> bytes:
        """Decide on the lines of a chunk, enter them into the account, and return the cleaned records."""
        verdict = _judge(lines, joins, self.layout)
        marks = self._find_rests(verdict) | self._find_cut(verdict)
        verdict.codes[list(marks)] = Defect.MISSING_COLUMNS
        joins.failures.update(marks)
        copy = verdict.cleaned()
        repeated = _records_equal(copy, self._header)
        if repeated:
            verdict.codes[verdict.sound[repeated]] = Defect.REPEATED_HEADER
            copy = verdict.cleaned()
        _check_copy(copy, len(verdict.sound), self.layout.fields)
        self._enter(verdict, joins)
        return copy

    def _find_rests(self, verdict: _Verdict) -> dict[int, str]:
        """The lines of `Followers.rests`, each with its message."""
        sound = verdict.whole_heads & (verdict.codes == 0)
        if self._broken_off is None and np.array_equal(sound, verdict.whole_heads):
            return {}
        followers = Followers(verdict.lines, verdict.whole_heads, sound, self.layout, self._broken_off)
        rests, self._broken_off = followers.rests(self.columns, verdict.settled)
        return rests

    def _find_cut(self, verdict: _Verdict) -> dict[int, str]:
        """The lines of `Neighbours.cut`, each with its message."""
        lines, last = verdict.lines, verdict.settled - 1
        pieces = verdict.whole_heads & (verdict.codes == Defect.MISSING_COLUMNS) & (lines.outside == 0)
        sound = verdict.whole_heads & (verdict.codes == 0)
        blank = lines.blank
        neighbours = Neighbours(lines, pieces, sound, blank, verdict.owner, self._piece, follows_sound=self._sound)
        doubtful = self.layout.fields > FEW_COLUMNS and (pieces.any() or self._piece is not None)
        cut = dict(neighbours.cut(self.columns)) if doubtful else {}
        if last >= 0:
            self._piece = lines.record(last, last) if pieces[last] and neighbours.may_begin_record(last) else None
            self._sound = bool(blank[last] or sound[verdict.owner[last]])
        return cut

    def _enter(self, verdict: _Verdict, joins: Joins) -> None:
        account, lines, settled = self.account, verdict.lines, verdict.settled
        first_line = self.layout.first_line + account.lines
        account.starts.append((verdict.sound + first_line).astype(np.uint32))
        account.defects.append(_defects(verdict, joins, self.layout.fields, first_line))
        account.lines += settled
        account.continuations += int(np.count_nonzero(verdict.continuation[:settled]))
        account.blank_lines += int(np.count_nonzero((lines.blank & ~verdict.continuation)[:settled]))


def _without_last(lines: Lines, joins: Joins) -> int:
    """The number of lines before the last two records: what becomes of these depends on what follows."""
    heads = np.flatnonzero(~joins.continuation(lines)[: joins.settled] & ~lines.blank[: joins.settled])
    return int(heads[-2]) if len(heads) > 1 else 0


def _judge(lines: Lines, joins: Joins, layout: Layout) -> _Verdict:
    continuation = joins.continuation(lines)
    numbers = np.arange(lines.count)
    verdict = _Verdict(
        lines=lines,
        delimiter=layout.delimiter,
        settled=joins.settled,
        continuation=continuation,
        whole_heads=~continuation & ~lines.blank,
        owner=np.maximum.accumulate(np.where(continuation, 0, numbers)),
        codes=_line_codes(lines, layout.fields),
        parity=record_parity(lines, joins),
    )
    verdict.codes[joins.firsts] = 0
    _mark_forbidden(verdict)
    _mark_long_fields(verdict)
    return verdict


def _line_codes(lines: Lines, fields: int) -> Bytes:
    """(m,) what is wrong with each line if it is a record by itself; 0 is nothing."""
    codes = np.zeros(lines.count, np.uint8)
    codes[lines.outside + 1 < fields] = Defect.MISSING_COLUMNS
    codes[lines.outside + 1 > fields] = Defect.EXTRA_COLUMNS
    codes[lines.odd] = Defect.UNTERMINATED_QUOTE
    codes[lines.misplaced] = Defect.STRAY_QUOTE
    codes[lines.too_long] = Defect.FIELD_TOO_LONG
    return codes


def _mark_forbidden(verdict: _Verdict) -> None:
    """A forbidden byte beats a wrong number of fields, but not broken quotes: those say where the record ends."""
    hit = verdict.owner[verdict.lines.forbidden]
    counted = np.isin(verdict.codes[hit], (0, Defect.MISSING_COLUMNS, Defect.EXTRA_COLUMNS))
    verdict.codes[hit[counted]] = Defect.NUL_BYTE


def _mark_long_fields(verdict: _Verdict) -> None:
    lines = verdict.lines
    heads = np.flatnonzero(~verdict.continuation)
    starts = lines.starts[heads]
    stops = lines.stops[np.append(heads[1:], lines.count) - 1]
    long = np.flatnonzero((stops - starts > MAX_FIELD_BYTES) & (verdict.codes[heads] == 0))
    separators = places_of(lines.separators & ~verdict.parity) if len(long) else long
    for at in long:
        inner = separators[slice(*np.searchsorted(separators, (starts[at], stops[at])))]
        if np.diff(inner, prepend=starts[at] - 1, append=stops[at]).max() > MAX_FIELD_BYTES + 1:
            verdict.codes[heads[at]] = Defect.FIELD_TOO_LONG


def _records_equal(copy: bytes, record: bytes) -> list[int]:
    """Which cleaned records (0-based) equal a given one, also behind the byte order mark of an appended file."""
    found = []
    number, counted = 0, 0
    place = copy.find(record)
    while place >= 0:
        start = place - len(BOM) if copy.endswith(BOM, 0, place) else place
        if start == 0 or copy[start - 1] == RECORD_END:
            number += copy.count(RECORD_END, counted, place)
            counted = place
            found.append(number)
        place = copy.find(record, place + 1)
    return found


def _check_copy(copy: bytes, records: int, fields: int) -> None:
    """The copy holds the records that were counted, each with its number of fields."""
    marks = np.frombuffer(copy, np.uint8)
    ends = int(np.count_nonzero(marks == RECORD_END))
    separators = int(np.count_nonzero(marks == FIELD_END))
    if (ends, separators) != (records, records * (fields - 1)):
        raise InternalError(f"The cleaned copy holds {ends} records with {separators} separators, not {records}.")


def _defects(verdict: _Verdict, joins: Joins, fields: int, first_line: int) -> pl.DataFrame:
    wrong = np.flatnonzero(verdict.heads & (verdict.codes != 0))
    codes = [Defect(code) for code in verdict.codes[wrong].tolist()]
    counts = (verdict.lines.outside[wrong] + 1).tolist()
    return pl.DataFrame(
        {
            "line": wrong + first_line,
            "code": [code.name for code in codes],
            "message": [
                MESSAGES.get(code) or joins.failures.get(line) or _width_message(count, fields)
                for code, line, count in zip(codes, wrong.tolist(), counts, strict=True)
            ],
            "raw": _raw(verdict.lines, wrong, joins),
        },
        schema=DEFECT_SCHEMA,
    )


def _width_message(count: int, fields: int) -> str:
    return f"{count} field{'s' * (count != 1)}, the header has {fields}"


def _raw(lines: Lines, firsts: Places, joins: Joins) -> list[str]:
    """The beginning of the text of the records that start at the given lines."""
    lasts = np.arange(lines.count)
    lasts[joins.firsts] = joins.lasts
    starts = lines.starts[firsts]
    stops = np.minimum(lines.stops[lasts[firsts]], starts + UTF8_BYTES * RAW_CHARACTERS)
    texts = [lines.text[start:stop].tobytes() for start, stop in zip(starts.tolist(), stops.tolist(), strict=True)]
    return [text.decode("utf-8", "ignore").removesuffix("\r")[:RAW_CHARACTERS] for text in texts]
