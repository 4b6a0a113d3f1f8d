"""The options of commands as settings for files and the environment, read off the same declarations as their flags."""

from __future__ import annotations

from dataclasses import fields
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, get_args, get_origin

from typer.models import OptionInfo

from crmcli.analysis.segment.constants import CONSTANT_NAMES
from crmcli.cli.options import CONFIGURABLE, SharedOptions
from crmcli.config import Schema
from crmcli.config_values import Kind, Setting
from crmcli.invoices.names import MAPPABLE
from crmcli.transactions.aliases import CANONICAL

if TYPE_CHECKING:
    import inspect
    from collections.abc import Iterable

_CHOSEN_BY_METAVAR = {"DATE": Kind.DATE, "0.5%|N": Kind.LIMIT}
_OF_INVOICES = (*MAPPABLE, *(f"transactions.{name}" for name in CANONICAL))
_NAMES = {"CANONICAL=COLUMN": tuple(dict.fromkeys((*CANONICAL, *_OF_INVOICES))), "CONSTANT=VALUE": CONSTANT_NAMES}
"""Names that NAME=VALUE items may have; such items also come together from all layers."""

_MAPPED = {name: frozenset(CANONICAL) for name in ("segment", "clv", "churn")} | {"credit": frozenset(_OF_INVOICES)}
"""The columns that a command can map, where others can map others."""

GENERAL: dict[str, Setting] = {
    name: Setting(name=name, parameter=name.replace("-", "_"), kind=Kind.FLAG, default=False, help=text)
    for name, text in {
        "quiet": "Only errors and lost rows; -qq: only errors.",
        "verbose": "All notes, with their codes.",
        "no-color": "No colours.",
        "debug": "Show a traceback for errors.",
    }.items()
}
"""The settings of the program itself, whatever the command."""


@cache
def schema() -> Schema:
    """All settings of all commands; to be asked once the application is imported."""
    commands = {name: settings_of(parameters) for name, parameters in CONFIGURABLE.items()}
    tables = {name: {setting.name: setting for setting in settings} for name, settings in commands.items()}
    names = {field.name for field in fields(SharedOptions)}
    shared = {
        name: setting for table in tables.values() for name, setting in table.items() if setting.parameter in names
    }
    return Schema(general={**shared, **GENERAL}, commands=tables)


def concerns(command: str, setting: Setting, name: str) -> bool:
    """Whether an item that stands there for all commands says something to this one."""
    return setting.name != "map" or command not in _MAPPED or name in _MAPPED[command]


def settings_of(parameters: Iterable[inspect.Parameter]) -> list[Setting]:
    """The options among the parameters of a command."""
    found = []
    for parameter in parameters:
        kind, *metadata = get_args(parameter.annotation) or (None,)
        option = next((data for data in metadata if isinstance(data, OptionInfo)), None)
        if option is not None:
            found.append(_setting(parameter, kind, option))
    return found


def _setting(parameter: inspect.Parameter, annotation: Any, option: OptionInfo) -> Setting:
    plain = next((part for part in get_args(annotation) if part is not type(None)), annotation)
    # `list[str]` has arguments, too, but is meant itself.
    plain = annotation if get_origin(annotation) is list else plain
    metavar = option.metavar or ""
    names = _NAMES.get(metavar, ())
    return Setting(
        name=_long_name(option),
        parameter=parameter.name,
        kind=_kind(plain, metavar),
        default=parameter.default,
        metavar=metavar,
        help=option.help or "",
        least=option.min,
        most=option.max,
        choices=tuple(str(choice.value) for choice in plain) if _is_enum(plain) else (),
        words=tuple(metavar.split("|")),
        names=names,
        merges=bool(names),
    )


def _long_name(option: OptionInfo) -> str:
    # Within Annotated, the first flag stands where typer takes a default.
    flags = (option.default, *(option.param_decls or ()))
    long = next(flag for flag in flags if isinstance(flag, str) and flag.startswith("--"))
    return long.partition("/")[0].removeprefix("--")


def _kind(annotation: Any, metavar: str) -> Kind:
    if get_origin(annotation) is list:
        if "=" not in metavar:
            return Kind.LIST
        return Kind.LISTED_PAIRS if metavar.endswith("…") else Kind.PAIRS
    if _is_enum(annotation):
        return Kind.CHOICE
    by_type = {bool: Kind.FLAG, int: Kind.INTEGER}.get(annotation)
    return by_type or _CHOSEN_BY_METAVAR.get(metavar, Kind.FILE if "FILE" in metavar else Kind.TEXT)


def _is_enum(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Enum)
