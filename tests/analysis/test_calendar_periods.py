from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcli.analysis.calendar_periods import PERIODS, calendar
from crmcli.analysis.order_gaps import day_number


def day(text: str) -> int:
    return day_number(dt.date.fromisoformat(text))


@pytest.mark.parametrize(
    ("period", "first", "last", "labels", "ends"),
    [
        (
            "quarter",
            "1997-12-31",
            "1998-04-01",
            ["1997-Q4", "1998-Q1", "1998-Q2"],
            ["1997-12-31", "1998-03-31", "1998-06-30"],
        ),
        (
            "month",
            "2024-01-31",
            "2024-03-01",
            ["2024-01", "2024-02", "2024-03"],
            ["2024-01-31", "2024-02-29", "2024-03-31"],
        ),
        ("week", "2020-12-31", "2021-01-04", ["2020-W53", "2021-W01"], ["2021-01-03", "2021-01-10"]),
        (
            "week",
            "1969-12-28",
            "1970-01-05",
            ["1969-W52", "1970-W01", "1970-W02"],
            ["1969-12-28", "1970-01-04", "1970-01-11"],
        ),
    ],
)
def test_names_and_ends(period: str, first: str, last: str, labels: list[str], ends: list[str]) -> None:
    found = calendar(period, day(first), day(last))
    assert list(found.label) == labels
    assert found.last_day.tolist() == [day(end) for end in ends]
    assert found.of(np.array([day(first), day(last)], dtype=np.int32)).tolist() == [0, len(labels) - 1]


@settings(deadline=None)
@given(st.sampled_from(PERIODS), st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)), st.integers(0, 500))
def test_every_day_is_in_the_period_that_ends_next(period: str, first: dt.date, length: int) -> None:
    start = day_number(first)
    found = calendar(period, start, start + length)
    days = np.arange(start, start + length + 1, dtype=np.int32)
    number = found.of(days)
    assert (np.diff(number) >= 0).all()
    assert (np.diff(number) <= 1).all()
    assert (days <= found.last_day[number]).all()
    assert (days > np.append(start - 400, found.last_day)[number]).all()
    assert len(found.label) == len(set(found.label)) == number[-1] + 1
