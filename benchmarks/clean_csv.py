"""What reading a clean CSV costs beyond a plain streaming scan of the same columns.

Both run as whole processes, in turn, on one file that this script makes: customer_id, date, order_id, amount, without
quotes or blank lines. The plain scan parses the four columns as text and looks at every value (`pl.scan_csv`,
streaming). crmcli opens the file as every command does: encoding, structure, headings, dates and amounts decided over
all rows, then every row typed and tested; it stops where the summary would begin. Printed are medians, the surplus in
seconds per million rows, and with --profile where crmcli spends it.

    python benchmarks/clean_csv.py [--rows 5000000] [--repeats 5] [--keep DIR] [--profile]
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

ROWS_PER_CUSTOMER = 18
ROWS_PER_ORDER = 2.5
FIRST_DAY = 19_000
DAYS = 1_096
TARGET = 0.3
"""Seconds per million rows that reading may cost beyond the plain scan."""

START = "import time; started = time.perf_counter(), time.process_time()\n"
END = "print(time.perf_counter() - started[0], time.process_time() - started[1], rows)\n"

PLAIN = f"""
import sys
import polars as pl
{START}
scan = pl.scan_csv(sys.argv[1], infer_schema=False)
rows, *_ = scan.select(pl.len().alias("rows"), pl.all().hash().sum()).collect(engine="streaming").row(0)
{END}"""

CRMCLI = f"""
import io, sys
import polars as pl
from crmcli.cli.segment_run import WANTED
from crmcli.transactions.load import load
from crmcli.transactions.options import ReadOptions
{START}
with load([sys.argv[1]], ReadOptions(wanted=WANTED), stdin=io.BytesIO()) as transactions:
    typed = transactions.frame.filter(pl.col("code") == 0).select("customer_id", "date", "order_id", "amount", "refund")
    rows, *_ = typed.select(pl.len().alias("rows"), pl.all().hash().sum()).collect(engine="streaming").row(0)
{END}"""

PROFILE = """
import cProfile, pstats, crmcli.cli.segment_run
profile = cProfile.Profile()
profile.runcall(exec, {program!r}, {{"__name__": "__main__"}})
pstats.Stats(profile).sort_stats("cumulative").print_stats("crmcli|collect|read_bytes", 40)
"""


@dataclass(frozen=True, slots=True)
class Run:
    """Wall and CPU seconds within a process, without its imports, and its peak resident megabytes."""

    wall: float
    cpu: float
    peak_mb: float


def make_file(path: Path, rows: int) -> None:
    """A file of `rows` order lines: gamma-distributed buying rates, three years, log-normal amounts of two decimals."""
    rng = np.random.default_rng(20_260_101)
    weights = rng.gamma(0.8, 1.0, max(rows // ROWS_PER_CUSTOMER, 1))
    orders = int(rows / ROWS_PER_ORDER)
    customers = np.searchsorted(np.cumsum(weights) / weights.sum(), rng.random(orders))
    days = (FIRST_DAY + rng.integers(0, DAYS, orders)).astype(np.int32)
    order = rng.integers(0, orders, rows)
    frame = pl.DataFrame(
        {
            "customer_id": pl.Series(customers[order]).cast(pl.String).str.zfill(9),
            "date": pl.Series(days[order]).cast(pl.Date),
            "order_id": pl.Series(order + 1_000_000),
            "amount": pl.Series((100 * rng.lognormal(3.2, 0.8, rows)).astype(np.int64) + 1).cast(pl.Decimal(18, 0))
            / 100,
        }
    )
    frame.with_columns(pl.col("amount").cast(pl.Decimal(18, 2))).write_csv(path)


def run(program: str, source: Path) -> Run:
    """Run a program on the file in a process of its own."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen([sys.executable, "-c", program, str(source)], stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        output.seek(0)
        wall, cpu, _ = output.read().split()
    return Run(float(wall), float(cpu), usage.ru_maxrss / 1000)


def compare(source: Path, rows: int, repeats: int) -> None:
    """Run both alternately, so that noise of the machine hits both, and print medians, surplus and ratio."""
    run(PLAIN, source)  # Both find the file in the cache.
    plain, ours = [], []
    for number in range(1, repeats + 1):
        plain.append(run(PLAIN, source))
        ours.append(run(CRMCLI, source))
        print(f"  run {number}: plain {plain[-1].wall:.2f} s, crmcli {ours[-1].wall:.2f} s", flush=True)
    for label, runs in (("plain streaming scan", plain), ("crmcli, read and typed", ours)):
        wall, cpu = (statistics.median(times) for times in ([r.wall for r in runs], [r.cpu for r in runs]))
        print(f"{label:<24} wall {wall:6.2f} s  CPU {cpu:6.2f} s  peak {max(r.peak_mb for r in runs):6,.0f} MB")
    for name in ("wall", "cpu"):
        pairs = [(getattr(mine, name), getattr(bare, name)) for mine, bare in zip(ours, plain, strict=True)]
        surplus = statistics.median(mine - bare for mine, bare in pairs) / rows * 1e6
        ratio = statistics.median(mine / bare for mine, bare in pairs)
        verdict = "" if surplus <= TARGET else "  over"
        print(f"{name:<5} surplus {surplus:.3f} s per million rows (target {TARGET}), ratio {ratio:.2f}{verdict}")


def main() -> None:
    """Make the file, compare, and profile if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="folder for the input file, kept for the next run")
    parser.add_argument("--profile", action="store_true", help="also say where crmcli spends its time")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        source = (arguments.keep or Path(temporary)) / f"lines-{arguments.rows}.csv"
        if not source.exists():
            make_file(source, arguments.rows)
        compare(source, arguments.rows, arguments.repeats)
        if arguments.profile:
            profile(source)


def profile(source: Path) -> None:
    """Print crmcli's functions by the time spent in them and below."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", PROFILE.format(program=CRMCLI), str(source)], check=True)
    print(f"profiled run: {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    main()
