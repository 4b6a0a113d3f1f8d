"""How long `crmcli churn` takes for all its views on one file: the whole process, from the outside.

The page computes every view but winback; a second command adds that one. The limit is 10 seconds for both together on
cdnow_master.csv (23,570 customers, 69,659 orders).

    python benchmarks/churn_command.py FILE [--repeats 5]
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

LIMIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Run:
    """Wall and CPU seconds, and peak resident megabytes of one process."""

    wall: float
    cpu: float
    peak_mb: float


def run(*arguments: str) -> Run:
    """Run one command line to its end."""
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-m", "crmcli", "-q", "churn", *arguments], stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, arguments
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000)


def main() -> None:
    """Time the page and the list of the lost, print medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    commands = {
        "the page: all views but winback": (str(arguments.file), "-f", "table"),
        "--view winback": (str(arguments.file), "--view", "winback"),
        "--view rates": (str(arguments.file), "--view", "rates"),
    }
    medians = {}
    for name, command in commands.items():
        runs = [run(*command) for _ in range(arguments.repeats)]
        medians[name] = statistics.median(one.wall for one in runs)
        cpu = statistics.median(one.cpu for one in runs)
        peak = max(one.peak_mb for one in runs)
        print(f"{name:<34} wall {medians[name]:6.2f} s   CPU {cpu:6.2f} s   peak {peak:6,.0f} MB")
    page = medians["the page: all views but winback"]
    print(f"all views: {page:.2f} s of {LIMIT_SECONDS:.0f} s allowed")


if __name__ == "__main__":
    main()
