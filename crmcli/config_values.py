"""One setting's value, from TOML or an environment variable: checked against what its option takes.

Everything here is pure: values in, values out.
"""

from __future__ import annotations

import datetime as dt
import posixpath
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from crmcli.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

Value: TypeAlias = "str | int | bool | list[str]"
"""What a setting may hold; choices are texts."""


class Kind(Enum):
    """What a setting takes, as messages say it."""

    TEXT = "a text"
    DATE = "a date"
    LIMIT = "a text or a whole number"
    INTEGER = "a whole number"
    FLAG = "true or false"
    CHOICE = "one of the known values"
    FILE = "a file name"
    LIST = "a list of texts"
    PAIRS = "a table, or a list of texts"
    """NAME=VALUE; several values of one name are several items."""
    LISTED_PAIRS = "a table of lists, or a list of texts"
    """NAME=V,V,…: several values of one name are one item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One option that can also be set outside the command line.

    `words` are values of a FILE that are no path; `names` those that PAIRS may have (empty: any). `merges` says that
    pairs of all layers come together, the higher layer winning name by name.
    """

    name: str
    parameter: str
    kind: Kind
    default: object = None
    metavar: str = ""
    help: str = ""
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    merges: bool = False

    def expected(self) -> str:
        """What it takes, in words."""
        if self.kind is Kind.CHOICE:
            return f"one of {', '.join(self.choices)}"
        if self.least is not None and self.most is not None:
            return f"{self.kind.value} from {self.least} to {self.most}"
        return f"{self.kind.value} from {self.least} on" if self.least is not None else self.kind.value


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands; `source` is empty for an environment variable."""

    source: str
    key: str
    table: str = ""

    def __str__(self) -> str:
        where = f"[{self.table}] {self.key}" if self.table else self.key
        return f"{self.source}: {where}" if self.source else where


def parse_variable(setting: Setting, text: str, variable: str) -> Value:
    """The value of an environment variable. Items of a list stand on lines of their own, or in one line between `;`.

    Raises:
        UsageError: it is none of the values that the setting takes.
    """
    place = Place("", variable)
    match setting.kind:
        case Kind.FLAG:
            return checked(setting, _spelt_flag(text), place)
        case Kind.INTEGER:
            number = text.strip()
            return checked(setting, int(number) if _is_integer(number) else text, place)
        case Kind.LIST | Kind.PAIRS | Kind.LISTED_PAIRS:
            items = text.splitlines() if "\n" in text else text.split(";")
            return checked(setting, [item.strip() for item in items if item.strip()], place)
        case Kind.FILE:
            return text
        case _:
            return checked(setting, text, place)


def checked(setting: Setting, value: object, place: Place) -> Value:
    """A TOML value as the option takes it.

    Raises:
        UsageError: it is of another type, or out of range.
    """
    typed = _TAKERS[setting.kind](setting, value, place)
    if typed is None:
        _refuse_type(setting, value, place)
    return typed


def _refuse_type(setting: Setting, value: object, place: Place) -> NoReturn:
    raise UsageError(f"{place} must be {setting.expected()}, not {described(value)}")


def _text(_setting: Setting, value: object, _place: Place) -> Value | None:
    return value if isinstance(value, str) else None


def _date(_setting: Setting, value: object, _place: Place) -> Value | None:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value.isoformat()
    return _text(_setting, value, _place)


def _limit(_setting: Setting, value: object, _place: Place) -> Value | None:
    return str(value) if type(value) is int else _text(_setting, value, _place)


def _flag(_setting: Setting, value: object, _place: Place) -> Value | None:
    return value if isinstance(value, bool) else None


def _integer(setting: Setting, value: object, _place: Place) -> Value | None:
    if type(value) is not int:
        return None
    too_low = setting.least is not None and value < setting.least
    too_high = setting.most is not None and value > setting.most
    return None if too_low or too_high else value


def _choice(setting: Setting, value: object, place: Place) -> Value | None:
    if not isinstance(value, str) or value.casefold() in setting.choices:
        return value.casefold() if isinstance(value, str) else None
    match = nearest(value, setting.choices)
    problem = f"{place} must be {setting.expected()}, not {value!r}"
    raise UsageError(problem, remedy=f"Did you mean {match!r}?" if match else None)


def _file(setting: Setting, value: object, place: Place) -> Value | None:
    """A path relative to the file that names it; names of built-in things and `-` stay."""
    if not isinstance(value, str):
        return None
    plain = setting.metavar != "FILE" and "/" not in value and "." not in value
    if plain or value in {"", "-", *setting.words}:
        return value
    return posixpath.join(posixpath.dirname(place.source), value)


def _list(_setting: Setting, value: object, _place: Place) -> Value | None:
    return value if isinstance(value, list) and all(isinstance(item, str) for item in value) else None


def _pairs(setting: Setting, value: object, place: Place) -> Value | None:
    if not isinstance(value, dict):
        return _list(setting, value, place)
    items: list[str] = []
    for name, content in value.items():
        if setting.names and name not in setting.names:
            astray = "What follows a table belongs to it: settings stand above all tables." if "-" in name else None
            refuse_name(f"{place} has no name {name!r}", name, setting.names, extent=astray)
        items += _items(setting, name, content, Place(place.source, f"{place.key}.{name}", place.table))
    return items


_TAKERS = {
    Kind.TEXT: _text,
    Kind.DATE: _date,
    Kind.LIMIT: _limit,
    Kind.INTEGER: _integer,
    Kind.FLAG: _flag,
    Kind.CHOICE: _choice,
    Kind.FILE: _file,
    Kind.LIST: _list,
    Kind.PAIRS: _pairs,
    Kind.LISTED_PAIRS: _pairs,
}
"""The value as the option takes it, by kind; None for a value of another type or out of range."""


def _items(setting: Setting, name: str, value: object, place: Place) -> list[str]:
    values = value if isinstance(value, list) and not setting.merges else [value]
    texts = [_scalar(item) for item in values]
    if any(text is None for text in texts):
        wanted = "a text" if setting.merges else "a text, a number, a date, or a list of these"
        raise UsageError(f"{place} must be {wanted}, not {described(value)}")
    if setting.kind is Kind.LISTED_PAIRS:
        return [f"{name}={','.join(map(str, texts))}"]
    return [f"{name}={text}" for text in texts]


def _scalar(value: object) -> str | None:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value.isoformat()
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def _spelt_flag(text: str) -> bool | str:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    return words.get(text.strip().casefold(), text)


def _is_integer(text: str) -> bool:
    return text.isascii() and text.removeprefix("-").isdigit()


def described(value: object) -> str:
    """A TOML value as messages say it."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f"the text {value!r}"
        case int() | float():
            return str(value)
        case dict():
            return "a table"
        case list():
            return "a list"
    return f"{value}"


def refuse_name(problem: str, key: str, known: Iterable[str], *, extent: str | None = None) -> NoReturn:
    """Refuse a name that does not exist, with the nearest one that does."""
    names = list(known)
    match = nearest(key, names)
    remedy = f"Did you mean {match!r}?" if match else f"Known are: {', '.join(names)}"
    raise UsageError(problem, extent=extent, remedy=remedy)
