"""Published data as rows, and published models, for the tests of models."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from crmcli.analysis.clv.bg_nbd import BgNbd
from crmcli.analysis.clv.mbg_cnbd import MbgCnbd
from crmcli.analysis.clv.mbg_nbd import MbgNbd
from crmcli.analysis.clv.pareto_nbd import ParetoNbd
from crmcli.analysis.clv.rows import Rows

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
WEEK = 7.0

needs_files = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="the folder of real data sets is not here"),
]

BG = BgNbd(0.2426, 4.4136 * WEEK, 0.7929, 2.4259)
MBG = MbgNbd(0.5248, 6.1831 * WEEK, 0.8914, 1.6140)
PARETO = ParetoNbd(0.5533, 10.5777 * WEEK, 0.6062, 11.669 * WEEK)
CNBD = MbgCnbd(0.58, 2.2881 * WEEK, 1.1345, 1.585, 2)
MODELS = (BG, MBG, PARETO, CNBD, MbgCnbd(0.5, 0.83 * WEEK, 1.4, 2.1, 4))


def history(x: int, t_x: float, age: float) -> Rows:
    """One customer, times in days."""
    return Rows(np.array([x]), np.array([t_x]), np.array([age]), np.ones(1), np.zeros(1, np.intp))


def histories(*customers: tuple[int, float, float]) -> Rows:
    """Some customers, times in days, as they are."""
    x, t_x, age = zip(*customers, strict=True)
    return Rows(
        np.array(x, np.int64),
        np.array(t_x, np.float64),
        np.array(age, np.float64),
        np.ones(len(x)),
        np.arange(len(x), dtype=np.intp),
    )


@cache
def published(name: str, customer: str, date: str, end: dt.date, date_format: str = "%Y%m%d") -> Rows:
    """A transaction file up to a day as rows."""
    return _rows(_days(name, customer, date, date_format).filter(pl.col("date") <= end), end)


@cache
def log_gaps(name: str, customer: str, date: str, end: dt.date) -> float:
    """Σ ln(days between consecutive purchase days)."""
    days = _days(name, customer, date, "%Y%m%d").filter(pl.col("date") <= end)
    gaps = days.select(pl.col("date").diff().over("id").dt.total_days()).to_series().drop_nulls()
    return float(np.log(gaps.to_numpy()).sum())


@cache
def future_purchases(name: str, customer: str, date: str, end: dt.date, last: dt.date) -> pl.DataFrame:
    """One line per customer of `published`, in its order: purchase days after `end` up to `last`, and the first day."""
    days = _days(name, customer, date, "%Y%m%d")
    past = days.filter(pl.col("date") <= end).group_by("id").agg(first=pl.col("date").min())
    future = days.filter((pl.col("date") > end) & (pl.col("date") <= last)).group_by("id").agg(purchases=pl.len())
    return past.join(future, on="id", how="left").fill_null(0).sort("id")


def _days(name: str, customer: str, date: str, date_format: str) -> pl.DataFrame:
    lines = pl.read_csv(DATA / name, infer_schema=False)
    return lines.select(id=pl.col(customer), date=pl.col(date).str.to_date(date_format)).unique().sort("id", "date")


def _rows(days: pl.DataFrame, end: dt.date) -> Rows:
    customers = days.group_by("id").agg(
        x=pl.len().cast(pl.Int64) - 1,
        t_x=(pl.col("date").max() - pl.col("date").min()).dt.total_days(),
        age=(pl.lit(end) - pl.col("date").min()).dt.total_days(),
    )
    table = customers.sort("id")
    return Rows.of(table["x"].to_numpy(), table["t_x"].to_numpy(), table["age"].to_numpy())


CDNOW = ("cdnow_sample.csv", "sample_id", "date")
SPLIT = dt.date(1997, 9, 30)
LAST = dt.date(1998, 6, 30)


def cdnow() -> Rows:
    """The calibration sample of the papers: 2,357 customers up to 1997-09-30."""
    return published(*CDNOW, SPLIT)
