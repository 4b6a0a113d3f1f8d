"""The `--facts` file: headline figures, notes, what was loaded and the settings in force, as one JSON object."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcli.analysis.result import Result
    from crmcli.notes import Note

SCHEMA_VERSION = 1
"""Raised when a key changes its name or meaning; new keys do not raise it."""

_INDENT = "  "


def facts_json(result: Result, *, load: Mapping[str, object], settings: Mapping[str, object]) -> bytes:
    """The file's bytes; the same arguments always give the same ones.

    Args:
        result: the facts and notes of an analysis.
        load: what was read, mapped, dropped and quarantined.
        settings: the options in force.

    `load` and `settings` may hold texts, numbers (Decimals keep their decimals), dates, paths, None, mappings and
    sequences. Keys of mappings are sorted.

    Raises:
        TypeError: a value is of another type.
    """
    document = {
        "schema_version": SCHEMA_VERSION,
        "command": result.catalogue.command,
        "as_of": result.as_of,
        "facts": {fact.name: {"value": fact.value, "unit": fact.unit, "label": fact.label} for fact in result.facts},
        "notes": [_note(note) for note in result.notes],
        "load": _sorted(load),
        "settings": _sorted(settings),
    }
    return document_json(document)


def document_json(document: Mapping[str, object]) -> bytes:
    """A JSON file of texts, numbers (Decimals keep their decimals), dates, paths, None, mappings and sequences.

    Raises:
        TypeError: a value is of another type.
    """
    return (_json(document, "\n") + "\n").encode()


def _note(note: Note) -> dict[str, str]:
    return {"code": note.code, "severity": str(note.severity), "text": note.text}


def _sorted(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _sorted(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, list | tuple):
        return [_sorted(item) for item in value]
    return value


def _json(value: object, newline: str) -> str:
    """JSON with exact decimals, which the json module cannot write."""
    inner = newline + _INDENT
    match value:
        case Mapping():
            return _bracketed(
                "{}", [f"{_text(str(key))}: {_json(item, inner)}" for key, item in value.items()], newline
            )
        case list() | tuple():
            return _bracketed("[]", [_json(item, inner) for item in value], newline)
        case _:
            return _scalar(value)


def _bracketed(brackets: str, items: Sequence[str], newline: str) -> str:
    if not items:
        return brackets
    inner = newline + _INDENT
    return f"{brackets[0]}{inner}{f',{inner}'.join(items)}{newline}{brackets[1]}"


def _scalar(value: object) -> str:
    match value:
        case None | bool() | int():
            return json.dumps(value)
        case float():
            return json.dumps(value) if math.isfinite(value) else "null"
        case Decimal():
            return f"{value:f}" if value.is_finite() else "null"
        case dt.date():
            return _text(value.isoformat())
        case str():
            return _text(value)
    raise TypeError(f"{type(value).__name__} has no place in a facts file")


def _text(text: str) -> str:
    # Undecodable bytes of a file name are surrogates, which only escapes can write.
    escaped = json.dumps(text, ensure_ascii=False)
    return "".join(f"\\u{ord(mark):04x}" if "\ud800" <= mark <= "\udfff" else mark for mark in escaped)
