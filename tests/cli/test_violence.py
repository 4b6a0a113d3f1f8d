"""Real runs that are killed, starved of room or cut off: the old file or the new one, whole, and nothing left over."""

from __future__ import annotations

import gzip
import json
import random
import shlex
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from command import pinned_environment
from processes import COMMAND, SAMPLE, TIMEOUT_SECONDS, shell
from shop_files import BAD_ROW, SHOP

if TYPE_CHECKING:
    from pathlib import Path

CUSTOMERS = 20_000
SEED = 20_260_101
KILLS = 100
WORKERS = 2
DATES = ("2024-06-30", "2024-07-31")
"""Two ends of observation, so that the file that is there always differs from the one to come."""


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compressed, so that every run keeps a copy in TMPDIR; large enough that writing takes its time."""
    path = tmp_path_factory.mktemp("input") / "many.csv.gz"
    rows = "".join(f"C{number:05d},2024-0{1 + number % 6}-11,{number % 97}.50\n" for number in range(CUSTOMERS))
    path.write_bytes(gzip.compress(f"customer_id,date,amount\n{rows}".encode(), compresslevel=1))
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@dataclass
class Victim:
    """One output, written again and again by runs of which most are killed."""

    source: Path
    folder: Path
    temporary: Path
    name: str
    runs: int = 0
    interrupted_writes: int = 0

    @property
    def outputs(self) -> tuple[Path, Path]:
        return self.folder / f"{self.name}.csv", self.folder / f"{self.name}.json"

    def start(self, date: str, outputs: tuple[Path, Path]) -> subprocess.Popen[bytes]:
        table, facts = map(str, outputs)
        return subprocess.Popen(
            [COMMAND, "-q", "segment", str(self.source), "--as-of", date, "-o", table, "--facts", facts],
            env={**pinned_environment(), "TMPDIR": str(self.temporary)},
            stderr=subprocess.PIPE,
        )

    def expected(self) -> list[tuple[bytes, bytes]]:
        """What whole runs write, for each date."""
        found = []
        for date in DATES:
            with self.start(date, self.outputs) as process:
                assert process.wait(TIMEOUT_SECONDS) == 0
            found.append((self.outputs[0].read_bytes(), self.outputs[1].read_bytes()))
        return found

    def attack(self, moments: random.Random, seconds: float, whole: list[tuple[bytes, bytes]]) -> None:
        """Start a run, kill it at a random moment of its life, and look at what is there."""
        date = DATES[self.runs % len(DATES)]
        with self.start(date, self.outputs) as process:
            if self.runs % 2:
                time.sleep(moments.uniform(0, seconds))
            else:
                self.wait_for_a_write(process)
                time.sleep(moments.uniform(0, 0.06))
            process.kill()
        self.runs += 1
        self.interrupted_writes += self.writes(process)
        for place, path in enumerate(self.outputs):
            assert path.read_bytes() in {contents[place] for contents in whole}, path.name

    def wait_for_a_write(self, process: subprocess.Popen[bytes]) -> None:
        while process.poll() is None and not self.writes(process):
            time.sleep(0.001)

    def writes(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether the run has a temporary file beside its output."""
        return any(f".{process.pid}." in name for name in names(self.folder))


@pytest.mark.slow
def test_a_kill_at_any_of_100_moments_leaves_old_or_new_files_whole(packed: Path, tmp_path: Path) -> None:
    folder, temporary = tmp_path / "out", tmp_path / "temporary"
    folder.mkdir()
    temporary.mkdir()
    victims = [Victim(packed, folder, temporary, f"victim{number}") for number in range(WORKERS)]
    start = time.monotonic()
    with ThreadPoolExecutor(WORKERS) as pool:
        whole = list(pool.map(Victim.expected, victims))
    seconds = (time.monotonic() - start) / len(DATES)

    def attacks(number: int) -> None:
        moments = random.Random(SEED + number)  # noqa: S311
        for _ in range(KILLS // WORKERS):
            victims[number].attack(moments, seconds, whole[number])

    # Two at a time, in one folder and with one TMPDIR: neither may sweep what the other one uses.
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(attacks, range(WORKERS)))
    assert sum(victim.interrupted_writes for victim in victims) > KILLS // 10, "the kills came too early or too late"
    assert victims[0].expected() == whole[0]
    assert names(folder) == sorted(path.name for victim in victims for path in victim.outputs)
    assert names(temporary) == []


FILES = {
    "-o": ("out.csv",),
    "--facts": ("facts.json", "-o", "/dev/null", "-f", "csv"),
    "--rejects": ("rejects.csv", "-o", "/dev/null", "-f", "csv"),
    "--thresholds-out": ("limits.json", "-o", "/dev/null", "-f", "csv"),
}
"""Every option that writes a file, with the rest of its command line."""

REPORT = """
"$CRMCLI" -q segment "$@"
echo "$?" >&2
ls -A
cat "$3"
"""
"""Run on arguments of which the third is the file to be written; show the folder and that file."""

OLD = "the old one"


def on_a_small_disk(script: str, folder: Path, *arguments: str | Path) -> tuple[str, str]:
    """Run a script in a folder that is a disk of 64 kB, mounted for it alone; skip where nobody may mount."""
    unshare = "unshare --map-root-user --mount"
    probe = ["/bin/bash", "-c", f'{unshare} mount -t tmpfs tmpfs "$1"', "bash", str(folder)]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a small disk")
    mounted = f'mount -t tmpfs -o size=64k tmpfs "$1" && cd "$1" && shift\n{script}'
    return shell(f'{unshare} bash -c {shlex.quote(mounted)} bash "$@"', folder, *arguments)


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    folder = tmp_path / "disk"
    folder.mkdir()
    return folder


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.csv"
    path.write_text(SHOP + BAD_ROW, encoding="utf-8")
    return path


@pytest.mark.parametrize("flag", FILES)
def test_a_full_disk_leaves_the_old_file(flag: str, shop: Path, disk: Path) -> None:
    script = f'echo {OLD} > "$3"; head -c 99999 /dev/zero > filler 2> /dev/null\n{REPORT}'
    out, err = on_a_small_disk(script, disk, shop, flag, *FILES[flag])
    assert out.splitlines() == [*sorted(["filler", FILES[flag][0]]), OLD]
    lost, problem, remedy, code = err.splitlines()
    assert lost.startswith("crmcli: warning: 1 of ")
    assert problem == f"crmcli: error: {FILES[flag][0]} cannot be written: No space left on device."
    assert remedy.startswith("  Free some space there")
    assert code == "3"


def test_a_disk_that_fills_up_half_way_leaves_the_old_file(packed: Path, disk: Path) -> None:
    out, err = on_a_small_disk(f'echo {OLD} > "$3"\n{REPORT}', disk, packed, "-o", "out.csv")
    assert out.splitlines() == ["out.csv", OLD]
    assert "out.csv cannot be written: No space left on device." in err
    assert err.endswith("\n3\n")


def test_a_temporary_folder_without_room_is_named(packed: Path, disk: Path) -> None:
    out, err = on_a_small_disk(f'export TMPDIR="$PWD"; echo {OLD} > "$3"\n{REPORT}', disk, packed, "-o", "out.csv")
    assert out.splitlines() == ["out.csv", OLD]
    problem, remedy, code = err.splitlines()
    assert f"{disk} cannot hold a copy of {packed}: No space left on device" in problem
    assert "TMPDIR" in remedy
    assert code == "3"


LIMITED = f'cd "$1"; shift; echo {OLD} > "$3"; ulimit -f 1\n{REPORT}'
"""A limit of one block, 1,024 bytes, on every file that is written."""


@pytest.mark.parametrize("suffix", ["csv", "parquet", "json", "md", "txt", "xlsx"])
def test_a_limit_on_file_sizes_leaves_the_old_file(suffix: str, tmp_path: Path) -> None:
    out, err = shell(LIMITED, tmp_path, SAMPLE.with_suffix(".parquet"), "-o", f"out.{suffix}")
    assert out.splitlines() == [f"out.{suffix}", OLD]
    assert err.splitlines() == [
        f"crmcli: error: out.{suffix} cannot be written: File too large.",
        "  The file size limit (ulimit -f) is too small for this output.",
        "3",
    ]


def test_a_limit_on_file_sizes_is_also_told_of_copies(packed: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    out, err = shell(LIMITED, tmp_path, packed, "-o", "out.csv", variables={"TMPDIR": str(temporary)})
    assert out.splitlines() == ["out.csv", "temporary", OLD]
    assert f"cannot hold a copy of {packed}: File too large" in err
    assert err.endswith("\n3\n")
    assert names(temporary) == []


@pytest.mark.parametrize("suffix", ["csv", "parquet", "xlsx"])
def test_a_reader_that_leaves_early_leaves_nothing_behind(suffix: str, packed: Path, tmp_path: Path) -> None:
    script = '"$CRMCLI" -q segment "$1" -f "$2" --facts "$3" | head -c 100 | wc -c; echo "${PIPESTATUS[0]}"'
    variables = {"TMPDIR": str(tmp_path)}
    out, err = shell(script, packed, suffix, tmp_path / "facts.json", variables=variables)
    assert (out.split(), err) == (["100", "0"], "")
    assert names(tmp_path) == ["facts.json"]
    assert json.loads((tmp_path / "facts.json").read_bytes())["command"] == "segment"
