"""CPU time of starting the command: `python benchmarks/startup.py`. Prints medians of user plus system milliseconds.

Every line is also given beyond a bare interpreter, which is what the command itself can answer for.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys

RUNS = 15
BUDGETS = {"--help": 150, "segment --help": 300, "clv --help": 300, "--version": 150}
BARE = ("-c", "pass")


def cpu_ms(*arguments: str) -> tuple[float, float]:
    """Median and least CPU time of a child process."""
    times = []
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return 1000 * statistics.median(times), 1000 * min(times)


def main() -> None:
    """Print one line per command."""
    print(f"{'':<24}{'median':>8}{'least':>8}{'beyond bare':>13}{'budget':>8}")
    bare, _ = _line("python -c pass", *BARE)
    _line("import typer", "-c", "import typer", bare=bare)
    for words, budget in BUDGETS.items():
        _line(f"crmcli {words}", "-m", "crmcli", *words.split(), bare=bare, budget=budget)


def _line(label: str, *arguments: str, bare: float = 0.0, budget: int | None = None) -> tuple[float, float]:
    median, least = cpu_ms(*arguments)
    verdict = "" if budget is None else f"{budget:>8}{'  over' if median > budget else ''}"
    print(f"{label:<24}{median:>8.0f}{least:>8.0f}{median - bare if bare else 0:>13.0f}{verdict}")
    return median, least


if __name__ == "__main__":
    main()
