"""How long a workbook of N customers takes beside the other machine formats of the same table, and how much memory.

Each format runs in a process of its own, on a table with the columns of `segment --view customers`. The time is that of
writing alone; the memory is the peak of the process, the table included (its own size is printed first).

    python benchmarks/workbook.py [--customers 500000]
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.conform import view_schema
from crmcli.analysis.result import Result
from crmcli.analysis.segment.views import SEGMENT_CATALOGUE
from crmcli.analysis.views import Kind
from crmcli.present.console import Environment
from crmcli.present.emit import Delivery, deliver

if TYPE_CHECKING:
    from crmcli.analysis.views import Column

AS_OF = dt.date(2024, 6, 30)
SEGMENTS = ("champions", "loyal_customers", "at_risk", "hibernating", "new_customers")
FORMATS = ("csv", "ndjson", "parquet", "xlsx")
VIEW = SEGMENT_CATALOGUE.view(SEGMENT_CATALOGUE.default)


def customers(count: int) -> pl.DataFrame:
    """Made-up customers: every column of the view, of plausible values."""
    rng = np.random.default_rng(20_260_101)
    table = pl.DataFrame({column.name: _values(column, count, rng) for column in VIEW.columns})
    return table.cast(view_schema(VIEW, 2))


def _values(column: Column, count: int, rng: np.random.Generator) -> pl.Series:
    match column.kind:
        case Kind.ID:
            return pl.Series(np.arange(count)).cast(pl.String).str.zfill(9)
        case Kind.TEXT | Kind.FLAGS:
            return pl.Series(np.array(SEGMENTS)[rng.integers(0, len(SEGMENTS), count)])
        case Kind.DATE:
            return pl.Series((19_000 + rng.integers(0, 900, count)).astype(np.int32)).cast(pl.Date)
        case Kind.MONEY:
            return pl.Series(np.round(rng.lognormal(5, 1, count), 2))
        case Kind.INTEGER:
            return pl.Series(rng.integers(0, 500, count))
    return pl.Series(rng.random(count))


def write(fmt: str, count: int) -> None:
    """Write one file and print seconds, megabytes of the file, and peak megabytes before and after."""
    table = customers(count)
    result = Result(SEGMENT_CATALOGUE, AS_OF, 2, {VIEW.name: table}, (), ())
    before = _peak_mb()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"out.{fmt}"
        start = time.perf_counter()
        deliver(result, Delivery(output=target), Environment(None, None, sys.stderr))
        seconds = time.perf_counter() - start
        size = target.stat().st_size / 1e6
    print(f"{fmt:8} {seconds:7.2f} s {size:8.1f} MB {before:8.0f} → {_peak_mb():.0f} MB peak")


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def main() -> None:
    """Run every format in turn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=500_000)
    parser.add_argument("--only", choices=FORMATS)
    arguments = parser.parse_args()
    if arguments.only:
        write(arguments.only, arguments.customers)
        return
    size = customers(arguments.customers).estimated_size("mb")
    print(f"{arguments.customers:,} customers, {len(VIEW.columns)} columns, {size:.0f} MB in memory")
    for fmt in FORMATS:
        command = [sys.executable, __file__, "--customers", str(arguments.customers), "--only", fmt]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
