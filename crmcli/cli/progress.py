"""One line on a terminal that says what a long run is doing; gone when that is done.

It is shown only where somebody watches: stderr is a terminal, this process is in its foreground, nobody asked for
quiet, and a second has passed. The rooms below know nothing of it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Self

from crmcli.present.console import Verbosity

if TYPE_CHECKING:
    from crmcli.cli.context import State
    from crmcli.present.console import Environment
    from crmcli.present.emit import Delivery

DELAY = 1.0
"""Seconds of silence before the line appears."""

_INTERVAL = 0.2
_MARKS = "|/-\\"


class Progress:
    """A context manager around the stages of a run; the line is erased on any way out.

    Args:
        environment: the streams; decides whether anything is shown at all.
        stage: what is going on, in one or two words.
        started: when the run began, on the monotonic clock.
    """

    def __init__(self, environment: Environment, stage: str, started: float) -> None:
        self._environment = environment
        self._stage = stage
        self._started = started
        self._shown = 0
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        if self._environment.stderr_is_tty and self._environment.verbosity > Verbosity.QUIET:
            # A daemon: an interpreter that is going down must not wait for it.
            self._thread = threading.Thread(target=self._run, name="progress", daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()
            self._write(self._erased())

    def stage(self, stage: str) -> None:
        """Say that the next stage has begun."""
        self._stage = stage

    def _run(self) -> None:
        # A signal that arrived in this thread would not wake the main one from a system call.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        if self._over.wait(max(0.0, self._started + DELAY - time.monotonic())):
            return
        step = 0
        while True:
            self._write(self._line(step))
            step += 1
            if self._over.wait(_INTERVAL):
                return

    def _line(self, step: int) -> str:
        if not _in_foreground(self._environment):
            return self._erased()
        seconds = time.monotonic() - self._started
        text = f"{_MARKS[step % len(_MARKS)]} crmcli: {self._stage}, {seconds:.0f} s"
        text = text[: self._environment.stderr_width - 1]
        line = self._erased() + text
        self._shown = len(text)
        return line

    def _erased(self) -> str:
        """Overwrites what is shown with blanks: every terminal can do that, a dumb one as well."""
        shown, self._shown = self._shown, 0
        return f"\r{' ' * shown}\r" if shown else ""

    def _write(self, text: str) -> None:
        stream = self._environment.stderr
        if stream is None or not text:
            return
        with contextlib.suppress(OSError, ValueError):  # The terminal has gone, or the stream was closed.
            stream.write(text)
            stream.flush()


def _in_foreground(environment: Environment) -> bool:
    """Whether the terminal is ours: a job in the background must not write between the words of somebody's typing."""
    try:
        descriptor = environment.stderr.fileno() if environment.stderr is not None else -1
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except (OSError, ValueError):  # Not the controlling terminal, so there are no jobs on it.
        return True


def writing(state: State, delivery: Delivery) -> contextlib.AbstractContextManager[object]:
    """The last stage; on a terminal the result itself appears there, and nothing may stand in its way."""
    from crmcli.present.emit import STDOUT  # noqa: PLC0415 — not needed before a command runs

    on_stdout = delivery.output in {None, STDOUT} or delivery.facts == STDOUT
    on_terminal = on_stdout and state.environment.stdout_is_tty
    return contextlib.nullcontext() if on_terminal else state.progress("writing")
