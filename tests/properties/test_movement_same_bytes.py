"""Movement and attention: the same bytes whatever the order and the division of rows, and whatever comes later."""

from __future__ import annotations

import random
from functools import cache
from typing import TYPE_CHECKING

import pytest
from command import crmcli

if TYPE_CHECKING:
    from pathlib import Path

AS_OF = "2024-11-30"
VIEWS = {
    "migration": ("--compare-to", "2024-06-30"),
    "migration rescored": ("--compare-to", "2024-06-30", "--rescore"),
    "profile": ("--attribute", "country", "--customers", "people.csv", "--by", "class"),
    "management": ("--contacts", "contacts.csv", "--by", "tier"),
    "lookalike": ("--customers", "people.csv", "--attribute", "country", "--target", "frequency>=4"),
    "explain": ("--explain", "k007", "--compare-to", "2024-06-30"),
}


@cache
def sources() -> dict[str, list[str]]:
    """The header and the rows of each file."""
    draw = random.Random(20)  # noqa: S311 — a fixed draw
    sales, people, contacts = (["customer_id,date,amount,country"], ["customer_id,kind,age"], ["customer_id,date,cost"])
    for number in range(90):
        firm = draw.random() < 0.4
        country = draw.choice(["DE", "FR", "FR"])
        for _ in range(1 + draw.randrange(8 if firm else 3)):
            day = f"2024-{draw.randrange(1, 12):02d}-{draw.randrange(1, 29):02d}"
            sales.append(f"k{number:03d},{day},{draw.randrange(1, 90)}.{draw.randrange(10, 99)},{country}")
        people.append(f"k{number:03d},{'firm' if firm else 'person'},{draw.randrange(20, 70)}")
        contacts += [f"k{number:03d},2024-{draw.randrange(1, 12):02d}-03,{draw.randrange(1, 9)}.50"] * draw.randrange(3)
    return {"sales.csv": sales, "people.csv": people, "contacts.csv": contacts}


def write(folder: Path, files: dict[str, list[str]]) -> None:
    for name, lines in files.items():
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def table(view: str, *files: str) -> bytes:
    outcome = crmcli("segment", *files, "--as-of", AS_OF, "--view", view.split(maxsplit=1)[0], *VIEWS[view], "-q")
    assert outcome.code == 0, outcome.stderr
    return outcome.stdout


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, sources())
    return tmp_path


@pytest.mark.parametrize("view", VIEWS)
def test_the_order_of_rows_does_not_matter(view: str, here: Path) -> None:
    before = table(view, "sales.csv")
    draw = random.Random(1)  # noqa: S311 — a fixed draw
    write(here, {name: [lines[0], *draw.sample(lines[1:], len(lines) - 1)] for name, lines in sources().items()})
    assert table(view, "sales.csv") == before


@pytest.mark.parametrize("view", VIEWS)
def test_the_division_into_files_does_not_matter(view: str, here: Path) -> None:
    before = table(view, "sales.csv")
    header, *rows = sources()["sales.csv"]
    write(here, {"one.csv": [header, *rows[::2]], "two.csv": [header, *rows[1::2]]})
    assert table(view, "two.csv", "one.csv") == before


@pytest.mark.parametrize("view", VIEWS)
def test_what_comes_after_as_of_does_not_matter(view: str, here: Path) -> None:
    before = table(view, "sales.csv")
    files = sources()
    orders = [f"k{number:03d},2024-12-{1 + number % 28:02d},999.99,ES" for number in range(90)]
    calls = [f"k{number:03d},2025-01-05,77" for number in range(90)]
    later = {"sales.csv": files["sales.csv"] + orders, "contacts.csv": files["contacts.csv"] + calls}
    write(here, later)
    assert table(view, "sales.csv") == before


def test_ten_times_the_money_moves_nobody(here: Path) -> None:
    before = table("migration", "sales.csv")
    header, *rows = sources()["sales.csv"]
    cells = [row.split(",") for row in rows]
    write(here, {"sales.csv": [header, *(f"{c},{d},{float(a) * 10:.2f},{k}" for c, d, a, k in cells)]})
    after = table("migration", "sales.csv")

    def moves(printed: bytes) -> list[list[str]]:
        return [line.split(",")[:6] for line in printed.decode().splitlines()]

    assert moves(after) == moves(before)
