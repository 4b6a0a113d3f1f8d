"""The weekly report over a real shop: `python benchmarks/report.py [FILE]`.

Prints wall and CPU seconds, peak memory and the size of the HTML file for each run, and the medians beside the targets:
15 s, 1.5 GiB and 500 kB over online_retail.parquet (541,909 lines), which is the default where it is found.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ONLINE_RETAIL = Path(__file__).resolve().parents[2] / "shared" / "data" / "online_retail.parquet"
TARGETS = {"wall s": 15.0, "peak MiB": 1536.0, "HTML kB": 500.0}
KIB = 1024


@dataclass(frozen=True, slots=True)
class Run:
    """What one report took."""

    wall: float
    cpu: float
    peak: float
    size: float


def report(source: Path, folder: Path) -> Run:
    """Write the report in a process of its own."""
    out = folder / "report.html"
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "crmcli", "-q", "report", str(source), "-o", str(out)])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    wall = time.perf_counter() - started
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / KIB, out.stat().st_size / 1000)


def main() -> None:
    """Print every run and the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, nargs="?", default=ONLINE_RETAIL)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs = [report(arguments.source, Path(folder)) for _ in range(arguments.repeats)]
    print(f"{'':<8}{'wall s':>10}{'CPU s':>10}{'peak MiB':>10}{'HTML kB':>10}")
    for number, run in enumerate(runs, 1):
        print(f"run {number:<4}{run.wall:>10.2f}{run.cpu:>10.2f}{run.peak:>10.0f}{run.size:>10.0f}")
    medians = {
        "wall s": statistics.median(run.wall for run in runs),
        "peak MiB": statistics.median(run.peak for run in runs),
        "HTML kB": statistics.median(run.size for run in runs),
    }
    for name, target in TARGETS.items():
        verdict = "" if medians[name] <= target else "  over"
        print(f"{name:<10} {medians[name]:8.1f} of {target:8.1f}: {medians[name] / target:.2f}{verdict}")


if __name__ == "__main__":
    main()
