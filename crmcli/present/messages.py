"""What people read on stderr: errors and notes, in plain lines that a log keeps as well."""

from __future__ import annotations

import contextlib
import textwrap
from typing import TYPE_CHECKING

from crmcli.notes import Severity
from crmcli.present.console import Verbosity
from crmcli.present.safe import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmcli.errors import CrmcliError
    from crmcli.notes import Note
    from crmcli.present.console import Environment

_PROGRAM = "crmcli"
_INDENT = "  "
_RED, _YELLOW, _CYAN, _RESET = "\x1b[1;31m", "\x1b[33m", "\x1b[36m", "\x1b[0m"
_LOSSES = frozenset({"quarantined"})
"""Codes of notes that rows are missing from the result, which a reader of nothing but the mail of cron must learn."""

_LABELS = {Severity.WARNING: ("warning", _YELLOW), Severity.INFO: ("note", _CYAN)}


def print_error(environment: Environment, error: CrmcliError) -> None:
    """An expected failure in one to three lines, the first one led by `crmcli: error:` (or alert)."""
    first, *further = (safe_text(line) for line in error.lines())
    _say(environment, error.title, _RED, first)
    for line in further:
        _write(environment, _wrapped(environment, _INDENT + line) + "\n")


def print_notes(environment: Environment, notes: Iterable[Note]) -> None:
    """Warnings and notes in their order; with -q only what says that rows are lost, with -qq nothing, with -v codes."""
    for note in notes:
        if environment.verbosity < (Verbosity.QUIET if note.code in _LOSSES else Verbosity.NORMAL):
            continue
        label, colour = _LABELS[note.severity]
        code = f" [{note.code}]" if environment.verbosity == Verbosity.VERBOSE else ""
        _say(environment, label, colour, safe_text(note.text + code))


def _say(environment: Environment, label: str, colour: str, text: str) -> None:
    line = _wrapped(environment, f"{_PROGRAM}: {label}: {text}")
    if environment.stderr_colour:
        line = line.replace(f"{label}:", f"{colour}{label}:{_RESET}", 1)
    _write(environment, line + "\n")


def _wrapped(environment: Environment, line: str) -> str:
    """Lines broken between words on a terminal; whole in a log, where a search must find them."""
    if not environment.stderr_is_tty:
        return line
    return textwrap.fill(
        line,
        environment.stderr_width,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _write(environment: Environment, text: str) -> None:
    if environment.stderr is None:
        return
    with contextlib.suppress(OSError):  # There is nowhere left to say that stderr is gone.
        environment.stderr.write(text)
        environment.stderr.flush()
