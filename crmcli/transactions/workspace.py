"""A private temporary directory for copies of what cannot be read where it lies."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from crmcli.errors import InputError
from crmcli.temporaries import claim, remove_abandoned

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOM_REMEDY = "Free space there, or set TMPDIR to a directory with more room."

_ATTEMPTS = 20
"""Another run may take a directory that has just been made for one that was left behind; hardly twice in a row."""

_NAME = re.compile(r"crmcli-work-[0-9a-f]{16}")
_remove_tree = partial(shutil.rmtree, ignore_errors=True)


class _Directory(NamedTuple):
    """A directory and the descriptor whose lock says that it is in use."""

    path: Path
    fd: int


class Workspace:
    """A context manager around one temporary directory, made on first use and removed on any exit.

    The directory lies in TMPDIR, is readable by its owner only, and its name starts with "crmcli-work-". Making one
    removes those that killed runs have left.
    """

    def __init__(self) -> None:
        self._directory: _Directory | None = None
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._directory is not None:
            _remove_tree(self._directory.path)
            os.close(self._directory.fd)
            self._directory = None

    def new_file(self, suffix: str) -> Path:
        """A path in the workspace that no other caller gets; the file itself is not made.

        Raises:
            InputError: there is no temporary directory to write to.
        """
        if self._directory is None:
            self._directory = _private_directory()
        self._count += 1
        return self._directory.path / f"{self._count:04d}{suffix}"

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
        if self._directory is not None and path.parent == self._directory.path:
            path.unlink(missing_ok=True)


def _private_directory() -> _Directory:
    try:
        parent = Path(tempfile.gettempdir())
        _sweep(parent)
        return _new_directory(parent)
    except OSError as error:
        raise InputError(
            f"No temporary directory can be made: {error.strerror or error}.",
            remedy="Set TMPDIR to a directory that you can write to.",
        ) from error


def _sweep(parent: Path) -> None:
    """Remove what killed runs of this user have left; what living ones use stays, and so does what resists."""
    with contextlib.suppress(OSError), os.scandir(parent) as entries:
        found = [Path(entry.path) for entry in entries if _NAME.fullmatch(entry.name)]
        remove_abandoned(filter(_is_own, found), _remove_tree, directories=True)


def _is_own(path: Path) -> bool:
    try:
        return path.stat(follow_symlinks=False).st_uid == os.geteuid()
    except OSError:
        return False


def _new_directory(parent: Path) -> _Directory:
    for _ in range(_ATTEMPTS):
        path = parent / f"crmcli-work-{os.urandom(8).hex()}"
        path.mkdir(mode=0o700)
        with contextlib.suppress(FileNotFoundError):
            fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            if claim(fd, path):
                return _Directory(path, fd)
            os.close(fd)
    raise FileExistsError(errno.EEXIST, "other runs remove it at once")


def _no_room(path: Path, label: str, error: OSError) -> InputError:
    return InputError(
        f"The temporary directory {path.parent.parent} cannot hold a copy of {label}: {error.strerror or error}.",
        remedy=ROOM_REMEDY,
    )
