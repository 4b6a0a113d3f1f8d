"""How long `crmcli segment` takes on N rows, beside DuckDB's bare customer-day aggregation of the same file.

Both run as whole processes, in turn, on a Parquet file with string ids, dates and float amounts that this script makes.
DuckDB only groups by customer and day; crmcli reads, checks, sums up, scores, and writes one row per customer. The
printed ratio is crmcli's time by DuckDB's; the query alone, without the start of its process, is printed as well.

    python benchmarks/segment_rows.py [--rows 10000000] [--repeats 5] [--keep DIR]
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
FIRST_DAY = 19_000
DAYS = 1_096

DUCKDB_QUERY = """
import duckdb, sys, time
start = time.perf_counter()
connection = duckdb.connect()
connection.execute("set enable_progress_bar = false")
count = connection.execute(
    "select count(*) from (select customer_id, date, count(*) as orders, sum(amount) as amount "
    "from read_parquet(?) group by customer_id, date)", [sys.argv[1]]
).fetchone()[0]
print(time.perf_counter() - start, count)
"""


@dataclass(frozen=True, slots=True)
class Run:
    """Wall seconds, peak resident megabytes and standard output of one process."""

    seconds: float
    peak_mb: float
    output: str


def make_file(path: Path, rows: int) -> None:
    """A file of `rows` purchases: gamma-distributed buying rates, three years, log-normal amounts."""
    rng = np.random.default_rng(20_260_101)
    weights = rng.gamma(0.8, 1.0, max(rows // ROWS_PER_CUSTOMER, 1))
    customers = np.searchsorted(np.cumsum(weights) / weights.sum(), rng.random(rows))
    frame = pl.DataFrame(
        {
            "customer_id": pl.Series(customers).cast(pl.String).str.zfill(9),
            "date": pl.Series((FIRST_DAY + rng.integers(0, DAYS, rows)).astype(np.int32)).cast(pl.Date),
            "amount": np.round(rng.lognormal(3.2, 0.8, rows), 2),
        }
    )
    frame.write_parquet(path)


def run(command: list[str]) -> Run:
    """Run a command to its end and measure it from outside."""
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, command
        output.seek(0)
        return Run(seconds, usage.ru_maxrss / 1000, output.read().decode())


def main() -> None:
    """Make the file, run both in turn, print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="folder for the input file, kept for the next run")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        source = folder / f"purchases-{arguments.rows}.parquet"
        if not source.exists():
            make_file(source, arguments.rows)
        compare(source, Path(temporary) / "customers.csv", arguments.repeats)


def compare(source: Path, target: Path, repeats: int) -> None:
    """Run crmcli and DuckDB alternately, so that noise of the machine hits both."""
    ours, theirs = [], []
    for number in range(1, repeats + 1):
        ours.append(run([sys.executable, "-m", "crmcli", "-q", "segment", str(source), "-o", str(target)]))
        theirs.append(run([sys.executable, "-c", DUCKDB_QUERY, str(source)]))
        print(f"  run {number}: crmcli {ours[-1].seconds:.2f} s, DuckDB {theirs[-1].seconds:.2f} s", flush=True)
    print_table(ours, theirs)


def print_table(ours: list[Run], theirs: list[Run]) -> None:
    """Medians, spread, peak memory and the ratios."""
    crmcli = statistics.median(run.seconds for run in ours)
    duckdb = statistics.median(run.seconds for run in theirs)
    query = statistics.median(float(run.output.splitlines()[-1].split()[0]) for run in theirs)
    for name, runs in (("crmcli segment, whole process", ours), ("DuckDB customer-days, whole process", theirs)):
        times = sorted(run.seconds for run in runs)
        peak = max(run.peak_mb for run in runs)
        print(
            f"{name:<36} median {statistics.median(times):6.2f} s  ({times[0]:.2f} to {times[-1]:.2f})  {peak:7,.0f} MB"
        )
    print(f"{'DuckDB customer-days, query alone':<36} median {query:6.2f} s")
    print(f"ratio crmcli : DuckDB  {crmcli / duckdb:.2f} (whole process), {crmcli / query:.2f} (query alone)")


if __name__ == "__main__":
    main()
