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


@pytest.mark.parametrize("name", ["out.csv.gz", "out.xlsx", "out", "out."])
def test_unknown_suffix_names_the_known_ones(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        resolve(Format.AUTO, Path(name), stdout_is_tty=False)
    assert caught.value.remedy is not None
    assert ".ndjson .jsonl .md .parquet" in caught.value.remedy


def test_the_flag_beats_the_suffix() -> None:
    assert resolve(Format.JSON, Path("out.csv"), stdout_is_tty=False) is Format.JSON
    assert resolve(Format.CSV, Path("out.xyz"), stdout_is_tty=False) is Format.CSV


def test_parquet_never_reaches_a_terminal() -> None:
    with pytest.raises(UsageError):
        resolve(Format.PARQUET, None, stdout_is_tty=True)
    assert resolve(Format.PARQUET, None, stdout_is_tty=False) is Format.PARQUET
    assert resolve(Format.PARQUET, Path("x"), stdout_is_tty=True) is Format.PARQUET


def test_a_fifo_is_a_pipe(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    assert resolve(Format.AUTO, fifo, stdout_is_tty=True) is Format.CSV
    assert resolve(Format.AUTO, Path("/dev/null"), stdout_is_tty=True) is Format.CSV
