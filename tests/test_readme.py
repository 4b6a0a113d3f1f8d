"""The README: its commands are run, and what it shows is what they print."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)\n```", README, re.DOTALL)


def _commands() -> list[tuple[str, str]]:
    """Every command of the console blocks with the output shown below it."""
    shown = "\n".join(text for language, text in BLOCKS if language == "console")
    pieces = re.split(r"(?m)^\$ ", shown)[1:]
    return [(command, output.strip("\n")) for command, _, output in (piece.partition("\n") for piece in pieces)]


def test_the_first_two_blocks_set_everything_up() -> None:
    assert [text for _, text in BLOCKS[:2]] == ["make demo", "make test"]


def test_six_blocks_show_commands() -> None:
    assert [language for language, _ in BLOCKS].count("console") == 6


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("readme")
    (path / "sample_data").symlink_to(ROOT / "sample_data")
    return path


@pytest.mark.parametrize(("command", "output"), _commands(), ids=lambda text: text[:60])
def test_a_command_prints_what_the_readme_shows(command: str, output: str, folder: Path) -> None:
    binaries = str(Path(sys.executable).parent)
    environment = {
        "PATH": f"{binaries}:{os.environ['PATH']}",
        "COLUMNS": "100",
        "LANG": "C.UTF-8",
        "HOME": str(folder),
    }
    done = subprocess.run(
        ["/bin/bash", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )

    assert done.stdout.strip("\n") == output
    assert done.stderr == ""
