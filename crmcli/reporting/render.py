"""From a context of plain data and a template to Markdown, in a process of its own that cannot do harm."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmcli.errors import InternalError
from crmcli.reporting.fenced import fenced
from crmcli.reporting.job import FILLING, Check, Fill

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcli.reporting.job import Limits
    from crmcli.reporting.language import Language
    from crmcli.reporting.roots import Choice

_PLAIN = (str, int, float, bool, type(None), Decimal, dt.date)
_DEEPEST = 40
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")


def render(context: Mapping[str, Any], choice: Choice, language: Language, limits: Limits | None = None) -> str:
    """A template filled: Markdown in which every value of the context is text.

    Args:
        context: plain data: dicts with texts as keys, lists, texts, numbers, dates, booleans and None.
        choice: the template and its folders.
        language: labels and the way to write figures.
        limits: what it may cost.

    Raises:
        UsageError: the template is wrong, or takes more than the limits allow.
        InternalError: the context holds something else than plain data, or the process failed.
    """
    check_plain(context)
    return tidy(fenced(Fill(dict(context), choice, language), limits or FILLING))


def check(choice: Choice, language: Language, limits: Limits | None = None) -> None:
    """Find out before long work whether a template, and all that it names outright, can be read and understood.

    Raises:
        UsageError: it cannot.
        InternalError: the process failed.
    """
    fenced(Check(choice, language), limits or FILLING)


def check_plain(value: object, where: str = "context", depth: int = 0) -> None:
    """Nothing but plain data: a frame, path or callable would be a way out of the sandbox.

    Raises:
        InternalError: it names the place and the type of what is not plain.
    """
    if depth > _DEEPEST:
        raise InternalError(f"{where[:200]}… is nested too deeply to be plain data.")
    if type(value) is dict:
        for key, item in value.items():
            if type(key) is not str:
                raise InternalError(f"{where} has the key {key!r}, which is no text.")
            check_plain(item, f"{where}.{key}", depth + 1)
    elif type(value) in {list, tuple}:
        for place, item in enumerate(value):  # type: ignore[arg-type]
            check_plain(item, f"{where}[{place}]", depth + 1)
    elif type(value) not in _PLAIN:
        raise InternalError(f"{where} is {type(value).__module__}.{type(value).__qualname__}, which is no plain data.")


def tidy(markdown: str) -> str:
    """The same without runs of blank lines, which templates leave behind, and with one line end at the end."""
    text = markdown.replace("\r\n", "\n")
    return f"{_BLANK_LINES.sub(chr(10) * 2, text).strip(chr(10))}\n"
