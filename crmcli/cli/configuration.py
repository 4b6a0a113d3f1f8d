"""What the options of a run are in the end: flag, else environment variable, else configuration file, else default."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from crmcli.cli.context import DEFAULT, FLAG, Origin
from crmcli.cli.declared import GENERAL, concerns, schema
from crmcli.config import FILE_NAME, Configuration, merged_pairs, parse_configuration, variable_name
from crmcli.config_values import parse_variable
from crmcli.errors import UsageError, nearest
from crmcli.notes import info, warning
from crmcli.present.console import Verbosity
from crmcli.present.messages import print_notes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import typer

    from crmcli.cli.context import State
    from crmcli.config_values import Setting, Value
    from crmcli.notes import Note

NO_FILE = "none"
"""As the value of --config or CRMCLI_CONFIG: no configuration file at all."""

_PREFIX = "CRMCLI_"
_CONFIG_VARIABLE = "CRMCLI_CONFIG"


@dataclass(frozen=True, slots=True)
class _Layer:
    """Values from one place, by the names of settings; `command` is the one that they are for, empty for all."""

    origins: Mapping[str, Origin]
    values: Mapping[str, Value]
    command: str = ""


def effective(
    context: typer.Context, settings: Sequence[Setting], arguments: Mapping[str, Any], *, file: bool
) -> dict[str, Any]:
    """The values of a command's options by parameter; where each comes from is kept in the state.

    Args:
        context: the parsed command line of the command.
        settings: its options.
        arguments: their values as parsed, by parameter.
        file: whether a configuration file counts.

    Raises:
        UsageError: the file or a variable holds something that is no setting, or no value of one.
    """
    state: State = context.obj
    command = context.info_name or ""
    configuration = _configuration(state) if file else Configuration()
    layers = [*_environment_layers(command, settings), *_file_layers(configuration, command)]
    _apply_general(state, layers)
    _say(state, configuration)
    result = {}
    for setting in settings:
        source = context.get_parameter_source(setting.parameter)
        given = arguments[setting.parameter] if source is not None and source.name == "COMMANDLINE" else None
        value, origin = _value(setting, given, layers, command)
        state.origins[setting.name] = origin
        result[setting.parameter] = value
    return result


def find_file() -> str | None:
    """The configuration file nearest to the working directory, upwards, as a relative path."""
    try:
        depth = len(Path.cwd().parts)
    except OSError:  # The working directory is gone.
        return None
    candidates = ("../" * steps + FILE_NAME for steps in range(depth))
    # Not `Path.is_file`, which raises where a directory may not be entered.
    return next((name for name in candidates if os.path.isfile(name)), None)  # noqa: PTH113


def _configuration(state: State) -> Configuration:
    named = state.config or os.environ.get(_CONFIG_VARIABLE)
    name = named or find_file()
    if name is None or named == NO_FILE:
        return Configuration()
    return parse_configuration(_text(name), name, schema())


def _text(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not UTF-8 text (byte {error.start + 1:,})") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(
            f"The configuration file {name} cannot be read: {reason}",
            remedy=f"Name another one with --config, or do without: --config {NO_FILE}",
        ) from None


def _environment_layers(command: str, settings: Iterable[Setting]) -> Iterator[_Layer]:
    """Variables of the command first, then those of all commands."""
    general = schema().general
    own = {variable_name(setting.name, command): setting for setting in settings}
    common = {variable_name(setting.name): setting for setting in (*settings, *GENERAL.values())}
    shared = {variable: setting for variable, setting in common.items() if setting.name in general}
    both = ((own, command), (shared, ""))
    for variables, owner in both if command in schema().commands else both[1:]:
        found = {name: setting for name, setting in variables.items() if os.environ.get(name)}
        yield _Layer(
            {setting.name: Origin("environment", name) for name, setting in found.items()},
            {setting.name: parse_variable(setting, os.environ[name], name) for name, setting in found.items()},
            owner,
        )


def _file_layers(configuration: Configuration, command: str) -> Iterator[_Layer]:
    origin = Origin("file", configuration.source)
    for values, owner in zip(configuration.layers(command), (command, ""), strict=True):
        yield _Layer(dict.fromkeys(values, origin), values, owner)


def _value(setting: Setting, given: Any, layers: Iterable[_Layer], command: str = "") -> tuple[Any, Origin]:
    found = [
        (_meant(setting, layer, command), layer.origins[setting.name])
        for layer in layers
        if setting.name in layer.values
    ]
    if given is not None:
        found.insert(0, (given, FLAG))
    if not found:
        return setting.default, DEFAULT
    if setting.merges:
        merged = merged_pairs(cast("list[str]", items) for items, _ in found)
        return merged, _joined(origin for items, origin in found if set(merged) & set(cast("list[str]", items)))
    value, origin = found[0]
    choices = type(setting.default)
    return (choices(value) if issubclass(choices, Enum) else value), origin


def _meant(setting: Setting, layer: _Layer, command: str) -> Value:
    """What a layer says to this command: of pairs for all commands those that concern it."""
    value = layer.values[setting.name]
    if not setting.merges or layer.command:
        return value
    return [item for item in cast("list[str]", value) if concerns(command, setting, item.partition("=")[0].strip())]


def _joined(origins: Iterable[Origin]) -> Origin:
    distinct = list(dict.fromkeys(origins))
    layers = dict.fromkeys(origin.layer for origin in distinct)
    return Origin("+".join(layers), ", ".join(origin.place for origin in distinct if origin.place))


def _apply_general(state: State, layers: Iterable[_Layer]) -> None:
    on = {name for name, setting in GENERAL.items() if _value(setting, None, layers)[0]}
    # -q and -v on the command line say how much to print, whatever stands elsewhere.
    undecided = state.environment.verbosity is Verbosity.NORMAL
    state.set_flags(
        quiet=undecided and "quiet" in on,
        verbose=undecided and "verbose" in on,
        no_color="no-color" in on,
        debug="debug" in on,
    )


def _say(state: State, configuration: Configuration) -> None:
    if configuration.source and state.environment.verbosity is Verbosity.VERBOSE:
        print_notes(state.environment, [info("configuration", f"Settings from {configuration.source}.")])
    print_notes(state.environment, map(_unknown, _unknown_variables()))


def _unknown(name: str) -> Note:
    match = nearest(name, map(str.casefold, sorted(_known_variables())))
    hint = f"Did you mean {match.upper()}?" if match else "docs/cli.md lists the variables."
    return warning("unknown_variable", f"{name} is no setting and has no effect. {hint}")


def _unknown_variables() -> list[str]:
    found = {name for name in os.environ if name.startswith(_PREFIX)}
    return sorted(found - _known_variables()) if found else []


def _known_variables() -> set[str]:
    everything = schema()
    own = {variable_name(name, command) for command, settings in everything.commands.items() for name in settings}
    return {_CONFIG_VARIABLE, *own, *(variable_name(name) for name in everything.general)}
