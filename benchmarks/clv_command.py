"""Time of the whole command: `python benchmarks/clv_command.py [FILE …]`; without files, on simulated purchases.

Prints wall and CPU seconds of `crmcli clv` in a process of its own, interpreter and reading included, the least of
several runs, for the customers as CSV and for the page. The budget is three seconds for 23,570 customers.
"""

from __future__ import annotations

import datetime as dt
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

RUNS = 5
SIZES = (2_400, 24_000, 240_000)
BUDGET_SECONDS = 3.0
START = dt.date(2023, 1, 2)


def simulated(customers: int, path: Path) -> Path:
    """Purchases of customers with gamma rates and exponential lives over eighteen months, as CSV."""
    generator = np.random.default_rng(customers)
    born = generator.integers(0, 90, customers)
    rate = generator.gamma(0.6, 1 / 70, customers)
    lives = generator.exponential(300, customers)
    counts = generator.poisson(rate * np.minimum(lives, 545 - born))
    customer = np.repeat(np.arange(customers), counts + 1)
    first = np.r_[True, customer[1:] != customer[:-1]]
    ages = np.where(first, 0, generator.random(len(customer)) * np.minimum(lives, 545 - born)[customer])
    days = born[customer] + ages.astype(np.int64)
    amounts = generator.gamma(2, 18, len(customer)) + 0.5
    with path.open("w", encoding="ascii") as file:
        file.write("customer_id,date,amount\n")
        file.writelines(
            f"c{who},{START + dt.timedelta(days=int(day))},{amount:.2f}\n"
            for who, day, amount in zip(customer, days, amounts, strict=True)
        )
    return path


def measured(*arguments: str) -> tuple[float, float]:
    """Least wall time over several runs, and the CPU time of that run."""
    times = []
    for _ in range(RUNS):
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run([sys.executable, "-m", "crmcli", "-q", "clv", *arguments], check=True, stderr=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        times.append((time.perf_counter() - start, cpu))
    return min(times)


def report(path: Path, folder: Path) -> None:
    """One line per output of one file."""
    outputs = {"customers": folder / "out.csv", "page": folder / "out.txt"}
    for name, output in outputs.items():
        wall, cpu = measured(str(path), "-o", str(output))
        over = "  over budget" if wall > BUDGET_SECONDS else ""
        print(f"{path.name:<28}{name:<12}{wall:>8.2f}{cpu:>8.2f}{over}")


def main() -> None:
    """Print the table."""
    print(f"{'file':<28}{'output':<12}{'wall s':>8}{'cpu s':>8}   load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = [Path(argument) for argument in sys.argv[1:]]
        for path in paths or [simulated(size, folder / f"{size}_customers.csv") for size in SIZES]:
            report(path, folder)


if __name__ == "__main__":
    main()
