"""Every view of `credit` is the same on one thread and on several."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CODE = """
import hashlib, io, sys
from crmcli.analysis.credit.analyse import analyse
from crmcli.analysis.credit.options import CreditOptions
from crmcli.invoices.opening import LedgerOptions
from crmcli.invoices.read import read_ledger
from crmcli.transactions.options import ReadOptions
options = LedgerOptions(ReadOptions(), ("sample_data/payments.csv",), ("sample_data/customers.csv",))
ledger, _ = read_ledger(["sample_data/invoices.csv"], options, stdin=io.BytesIO())
tables = analyse(ledger, CreditOptions(variable_cost=0.6)).tables
for name, table in tables.items():
    print(name, table.height, hashlib.sha256(table.write_csv().encode()).hexdigest())
"""


def _views(threads: int) -> str:
    environment = {**os.environ, "POLARS_MAX_THREADS": str(threads), "PYTHONHASHSEED": str(threads)}
    command = [sys.executable, "-c", CODE]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
def test_the_number_of_threads_does_not_matter() -> None:
    alone = _views(1)
    assert len(alone.splitlines()) == 8
    assert _views(2) == alone
    assert _views(8) == alone
