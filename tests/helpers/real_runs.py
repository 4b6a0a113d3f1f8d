"""Commands on real files: each command line is run once in a process, whatever asks for it."""

from __future__ import annotations

import io
import json
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl
from command import crmcli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Outcome


@cache
def run(command: str, *arguments: str | Path) -> Outcome:
    """A run that must go well."""
    outcome = crmcli(command, *arguments)
    assert outcome.code == 0, outcome.stderr
    return outcome


@cache
def view(command: str, name: str, *arguments: str | Path) -> pl.DataFrame:
    """A view as CSV gives it; ids are texts."""
    return pl.read_csv(
        io.BytesIO(run(command, *arguments, "--view", name).stdout),
        schema_overrides={"customer_id": pl.String, "key": pl.String},
        infer_schema_length=None,
    )


def facts(command: str, *arguments: str | Path, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """The facts document, which `-` sends to stdout in place of the view."""
    text = run(command, *arguments, "-o", "/dev/null", "-f", "csv", "--facts", "-").table
    document: dict[str, Any] = json.loads(text, parse_float=parse_float)
    return document
