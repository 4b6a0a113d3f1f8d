"""Bytes that must become UTF-8 text: which encoding they are in, strictly, and where they break."""

from __future__ import annotations

import codecs
import io
import re
from encodings.aliases import aliases
from typing import TYPE_CHECKING, NamedTuple

from crmcli.errors import InputError, UsageError, did_you_mean
from crmcli.transactions.spool import read_chunks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CANDIDATES = ("gb18030", "cp1252")
"""Encodings that an error may propose, when they decode the whole file. None is ever chosen by guess."""

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ALSO_MEANS = {"utf-8-sig": ("utf-8",), "utf-16": ("utf-16-le", "utf-16-be"), "utf-32": ("utf-32-le", "utf-32-be")}
_NOT_FOR_FILES = {"charmap", "idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"}
_WIDE_SAMPLE = 4_096
_MOSTLY, _OFTEN, _SELDOM = 0.9, 0.2, 0.05
_BINARY = 0.3
"""Share of NUL bytes at the beginning of a file that no text has."""

_CONTEXT_BYTES = 64
_WORD_LENGTH = 20
# Bytes that no candidate uses inside a character ("|" is missing: GB 18030 does).
_SEPARATORS = re.compile(rb'[,;\t" \r\n]')


class Reading(NamedTuple):
    """How to read a file: a codec, or None for UTF-8 as it is, after skipping a byte-order mark."""

    codec: str | None
    skip: int = 0


class Broken(NamedTuple):
    """The first byte that an encoding cannot hold: its line (from 1), its value and its offset in bytes."""

    line: int
    byte: int
    offset: int


def known_encoding(name: str) -> str:
    """Python's normal name of a character encoding, such as "cp1252" for "Windows-1252".

    Raises:
        UsageError: there is no such encoding.
    """
    try:
        codec = codecs.lookup(name).name
        " ".encode(codec)
    except (LookupError, ValueError):
        codec = "undefined"
    if codec in _NOT_FOR_FILES:
        hint = did_you_mean(name.replace("-", "_"), {*aliases, *aliases.values()})
        raise UsageError(f"--encoding {name!r} is no known text encoding.", remedy=hint or "Try utf-8 or cp1252.")
    return codec


def choose_reading(label: str, head: bytes, asked: str | None) -> Reading:
    """Decide from the first bytes and `--encoding` (a normal name) how a text file is to be read.

    Raises:
        InputError: the two contradict each other, or the bytes need a flag to be understood.
    """
    mark, marked = next((pair for pair in _MARKS if head.startswith(pair[0])), (b"", None))
    means = () if asked is None else _ALSO_MEANS.get(asked, (asked,))
    if marked is not None:
        return _by_mark(label, marked, len(mark), means, asked)
    if len(means) > 1:
        ways = " or ".join(f"--encoding {way}" for way in means)
        raise InputError(
            f"{label} has no byte-order mark, so {asked} does not say its byte order.", remedy=f"Add {ways}."
        )
    if not means:
        _refuse_wide(label, head)
    return Reading(None if means in ((), ("utf-8",)) else means[0])


def survey_utf8(path: Path, label: str) -> bool:
    """Read a text file once: True if it holds carriage returns that end a line by themselves.

    Raises:
        InputError: the file is not UTF-8; the message names the first bad line and encodings that fit.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    lone, held, pending = False, False, b""
    for chunk in read_chunks(path, label):
        lone = lone or (held and not chunk.startswith(b"\n")) or bool(_holds_lone_return(chunk))
        held = chunk.endswith(b"\r")
        if pending or not chunk.isascii():
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                raise _not_utf8(path, label) from None
            pending = decoder.getstate()[0]
    if pending:
        raise _not_utf8(path, label)
    return lone or held


def transcode(path: Path, label: str, reading: Reading) -> Iterator[bytes]:
    """The text of a file as UTF-8 without a byte-order mark, in chunks.

    Raises:
        InputError: bytes that the encoding does not have; the message names the first bad line.
    """
    codec = reading.codec or "utf-8"
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        for chunk in read_chunks(path, label, skip=reading.skip):
            yield decoder.decode(chunk).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        raise _not_in(path, label, reading) from error


def holds_utf8(path: Path, label: str) -> bool:
    """Whether a file is valid UTF-8 beyond plain ASCII: another encoding is then hardly what it was written in."""
    plain = all(chunk.isascii() for chunk in read_chunks(path, label))
    return not plain and find_broken(path, label, Reading(None)) is None


def find_broken(path: Path, label: str, reading: Reading) -> Broken | None:
    """Where strict decoding fails, or None if it does not."""
    codec = reading.codec or "utf-8"
    decoder = codecs.getincrementaldecoder(codec)()
    lines = io.IncrementalNewlineDecoder(None, translate=True)
    line, seen = 1, reading.skip
    try:
        for chunk in read_chunks(path, label, skip=reading.skip):
            seen += len(chunk)
            line += lines.decode(decoder.decode(chunk)).count("\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        good = error.object[: error.start].decode(codec, "ignore")
        line += lines.decode(good, final=True).count("\n")
        return Broken(line, error.object[error.start], seen - len(error.object) + error.start)
    return None


def _by_mark(label: str, marked: str, length: int, means: tuple[str, ...], asked: str | None) -> Reading:
    if means and marked not in means:
        raise InputError(
            f"{label} begins with the byte-order mark of {marked}, but --encoding says {asked}.",
            remedy="Leave --encoding out for this file.",
        )
    # The mark of UTF-8 stays where it is: the file can be read in place.
    return Reading(None) if marked == "utf-8" else Reading(marked, length)


def _refuse_wide(label: str, head: bytes) -> None:
    """Refuse text of two or four bytes a character without a mark, and bytes that are no text at all."""
    sample = head[:_WIDE_SAMPLE]
    if b"\x00" not in sample:
        return
    wide = _wide_codec([_share_of_nul(sample[start::4]) for start in range(4)])
    if wide is not None:
        raise InputError(f"{label} looks like {wide} without a byte-order mark.", remedy=f"Add --encoding {wide}.")
    if _share_of_nul(sample) > _BINARY:
        raise InputError(f"{label} holds binary data, not text.", remedy="Export it as CSV or Parquet.")


def _share_of_nul(part: bytes) -> float:
    return part.count(0) / len(part) if part else 0.0


def _wide_codec(nul: list[float]) -> str | None:
    """Latin text in UTF-16 has NUL in every other byte, in UTF-32 in three of four; the place tells the byte order."""
    first, second, third, fourth = nul
    if min(third, fourth) > _MOSTLY and first < _SELDOM:
        return "utf-32-le"
    if min(first, second) > _MOSTLY and fourth < _SELDOM:
        return "utf-32-be"
    if min(second, fourth) > _OFTEN and max(first, third) < _SELDOM:
        return "utf-16-le"
    return "utf-16-be" if min(first, third) > _OFTEN and max(second, fourth) < _SELDOM else None


def _holds_lone_return(chunk: bytes) -> re.Match[bytes] | None:
    # The last byte is judged with the next chunk. Searching for CR alone first is 20 times faster without any.
    return re.search(rb"\r[^\n]", chunk) if b"\r" in chunk else None


def _not_utf8(path: Path, label: str) -> InputError:
    broken = find_broken(path, label, Reading(None))
    if broken is None:
        return InputError(f"{label} changed while it was read.", remedy="Run again when nothing writes to it.")
    return InputError(
        f"{label} is not UTF-8: line {broken.line:,} holds the byte 0x{broken.byte:02X}.",
        remedy=_proposal(path, label, broken),
    )


def _proposal(path: Path, label: str, broken: Broken) -> str:
    fits = [codec for codec in CANDIDATES if find_broken(path, label, Reading(codec)) is None]
    if not fits:
        return f"Save it as UTF-8, or name its encoding with --encoding (not {' nor '.join(CANDIDATES)})."
    raw = _word_at(path, label, broken.offset)
    ways = [f"--encoding {codec} (reads {raw.decode(codec, 'ignore')[:_WORD_LENGTH]!r})" for codec in fits]
    return f"Name the encoding it was written in: {' or '.join(ways)}."


def _word_at(path: Path, label: str, offset: int) -> bytes:
    """The bytes between the separators around an offset: a word that shows whether an encoding is the right one."""
    start = max(0, offset - _CONTEXT_BYTES)
    window = next(read_chunks(path, label, skip=start), b"")[: 2 * _CONTEXT_BYTES]
    before = [match.end() for match in _SEPARATORS.finditer(window, 0, offset - start)]
    after = _SEPARATORS.search(window, offset - start)
    first = before[-1] if before else (0 if start == 0 else offset - start)
    return window[first : after.start() if after else None]


def _not_in(path: Path, label: str, reading: Reading) -> InputError:
    broken = find_broken(path, label, reading)
    where = "" if broken is None else f": line {broken.line:,} holds the byte 0x{broken.byte:02X}"
    return InputError(
        f"{label} is not {reading.codec} throughout{where}.",
        remedy="Name another encoding with --encoding, or save the file as UTF-8.",
    )
