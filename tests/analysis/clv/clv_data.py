"""The public data that the literature on these models uses, as summaries and histories."""

from __future__ import annotations

import datetime as dt
import io
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crmcli.analysis.clv.holdout import holdout_at
from crmcli.analysis.clv.ledger import Ledger, day_number
from crmcli.customers.summary import summarise
from crmcli.transactions.load import load
from crmcli.transactions.options import ReadOptions

if TYPE_CHECKING:
    from crmcli.analysis.clv.holdout import Holdout
    from crmcli.customers.summary import CustomerSummary

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
SPLIT = day_number(dt.date(1997, 9, 30))
LAST = day_number(dt.date(1998, 6, 30))

needs_data = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real data sets is not here"),
]


@cache
def summary_of(name: str, **mapping: str) -> CustomerSummary:
    options = ReadOptions(mapping=mapping, wanted=frozenset({"order_id", "quantity", "unit_price"}))
    with load([str(DATA / name)], options, stdin=io.BytesIO()) as transactions:
        return summarise(transactions)[0]


@cache
def cdnow_sample() -> Ledger:
    return Ledger.of(summary_of("cdnow_sample.csv", customer_id="master_id"))


@cache
def cdnow_holdout() -> Holdout:
    holdout = holdout_at(cdnow_sample(), SPLIT, LAST)
    assert holdout is not None
    return holdout
