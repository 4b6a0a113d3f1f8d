"""Sources: the user's files, proven readable in place or copied to a workspace as UTF-8 text or Parquet."""

from __future__ import annotations

import hashlib
import stat
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from crmcli.errors import InputError
from crmcli.notes import info, warning
from crmcli.transactions.arguments import expand, folder_values
from crmcli.transactions.encodings import choose_reading, holds_utf8, known_encoding, survey_utf8, transcode
from crmcli.transactions.kinds import FileKind, ends_of, recognise, refuse_pages
from crmcli.transactions.spool import Allowance, LineEnds, read_chunks, stream_chunks, unpack, unreadable
from crmcli.transactions.workspace import Workspace

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from crmcli.notes import Note
    from crmcli.transactions.arguments import Given
    from crmcli.transactions.encodings import Reading
    from crmcli.transactions.kinds import Ends

__all__ = ["FileKind", "Identity", "Source", "Workspace", "open_sources", "verify_unchanged"]

_LONGEST_HEADER = 1 << 16
_MOST_LAYERS = 2
"""How many compressions inside one another are undone."""

_OPENING_BYTES = 1_024
_ONCE = "Give it once: its rows would count twice."


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells one version of a file from another: size in bytes, time of the last change in nanoseconds."""

    device: int
    inode: int
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Identity:
        """The identity that a file status shows."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class Source:
    """One file that is ready to be parsed.

    `label` is the file as the user named it; `path` is what to read, the original or a copy in the workspace;
    text at `path` is valid UTF-8 (perhaps after a byte-order mark) and its lines end in LF or CR LF.
    `origin` is None for standard input; `identity` is None for whatever can be read only once.
    """

    label: str
    path: Path
    kind: FileKind
    origin: Path | None
    identity: Identity | None
    notes: tuple[Note, ...]


def open_sources(
    arguments: Sequence[str], workspace: Workspace, *, stdin: BinaryIO, encoding: str | None, trust_input: bool
) -> tuple[Source, ...]:
    """Find, recognise and prove every file that the arguments name (see `arguments.expand` for what they may be).

    Args:
        arguments: paths, quoted globs, directories, or "-".
        workspace: where copies go; it must outlive the sources.
        stdin: read only when "-" is among the arguments.
        encoding: what text files are written in; None for UTF-8 or what a byte-order mark says.
        trust_input: accept compressed files of any ratio.

    Raises:
        UsageError: an unknown encoding, or standard input named twice.
        InputError: a file cannot be read without guessing, or is given twice.
    """
    asked = None if encoding is None else known_encoding(encoding)
    given = list(expand(arguments))
    _refuse_same_file(given)
    sources = tuple(_Intake(one, workspace, asked, trust_input).open(stdin) for one in given)
    _refuse_same_content(sources)
    return sources


def verify_unchanged(sources: Iterable[Source]) -> None:
    """Compare every file with what it was before it was read.

    Raises:
        InputError: size, time of change or inode differ, or the file is gone.
    """
    for source in sources:
        if source.origin is None or source.identity is None:
            continue
        try:
            same = Identity.of(source.origin.stat()) == source.identity
        except OSError:
            same = False
        if not same:
            raise InputError(
                f"{source.label} changed while it was read.",
                remedy="Run again when nothing writes to it, or give a copy.",
            )


@dataclass(slots=True)
class _Intake:
    """The way of one file from its name to a Source."""

    given: Given
    workspace: Workspace
    asked: str | None
    trust_input: bool
    notes: list[Note] = field(default_factory=list)

    @property
    def label(self) -> str:
        return self.given.label

    def open(self, stdin: BinaryIO) -> Source:
        self.notes += self.given.notes
        kind, path, head = self._unpacked(self._at_rest(stdin))
        if kind is FileKind.TEXT:
            path = self._as_text(path, head)
        status = self.given.status
        identity = Identity.of(status) if status is not None and stat.S_ISREG(status.st_mode) else None
        return Source(self.label, self._by_plain_name(path), kind, self.given.path, identity, tuple(self.notes))

    def _by_plain_name(self, path: Path) -> Path:
        """The path, or a link to it where its name is not UTF-8: readers of frames take no other names."""
        try:
            str(path).encode()
        except UnicodeEncodeError:
            link = self.workspace.new_file(".in")
            link.symlink_to(path.resolve())
            return link
        return path

    def _at_rest(self, stdin: BinaryIO) -> Path:
        """The file itself, or a copy of what can be read only once."""
        path, status = self.given.path, self.given.status
        if path is None or status is None:
            return self.workspace.write(stream_chunks(stdin, self.label), self.label, ".in")
        if stat.S_ISREG(status.st_mode):
            return path
        return self.workspace.write(read_chunks(path, self.label), self.label, ".in")

    def _unpacked(self, path: Path) -> tuple[FileKind, Path, bytes]:
        """Undo compression; also the beginning of what came out."""
        ends = self._ends(path)
        allowance = Allowance.of(_size(path, self.label), trusted=self.trust_input)
        for _ in range(_MOST_LAYERS + 1):
            kind = recognise(self.label, ends)
            if isinstance(kind, FileKind):
                return kind, path, ends.head
            self.notes.append(info("decompressed", f"{self.label}: {kind}-compressed, read decompressed."))
            path = self._replace(path, allowance.guard(unpack(path, self.label, kind), self.label))
            ends = self._ends(path)
        raise InputError(
            f"{self.label} is compressed more than {_MOST_LAYERS} times over.", remedy="Decompress it first."
        )

    def _as_text(self, path: Path, head: bytes) -> Path:
        """UTF-8 text with plain line ends: the file itself when it is that already."""
        reading = choose_reading(self.label, head, self.asked)
        opening = head[reading.skip : reading.skip + _OPENING_BYTES]
        refuse_pages(self.label, opening.decode(reading.codec or "utf-8", "ignore"))
        if reading.codec is not None:
            path = self._transcoded(path, reading)
        self._refuse_blank(path)
        if reading.codec is None and survey_utf8(path, self.label):
            path = self._mended(path, read_chunks(path, self.label))
        return path

    def _transcoded(self, path: Path, reading: Reading) -> Path:
        self.notes.append(info("transcoded", f"{self.label}: read as {reading.codec}."))
        if self.asked is not None and not reading.skip and holds_utf8(path, self.label):
            text = f"{self.label}: also reads as UTF-8, which it is then more likely in than in {reading.codec}."
            self.notes.append(warning("encoding_doubtful", text))
        return self._mended(path, transcode(path, self.label, reading))

    def _mended(self, path: Path, chunks: Iterator[bytes]) -> Path:
        ends = LineEnds()
        copy = self._replace(path, ends.mend(chunks))
        if ends.mended:
            text = f"{self.label}: {ends.mended:,} single carriage returns were read as line ends."
            self.notes.append(info("line_ends", text))
        return copy

    def _replace(self, path: Path, chunks: Iterator[bytes]) -> Path:
        copy = self.workspace.write(chunks, self.label, ".copy")
        self.workspace.discard(path)
        return copy

    def _refuse_blank(self, path: Path) -> None:
        mark = "\ufeff".encode()
        chunks = read_chunks(path, self.label)
        blank = not next(chunks, b"").removeprefix(mark).strip()
        if blank and all(chunk.isspace() for chunk in chunks):
            raise InputError(f"{self.label} is empty.", remedy="Check the export that should have filled it.")

    def _ends(self, path: Path) -> Ends:
        try:
            return ends_of(path)
        except OSError as error:
            raise unreadable(self.label, error) from error


def _size(path: Path, label: str) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise unreadable(label, error) from error


def _refuse_same_file(given: list[Given]) -> None:
    """Look before anything is read: the second of two equal pipes would wait for ever."""
    seen: dict[tuple[int, int], str] = {}
    for one in given:
        if one.status is None:
            continue
        key = (one.status.st_dev, one.status.st_ino)
        if key in seen:
            raise InputError(_both(seen[key], one.label, "are the same file"), remedy=_ONCE)
        seen[key] = one.label


def _refuse_same_content(sources: Iterable[Source]) -> None:
    """Compare what will be parsed, so that a file and its compressed copy are found, too.

    Files in folders of different values may hold the same rows and mean others.
    """
    alike: defaultdict[tuple[object, ...], list[Source]] = defaultdict(list)
    for source in sources:
        size = _size(source.path, source.label) - _mark_bytes(source)
        alike[size, *folder_values(source.origin).items()].append(source)
    for group in alike.values():
        seen: dict[bytes, str] = {}
        for source in group if len(group) > 1 else ():
            if _holds_no_rows(source):
                continue
            digest = _digest(source)
            if digest in seen:
                raise InputError(_both(seen[digest], source.label, "have the same content"), remedy=_ONCE)
            seen[digest] = source.label


def _holds_no_rows(source: Source) -> bool:
    """Whether a text is a header at most, as exports of days without sales are: nothing counts twice in them."""
    if source.kind is not FileKind.TEXT or _size(source.path, source.label) > _LONGEST_HEADER:
        return False
    return not source.path.read_bytes().strip().partition(b"\n")[2]


def _digest(source: Source) -> bytes:
    digest = hashlib.sha256(usedforsecurity=False)
    for chunk in read_chunks(source.path, source.label, skip=_mark_bytes(source)):
        digest.update(chunk)
    return digest.digest()


def _mark_bytes(source: Source) -> int:
    """Size of a byte-order mark, which adds nothing to what a text says."""
    if source.kind is not FileKind.TEXT:
        return 0
    mark = "\ufeff".encode()
    return len(mark) if next(read_chunks(source.path, source.label), b"").startswith(mark) else 0


def _both(first: str, second: str, what: str) -> str:
    return f"{first} is given twice." if first == second else f"{first} and {second} {what}."
