"""What the process behind the fence can be asked for, and what it may cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcli.reporting.language import Language
    from crmcli.reporting.roots import Choice, Roots


@dataclass(frozen=True, slots=True)
class Limits:
    """What a task may cost; a weekly report takes a small part of it.

    Attributes:
        seconds: of processor time, so that a busy machine ends no honest report.
        bytes: of memory, everything counted.
        characters: of Markdown.
    """

    seconds: int
    bytes: int = 1 << 30
    characters: int = 5_000_000


FILLING = Limits(seconds=5)
PAGING = Limits(seconds=20)
"""Markdown of the largest size and of ordinary shape becomes HTML well within this."""


@dataclass(frozen=True, slots=True)
class Fill:
    """A template to fill with plain data."""

    context: dict[str, Any]
    choice: Choice
    language: Language


@dataclass(frozen=True, slots=True)
class Check:
    """A template to compile with all that it names, without filling it."""

    choice: Choice
    language: Language


@dataclass(frozen=True, slots=True)
class Page:
    """Markdown to make a page of HTML from."""

    markdown: str
    title: str
    language: Language
    pictures: Mapping[str, bytes]
    roots: Roots


Task: TypeAlias = "Fill | Check | Page"
