"""The surroundings of a run, looked at once: streams, terminals, width, colour and how much to say."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from enum import IntEnum
from typing import IO, TYPE_CHECKING, BinaryIO, Self, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping

PLAIN_WIDTH = 120
"""Columns of a page that goes into a pipe or a file."""

NARROWEST = 40
"""Below this no table is readable; the page is then wider than the terminal."""

_FALLBACK_WIDTH = 80


class Verbosity(IntEnum):
    """How much goes to stderr: errors only; lost rows as well; warnings and notes as well; their codes as well."""

    SILENT = -2
    QUIET = -1
    NORMAL = 0
    VERBOSE = 1


@dataclass(frozen=True, slots=True)
class Environment:
    """Streams and their properties, injected everywhere so that nothing else asks the process.

    A stream that was closed by the caller of the program is None. `width` and `colour` are those of a page on
    stdout, `file_width` that of a page in a file.
    """

    stdin: BinaryIO | None
    stdout: BinaryIO | None
    stderr: TextIO | None
    stdin_is_tty: bool = False
    stdout_is_tty: bool = False
    stderr_is_tty: bool = False
    width: int = PLAIN_WIDTH
    file_width: int = PLAIN_WIDTH
    colour: bool = False
    stderr_width: int = PLAIN_WIDTH
    stderr_colour: bool = False
    verbosity: Verbosity = Verbosity.NORMAL

    @classmethod
    def detect(
        cls, environ: Mapping[str, str], stdin: TextIO | None, stdout: TextIO | None, stderr: TextIO | None
    ) -> Self:
        """Look at the variables and streams of a process (`os.environ`, `sys.stdin`, `sys.stdout`, `sys.stderr`)."""
        out_tty, err_tty = _is_tty(stdout), _is_tty(stderr)
        return cls(
            stdin=_binary(stdin),
            stdout=_binary(stdout),
            stderr=stderr,
            stdin_is_tty=_is_tty(stdin),
            stdout_is_tty=out_tty,
            stderr_is_tty=err_tty,
            width=_width(environ, stdout, is_tty=out_tty),
            file_width=_width(environ, None, is_tty=False),
            colour=_wants_colour(environ, is_tty=out_tty),
            stderr_width=_width(environ, stderr, is_tty=err_tty),
            stderr_colour=_wants_colour(environ, is_tty=err_tty),
        )

    def with_flags(self, *, quiet: int = 0, verbose: bool = False, no_color: bool = False) -> Self:
        """The same surroundings after -q (so many times), -v and --no-color; what is not given changes nothing."""
        verbosity = Verbosity.VERBOSE if verbose else self.verbosity
        hushed = (verbosity, Verbosity.QUIET, Verbosity.SILENT)[min(quiet, 2)]
        return dataclasses.replace(
            self,
            verbosity=hushed,
            colour=self.colour and not no_color,
            stderr_colour=self.stderr_colour and not no_color,
        )


def _binary(stream: TextIO | None) -> BinaryIO | None:
    return None if stream is None else stream.buffer


def _is_tty(stream: IO[str] | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()


def _width(environ: Mapping[str, str], stream: TextIO | None, *, is_tty: bool) -> int:
    columns = environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and int(columns) > 0:
        return max(int(columns), NARROWEST)
    if not is_tty or stream is None:
        return PLAIN_WIDTH
    return max(_terminal_columns(stream), NARROWEST)


def _terminal_columns(stream: TextIO) -> int:
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except OSError:
        return _FALLBACK_WIDTH
    return columns or _FALLBACK_WIDTH  # A terminal without a size (some CI runners) reports 0.


def _wants_colour(environ: Mapping[str, str], *, is_tty: bool) -> bool:
    if environ.get("NO_COLOR"):
        return False
    if any(environ.get(name, "0") not in {"", "0"} for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return is_tty and environ.get("TERM") != "dumb"
