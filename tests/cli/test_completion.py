"""Completion as the shells ask for it."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from command import crmcli, pinned_environment

from crmcli.analysis.segment import abc
from crmcli.analysis.segment.movement_options import GROUPINGS
from crmcli.analysis.segment.rfm import METHODS
from crmcli.analysis.segment.schemes import SCHEMES
from crmcli.analysis.segment.strategy import LANGUAGES
from crmcli.analysis.segment.views import SEGMENT_CATALOGUE
from crmcli.cli import segment as segment_module
from crmcli.cli.completion import for_bash, join_split_words
from crmcli.cli.headings import headings
from crmcli.exit_codes import ExitCode
from crmcli.present.formats import Format
from crmcli.transactions.aliases import CANONICAL

ORDERS = 'Buyer,Order Date,"Amount, net",Betrag €\n1,2026-01-01,3,4\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def bash(*words: str) -> list[str]:
    """What bash gets for a command line whose last word is being typed."""
    variables = {
        "_CRMCLI_COMPLETE": "complete_bash",
        "COMP_WORDS": "\n".join(["crmcli", *words]),
        "COMP_CWORD": str(len(words)),
    }
    done = crmcli(environment=variables)
    assert done.code == ExitCode.OK
    assert done.stderr == ""
    return [line for line in done.table.splitlines() if line]


def zsh(line: str) -> str:
    done = crmcli(environment={"_CRMCLI_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": line})
    assert done.code == ExitCode.OK
    return done.table


def test_commands_and_options() -> None:
    assert {"segment", "init"} <= set(bash(""))
    assert set(bash("segment", "--spread")) == {"--spreadsheet-safe"}


@pytest.mark.parametrize(
    ("flag", "values"),
    [
        ("--view", SEGMENT_CATALOGUE.names()),
        ("-f", [str(one) for one in Format]),
        ("--format", [str(one) for one in Format]),
        ("--rfm-method", METHODS),
        ("--segments", list(SCHEMES)),
        ("--abc-by", list(abc.SCHEMES)),
        ("--value", ["revenue", "margin", "clv"]),
        ("--decimal", [".", ","]),
        ("--by", list(GROUPINGS)),
        ("--language", list(LANGUAGES)),
    ],
)
def test_values_of_options(flag: str, values: list[str]) -> None:
    assert bash("segment", flag, "") == list(values)
    first = values[0]
    assert first in bash("segment", flag, first[:2])
    assert bash("segment", flag, "no such thing") == []


def test_the_words_of_the_command_line_are_those_of_the_analysis() -> None:
    assert segment_module.RFM_METHODS == METHODS
    assert tuple(SCHEMES) == segment_module.SCHEMES
    assert tuple(abc.SCHEMES) == segment_module.ABC_BASES


def test_canonical_names_that_are_not_mapped_yet(folder: Path) -> None:
    del folder
    assert bash("segment", "--map", "") == [f"{name}=" for name in CANONICAL]
    assert bash("segment", "--map", "customer_id=x", "--map", "c")[0] == "category="
    assert "who bought" in zsh("crmcli segment --map c")


def test_headings_of_the_files_that_stand_there(folder: Path) -> None:
    del folder
    words = ("segment", "orders.csv", "--map")
    assert bash(*words, "customer_id", "=", "") == ["Buyer", r"Order\ Date", r"Amount,\ net", "Betrag\\ €"]
    assert bash(*words, "customer_id", "=") == bash(*words, "customer_id", "=", "")
    assert bash(*words, "date", "=", "Ord") == [r"Order\ Date"]
    assert bash(*words, "date", "=", r"Order\ D") == [r"Order\ Date"]
    assert bash("segment", "orders.csv", "--map", "=", "date", "=", "Ord") == [r"Order\ Date"]
    assert bash("segment", "orders.csv", "--where", "B") == ["Buyer=", "Betrag\\ €="]
    assert bash("segment", "orders.csv", "--where", "Buyer", "=", "") == []
    assert bash("segment", "orders.csv", "--attribute", "B") == ["Buyer", "Betrag\\ €"]


def test_the_last_name_left_comes_with_the_headings(folder: Path) -> None:
    del folder
    assert bash("segment", "orders.csv", "--map", "customer")[0] == "customer_id=Buyer"
    assert bash("segment", "--map", "customer") == ["customer_id="]


def test_files_may_come_after_the_option(folder: Path) -> None:
    del folder
    assert "Buyer" in zsh("crmcli segment orders.csv -f csv --map customer_id=B")


def test_other_shells_take_the_whole_word(folder: Path) -> None:
    del folder
    assert zsh("crmcli segment orders.csv --map date=Ord") == "_arguments '*: :((\"date=Order Date\"))'\n"
    fish = {
        "_CRMCLI_COMPLETE": "complete_fish",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "_TYPER_COMPLETE_ARGS": "crmcli segment orders.csv --map date=Ord",
    }
    assert crmcli(environment=fish).table.strip() == "date=Order Date"


def test_headings_of_every_kind_of_file(folder: Path) -> None:
    pl.DataFrame({"a": [1], "b c": [2]}).write_parquet(folder / "t.parquet")
    (folder / "t.csv.gz").write_bytes(gzip.compress(b"x;y\n1;2\n"))
    (folder / "utf16.csv").write_bytes("é,b\n1,2\n".encode("utf-16"))
    (folder / "bom.csv").write_bytes("\ufeffé,b\n".encode())
    (folder / "gbk.csv").write_bytes("客户,日期\n".encode("gbk"))
    (folder / "late.csv").write_bytes(b"title\n\na|b\n")
    (folder / "part").mkdir()
    shutil.copy("t.parquet", "part/0.parquet")
    assert headings(["t.parquet"], {}) == ["a", "b c"]
    assert headings(["t.csv.gz"], {}) == ["x", "y"]
    assert headings(["utf16.csv"], {}) == ["é", "b"]
    assert headings(["bom.csv"], {}) == ["é", "b"]
    assert headings(["gbk.csv"], {}) == []
    assert headings(["gbk.csv"], {"encoding": "gbk"}) == ["客户", "日期"]
    assert headings(["late.csv"], {"skip_lines": 1}) == ["a", "b"]
    assert headings(["late.csv"], {"skip_lines": 1, "delimiter": "tab"}) == ["a|b"]
    assert headings(["part"], {}) == ["a", "b c"]
    assert headings(["*.parquet"], {}) == ["a", "b c"]


def test_no_file_can_make_it_fail_or_wait(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "broken.parquet").write_bytes(b"PAR1" + b"\0" * 40)
    (folder / "broken.gz").write_bytes(b"\x1f\x8b" + b"\0" * 40)
    (folder / "empty.csv").write_bytes(b"")
    (folder / "nul.csv").write_bytes(b"\0\0\0,\n")
    (folder / "long.csv").write_bytes(b"x" * 1_000_000)
    (folder / "void").mkdir()
    names = ["pipe", "broken.parquet", "broken.gz", "empty.csv", "nul.csv", "void", "absent", "[", "a\0b", "-", ""]
    for name in names:
        assert headings([name], {}) == []
        if "\0" not in name:
            assert bash("segment", name, "--map", "date", "=", "") == []
    assert headings(["orders.csv"], {"encoding": "nonsense"}) == []
    assert len(headings(["long.csv"], {})) == 1
    assert headings([*names[1:], "orders.csv"], {})[:1] in ([], ["Buyer"])


def test_a_broken_configuration_does_not_matter(folder: Path) -> None:
    (folder / "crmcli.toml").write_text("nonsense")
    assert bash("segment", "--view", "ab") == ["abc"]


@pytest.mark.parametrize(
    ("words", "at", "joined", "prefix"),
    [
        (["crmcli", "x"], 1, ["crmcli", "x"], ""),
        (["crmcli", "--map", "a", "="], 3, ["crmcli", "--map", "a="], "a="),
        (["crmcli", "--map", "a", "=", "b"], 4, ["crmcli", "--map", "a=b"], "a="),
        (["crmcli", "--map", "=", "a", "=", "b"], 5, ["crmcli", "--map=a=b"], "--map=a="),
        (["crmcli", "--map", "a", "=", "b", "--view", "c"], 6, ["crmcli", "--map", "a=b", "--view", "c"], ""),
        (["crmcli", "C", ":", "x", "y"], 4, ["crmcli", "C:x", "y"], ""),
    ],
)
def test_words_that_bash_splits_are_put_together(words: list[str], at: int, joined: list[str], prefix: str) -> None:
    variables, before = join_split_words({"COMP_WORDS": "\n".join(words), "COMP_CWORD": str(at)})
    assert variables == {"COMP_WORDS": "\n".join(joined), "COMP_CWORD": str(len(joined) - 1)}
    assert before == prefix


def test_what_bash_would_take_apart_is_escaped() -> None:
    assert for_bash("a=x y\na=$(id)\n", "a=") == "x\\ y\n\\$\\(id\\)\n"
    assert for_bash("a=b\n", "--map=a=") == "b\n"


def test_nonsense_from_the_shell_is_no_traceback() -> None:
    assert join_split_words({}) == ({}, "")
    assert join_split_words({"COMP_WORDS": "crmcli", "COMP_CWORD": "x"}) == ({}, "")


def test_in_a_real_bash(folder: Path) -> None:
    script = r"""
        eval "$(crmcli --show-completion)"
        COMP_WORDS=(crmcli segment orders.csv --map customer_id = B); COMP_CWORD=6
        _crmcli_completion crmcli
        printf '<%s>' "${COMPREPLY[@]}"
    """
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["/bin/bash", "--norc", "-c", script],
        cwd=folder,
        env={**pinned_environment(), "PATH": path, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "<Buyer><Betrag\\ €>", done.stderr


def test_completing_loads_nothing_heavy(folder: Path) -> None:
    report = "import sys; from crmcli.cli.run import run_process; run_process([]); print(*sorted(sys.modules))"
    variables = {
        "_CRMCLI_COMPLETE": "complete_bash",
        "COMP_WORDS": "crmcli\nsegment\norders.csv\n--map\ndate=",
        "COMP_CWORD": "4",
    }
    done = subprocess.run(
        [sys.executable, "-c", report],
        cwd=folder,
        env=pinned_environment() | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Order" in done.stdout
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded.isdisjoint({"polars", "numpy", "pyarrow", "rich", "pydantic", "tomllib"})
