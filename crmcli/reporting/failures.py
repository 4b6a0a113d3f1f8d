"""What went wrong behind the fence, for the person who wrote the template: which one, which line, what, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jinja2 import Template, TemplateNotFound, TemplateSyntaxError

from crmcli.errors import CrmcliError, InternalError
from crmcli.present.safe import safe_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

_LONGEST = 300
"""Characters of a message; one may quote half a template."""


class TooLong(BaseException):
    """The time is up; nothing that a template calls may catch this."""


class TooLarge(BaseException):
    """The output is larger than a report can be."""


_LIMITS: Mapping[type[BaseException], str] = {
    TooLong: "takes too long: it seems to go on without end.\nLook for loops over ranges, and for calls of itself.",
    TooLarge: "writes more than a report can hold.\nLook for loops that repeat too much.",
    MemoryError: "needs too much memory.\nLook for texts or lists that double.",
    RecursionError: "calls, includes or extends itself without end.\n"
    "If it is to build on the shipped template of its own name, write crmcli/ before that name.",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """What the person reads; `is_internal` when it is not theirs to mend."""

    problem: str
    remedy: str | None = None
    is_internal: bool = False


def failure(error: BaseException, name: str | None) -> Failure:
    """An exception from behind the fence as a message.

    Args:
        error: what was raised.
        name: the template that the report began with; None where HTML was made.
    """
    what, _, remedy = _text(error).partition("\n")
    template, line = (None, None) if name is None else _place(error, name)
    problem = safe_text(f"{_where(error, template, line)}{what}"[:_LONGEST])
    # What fails on a line of a template is for its author to mend.
    return Failure(problem, safe_text(remedy[:_LONGEST]) or None, isinstance(error, InternalError) and line is None)


def _where(error: BaseException, template: str | None, line: int | None) -> str:
    if template is None:
        return "" if isinstance(error, CrmcliError) else "The HTML of the report "
    return f"{template}: " if line is None else f"{template}, line {line}: "


def _text(error: BaseException) -> str:
    """The message, and on a second line what helps."""
    if isinstance(error, CrmcliError):
        return "\n".join(error.lines())
    if isinstance(error, TemplateSyntaxError | TemplateNotFound):
        return error.message or str(error)
    if isinstance(error, KeyError):
        return f"there is no key {error} here."
    known = next((text for kind, text in _LIMITS.items() if isinstance(error, kind)), None)
    return known or str(error) or type(error).__name__


def _place(error: BaseException, name: str) -> tuple[str, int | None]:
    """The innermost line of a template that was at work."""
    if isinstance(error, TemplateSyntaxError):
        return error.name or name, error.lineno
    found: tuple[str, int | None] = (name, None)
    for frame, line in _frames(error.__traceback__):
        template = frame.get("__jinja_template__")
        if isinstance(template, Template):
            found = (template.name or name, template.get_corresponding_lineno(line))
    return found


def _frames(traceback: TracebackType | None) -> list[tuple[dict[str, object], int]]:
    frames = []
    while traceback is not None:
        frames.append((traceback.tb_frame.f_globals, traceback.tb_lineno))
        traceback = traceback.tb_next
    return frames
