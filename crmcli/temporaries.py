"""Temporary files and directories that a later run may remove once their owner is dead.

The owner holds a lock on what it makes, and the kernel lifts the lock when the process ends, however it ends. So what
can be locked has no owner any more; process numbers, which are used again and differ between containers, say nothing.
Where a file system has no locks, nothing is ever taken for abandoned.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_LOOK = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def claim(fd: int, path: Path) -> bool:
    """Hold what has just been made at `path` until `fd` is closed; False if a sweep took it before it was held.

    In the latter case the path is lost, and another name has to be tried.
    """
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # No locks here; nobody else can take one either.
        return True
    with contextlib.suppress(OSError):
        return os.path.samestat(os.fstat(fd), path.stat(follow_symlinks=False))
    return False


def remove_abandoned(paths: Iterable[Path], remove: Callable[[Path], object], *, directories: bool = False) -> None:
    """Remove those of the files (or directories) that no living process holds; whatever resists is left alone."""
    flags = _LOOK | (os.O_RDONLY | os.O_DIRECTORY if directories else os.O_RDWR)
    for path in paths:
        with contextlib.suppress(OSError):
            fd = os.open(path, flags)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove(path)
            finally:
                os.close(fd)
