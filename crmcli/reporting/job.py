"""What the process that fills a template is told, and what it may cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmcli.reporting.language import Language
    from crmcli.reporting.roots import Choice


@dataclass(frozen=True, slots=True)
class Limits:
    """What filling a template may cost; a weekly report takes a small part of it.

    Attributes:
        seconds: of processor time, so that a busy machine ends no honest report.
        bytes: of memory, everything counted.
        characters: of Markdown.
    """

    seconds: int = 3
    bytes: int = 1 << 30
    characters: int = 20_000_000


@dataclass(frozen=True, slots=True)
class Job:
    """A template to fill: with what (None: it is only checked), from where, in which language."""

    context: dict[str, Any] | None
    choice: Choice
    language: Language
    limits: Limits
