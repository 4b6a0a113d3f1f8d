from __future__ import annotations

import calendar
import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli.analysis.occasions.upcoming import upcoming
from crmcli.customers.occasions import ANNIVERSARY, BIRTHDAY, Occasions
from crmcli.errors import UsageError

Day = tuple[str, str, int, int, int | None]


def occasions(*rows: Day) -> Occasions:
    schema = {"customer_id": pl.String(), "occasion": pl.String(), "month": pl.Int32(), "day": pl.Int32()}
    frame = pl.DataFrame(rows, schema=pl.Schema({**schema, "year": pl.Int32()}), orient="row")
    return Occasions("customers.csv", frame.with_columns(source=pl.col("occasion")))


def coming(as_of: str, *rows: Day, days: int = 14) -> list[tuple[str, str, str, int | None]]:
    table = upcoming(occasions(*rows), dt.date.fromisoformat(as_of), days).tables["occasions"]
    return [(date.isoformat(), *rest) for date, *rest in table.drop("source").iter_rows()]


def test_the_days_after_as_of_in_order() -> None:
    rows: list[Day] = [
        ("today", BIRTHDAY, 6, 30, 1980),
        ("b", BIRTHDAY, 7, 1, None),
        ("a", BIRTHDAY, 7, 14, 1980),
        ("a", ANNIVERSARY, 7, 1, 2020),
        ("late", BIRTHDAY, 7, 15, 1980),
    ]
    assert coming("2024-06-30", *rows) == [
        ("2024-07-01", "anniversary", "a", 4),
        ("2024-07-01", "birthday", "b", None),
        ("2024-07-14", "birthday", "a", 44),
    ]


def test_a_leap_day_falls_on_28_february_in_common_years() -> None:
    rows: list[Day] = [("leap", BIRTHDAY, 2, 29, 2000), ("plain", BIRTHDAY, 2, 28, 2000)]
    assert coming("2023-02-20", *rows) == [
        ("2023-02-28", "birthday", "leap", 23),
        ("2023-02-28", "birthday", "plain", 23),
    ]
    assert coming("2024-02-20", *rows) == [
        ("2024-02-28", "birthday", "plain", 24),
        ("2024-02-29", "birthday", "leap", 24),
    ]


def test_the_turn_of_the_year() -> None:
    assert coming("2023-12-28", ("a", BIRTHDAY, 1, 3, 1990)) == [("2024-01-03", "birthday", "a", 34)]


def test_there_is_no_anniversary_in_the_first_year() -> None:
    assert coming("2024-06-30", ("a", ANNIVERSARY, 7, 2, 2024), ("b", ANNIVERSARY, 7, 2, 2023)) == [
        ("2024-07-02", "anniversary", "b", 1)
    ]


def test_facts_and_notes() -> None:
    found = upcoming(occasions(("a", BIRTHDAY, 7, 2, 1990)), dt.date(2024, 6, 30))
    assert {fact.name: fact.value for fact in found.facts} == {"occasion_days": 14, "birthdays": 1, "anniversaries": 0}
    assert found.as_of == dt.date(2024, 6, 30)


@pytest.mark.parametrize("days", [0, 366])
def test_a_calendar_of_no_days_or_more_than_a_year_is_refused(days: int) -> None:
    with pytest.raises(UsageError, match="1 to 365 days"):
        coming("2024-06-30", days=days)


@given(
    st.dates(dt.date(1950, 1, 1), dt.date(2010, 1, 1)),
    st.dates(dt.date(2011, 1, 1), dt.date(2100, 1, 1)),
    st.integers(1, 365),
)
def test_against_a_look_at_every_day(born: dt.date, as_of: dt.date, days: int) -> None:
    def is_day(date: dt.date) -> bool:
        leap = (born.month, born.day) == (2, 29) and not calendar.isleap(date.year)
        return (date.month, date.day) == ((2, 28) if leap else (born.month, born.day))

    ahead = [as_of + dt.timedelta(days=step) for step in range(1, days + 1)]
    expected = [(date.isoformat(), "birthday", "a", date.year - born.year) for date in ahead if is_day(date)]
    assert coming(as_of.isoformat(), ("a", BIRTHDAY, born.month, born.day, born.year), days=days) == expected
