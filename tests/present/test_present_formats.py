"""Which format is written where."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crmcli.errors import UsageError
from crmcli.present.formats import SUFFIXES, Format, resolve


@pytest.mark.parametrize(("tty", "expected"), [(True, Format.TABLE), (False, Format.CSV)])
def test_auto_on_stdout(tty: bool, expected: Format) -> None:  # noqa: FBT001
    assert resolve(Format.AUTO, None, stdout_is_tty=tty) is expected


@pytest.mark.parametrize(("suffix", "expected"), SUFFIXES.items())
def test_suffix(suffix: str, expected: Format) -> None:
    assert resolve(Format.AUTO, Path("out" + suffix), stdout_is_tty=True) is expected
    assert resolve(Format.AUTO, Path("OUT" + suffix.upper()), stdout_is_tty=False) is expected


@pytest.mark.parametrize("name", ["out.csv.gz", "out.xls", "out", "out."])
def test_unknown_suffix_names_the_known_ones(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        resolve(Format.AUTO, Path(name), stdout_is_tty=False)
    assert caught.value.remedy is not None
    assert ".ndjson .jsonl .md .parquet .xlsx" in caught.value.remedy


def test_the_flag_beats_the_suffix() -> None:
    assert resolve(Format.JSON, Path("out.csv"), stdout_is_tty=False) is Format.JSON
    assert resolve(Format.CSV, Path("out.xyz"), stdout_is_tty=False) is Format.CSV


@pytest.mark.parametrize("binary", [Format.PARQUET, Format.XLSX])
def test_what_is_binary_never_reaches_a_terminal(binary: Format) -> None:
    with pytest.raises(UsageError) as caught:
        resolve(binary, None, stdout_is_tty=True)
    assert caught.value.remedy == f"Write it to a file: -o FILE.{binary}"
    assert resolve(binary, None, stdout_is_tty=False) is binary
    assert resolve(binary, Path("x"), stdout_is_tty=True) is binary


def test_a_fifo_is_a_pipe(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    assert resolve(Format.AUTO, fifo, stdout_is_tty=True) is Format.CSV
    assert resolve(Format.AUTO, Path("/dev/null"), stdout_is_tty=True) is Format.CSV
