"""How a text table is laid out: which character separates its fields, and where its header stands."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import numpy as np

from crmcli.errors import InputError, UsageError
from crmcli.transactions.cleaning import clean
from crmcli.transactions.headings import require_sound_names
from crmcli.transactions.records import FIELD_END, FORBIDDEN, RECORD_END, dissect, join, record_parity

if TYPE_CHECKING:
    from pathlib import Path

    from crmcli.transactions.records import Lines

BOM = "\ufeff".encode()
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
SAMPLE_BYTES = 1 << 20
SAMPLE_LINES = 300
MOSTLY = 0.5
CONSISTENTLY = 0.9


@dataclass(frozen=True, slots=True)
class Layout:
    """The delimiter and the header of a text table."""

    delimiter: str
    cells: tuple[str, ...]  # the header as written, without quoting
    line: int  # physical line of the header, from 1
    first_line: int  # physical line after the header, from 1
    offset: int  # byte at which that line starts
    blank_lines: int  # between the skipped lines and the header

    @property
    def fields(self) -> int:
        """Number of fields that each record must have."""
        return len(self.cells)

    @property
    def names(self) -> tuple[str, ...]:
        """The header without the blanks around its cells."""
        return tuple(cell.strip() for cell in self.cells)


@dataclass(frozen=True, slots=True)
class _Sample:
    """The header and the first records."""

    text: bytes
    final: bool
    line: int
    offset: int
    blank_lines: int


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the sample looks like with one delimiter."""

    delimiter: str
    fields: int  # of the header; 0 where its quotes do not close
    span: int  # lines of the header
    share: float  # records with as many fields as the header
    widths: dict[int, int]  # fields of the later lines that are records by themselves, by line


def find_layout(path: Path, label: str, *, delimiter: str | None, skip_lines: int) -> Layout:
    """Decide on the delimiter and take the header, or say why no decision can be made.

    Raises:
        UsageError: the delimiter asked for can be none.
        InputError: the file is empty, has one column, several possible delimiters, or its first line is no header.
    """
    if delimiter is not None:
        _check_delimiter(delimiter)
    sample = _take_sample(path, label, skip_lines)
    candidates = DELIMITERS if delimiter is None else (delimiter,)
    readings = [_read_as(sample, candidate) for candidate in candidates]
    reading = _choose(readings, sample, label, chosen=delimiter is not None)
    return _layout(reading, sample, label)


def name_of(delimiter: str) -> str:
    """A delimiter as people call it."""
    name = DELIMITERS.get(delimiter)
    return f"{name} {delimiter!r}" if name else repr(delimiter)


def _check_delimiter(delimiter: str) -> None:
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n' or ord(delimiter) in FORBIDDEN:
        raise UsageError(
            f"--delimiter {delimiter!r} cannot separate fields.",
            remedy="Give one ASCII character, such as , or ; or | or a tab.",
        )


def _take_sample(path: Path, label: str, skip_lines: int) -> _Sample:
    with path.open("rb") as file:
        if file.read(len(BOM)) != BOM:
            file.seek(0)
        for skipped in range(skip_lines):
            if not file.readline():
                raise InputError(
                    f"{label} has {skipped} lines: --skip-lines {skip_lines} leaves none.",
                    remedy="Give --skip-lines the number of lines before the line with the column names.",
                )
        blank_lines = _skip_blank_lines(file)
        offset = file.tell()
        text = file.read(SAMPLE_BYTES)
        final = not file.read(1)
    if not text:
        raise InputError(f"{label} is empty: it has no header line.")
    return _Sample(*_whole_lines(text, label, final=final), skip_lines + blank_lines + 1, offset, blank_lines)


def _skip_blank_lines(file: IO[bytes]) -> int:
    """Move to the first line that is not blank; returns the number of lines passed."""
    passed = 0
    place = file.tell()
    while file.readline(3) in {b"\n", b"\r\n"}:
        passed += 1
        place = file.tell()
    file.seek(place)
    return passed


def _whole_lines(text: bytes, label: str, *, final: bool) -> tuple[bytes, bool]:
    """The first lines of a text, each with its line end, and whether they are all of it."""
    if not final:
        text = text[: text.rfind(b"\n") + 1]
        if not text:
            raise InputError(
                f"{label} has no line end within its first {SAMPLE_BYTES >> 20} MiB.",
                remedy="Check that it is a text table with one record a line.",
            )
    lines = text.split(b"\n", SAMPLE_LINES)
    if len(lines) > SAMPLE_LINES and lines.pop():
        final = False
    return b"\n".join(lines).removesuffix(b"\n") + b"\n", final


def _read_as(sample: _Sample, delimiter: str) -> _Reading:
    lines = dissect(sample.text, delimiter)
    span = _header_span(lines, final=sample.final)
    if not span:
        return _Reading(delimiter, 0, 1, 0.0, _widths(lines, 1))
    fields = int(lines.outside[0] + lines.inside[1:span].sum()) + 1
    if span == lines.count:
        return _Reading(delimiter, fields, span, 1.0, {})
    body = dissect(sample.text[lines.starts[span] - 1 :], delimiter)
    joins = join(body, fields, final=sample.final)
    continuation = joins.continuation(body)
    records = np.count_nonzero(~continuation & ~body.blank)
    sound = np.count_nonzero(body.complete & (body.outside + 1 == fields) & ~continuation) + len(joins.firsts)
    return _Reading(delimiter, fields, span, float(sound / records) if records else 1.0, _widths(lines, span))


def _header_span(lines: Lines, *, final: bool) -> int:
    """Number of lines that the first record spans; 0 where its quotes do not close."""
    if lines.complete[0]:
        return 1
    joins = join(lines, None, final=final)
    return int(joins.lasts[0]) + 1 if len(joins.firsts) and joins.firsts[0] == 0 else 0


def _widths(lines: Lines, start: int) -> dict[int, int]:
    own = np.flatnonzero(lines.complete & ~lines.blank)
    own = own[own >= start]
    return dict(zip(own.tolist(), (lines.outside[own] + 1).tolist(), strict=True))


def _choose(readings: list[_Reading], sample: _Sample, label: str, *, chosen: bool) -> _Reading:
    usable = [reading for reading in readings if reading.fields > 1]
    if all(reading.share < MOSTLY for reading in usable):
        _refuse_preamble(readings, sample, label)
    if not usable:
        raise _no_delimiter(readings, sample, label, chosen=chosen)
    best = max(usable, key=lambda reading: reading.share)
    rivals = [reading for reading in usable if reading.share >= CONSISTENTLY * best.share]
    if len(rivals) > 1:
        names = " or ".join(name_of(reading.delimiter) for reading in rivals)
        raise InputError(
            f"{label} can be read with {names} between its fields: both fit its header in line {sample.line}.",
            remedy="Say which one it is with --delimiter C.",
        )
    return best


def _no_delimiter(readings: list[_Reading], sample: _Sample, label: str, *, chosen: bool) -> InputError:
    if not any(reading.fields for reading in readings):
        return InputError(
            f"{label}, line {sample.line}: the quotes of the header do not fit together.",
            remedy='Correct that line: a name with a separator or a quote stands in quotes, as in "a ""b"" c".',
        )
    if chosen:
        return InputError(
            f"The delimiter {name_of(readings[0].delimiter)} does not occur in the header of {label} "
            f"(line {sample.line}).",
            remedy="Correct --delimiter, or leave it out to have the delimiter found.",
        )
    return InputError(
        f"{label} has only one column: its header in line {sample.line} holds no comma, semicolon, tab or bar.",
        remedy="If another character separates the fields, name it with --delimiter C.",
    )


def _refuse_preamble(readings: list[_Reading], sample: _Sample, label: str) -> None:
    """Stop if the lines after the first agree on more fields than it has: then the header stands further down."""
    found = [(width, line, reading) for reading in readings for width, line in _wider(reading)]
    if not found:
        return
    width, line, reading = max(found, key=lambda item: item[0])
    have = f"{reading.fields} field{'s' * (reading.fields != 1)}" if reading.fields else "broken quotes"
    skip = sample.line - 1 + line
    remedy = f"Correct line {sample.line} so that it names all {width} columns."
    if _has_letters([sample.text.split(b"\n")[line].decode("utf-8", "replace")]):
        remedy = f"If line {skip + 1} holds the column names, use --skip-lines {skip}; else c{remedy[1:]}"
    raise InputError(
        f"{label}: line {sample.line} has {have}, but the lines from {skip + 1} on have {width} "
        f"({name_of(reading.delimiter)} between them).",
        remedy=remedy,
    )


def _wider(reading: _Reading) -> list[tuple[int, int]]:
    """The width on which the lines after the header agree, and the first line that has it, if wider than the header."""
    wider = Counter(width for width in reading.widths.values() if width > max(reading.fields, 1))
    if not wider:
        return []
    width = wider.most_common(1)[0][0]
    first = next(line for line, own in reading.widths.items() if own == width)
    tail = [own for line, own in reading.widths.items() if line >= first]
    return [(width, first)] if len(tail) > 1 and tail.count(width) >= CONSISTENTLY * len(tail) else []


def _layout(reading: _Reading, sample: _Sample, label: str) -> Layout:
    lines = dissect(sample.text, reading.delimiter)
    text = sample.text[: lines.stops[reading.span - 1]]
    if any(byte in text for byte in FORBIDDEN):
        raise InputError(
            f"{label}, line {sample.line}: the header holds a NUL, 0x1E or 0x1F character.",
            remedy="Remove it; a file that is full of them is no text table.",
        )
    cells = _header_cells(text, reading.delimiter)
    require_sound_names(cells, reading.delimiter, f"{label}, line {sample.line}")
    if not _has_letters(cells):
        raise InputError(
            f"{label} has no header row: no cell of line {sample.line} holds a letter.",
            remedy="Add a line with the column names, or pass --skip-lines N if it stands further down.",
        )
    return Layout(
        delimiter=reading.delimiter,
        cells=cells,
        line=sample.line,
        first_line=sample.line + reading.span,
        offset=sample.offset + len(text),
        blank_lines=sample.blank_lines,
    )


def _header_cells(text: bytes, delimiter: str) -> tuple[str, ...]:
    """The cells of one record, given as whole lines."""
    lines = dissect(text, delimiter)
    joins = join(lines, None, final=True)
    accepted = np.ones(lines.count, np.bool_)
    record = clean(lines, delimiter, record_parity(lines, joins), accepted, joins.continuation(lines))
    return tuple(record.removesuffix(bytes([RECORD_END])).decode().split(chr(FIELD_END)))


def _has_letters(cells: tuple[str, ...] | list[str]) -> bool:
    return any(character.isalpha() for cell in cells for character in cell)
