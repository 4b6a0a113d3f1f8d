from __future__ import annotations

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest

from crmcli.analysis.segment.target import parse_target
from crmcli.errors import UsageError

CUSTOMERS = pl.DataFrame(
    {
        "customer_id": ["a", "b", "c", "d"],
        "segment": ["champions", "at_risk", "champions", "hibernating"],
        "abc_tier": [1, 2, 3, 4],
        "monetary": pl.Series([Decimal("10.00"), Decimal("9.99"), Decimal(100), Decimal(0)], dtype=pl.Decimal(38, 2)),
        "last_date": [dt.date(2024, 1, 1), dt.date(2024, 6, 1), dt.date(2024, 12, 1), None],
        "loyalty_index": [50.5, None, 80.0, 10.0],
        "stage": ["growth", None, "decline", "growth"],
        "flags": ["", "", "", ""],
    }
)


@pytest.mark.parametrize(
    ("rule", "chosen"),
    [
        ("segment=champions", "ac"),
        ("segment = champions, at_risk", "abc"),
        ("segment!=champions", "bd"),
        ("segment!=champions,at_risk", "d"),
        ("abc_tier<=2", "ab"),
        ("abc_tier<2", "a"),
        ("abc_tier>=3", "cd"),
        ("abc_tier>3", "d"),
        ("abc_tier=1,4", "ad"),
        ("monetary>=10", "ac"),
        ("monetary>9.995", "ac"),
        ("monetary=9.99", "b"),
        ("last_date>=2024-06-01", "bc"),
        ("loyalty_index<60", "ad"),
        ("stage!=growth", "c"),
        ("segment=champions and monetary>50", "c"),
        ("abc_tier>=1 and abc_tier<=2 and monetary<10", "b"),
    ],
)
def test_rules_choose(rule: str, chosen: str) -> None:
    target = parse_target(rule)
    assert target.text == rule
    assert "".join(CUSTOMERS.filter(target.chosen(CUSTOMERS))["customer_id"]) == chosen


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("champions", "is not of the form COLUMN=VALUE"),
        ("segment=", "is not of the form COLUMN=VALUE"),
        ("segment=champions and  and stage=growth", "is not of the form COLUMN=VALUE"),
        ("segment=a,,b", "is not of the form COLUMN=VALUE"),
        ("abc_tier<=1,2", "<= takes one value, not 2"),
    ],
)
def test_what_is_no_rule_is_refused(rule: str, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_target(rule)
    assert words in raised.value.problem
    assert "--target class=vip" in (raised.value.remedy or "")


@pytest.mark.parametrize(
    ("rule", "words", "remedy"),
    [
        ("segmnt=champions", "have no column 'segmnt'", "Did you mean 'segment'?"),
        ("flags=x", "have no column 'flags'", "Columns: "),
        ("segment=champion", "no customer has this segment", "Did you mean 'champions'?"),
        ("segment>champions", "is a text, which takes = or !=", "Examples"),
        ("abc_tier=top", "abc_tier is a number", "Examples"),
        ("monetary>nan", "monetary is a number", "Examples"),
        ("last_date>2024", "last_date is a date", "YYYY-MM-DD"),
    ],
)
def test_what_does_not_fit_the_customers_is_refused(rule: str, words: str, remedy: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_target(rule).chosen(CUSTOMERS)
    assert words in raised.value.problem
    assert remedy in (raised.value.remedy or "")


def test_a_rule_knows_which_columns_it_needs() -> None:
    target = parse_target("segment=champions and stage=growth")
    assert target.is_within({"segment", "stage", "class"})
    assert not target.is_within({"segment"})
    assert target.is_without({"class"})
    assert not target.is_without({"stage"})
