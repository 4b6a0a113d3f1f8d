"""The same input gives the same report, and a week more changes what it should and nothing else."""

from __future__ import annotations

import datetime as dt
from difflib import unified_diff
from typing import TYPE_CHECKING

import pytest
from command import crmcli
from life_shop import life_shop
from processes import run

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

LAST = dt.date(2024, 6, 25)
WEEK_BEFORE = LAST - dt.timedelta(days=7)

SURROUNDINGS = (
    {"TZ": "Pacific/Kiritimati", "LANG": "de_DE.UTF-8", "LC_ALL": "C", "POLARS_MAX_THREADS": "1", "COLUMNS": "50"},
    {"TZ": "America/Anchorage", "LANG": "zh_CN.UTF-8", "POLARS_MAX_THREADS": "4", "FORCE_COLOR": "1"},
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop as it was a week ago, and as it is now."""
    folder = tmp_path_factory.mktemp("weeks")
    heading, *lines = life_shop().splitlines()
    old = [line for line in lines if dt.date.fromisoformat(line.split(",")[1]) <= WEEK_BEFORE]
    (folder / "now").mkdir()
    (folder / "then").mkdir()
    (folder / "now" / "shop.csv").write_text("\n".join([heading, *lines]) + "\n", encoding="utf-8")
    (folder / "then" / "shop.csv").write_text("\n".join([heading, *old]) + "\n", encoding="utf-8")
    return folder


def report(folder: Path, *arguments: str) -> str:
    """The report in Markdown, without pictures, whose file has the same name at both times."""
    out = folder / "report.md"
    outcome = crmcli("report", folder / "shop.csv", "-o", out, "--no-pictures", *arguments)
    assert outcome.code == 0, outcome.stderr
    return out.read_text(encoding="utf-8").replace(f"{folder}/", "").replace(str(folder).replace("_", r"\_") + "/", "")


@pytest.mark.parametrize("suffix", ["md", "html"])
def test_the_surroundings_change_no_byte(suffix: str, folder: Path, tmp_path: Path) -> None:
    made = []
    for number, variables in enumerate(SURROUNDINGS):
        place = tmp_path / str(number)
        place.mkdir()
        outputs = ("-o", place / f"r.{suffix}", "--facts", place / "facts.json", "--include-customers", "3")
        done = run("-q", "report", folder / "now" / "shop.csv", *outputs, variables=variables)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        made.append({path.relative_to(place): path.read_bytes() for path in place.rglob("*") if path.is_file()})
    assert made[0] == made[1]
    assert len(made[0]) == (2 if suffix == "html" else 2 + len(list((tmp_path / "0" / "r-pictures").iterdir())))


def test_a_week_more_changes_what_it_should(folder: Path, snapshot: SnapshotAssertion) -> None:
    then, now = (report(folder / name).splitlines() for name in ("then", "now"))
    changes = [line for line in unified_diff(then, now, n=0, lineterm="") if not line.startswith(("---", "+++"))]
    assert "\n".join(changes) == snapshot


def test_rows_after_the_day_of_the_report_change_only_their_own_count(folder: Path) -> None:
    then, now = report(folder / "then"), report(folder / "now", "--as-of", str(WEEK_BEFORE))
    changes = list(unified_diff(then.splitlines(), now.splitlines(), n=0, lineterm=""))[2:]
    told = [line for line in changes if not line.startswith("@@")]
    assert told
    for line in told:
        assert any(words in line for words in ("Rows read:", "| Read |", "after the last day", "shop.csv | text"))
