r"""Text from data made harmless for Markdown, wherever a template puts it: it stays text, and all of it can be seen.

Three layers. `visible` shows what would be hidden or turned around. `escaped` makes the rest inert: no cell, heading,
list, link, picture, emphasis, formula or tag can come of it, in Markdown or in the HTML made of it. `Markdown` marks
what has been through this, so that nothing is escaped twice and nothing is forgotten: whatever is *not* marked is
escaped when it is printed, so that an oversight shows as a stray backslash and never as markup.
"""

from __future__ import annotations

import re
import unicodedata

from crmcli.present.safe import safe_text

_NON_JOINER, _JOINER = "\u200c", "\u200d"
_VIRAMA = 9

_HIDDEN = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Characters that by Unicode's Default_Ignorable_Code_Point leave no trace; bidirectional marks are shown before."""

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\\": "&#92;"}
"""These hold in HTML too. A backslash as an entity can escape nothing, whatever a template puts after it."""

_ACTIVE = re.compile(
    r"""
      (?P<edge>^\s+|\s+$)                     # would be cut off, or begin a block of code
    | (?P<entity>[&<>"\\])
    | (?P<count>^[0-9]{1,9}(?=[.)](?:\s|$)))  # a list, 1. or 1)
    | (?P<mark>
          ^[./()] | ^:(?=[-/])                # would end a list's number, an address or a link in the text before
        | ^\+(?=\s|$) | ^-(?=[-:\s]|$)        # a list, a rule, the second row of a table
        | ^=(?=[=\s]|$)                       # makes a heading of the line before
        | [`*_\[\]{}|~$^\#@]                  # code, emphasis, links, cells, formulas, notes, headings
        | !(?=\[|$)                           # a picture
        | :(?=//|$) | (?i:(?<=www))\.         # addresses that become links by themselves
      )
    """,
    re.VERBOSE,
)


def visible(text: str) -> str:
    r"""One line on which nothing is hidden: `␛`, `␊`, `\u202e`, `\u200b`; joiners stay where a script needs them."""
    shown = safe_text(text)
    return shown if shown.isascii() else _HIDDEN.sub(_shown, shown)


def escaped(text: str) -> Markdown:
    """Any text as Markdown that shows exactly `visible(text)`, wherever in a line or cell it stands."""
    if isinstance(text, Markdown):
        return text
    return Markdown(_ACTIVE.sub(_inert, visible(str.__str__(text))))


class Markdown(str):
    """Markdown that may be printed as it is.

    Adding to it escapes what is added. Everything else that methods of `str` make of it is plain text, to be escaped
    again: half an escape sequence must never count as safe.
    """

    __slots__ = ()

    def __html__(self) -> Markdown:
        """Tell the template engine that this is not to be escaped by its own rules."""
        return self

    def __add__(self, other: str) -> Markdown:
        return Markdown(str.__add__(self, escaped(other)))

    def __radd__(self, other: str) -> Markdown:
        return Markdown(str.__add__(escaped(other), self))


def _inert(found: re.Match[str]) -> str:
    text = found[0]
    match found.lastgroup:
        case "edge":
            return "".join(f"&#{ord(blank)};" for blank in text)
        case "entity":
            return _ENTITIES[text]
        case "count":
            return f"{text}\\"
        case _:
            return f"\\{text}"


def _shown(found: re.Match[str]) -> str:
    code = ord(found[0])
    if _is_needed(found[0], found.string[: found.start()][-1:], found.string[found.end() :][:1]):
        return found[0]
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 (the last of four digits)


def _is_needed(mark: str, before: str, after: str) -> bool:
    """Whether writing or emoji need a character that is not seen itself (RFC 5892, appendix A, and emoji sequences)."""
    if not before:
        return False
    if mark in {_JOINER, _NON_JOINER}:
        is_cursive = unicodedata.bidirectional(before) == "AL" and unicodedata.bidirectional(after or " ") == "AL"
        return unicodedata.combining(before) == _VIRAMA or is_cursive or (mark == _JOINER and _is_emoji(before, after))
    return "\ufe00" <= mark <= "\ufe0f" and (unicodedata.category(before) in {"So", "Sm"} or after == "\u20e3")


def _is_emoji(before: str, after: str) -> bool:
    return (
        (before == "\ufe0f" or unicodedata.category(before) in {"So", "Sk"})
        and after != ""
        and (unicodedata.category(after) == "So")
    )
