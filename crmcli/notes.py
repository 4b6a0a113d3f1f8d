"""Typed remarks that travel with a result: how the tool says "this is shaky" or "this was left out"."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How loudly a presenter shows a note."""

    INFO = "info"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Note:
    """One remark: a stable code for scripts, a severity, and a sentence for people."""

    code: str
    severity: Severity
    text: str


def counted(count: int, one: str, many: str = "") -> str:
    """A count with its noun: "1 row", "2 rows"; `many` where an s does not make the plural."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def info(code: str, text: str) -> Note:
    """A note that explains."""
    return Note(code, Severity.INFO, text)


def warning(code: str, text: str) -> Note:
    """A note that a careful reader must not miss."""
    return Note(code, Severity.WARNING, text)
