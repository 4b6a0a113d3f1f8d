"""The one place where bytes reach stdout or a file.

A file is either the old one or the new one, whole, at every moment: bytes go to a temporary file beside it, which
replaces it only when it is complete and on disk. A reader that closes its pipe early is no error.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
import select
import stat
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from crmcli.errors import OutputError
from crmcli.temporaries import claim, remove_abandoned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Payload: TypeAlias = "bytes | Iterable[bytes]"
"""All the bytes at once, or piece by piece so that a large table is never in memory twice."""

_NEW_FILE_MODE = 0o666
_ATTEMPTS = 20
"""Another run may take a temporary that has just been made for one that was left behind; hardly twice in a row."""

_TEMPORARY = re.compile(r"\.crmcli-tmp\.(?P<host>[A-Za-z0-9_-]+)\.[0-9]+\.[0-9a-f]{16}")
_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/([0-9]+)")
_STANDARD = {"/dev/stdout": 1, "/dev/stderr": 2}
_REMEDIES = {
    errno.ENOSPC: "Free some space there, or choose another place with -o.",
    errno.EDQUOT: "Free some space there, or choose another place with -o.",
    errno.EFBIG: "The file size limit (ulimit -f) is too small for this output.",
    errno.ENOENT: "Create the directory first, or choose another place with -o.",
    errno.EACCES: "Choose a place you may write to with -o.",
    errno.EROFS: "Choose a place you may write to with -o.",
}


def write_stdout(stream: BinaryIO | None, payload: Payload) -> None:
    """Write everything to stdout and flush it; return quietly when the reader has gone.

    Raises:
        OutputError: stdout is closed or cannot take the bytes (a full disk, say).
    """
    if stream is None:
        raise OutputError("stdout is closed.", remedy="Write to a file with -o.")
    try:
        for chunk in _chunks(payload):
            with _failures("stdout"):
                _write_stream(stream, chunk)
    except BrokenPipeError:
        _silence(stream)
    except OutputError:
        _silence(stream)
        raise


def write_file(path: Path, payload: Payload, *, inputs: Iterable[Path] = ()) -> None:
    """Write a file atomically; its mode and any symbolic link to it stay.

    FIFOs, devices and open descriptors (`/dev/stdout`) are written straight, since a rename would replace them.

    Args:
        path: the target.
        payload: its bytes. An exception raised while they are made leaves the old file in place.
        inputs: files that must not be overwritten, compared by inode.

    Raises:
        OutputError: the target is a directory or an input, or the system refuses (the reason is in the text).
    """
    check_target(path, inputs=inputs)
    descriptor = _named_descriptor(path)
    if descriptor is not None or not _is_file_or_new(path):
        _write_straight(path, descriptor, payload)
    else:
        _replace(path, Path(os.path.realpath(path)), payload)


def check_target(path: Path, *, inputs: Iterable[Path] = ()) -> None:
    """Refuse early, before an analysis has run, what `write_file` would refuse after it.

    Raises:
        OutputError: the target is a directory, an input or read-only, or its directory is missing or read-only.
    """
    if _named_descriptor(path) is not None:
        return
    with _failures(str(path)):
        found = _stat(path)
        if found is None:
            _check_directory(Path(os.path.realpath(path)).parent)
        else:
            _check_existing(path, found)
            _check_not_an_input(path, found, inputs)


def _check_directory(directory: Path) -> None:
    if not stat.S_ISDIR(directory.stat().st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    if not os.access(directory, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _check_existing(path: Path, found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise OutputError(f"{path}: this is a directory.", remedy="Name a file in it with -o.")
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    if stat.S_ISREG(found.st_mode):
        _check_directory(Path(os.path.realpath(path)).parent)


def _check_not_an_input(path: Path, found: os.stat_result, inputs: Iterable[Path]) -> None:
    if not stat.S_ISREG(found.st_mode):
        return
    for candidate in inputs:
        other = _stat(candidate)
        if other is not None and os.path.samestat(found, other):
            raise OutputError(
                f"{path}: this is the input {candidate}; an input is never overwritten.",
                remedy="Name another file with -o.",
            )


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _is_file_or_new(path: Path) -> bool:
    found = _stat(path)
    return found is None or stat.S_ISREG(found.st_mode)


def _named_descriptor(path: Path) -> int | None:
    """The open descriptor a path stands for: opening it anew would lose the position of `>>`."""
    text = os.fspath(path)
    match = _DESCRIPTOR.fullmatch(text)
    return int(match.group(1)) if match else _STANDARD.get(text)


def _write_straight(path: Path, descriptor: int | None, payload: Payload) -> None:
    with _failures(str(path)):
        fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC) if descriptor is None else os.dup(descriptor)
    try:
        for chunk in _chunks(payload):
            with _failures(str(path)):
                _write_all(fd, chunk)
    except BrokenPipeError:
        return
    finally:
        os.close(fd)


def _replace(path: Path, target: Path, payload: Payload) -> None:
    _sweep(target.parent)
    with _failures(str(path)):
        temporary, fd = _new_temporary(target.parent)
    try:
        _fill(path, fd, _stat(target), payload)
        with _failures(str(path)):
            temporary.replace(target)
            _sync_directory(target.parent)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
        os.close(fd)  # Not before the rename: while it is open, no other run takes the file for an abandoned one.


def _new_temporary(directory: Path) -> tuple[Path, int]:
    for _ in range(_ATTEMPTS):
        path = directory / f".crmcli-tmp.{_host()}.{os.getpid()}.{os.urandom(8).hex()}"
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _NEW_FILE_MODE)
        if claim(fd, path):
            return path, fd
        os.close(fd)
    raise FileExistsError(errno.EEXIST, "other runs remove its temporary file at once")


def _fill(path: Path, fd: int, old: os.stat_result | None, payload: Payload) -> None:
    with _failures(str(path)):
        _take_over(fd, old)
    for chunk in _chunks(payload):
        with _failures(str(path)):
            _write_all(fd, chunk)
    with _failures(str(path)):
        os.fsync(fd)


def _take_over(fd: int, old: os.stat_result | None) -> None:
    """Give the new file the mode of the old one, and its owner where the system allows that."""
    if old is None:
        return
    with contextlib.suppress(PermissionError):
        os.fchown(fd, old.st_uid, old.st_gid)
    os.fchmod(fd, stat.S_IMODE(old.st_mode))


def _sync_directory(directory: Path) -> None:
    # Some file systems cannot sync a directory, and an unreadable one cannot be opened; the rename stands anyway.
    with contextlib.suppress(OSError):
        fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def _sweep(directory: Path) -> None:
    """Remove temporaries that killed runs of this machine have left; those of living ones stay."""
    with contextlib.suppress(OSError), os.scandir(directory) as entries:
        # Locks of other machines may not be seen here.
        names = [entry.name for entry in entries if _is_ours(entry.name)]
        remove_abandoned([directory / name for name in names], Path.unlink)


def _is_ours(name: str) -> bool:
    match = _TEMPORARY.fullmatch(name)
    return match is not None and match["host"] == _host()


def _host() -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", os.uname().nodename)[:64] or "localhost"


def _chunks(payload: Payload) -> Iterator[bytes]:
    yield from (payload,) if isinstance(payload, bytes) else payload


def _write_stream(stream: BinaryIO, chunk: bytes) -> None:
    stream.flush()
    try:
        fd = stream.fileno()
    except io.UnsupportedOperation:  # A stream in memory, in tests.
        stream.write(chunk)
        stream.flush()
    else:
        _write_all(fd, chunk)


def _write_all(fd: int, chunk: bytes) -> None:
    """Every byte, also into a pipe that another program has made non-blocking."""
    rest = memoryview(chunk)
    while rest:
        try:
            rest = rest[os.write(fd, rest) :]
        except BlockingIOError:
            select.select([], [fd], [])


def _silence(stream: BinaryIO) -> None:
    """Point stdout at nothing, so that the interpreter's last flush neither prints nor changes the exit code."""
    with contextlib.suppress(OSError):
        target = stream.fileno()
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, target)
        os.close(nothing)


@contextlib.contextmanager
def _failures(name: str) -> Iterator[None]:
    """Turn what the system says into an error that names the output; a broken pipe is left to the caller."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"{name} cannot be written: {reason}.", remedy=_REMEDIES.get(error.errno or 0)) from error
