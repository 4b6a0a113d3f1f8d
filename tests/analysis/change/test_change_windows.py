from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli.analysis.change.windows import EVERY, Windows, previous_dates
from crmcli.errors import UsageError


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("as_of", "every", "previous", "before"),
    [
        ("2024-03-07", "week", "2024-02-29", "2024-02-22"),
        ("2024-01-03", "week", "2023-12-27", "2023-12-20"),
        ("2024-06-15", "month", "2024-05-15", "2024-04-15"),
        ("2024-01-15", "month", "2023-12-15", "2023-11-15"),
        ("2024-03-31", "month", "2024-02-29", "2024-01-31"),
        ("2023-03-30", "month", "2023-02-28", "2023-01-30"),
        ("2024-02-29", "month", "2024-01-29", "2023-12-29"),
        ("2024-04-30", "month", "2024-03-30", "2024-02-29"),
    ],
)
def test_the_dates_of_the_reports_before(as_of: str, every: str, previous: str, before: str) -> None:
    assert previous_dates(day(as_of), every) == (day(previous), day(before))


@given(st.dates(dt.date(1970, 1, 1), dt.date(2200, 1, 1)), st.sampled_from(EVERY))
def test_they_rise_and_windows_are_about_as_long_as_they_should_be(as_of: dt.date, every: str) -> None:
    previous, before = previous_dates(as_of, every)
    windows = Windows(before, previous, as_of)
    windows.check()
    if every == "week":
        assert (windows.days, windows.days_before) == (7, 7)
    else:
        assert {windows.days, windows.days_before} <= {28, 29, 30, 31}
    assert windows.first_day == previous + dt.timedelta(days=1)
    assert windows.first_day_before == before + dt.timedelta(days=1)


def test_an_unknown_word_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="none of week, month") as raised:
        previous_dates(day("2024-01-01"), "weekly")
    assert raised.value.remedy == "Did you mean 'week'?"


@pytest.mark.parametrize("every", EVERY)
def test_there_is_nothing_before_the_calendar(every: str) -> None:
    with pytest.raises(UsageError, match="lies before 0001-01-10"):
        previous_dates(day("0001-01-10"), every)


def test_dates_that_do_not_rise_are_refused() -> None:
    with pytest.raises(UsageError, match="do not rise"):
        Windows(day("2024-01-08"), day("2024-01-08"), day("2024-01-15")).check()
