"""The recipes: every command is run, in the order of the page, and what is shown below it is what it prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
PAGE = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
PUBLISHED = ("online_retail.parquet", "cdnow_master.csv")


def _commands() -> list[tuple[str, str]]:
    """Every command of the console blocks with the output shown below it."""
    shown = "\n".join(re.findall(r"```console\n(.*?)\n```", PAGE, re.DOTALL))
    pieces = re.split(r"(?m)^\$ ", shown)[1:]
    return [(command, output.strip("\n")) for command, _, output in (piece.partition("\n") for piece in pieces)]


def _marks(command: str) -> list[pytest.MarkDecorator]:
    if not any(name in command for name in PUBLISHED):
        return []
    missing = pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real data sets is not here")
    return [pytest.mark.real, missing]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipes")
    (path / "sample_data").symlink_to(ROOT / "sample_data")
    for name in PUBLISHED:
        (path / name).symlink_to(DATA / name)
    return path


@pytest.mark.parametrize(
    ("command", "output"),
    [pytest.param(*pair, marks=_marks(pair[0]), id=pair[0][:60]) for pair in _commands()],
)
def test_a_command_prints_what_the_page_shows(command: str, output: str, folder: Path) -> None:
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
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
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip("\n") == output


def test_every_heading_is_listed_at_the_top() -> None:
    headings = re.findall(r"(?m)^## (.*)$", PAGE)
    listed = re.findall(r"(?m)^- \[(.*)\]\(#(.*)\)$", PAGE)
    assert [text for text, _ in listed] == headings
    assert all(anchor == re.sub(r"[^a-z0-9 ]", "", text.lower()).replace(" ", "-") for text, anchor in listed)
