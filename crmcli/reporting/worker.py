"""The process behind the fence: started by `crmcli.reporting.fenced`, it fills one template or makes one page.

It fences itself in before it looks at anything that users write. Whatever a template finds out to make the sandbox
work without end or grow without bounds, even inside one operation of the interpreter that no signal can interrupt, the
system ends: processor time, memory and output are limited, and files cannot be written, changed or run.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import resource
import signal
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NoReturn

from crmcli.reporting.failures import TooLarge, TooLong, failure
from crmcli.reporting.job import Fill, Page

if TYPE_CHECKING:
    from crmcli.reporting.job import Limits, Task

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_HARMLESS = frozenset({"os.listdir", "os.scandir"})
_BARRED = ("os.", "shutil.", "subprocess.", "socket.", "ctypes.", "pty.", "tempfile.", "mmap.", "fcntl.", "webbrowser.")


def main() -> None:
    """Read the task from standard input, and write what came of it to standard output as JSON."""
    task, limits = pickle.load(sys.stdin.buffer)  # noqa: S301 (written by our own parent into a pipe only it has)
    fence(limits)
    answer = _answer(task, limits)
    signal.setitimer(signal.ITIMER_PROF, 0)
    sys.stdout.write(json.dumps(answer))


def fence(limits: Limits) -> None:
    """Give up what filling a template does not need; there is no way back in this process."""
    signal.signal(signal.SIGPROF, _ring)
    signal.setitimer(signal.ITIMER_PROF, limits.seconds)
    for what, most in (
        (resource.RLIMIT_CPU, limits.seconds + 2),  # For work that hears no signal.
        (resource.RLIMIT_AS, limits.bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # Not every system keeps every limit.
            resource.setrlimit(what, (most, most))
    sys.addaudithook(_bar)


def _answer(task: Task, limits: Limits) -> dict[str, Any]:
    try:
        return {"text": _done(task, limits)}
    except (Exception, TooLong, TooLarge) as error:  # noqa: BLE001 (whatever it is, the user is told)
        return asdict(failure(error, None if isinstance(task, Page) else task.choice.name))


def _done(task: Task, limits: Limits) -> str:
    """What either kind of work needs is loaded for it alone."""
    if isinstance(task, Page):
        from crmcli.reporting.html import assembled  # noqa: PLC0415

        return assembled(task)
    from crmcli.reporting.filling import check, fill  # noqa: PLC0415

    return fill(task, limits.characters) if isinstance(task, Fill) else check(task)


def _ring(_number: int, _frame: object) -> NoReturn:
    raise TooLong


def _bar(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse what only a broken sandbox could ask for."""
    is_writing = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING
    if is_writing or (event.startswith(_BARRED) and event not in _HARMLESS):
        raise PermissionError(f"a template may not do this ({event}).")
