"""One run at a time for each output: a second one is refused at once, and a killed one leaves nothing held.

The lock is the kernel's (`flock`) on a small file beside the output, so it ends with its process, however that ends.
The file itself says nothing about whether it is held; its text only names the holder to whoever is refused.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING

from crmcli.errors import LockedError, OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_FLAGS = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW_FILE_MODE = 0o666
_LOOKS = 5
_BETWEEN_LOOKS_SECONDS = 0.02
"""A holder writes its name right after it got the lock; whoever comes in between looks again."""


def lock_path(output: Path) -> Path:
    """The lock file of an output: `.NAME.lock` beside the file that a symbolic link leads to."""
    target = Path(os.path.realpath(output))
    return target.with_name(f".{target.name}.lock")


@contextlib.contextmanager
def held(output: Path) -> Iterator[None]:
    """Hold the lock of an output while the block runs; the lock file is gone afterwards.

    Never waits. The output itself need not exist, and is not touched.

    Raises:
        LockedError: another run (or an outer block of this one) holds it.
        OutputError: the lock file cannot be made there.
        UsageError: the output is a pipe, a device or a directory, which cannot be locked.
    """
    _refuse_special(output)
    lock = lock_path(output)
    fd = _acquired(lock, output)
    try:
        yield
    finally:
        # Removed while still held. Who opened the file before that finds its name gone, and tries again.
        with contextlib.suppress(OSError):
            lock.unlink()
        os.close(fd)


def _refuse_special(output: Path) -> None:
    with contextlib.suppress(OSError):  # Absent: a file will be made there.
        if not stat.S_ISREG(output.stat().st_mode):
            raise UsageError(f"{output} is no file, so no run can lock it.", remedy="Name a file with -o.")


def _acquired(lock: Path, output: Path) -> int:
    """The descriptor of the lock file that now stands at `lock`, locked and holding our name."""
    with _failures(lock):
        while True:
            fd = _opened(lock, output)
            try:
                if _is_locked_there(fd, lock):
                    os.ftruncate(fd, 0)
                    os.pwrite(fd, f"{os.getpid()} {os.uname().nodename}\n".encode(), 0)
                    return fd
            except BlockingIOError:
                os.close(fd)
                raise _refusal(lock, output) from None
            except BaseException:
                os.close(fd)
                raise
            os.close(fd)


def _is_locked_there(fd: int, lock: Path) -> bool:
    """Lock the open file, and say whether it is still the one that others would open."""
    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        return os.path.samestat(os.fstat(fd), lock.stat(follow_symlinks=False))
    except FileNotFoundError:
        return False


def _opened(lock: Path, output: Path) -> int:
    try:
        return os.open(lock, os.O_RDWR | os.O_CREAT | _FLAGS, _NEW_FILE_MODE)
    except PermissionError:
        _refuse_if_held_by_others(lock, output)
        raise


def _refuse_if_held_by_others(lock: Path, output: Path) -> None:
    """A lock file of another user may be closed to us, and yet we can learn whether it is held."""
    with contextlib.suppress(OSError):
        fd = os.open(lock, os.O_RDONLY | _FLAGS)
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _refusal(lock, output) from None
        finally:
            os.close(fd)


def _refusal(lock: Path, output: Path) -> LockedError:
    return LockedError(
        f"{output}: another run is writing this output{_holder(lock)}.",
        extent=f"It holds the lock {lock}, which ends with that run.",
        remedy="Wait until it has ended and run again, or write elsewhere with -o.",
    )


def _holder(lock: Path) -> str:
    """Who holds the lock, as far as that is known, in brackets."""
    for _ in range(_LOOKS):
        with contextlib.suppress(OSError):
            process, *machine = lock.read_text(encoding="utf-8", errors="replace").split() or [""]
            if process:
                elsewhere = "" if machine == [os.uname().nodename] else f" on {' '.join(machine) or 'another machine'}"
                return f" (process {process}{elsewhere})"
        time.sleep(_BETWEEN_LOOKS_SECONDS)
    return ""


@contextlib.contextmanager
def _failures(lock: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"{lock} cannot be made to lock the output: {reason}.", remedy=_REMEDIES.get(error.errno or 0, _ELSEWHERE)
        ) from error


_ELSEWHERE = "Choose a place you may write to with -o, or run without a lock."
_REMEDIES = {
    errno.ENOENT: "Create the directory first, or choose another place with -o.",
    errno.ENOLCK: "This file system has no locks: choose another place with -o, or run without a lock.",
    errno.ENAMETOOLONG: "Choose a shorter name with -o.",
}
