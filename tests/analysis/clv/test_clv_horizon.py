"""Spans of time on the command line."""

from __future__ import annotations

import datetime as dt

import pytest

from crmcli.analysis.clv.horizon import Span
from crmcli.errors import UsageError


@pytest.mark.parametrize(
    ("text", "start", "days"),
    [
        ("365d", "2024-01-01", 365),
        ("52w", "2024-01-01", 364),
        ("12m", "2024-01-01", 366),
        ("12m", "2025-01-01", 365),
        ("1m", "2024-01-31", 29),
        ("1m", "2025-01-31", 28),
        ("3y", "2024-02-29", 1095),
        ("1Y", "1998-06-30", 365),
        ("6 m", "2024-08-31", 181),
    ],
)
def test_days_of_a_span(text: str, start: str, days: int) -> None:
    assert Span.parse(text, "--horizon").days_after(dt.date.fromisoformat(start)) == days


@pytest.mark.parametrize(("text", "before"), [("39w", "1997-09-30"), ("1m", "1998-05-30"), ("4m", "1998-02-28")])
def test_dates_before(text: str, before: str) -> None:
    assert Span.parse(text, "--holdout").before(dt.date(1998, 6, 30)) == dt.date.fromisoformat(before)


@pytest.mark.parametrize("text", ["", "12", "0d", "-3m", "1.5y", "12 months", "m", "१d"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Span.parse(text, "--horizon")
    assert "--horizon 12m" in str(caught.value.remedy)


def test_a_span_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(UsageError, match="beyond the calendar"):
        Span.parse("9999y", "--horizon").after(dt.date(2024, 1, 1))


@pytest.mark.parametrize(("text", "words"), [("1m", "1 month"), ("12m", "12 months"), ("52w", "52 weeks")])
def test_a_span_says_what_it_is(text: str, words: str) -> None:
    assert str(Span.parse(text, "--horizon")) == words
