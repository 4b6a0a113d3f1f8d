"""Runs a command line as a process would, but inside this one, with all its streams in memory."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unittest.mock import patch

from crmcli.cli.run import run_process

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PINNED = {"NO_COLOR": "1", "COLUMNS": "100", "TERM": "dumb", "CRMCLI_CONFIG": "none"}
"""What tests pin: colours, widths and settings must not depend on where they run."""

UNPINNED = ("FORCE_COLOR", "CLICOLOR_FORCE", "GITHUB_ACTIONS", "PY_COLORS")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the shell would see of a run."""

    code: int
    stdout: bytes
    stderr: str

    @property
    def table(self) -> str:
        """The result as text."""
        return self.stdout.decode()

    @property
    def message_lines(self) -> list[str]:
        """The lines on stderr."""
        return self.stderr.splitlines()


def crmcli(*arguments: str | Path, stdin: bytes | None = b"", environment: Mapping[str, str] | None = None) -> Outcome:
    """Run one command line.

    Args:
        arguments: what would follow `crmcli`.
        stdin: what standard input holds; None means that it is closed.
        environment: variables beside the pinned ones.
    """
    out, err = _text(b""), _text(b"")
    variables = {**pinned_environment(), **(environment or {})}
    with (
        _sigterm_untouched(),
        patch.dict(os.environ, variables, clear=True),
        patch.object(sys, "stdin", None if stdin is None else _text(stdin)),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = run_process([str(argument) for argument in arguments])
    return Outcome(int(code), _written(out), _written(err).decode())


def pinned_environment() -> dict[str, str]:
    """The variables of this process with those that change colours, widths and settings pinned."""
    kept = {name: os.environ[name] for name in os.environ if name not in UNPINNED and not name.startswith("CRMCLI_")}
    return kept | PINNED


def _text(content: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")


def _written(stream: io.TextIOWrapper) -> bytes:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue()


@contextlib.contextmanager
def _sigterm_untouched() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
