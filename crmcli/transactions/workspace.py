"""A private temporary directory for copies of what cannot be read where it lies."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

from crmcli.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOM_REMEDY = "Free space there, or set TMPDIR to a directory with more room."


class Workspace:
    """A context manager around one temporary directory, made on first use and removed on any exit.

    The directory lies in TMPDIR, is readable by its owner only, and its name starts with "crmcli-".
    """

    def __init__(self) -> None:
        self._directory: tempfile.TemporaryDirectory[str] | None = None
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._directory is not None:
            self._directory.cleanup()
            self._directory = None

    def new_file(self, suffix: str) -> Path:
        """A path in the workspace that no other caller gets; the file itself is not made.

        Raises:
            InputError: there is no temporary directory to write to.
        """
        if self._directory is None:
            self._directory = _private_directory()
        self._count += 1
        return Path(self._directory.name, f"{self._count:04d}{suffix}")

    def write(self, chunks: Iterable[bytes], label: str, suffix: str) -> Path:
        """Write chunks into a new file; `label` is what the copy is of, for the message.

        Raises:
            InputError: the temporary directory is full or cannot be written.
        """
        path = self.new_file(suffix)
        try:
            file = path.open("wb", buffering=0)
        except OSError as error:
            raise _no_room(path, label, error) from error
        with file:
            for chunk in chunks:
                rest = memoryview(chunk)
                while rest:
                    # Only the write is guarded: an OSError out of `chunks` is about the source, not about room.
                    try:
                        written = file.write(rest)
                    except OSError as error:
                        raise _no_room(path, label, error) from error
                    rest = rest[written:]
        return path

    def discard(self, path: Path) -> None:
        """Remove a copy that a later one replaces; files outside the workspace are left alone."""
        if self._directory is not None and path.parent == Path(self._directory.name):
            path.unlink(missing_ok=True)


def _private_directory() -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix="crmcli-", ignore_cleanup_errors=True)
    except OSError as error:
        raise InputError(
            f"No temporary directory can be made: {error.strerror or error}.",
            remedy="Set TMPDIR to a directory that you can write to.",
        ) from error


def _no_room(path: Path, label: str, error: OSError) -> InputError:
    return InputError(
        f"The temporary directory {path.parent.parent} cannot hold a copy of {label}: {error.strerror or error}.",
        remedy=ROOM_REMEDY,
    )
