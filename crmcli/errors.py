"""The one error tree: each error is written for the person who can fix it, in at most three lines."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, ClassVar

from crmcli.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable


class CrmcliError(Exception):
    """Base of all expected failures.

    Args:
        problem: what is wrong: file, column, first bad row and its value.
        extent: how many rows (or other things) are affected, if that says more.
        remedy: the flag or the edit that fixes it.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.UNEXPECTED
    title: ClassVar[str] = "error"

    def __init__(self, problem: str, *, extent: str | None = None, remedy: str | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.extent = extent
        self.remedy = remedy

    def lines(self) -> list[str]:
        """The message, one to three lines, in the order a reader needs them."""
        return [line for line in (self.problem, self.extent, self.remedy) if line]


class UsageError(CrmcliError):
    """The command line or a configuration file asks for something that does not exist or fit."""

    exit_code = ExitCode.USAGE


class InputError(CrmcliError):
    """A file cannot be read, mapped or understood without guessing."""

    exit_code = ExitCode.UNREADABLE


class OutputError(CrmcliError):
    """A result cannot be written where it was asked for."""

    exit_code = ExitCode.UNREADABLE


class LockedError(CrmcliError):
    """Another run holds the lock of the output."""

    exit_code = ExitCode.LOCKED


class TooLittleDataError(CrmcliError):
    """The input is sound, but holds too little for the analysis."""

    exit_code = ExitCode.TOO_LITTLE_DATA


class AlertError(CrmcliError):
    """The work is done, and a condition that somebody set for an alert is true."""

    exit_code = ExitCode.ALERT
    title = "alert"


class InternalError(CrmcliError):
    """A check of our own did not hold (conservation of rows, reconciliation); never the user's fault."""

    exit_code = ExitCode.UNEXPECTED


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name closest to a mistyped one, or None when nothing is close."""
    matches = difflib.get_close_matches(name.casefold(), list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """A ready sentence for `remedy`, or None when nothing is close."""
    match = nearest(name, known)
    return f"Did you mean {match!r}?" if match else None
