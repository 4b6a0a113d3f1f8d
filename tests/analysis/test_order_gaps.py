from __future__ import annotations

import dataclasses

import polars as pl
from life_cases import gaps_of, life_summary

from crmcli.analysis.order_gaps import order_gaps

DAYS = {"a": [0, 10, 30], "b": [0, 20], "c": [0]}


def test_gaps_and_the_open_ends() -> None:
    gaps = gaps_of(DAYS, end=50)
    assert gaps.gap.tolist() == [10, 20, 20, 20, 30, 50]
    assert gaps.returned.tolist() == [True, True, False, True, False, False]
    assert gaps.number.tolist() == [0, 1, 2, 0, 1, 0]
    assert (gaps.start.tolist(), gaps.days.tolist()) == ([0, 3, 5], [3, 2, 1])
    assert (gaps.last_day - gaps.first_day).tolist() == [30, 20, 0]
    assert gaps.since_first().tolist() == [0, 10, 30, 0, 20, 0]


def test_the_curve_of_all_of_them() -> None:
    curve = gaps_of(DAYS, end=50).curve()
    assert curve.time.tolist() == [10, 20, 30, 50]
    assert curve.at_risk.tolist() == [6, 5, 2, 1]
    assert curve.events.tolist() == [1, 2, 0, 0]
    assert curve.median == 20


def test_days_without_an_order_are_no_order_days() -> None:
    summary = life_summary(DAYS, end=50)
    refund = summary.days.filter(pl.col("customer") == 1).tail(1).with_columns(orders=pl.lit(0, pl.Int64))
    later = refund.with_columns(date=pl.col("date") + pl.duration(days=5))
    days = pl.concat([summary.days, later]).sort("customer", "date")
    found = order_gaps(dataclasses.replace(summary, days=days))
    assert found is not None
    assert found.gap.tolist() == gaps_of(DAYS, end=50).gap.tolist()


def test_an_order_on_the_last_day_is_open_for_no_time() -> None:
    gaps = gaps_of({"a": [3]}, end=3)
    assert gaps.gap.tolist() == [0]
    assert gaps.curve().median is None


def test_a_summary_without_days_has_none() -> None:
    summary = life_summary(DAYS, end=50)
    assert order_gaps(dataclasses.replace(summary, days=pl.DataFrame())) is None
