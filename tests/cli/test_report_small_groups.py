"""Texts, tables and pictures of one report tell of the same groups, and of none that is too small."""

from __future__ import annotations

import re

import pytest
from command import crmcli


def small_shop() -> str:
    """Ten customers in each of four months, one of whom comes back in the last week: a group of one moves up."""
    rows = [f"k{n:02d},2024-0{1 + n % 4}-{1 + n % 25:02d},{20 + n}" for n in range(40)]
    again = [f"k{n:02d},2024-0{2 + n % 4}-{3 + n % 20:02d},{30 + n}" for n in range(0, 40, 3)]
    return "\n".join(["customer_id,date,amount", *rows, *again, "k01,2024-06-08,50", "k02,2024-06-12,60"]) + "\n"


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("small")
    (folder / "in.csv").write_text(small_shop(), encoding="utf-8")
    outcome = crmcli("report", folder / "in.csv", "-o", folder / "r.md")
    assert outcome.code == 0, outcome.stderr
    return (folder / "r.md").read_text(encoding="utf-8")


def rows(text: str, title: str) -> dict[str, list[str]]:
    """The rows of a table by their names."""
    _, _, rest = text.partition(f"\n{title}\n")
    block = re.search(r"(?:^\|.*\n)+", rest, re.MULTILINE)
    assert block, title
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in block[0].splitlines()[2:]]
    return {cells[0]: cells[1:] for cells in lines}


def test_sentences_tell_no_more_than_tables(text: str) -> None:
    states = rows(text, "### What happened to customers")
    said = re.search(r"\), (\S+) of them for the first time, (\S+) after", text)
    assert said
    for count, state in zip(said.groups(), ("New", "Returned"), strict=True):
        assert count in {"0", "&lt;5"} or int(count) >= 5
        assert states[state][0] in {count, "–"}


def test_moves_are_withheld_within_their_direction(text: str) -> None:
    moved = re.search(r"Moved up: (\S+) \(worth (\S+) so far\)", text)
    assert moved
    assert moved.groups() == ("&lt;5", "–")
    moves = rows(text, "### Moves between segments")
    assert not any(cell.isdigit() for cells in moves.values() for cell in cells)
    assert "migration.svg" not in text


def test_pictures_show_the_groups_that_tables_show(text: str) -> None:
    segments = rows(text, "## Customer segments")
    shown = {name for name, cells in segments.items() if cells[0].isdigit()}
    assert shown
    assert shown < set(segments)
    picture = re.search(r"!\[(.*)\]\(\S*segment-bars", text)
    assert picture
    assert set(re.findall(r"([A-Z][a-z -]+): [\d.]+%", picture[1])) == shown
