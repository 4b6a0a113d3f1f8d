"""The options in force, as plain data for `--facts`."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from crmcli.cli.context import FLAG
from crmcli.cli.declared import schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcli.cli.context import State
    from crmcli.cli.options import SharedOptions

_WHERE_IT_GOES = {"output", "facts", "rejects", "output_format", "top", "view", "thresholds_out", "spreadsheet_safe"}


def effective_settings(
    state: State, command: str, shared: SharedOptions, own: Mapping[str, object]
) -> dict[str, object]:
    """Every option that bears on the numbers, with its value and where that comes from; by its name in crmcli.toml.

    Where the output goes is left out, and so is the name of the configuration file.
    """
    names = {setting.parameter: name for name, setting in schema().commands[command].items()}
    values = {**dataclasses.asdict(shared), **own}
    return {
        names.get(parameter, parameter): {"value": _plain(value), "from": _layer(state, names.get(parameter))}
        for parameter, value in values.items()
        if parameter not in _WHERE_IT_GOES
    }


def _layer(state: State, name: str | None) -> str:
    return state.origins.get(name or "", FLAG).layer


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple | list) else value
