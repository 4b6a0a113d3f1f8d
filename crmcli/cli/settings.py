"""The options in force, as plain data for `--facts`."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcli.cli.options import SharedOptions

_WHERE_IT_GOES = {"output", "facts", "rejects", "output_format", "top", "view", "thresholds_out"}


def effective_settings(shared: SharedOptions, own: Mapping[str, object]) -> dict[str, object]:
    """Every option that bears on the numbers; where the output goes does not."""
    values = {**dataclasses.asdict(shared), **own}
    return {name: _plain(value) for name, value in values.items() if name not in _WHERE_IT_GOES}


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple | list) else value
