"""Time and memory of `crmcli credit` on a large ledger, ageing at one date, beside the time of reading alone.

The ledger is drawn with a fixed seed: 1 million invoices and 1.5 million payments of 25,000 customers over three
years; a tenth of the customers pay sums without naming invoices, a third of the invoices are paid in parts.

    python benchmarks/credit_aging.py [--invoices 1000000] [--repeats 5] [--format parquet|csv] [--keep DIR]
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

import numpy as np
import polars as pl

INVOICES_PER_CUSTOMER = 40
PAYMENTS_PER_INVOICE = 1.5
FIRST_DAY = 19_000
DAYS = 1_096
POOLED_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Run:
    """Wall seconds, seconds of all processors, and peak resident megabytes of one process."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


def make_files(folder: Path, invoices: int, suffix: str) -> tuple[Path, Path]:
    """Invoices and payments as two files of one kind."""
    rng = np.random.default_rng(20_260_102)
    customers = rng.integers(0, max(invoices // INVOICES_PER_CUSTOMER, 1), invoices)
    day = FIRST_DAY + rng.integers(0, DAYS, invoices)
    cents = np.round(rng.lognormal(5.0, 1.0, invoices) * 100).astype(np.int64) + 1
    bills = pl.DataFrame(
        {
            "invoice_id": pl.Series(np.arange(invoices)).cast(pl.String).str.zfill(9),
            "customer_id": pl.Series(customers).cast(pl.String).str.zfill(6),
            "invoice_date": pl.Series(day.astype(np.int32)).cast(pl.Date),
            "due_date": pl.Series((day + rng.choice([14, 30, 60], invoices)).astype(np.int32)).cast(pl.Date),
            "amount": (pl.Series(cents).cast(pl.Decimal(38, 2)) / 100).cast(pl.Decimal(18, 2)),
        }
    )
    count = int(invoices * PAYMENTS_PER_INVOICE)
    paid = rng.integers(0, invoices, count)
    pooled = customers[paid] % round(1 / POOLED_SHARE) == 0
    part = np.maximum(np.round(cents[paid] * rng.choice([0.5, 1.0], count)).astype(np.int64), 1)
    receipts = pl.DataFrame(
        {
            "customer_id": bills["customer_id"][paid],
            "invoice_id": pl.select(pl.when(~pl.Series(pooled)).then(bills["invoice_id"][paid])).to_series(),
            "payment_date": pl.Series((day[paid] + rng.integers(1, 120, count)).astype(np.int32)).cast(pl.Date),
            "amount": (pl.Series(part).cast(pl.Decimal(38, 2)) / 100).cast(pl.Decimal(18, 2)),
        }
    )
    paths = (folder / f"invoices.{suffix}", folder / f"payments.{suffix}")
    for frame, path in zip((bills, receipts), paths, strict=True):
        if suffix == "csv":
            frame.write_csv(path)
        else:
            frame.write_parquet(path)
    return paths


def run(command: list[str]) -> Run:
    """Run a command to its end and measure it from outside."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000)


def main() -> None:
    """Make the files, run, print medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--invoices", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--format", choices=("parquet", "csv"), default="parquet")
    parser.add_argument("--keep", type=Path, help="folder for the files, kept for the next run")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        paths = (folder / f"invoices.{arguments.format}", folder / f"payments.{arguments.format}")
        if not all(path.exists() for path in paths):
            paths = make_files(folder, arguments.invoices, arguments.format)
        measure(paths, Path(temporary) / "aging.csv", arguments.repeats)


def measure(paths: tuple[Path, Path], target: Path, repeats: int) -> None:
    """Run the ageing at one date several times."""
    command = [sys.executable, "-m", "crmcli", "-q", "credit", str(paths[0]), "--payments", str(paths[1])]
    command += ["--as-of", "2024-12-31", "--view", "aging", "-o", str(target)]
    runs = []
    for number in range(1, repeats + 1):
        runs.append(run(command))
        last = runs[-1]
        print(f"  run {number}: {last.seconds:.2f} s, {last.cpu_seconds:.2f} CPU s, {last.peak_mb:,.0f} MB", flush=True)
    times = sorted(one.seconds for one in runs)
    peak = max(one.peak_mb for one in runs)
    cpu = statistics.median(one.cpu_seconds for one in runs)
    spread = f"({times[0]:.2f} to {times[-1]:.2f})"
    print(f"ageing at one date: median {statistics.median(times):.2f} s {spread}, {cpu:.2f} CPU s, {peak:,.0f} MB")


if __name__ == "__main__":
    main()
