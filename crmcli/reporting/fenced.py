"""Work on what users write, in a process of its own: whatever it does to that process, this one goes on."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from crmcli.errors import InternalError, UsageError
from crmcli.present.safe import safe_text
from crmcli.reporting.job import Page

if TYPE_CHECKING:
    from crmcli.reporting.job import Limits, Task

_PATIENCE_SECONDS = 300
"""The last resort against a process that neither works nor ends."""
_KEPT_VARIABLES = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PATH")
_START = "import sys; sys.path[:] = {path!r}; from crmcli.reporting.worker import main; main()"


def fenced(task: Task, limits: Limits) -> str:
    """The text that a task gives.

    Raises:
        UsageError: what the user wrote is wrong, or takes more than the limits allow.
        InternalError: the process failed.
    """
    return _answer(_run(pickle.dumps((task, limits))), "The HTML" if isinstance(task, Page) else task.choice.name)


def _run(job: bytes) -> subprocess.CompletedProcess[bytes]:
    """Python without the user's settings, with the search path of this process."""
    start = _START.format(path=sys.path)
    variables = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    try:
        return subprocess.run(
            [sys.executable, "-I", "-S", "-B", "-c", start],
            input=job,
            capture_output=True,
            env=variables,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise InternalError(f"The process that makes reports did not end in {_PATIENCE_SECONDS} s.") from error
    except OSError as error:
        raise InternalError(f"The process that makes reports cannot be started: {error.strerror}.") from error


def _answer(done: subprocess.CompletedProcess[bytes], name: str) -> str:
    if done.returncode < 0:  # By a signal: a limit of the system.
        raise UsageError(
            f"{safe_text(name)}: takes too long or needs too much memory; it was stopped.",
            remedy="Look for loops, and for texts and lists that grow without end.",
        )
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise InternalError(f"The process that makes reports failed: {safe_text(last)}")
    answer: dict[str, Any] = json.loads(done.stdout)
    if "text" in answer:
        return str(answer["text"])
    kind = InternalError if answer["is_internal"] else UsageError
    raise kind(answer["problem"], remedy=answer["remedy"])
