"""The forecast from the split on: where it starts, what it ends at, how wide its interval is."""

from __future__ import annotations

import datetime as dt
import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from clv_data import LAST, SPLIT, cdnow_holdout, cdnow_sample, needs_data

from crmcli.analysis.clv.candidates import fit_choice
from crmcli.analysis.clv.forecast import forecast_table
from crmcli.analysis.clv.validation import validation_table

if TYPE_CHECKING:
    import polars as pl

pytestmark = needs_data


SPLIT_WEEK = 272 / 7
"""From 1997-01-01 to 1997-09-30."""


def _forecast(level: float = 0.9) -> pl.DataFrame:
    holdout = cdnow_holdout()
    return forecast_table(cdnow_sample(), holdout, fit_choice("mbg", holdout.histories.rows, 0.0), LAST, level)


def test_it_starts_from_what_had_come_by_the_split() -> None:
    first: dict[str, Any] = _forecast().row(0, named=True)

    assert first["until"] == dt.date(1970, 1, 1) + dt.timedelta(days=SPLIT)
    assert (first["week"], first["customers"]) == (pytest.approx(SPLIT_WEEK), 2357)
    assert [first[name] for name in ("actual", "expected", "low", "high")] == [2457.0] * 4


def test_it_ends_at_the_sums_of_the_view_validation() -> None:
    holdout = cdnow_holdout()
    model = fit_choice("mbg", holdout.histories.rows, 0.0).model
    overall = validation_table(cdnow_sample(), holdout, model, LAST)
    total = overall.filter(section="overall", key="purchases").row(0, named=True)
    last = _forecast().row(-1, named=True)

    assert last["until"] == dt.date(1998, 6, 30)
    assert last["actual"] == 2457 + total["actual"]
    assert last["expected"] == pytest.approx(2457 + total["expected"])


def test_it_rises_and_its_interval_widens_and_grows_with_the_level() -> None:
    narrow, wide = _forecast(0.5).rows(named=True), _forecast(0.95).rows(named=True)

    assert len(narrow) <= 17
    assert all(one["expected"] < later["expected"] for one, later in pairwise(wide))
    assert all(one["high"] - one["low"] < later["high"] - later["low"] for one, later in pairwise(wide))
    for inner, outer in zip(narrow[1:], wide[1:], strict=True):
        assert outer["low"] < inner["low"] < inner["expected"] < inner["high"] < outer["high"]


def test_the_interval_is_wider_than_chance_among_equal_customers_would_have_it() -> None:
    last = _forecast().row(-1, named=True)
    ahead = last["expected"] - 2457

    assert last["high"] - last["low"] > 2 * 1.645 * math.sqrt(ahead)
    assert last["high"] - last["low"] < ahead
