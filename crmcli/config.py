"""Settings that stand outside the command line: `crmcli.toml`, checked and typed, and the names of variables.

A setting has the name of its option without the dashes. Everything here is pure: text in, values out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from crmcli.config_values import Place, checked, described, refuse_name
from crmcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crmcli.config_values import Setting, Value

FILE_NAME = "crmcli.toml"


@dataclass(frozen=True, slots=True)
class Schema:
    """Every setting there is: those above all tables, and those in the table of each command (shared ones included)."""

    general: Mapping[str, Setting]
    commands: Mapping[str, Mapping[str, Setting]]

    def owners(self, key: str) -> list[str]:
        """The commands that have a setting of this name."""
        return [name for name, settings in self.commands.items() if key in settings]


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a file says. `source` is the file as messages name it; keys are names of settings."""

    source: str = ""
    general: Mapping[str, Value] = field(default_factory=dict)
    commands: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)

    def layers(self, command: str) -> list[Mapping[str, Value]]:
        """The settings for one command, the stronger ones first."""
        return [self.commands.get(command, {}), self.general]


def parse_configuration(text: str, source: str, schema: Schema) -> Configuration:
    """Check a configuration file.

    Args:
        text: the TOML document.
        source: the file as it was found or named; relative paths in it are relative to its directory.
        schema: the settings that exist.

    Raises:
        UsageError: not TOML, an unknown key, or a value of another type.
    """
    general: dict[str, Value] = {}
    commands: dict[str, dict[str, Value]] = {}
    for key, value in _document(text, source).items():
        if key in schema.general:
            general[key] = checked(schema.general[key], value, Place(source, key))
        elif key in schema.commands:
            commands[key] = _command_table(key, value, source, schema.commands[key])
        else:
            _refuse_top_level(key, source, schema)
    return Configuration(source, general, commands)


def variable_name(name: str, command: str = "") -> str:
    """The environment variable of a setting, for one command or for all."""
    parts = ("crmcli", command, name) if command else ("crmcli", name)
    return "_".join(parts).upper().replace("-", "_")


def merged_pairs(layers: Iterable[Sequence[str]]) -> list[str]:
    """NAME=VALUE items of several layers, the strongest first: of each name those of the strongest that has it."""
    result: list[str] = []
    for items in layers:
        known = {_name_of(item) for item in result}
        result += [item for item in items if _name_of(item) not in known]
    return result


def _document(text: str, source: str) -> dict[str, object]:
    import tomllib  # noqa: PLC0415 — most runs have no configuration file

    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # The first is also raised for numbers of thousands of digits.
        lines = text.split("\n")
        end = f"at line {len(lines)}, column {len(lines[-1]) + 1}"
        reason = str(error).replace("at end of document", end)
        raise UsageError(f"{source} is not TOML: {reason}", remedy='Write settings as: max-bad = "1%"') from None


def _command_table(name: str, table: object, source: str, settings: Mapping[str, Setting]) -> dict[str, Value]:
    if not isinstance(table, dict):
        raise UsageError(f"{source}: {name} must be a table, not {described(table)}", remedy=f"Write: [{name}]")
    for key in table:
        if key not in settings:
            refuse_name(f"{source}: unknown key {key!r} in [{name}]", key, settings)
    return {key: checked(settings[key], value, Place(source, key, name)) for key, value in table.items()}


def _refuse_top_level(key: str, source: str, schema: Schema) -> NoReturn:
    owners = schema.owners(key)
    if owners:
        tables = " or ".join(f"[{name}]" for name in owners)
        raise UsageError(f"{source}: {key} is no setting of all commands", remedy=f"Put it into the table {tables}.")
    refuse_name(f"{source}: unknown key {key!r}", key, [*schema.general, *schema.commands])


def _name_of(item: str) -> str:
    return item.partition("=")[0].strip()
