from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from life_cases import START, gaps_of

from crmcli.analysis.calendar_periods import PERIODS
from crmcli.analysis.segment.periods import periods_table


def day(text: str) -> int:
    return (dt.date.fromisoformat(text) - START).days


THREE = {
    "stays": [day("2024-01-05"), day("2024-02-01"), day("2024-03-31"), day("2024-05-02")],
    "returns": [day("2024-01-20"), day("2024-01-21"), day("2024-03-01")],
    "starts": [day("2024-03-15")],
}


def test_months_by_hand() -> None:
    table = periods_table(gaps_of(THREE, day("2024-05-30")), "month")
    assert table.columns == ["period", "active", "new", "retained", "resurrected", "dormant", "complete"]
    assert table.rows() == [
        ("2024-01", 2, 2, 0, 0, 0, True),
        ("2024-02", 1, 0, 1, 0, 1, True),
        ("2024-03", 3, 1, 1, 1, 0, True),
        ("2024-04", 0, 0, 0, 0, 3, True),
        ("2024-05", None, None, None, None, None, False),
    ]


def test_a_period_is_complete_on_its_last_day() -> None:
    assert periods_table(gaps_of(THREE, day("2024-05-31")), "month").row(-1) == ("2024-05", 1, 0, 0, 1, 0, True)


def test_quarters() -> None:
    rows = periods_table(gaps_of(THREE, day("2024-06-30")), "quarter").rows()
    assert rows == [("2024-Q1", 3, 3, 0, 0, 0, True), ("2024-Q2", 1, 0, 1, 0, 2, True)]


ORDER_DAYS = st.dictionaries(
    st.integers(0, 20).map("c{:02d}".format), st.sets(st.integers(0, 400), min_size=1, max_size=12), min_size=1
)


@pytest.mark.parametrize("period", PERIODS)
@settings(deadline=None)
@given(days=ORDER_DAYS, end=st.integers(400, 500))
def test_the_states_add_up(period: str, days: dict[str, set[int]], end: int) -> None:
    table = periods_table(gaps_of({name: sorted(own) for name, own in days.items()}, end), period)
    complete = table.filter("complete")
    assert complete.height >= table.height - 1, "only the last may be unfinished"
    unfinished = table.filter(~pl.col("complete")).drop("complete", "period")
    assert all(cell is None for row in unfinished.rows() for cell in row)
    assert (complete["active"] == complete["new"] + complete["retained"] + complete["resurrected"]).all()
    before = complete["active"].shift(1, fill_value=0)
    assert (before == complete["retained"] + complete["dormant"]).all()
    if complete.height == table.height:
        assert complete["new"].sum() == len(days)
