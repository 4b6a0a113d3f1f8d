"""The process that fills one template: started by `crmcli.reporting.render`, fenced in before it reads the template.

Whatever a template finds out to make the sandbox work without end or grow without bounds, even inside one operation
of the interpreter that no signal can interrupt, the system ends: processor time, memory and output are limited, and
files cannot be written, changed or run.
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
from crmcli.reporting.sandbox import Sandbox

if TYPE_CHECKING:
    from crmcli.reporting.job import Job, Limits

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_HARMLESS = frozenset({"os.listdir", "os.scandir"})
_BARRED = ("os.", "shutil.", "subprocess.", "socket.", "ctypes.", "pty.", "tempfile.", "mmap.", "fcntl.", "webbrowser.")


def main() -> None:
    """Read the job from standard input, and write what came of it to standard output as JSON."""
    job: Job = pickle.load(sys.stdin.buffer)  # noqa: S301 (written by our own parent into a pipe that only it has)
    fence(job.limits)
    answer = _answer(job)
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


def fill(job: Job) -> str:
    """The Markdown of a job, in this process and without the fence.

    Raises:
        Exception: anything that a template can do wrong; see `crmcli.reporting.failures`.
    """
    context = job.context or {}
    sandbox = Sandbox(job.choice.roots, job.language, context)
    parts: list[str] = []
    size = 0
    for part in sandbox.get_template(job.choice.name).generate(context):
        size += len(part)
        if size > job.limits.characters:
            raise TooLarge
        parts.append(part)
    return "".join(parts)


def check(job: Job) -> None:
    """Compile a template and all that it names outright, without filling any.

    Raises:
        Exception: the first thing that is wrong.
    """
    sandbox = Sandbox(job.choice.roots, job.language, ())
    open_ones, seen = [job.choice.name], set[str]()
    while open_ones:
        name = open_ones.pop()
        if name not in seen:
            seen.add(name)
            sandbox.get_template(name)
            open_ones += sandbox.named_by(name)


def _answer(job: Job) -> dict[str, Any]:
    try:
        if job.context is None:
            check(job)
            return {"text": ""}
        return {"text": fill(job)}
    except (Exception, TooLong, TooLarge) as error:  # noqa: BLE001 (whatever it is, the author of the template is told)
        return asdict(failure(error, job.choice.name))


def _ring(_number: int, _frame: object) -> NoReturn:
    raise TooLong


def _bar(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse what only a broken sandbox could ask for."""
    is_writing = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING
    if is_writing or (event.startswith(_BARRED) and event not in _HARMLESS):
        raise PermissionError(f"a template may not do this ({event}).")
