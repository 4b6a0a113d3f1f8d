"""What templates may do with values: the figures of the language, and those filters of Jinja that are safe and steady.

Left out are filters that mark text as safe or make HTML (`safe`, `tojson`, `urlize`, `xmlattr` …), that are random or
write Python's own notation (`random`, `pprint`, `string`), and those that pad (`center`, `format`, `wordwrap`).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from jinja2.exceptions import TemplateRuntimeError
from jinja2.filters import FILTERS
from jinja2.runtime import Undefined

from crmcli.reporting.escape import Markdown, escaped
from crmcli.reporting.language import is_numeric

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from crmcli.reporting.language import Language

_OF_JINJA = (
    *("abs", "batch", "capitalize", "count", "d", "default", "dictsort", "first", "float", "groupby", "int", "items"),
    *("last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "replace", "reverse", "round"),
    *("select", "selectattr", "slice", "sort", "sum", "title", "truncate", "unique", "upper", "wordcount"),
)

KEEPING = frozenset({"trim", "indent"})
"""Filters that leave Markdown what it is, so that they may be laid over a whole block."""


def filters(language: Language) -> dict[str, Callable[..., Any]]:
    """Every filter by name."""
    return {
        **{name: FILTERS[name] for name in _OF_JINJA},
        "cell": language.cell,
        "cells": lambda table: language.cells(table["columns"], table["rows"]),
        "date": _for(language.date, dt.date),
        "e": escaped_value(language),
        "escape": escaped_value(language),
        "indent": indent,
        "integer": _for(language.integer, int, float, Decimal),
        "join": joined(language),
        "label": labels(language)["label"],
        "money": _for(language.money, int, float, Decimal),
        "number": _for(language.number, int, float, Decimal),
        "share": _for(language.share, int, float, Decimal),
        "trim": trim,
    }


def tests() -> dict[str, Callable[..., bool]]:
    """Tests beside those of Jinja."""
    return {"numeric": is_numeric}


def labels(language: Language) -> dict[str, Callable[..., str]]:
    """The functions `label` and `plural`; what they fill in is checked as if it were printed."""

    def label(key: str, **values: Any) -> str:
        return language.text(text_of(key, language), **_texts(values, language))

    def plural(key: str, count: float, **values: Any) -> str:
        if isinstance(count, bool) or not isinstance(count, int | float | Decimal):
            raise TemplateRuntimeError(f"plural counts with numbers, not with {_described(count)}.")
        return language.plural(text_of(key, language), count, **_texts(values, language))

    return {"label": label, "plural": plural}


def _texts(values: Mapping[str, object], language: Language) -> dict[str, str]:
    return {name: text_of(value, language) for name, value in values.items()}


def text_of(value: object, language: Language) -> str:
    """A value as text of one line, by its type.

    Raises:
        TemplateRuntimeError: the value has no text, as a list or a table.
    """
    if isinstance(value, Undefined):
        return str(value)  # Raises, with the name.
    if isinstance(value, Markdown):
        return value
    if value is None or isinstance(value, str | int | float | Decimal | dt.date):
        return language.bare(value)
    raise TemplateRuntimeError(
        f"{_described(value)} cannot be printed.\nLoop over it, name one of its keys, or use the filter cells or join."
    )


def escaped_value(language: Language) -> Callable[[object], Markdown]:
    """The filter `escape`: what printing does anyway, and only once."""
    return lambda value: escaped(text_of(value, language))


def together(texts: Iterable[str]) -> str:
    """Texts in a row: Markdown if one of them is, the others escaped then; else plain text."""
    parts = list(texts)
    if not any(isinstance(part, Markdown) for part in parts):
        return "".join(parts)
    return Markdown("".join(map(escaped, parts)))


def joined(language: Language) -> Callable[..., str]:
    """The filter `join`, which never takes plain text for Markdown."""

    def join(values: Iterable[Any], d: str = "", attribute: str | int | None = None) -> str:
        items = values if attribute is None else (item[attribute] for item in values)
        parts = [part for item in items for part in (d, text_of(item, language))]
        return together(parts[1:])

    return join


def trim(value: str) -> str:
    """Without the white space at both ends, Markdown or not."""
    return _kept(value, value.strip())


def indent(value: str, width: int = 4, first: bool = False) -> str:  # noqa: FBT001, FBT002 (as in Jinja)
    """Lines but the first, or all of them, moved to the right, blank ones excepted."""
    lines = value.split("\n")
    moved = [" " * width + line if line and (first or place) else line for place, line in enumerate(lines)]
    return _kept(value, "\n".join(moved))


def _kept(value: str, text: str) -> str:
    return Markdown(text) if isinstance(value, Markdown) else text


def _for(method: Callable[..., str], *types: type) -> Callable[..., str]:
    """A method for some types of values; None is missing, and a text stands as it is."""

    def filtered(value: object, *arguments: Any, **named: Any) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, Undefined):
            return str(value)  # Raises, with the name.
        if value is None or (isinstance(value, types) and not isinstance(value, bool)):
            return method(value, *arguments, **named)
        raise TemplateRuntimeError(f"the filter {method.__name__} takes no {_described(value).removeprefix('a ')}.")

    return filtered


def _described(value: object) -> str:
    if isinstance(value, Undefined):
        return str(value)  # Raises, with the name.
    known: Mapping[type, str] = {dict: "a table of keys", list: "a list", tuple: "a list", bool: "a yes or no"}
    return known.get(type(value), f"a {type(value).__name__}")
