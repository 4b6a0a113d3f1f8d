"""The text of a `crmcli.toml`: what was found is set, every other setting is a comment with its default."""

from __future__ import annotations

import json
import textwrap
from enum import Enum
from typing import TYPE_CHECKING

from crmcli.config_values import Kind
from crmcli.present.safe import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from crmcli.config import Schema
    from crmcli.config_values import Setting, Value

_WIDTH = 100
_HEAD = """\
Settings of crmcli, for this directory and those below it. A flag beats an environment variable (CRMCLI_…),
that beats this file, and this file beats the defaults. Lines without # are in force; remove the # of others
to change a default."""


def configuration_text(
    files: Sequence[str],
    values: Mapping[str, Value],
    mapping: Mapping[str, str],
    spare: Mapping[str, str],
    known: Schema,
) -> str:
    """The whole file.

    Args:
        files: what it was made from.
        values: settings in force, by name.
        mapping: canonical name → heading, in force.
        spare: the same for columns that were found, but are not needed.
        known: every setting there is.
    """
    general = [setting for setting in known.general.values() if not setting.merges]
    parts = [
        _comment(_HEAD),
        _comment(f"Written by crmcli init from {safe_text(', '.join(files))}."),
        *(_entry(setting, values) for setting in general),
        _mapping(mapping, spare),
    ]
    for command, settings in known.commands.items():
        own = [setting for name, setting in settings.items() if name not in known.general]
        heading = _comment(f"For crmcli {command} alone; the settings above can stand here, too.") + f"\n[{command}]"
        parts += [heading, *(_entry(setting, values) for setting in own)]
    return "\n\n".join(parts) + "\n"


def _entry(setting: Setting, values: Mapping[str, Value]) -> str:
    in_force = setting.name in values
    value = values[setting.name] if in_force else _default(setting)
    # The views are listed below the help of a command, but not here.
    sentence = setting.help.replace("; see below", "")
    return f"{_comment(sentence)}\n{'' if in_force else '# '}{setting.name} = {_toml(value)}"


def _default(setting: Setting) -> Value:
    """The default, or what the value would look like where there is none."""
    default = setting.default
    if isinstance(default, Enum):
        return str(default.value)
    if isinstance(default, str | int):
        return default
    if setting.kind is Kind.INTEGER:
        return int(setting.least or 0)
    return [setting.metavar] if setting.kind in {Kind.LIST, Kind.PAIRS, Kind.LISTED_PAIRS} else setting.metavar


def _mapping(mapping: Mapping[str, str], spare: Mapping[str, str]) -> str:
    lines = [
        _comment("Which column is which: canonical name = the heading in the files; for credit alone: [credit.map]."),
        "[map]",
    ]
    lines += [f"{name} = {_toml(heading)}" for name, heading in mapping.items()]
    lines += [f"# {name} = {_toml(heading)}" for name, heading in spare.items()]
    return "\n".join(lines)


def _comment(text: str) -> str:
    return "\n".join(_commented(textwrap.wrap(text, _WIDTH - 2, break_long_words=False, break_on_hyphens=False)))


def _commented(lines: Iterable[str]) -> Iterator[str]:
    return (f"# {line}" for line in lines)


def _toml(value: Value) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case list():
            return f"[{', '.join(map(_toml, value))}]"
    # TOML and JSON escape alike, but for one character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
