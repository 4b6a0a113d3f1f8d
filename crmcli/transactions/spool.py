"""Streams as chunks of bytes: read, copied out of pipes, unpacked. Memory stays flat whatever the size."""

from __future__ import annotations

import gzip
import os
import re
import zlib
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from crmcli.errors import InputError
from crmcli.transactions.kinds import Packing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

CHUNK_BYTES = 1 << 19
"""Small enough that a chunk and its decoded text (up to four times as large) stay in the cache: measured fastest."""

FREE_BYTES = 100_000_000
"""Unpacked bytes that raise no question, whatever the ratio."""

HIGHEST_RATIO = 1_000
"""Unpacked to packed size beyond which a file must be trusted explicitly."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many bytes a packed file may unpack to; None means any number."""

    limit: int | None

    @classmethod
    def of(cls, packed_bytes: int, *, trusted: bool) -> Allowance:
        """The allowance of a file of that size. Nested packings share the one of the outermost."""
        return cls(None if trusted else max(FREE_BYTES, HIGHEST_RATIO * packed_bytes))

    def guard(self, chunks: Iterator[bytes], label: str) -> Iterator[bytes]:
        """Pass chunks on until they exceed the allowance.

        Raises:
            InputError: at once when the limit is passed, before the chunk that passes it is handed on.
        """
        total = 0
        for chunk in chunks:
            total += len(chunk)
            if self.limit is not None and total > self.limit:
                raise _too_dense(label, total)
            yield chunk


def unreadable(label: str, error: OSError) -> InputError:
    """The error for a file that the operating system does not let us read."""
    remedy = "Check who may read it (ls -l)." if isinstance(error, PermissionError) else None
    return InputError(f"{label} cannot be read: {error.strerror or error}.", remedy=remedy)


def read_chunks(path: Path, label: str, *, skip: int = 0) -> Iterator[bytes]:
    """The bytes of a file after the first `skip`, in chunks.

    Raises:
        InputError: the file cannot be opened or read.
    """
    try:
        with path.open("rb", buffering=0) as file:
            if skip:
                file.seek(skip)
            while chunk := file.read(CHUNK_BYTES):
                yield chunk
    except OSError as error:
        raise unreadable(label, error) from error


def stream_chunks(stream: BinaryIO, label: str) -> Iterator[bytes]:
    """The bytes of an open stream that can be read once, such as standard input.

    Raises:
        InputError: the stream is closed or cannot be read.
    """
    try:
        _make_blocking(stream)
        typed = stream.isatty()
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk
            # A short read from a terminal is its end of file: asking again would want a second Ctrl-D.
            if typed and len(chunk) < CHUNK_BYTES:
                return
    except OSError as error:
        raise unreadable(label, error) from error
    except ValueError as error:
        raise InputError(f"{label} is closed.", remedy="Redirect a file into it, or name the file.") from error


def unpack(path: Path, label: str, packing: Packing) -> Iterator[bytes]:
    """The bytes inside a compressed file, all its members or frames in a row.

    Raises:
        InputError: the file is truncated, damaged or cannot be read.
    """
    opener: Callable[[Path], BinaryIO] = _open_gzip if packing is Packing.GZIP else _open_zstd
    try:
        with opener(path) as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise InputError(
            f"{label} is {packing}-compressed, but truncated or damaged.",
            extent=f"Unpacking says: {' '.join(str(error).split())}",
            remedy="Copy or download it again.",
        ) from error


class LineEnds:
    """Turns carriage returns that end a line by themselves into newlines, and counts them; CR LF stays."""

    def __init__(self) -> None:
        self.mended = 0

    def mend(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Pass chunks on, mended."""
        held = b""
        for chunk in chunks:
            data = held + chunk
            # Whether a last carriage return stands alone shows in the next chunk.
            held = data[-1:] if data.endswith(b"\r") else b""
            yield self._mend(data[: len(data) - len(held)])
        if held:
            yield self._mend(held)

    def _mend(self, data: bytes) -> bytes:
        if b"\r" not in data:
            return data
        mended, count = re.subn(rb"\r(?!\n)", b"\n", data)
        self.mended += count
        return mended


def _open_gzip(path: Path) -> BinaryIO:
    return gzip.GzipFile(path, "rb")  # type: ignore[return-value]  # It reads as one; typeshed calls it a base class.


def _open_zstd(path: Path) -> BinaryIO:
    import pyarrow as pa  # noqa: PLC0415 - 150 ms that only zstd files need

    stream: BinaryIO = pa.CompressedInputStream(pa.OSFile(str(path)), "zstd")
    return stream


def _make_blocking(stream: BinaryIO) -> None:
    # A non-blocking pipe reads as if it had ended whenever its writer pauses: rows would be lost without a word.
    with suppress(OSError, ValueError):
        os.set_blocking(stream.fileno(), True)


def _too_dense(label: str, total: int) -> InputError:
    return InputError(
        f"{label} unpacks to more than {HIGHEST_RATIO:,} times its size; stopped at {total / 1e6:,.0f} MB.",
        remedy="If you know where it comes from, add --trust-input.",
    )
