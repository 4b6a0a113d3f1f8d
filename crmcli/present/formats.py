"""Which format an output gets: from -f, from the suffix of -o, or from where stdout goes."""

from __future__ import annotations

import stat
from enum import StrEnum
from typing import TYPE_CHECKING

from crmcli.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


class Format(StrEnum):
    """The values of -f."""

    AUTO = "auto"
    TABLE = "table"
    CSV = "csv"
    TSV = "tsv"
    JSON = "json"
    NDJSON = "ndjson"
    MARKDOWN = "markdown"
    PARQUET = "parquet"
    XLSX = "xlsx"


BINARY = {Format.PARQUET: "Parquet", Format.XLSX: "xlsx"}
"""Formats that no terminal can show, by their names for people."""

SUFFIXES = {
    ".csv": Format.CSV,
    ".tsv": Format.TSV,
    ".json": Format.JSON,
    ".ndjson": Format.NDJSON,
    ".jsonl": Format.NDJSON,
    ".md": Format.MARKDOWN,
    ".parquet": Format.PARQUET,
    ".xlsx": Format.XLSX,
    ".txt": Format.TABLE,
}


def resolve(wanted: Format, output: Path | None, *, stdout_is_tty: bool) -> Format:
    """The format to write, never `auto`.

    Args:
        wanted: the value of -f; anything but `auto` beats the suffix.
        output: the value of -o, or None for stdout.
        stdout_is_tty: whether stdout is a terminal.

    Raises:
        UsageError: the suffix is unknown, or a binary format would go to a terminal.
    """
    if wanted is Format.AUTO:
        return _automatic(output, stdout_is_tty=stdout_is_tty)
    if wanted in BINARY and output is None and stdout_is_tty:
        raise UsageError(
            f"{BINARY[wanted]} is binary and would garble the terminal.",
            remedy=f"Write it to a file: -o FILE.{wanted}",
        )
    return wanted


def _automatic(output: Path | None, *, stdout_is_tty: bool) -> Format:
    if output is None:
        return Format.TABLE if stdout_is_tty else Format.CSV
    if output.suffix == "" and _is_special(output):
        return Format.CSV
    return _by_suffix(output)


def _by_suffix(output: Path) -> Format:
    known = SUFFIXES.get(output.suffix.casefold())
    if known is None:
        says = f"the suffix {output.suffix!r}" if output.suffix else "no suffix"
        raise UsageError(
            f"-o {output}: {says} does not tell the format.",
            remedy=f"Use one of {' '.join(SUFFIXES)}, or name the format with -f.",
        )
    return known


def _is_special(output: Path) -> bool:
    """A FIFO or device such as /dev/stdout is a pipe in all but name."""
    try:
        mode = output.stat().st_mode
    except OSError:  # Absent or out of reach: whoever writes there says so.
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
