from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from segment_cases import AS_OF, SCALE, summary

from crmcli.analysis.segment.rfm import Cuts, fit_scores, rfm_metrics, score_customers
from crmcli.analysis.segment.threshold_text import parse_thresholds, thresholds_text
from crmcli.analysis.segment.thresholds import Thresholds, apply_thresholds, thresholds_table
from crmcli.errors import UsageError

SAVED = Thresholds(
    "crm",
    3,
    dt.date(2024, 6, 30),
    {
        "recency_days": {1: 400, 2: 90, 3: 30},
        "frequency": {1: 1, 3: 4},
        "monetary": {1: Decimal("-5.00"), 2: Decimal("12.345"), 3: Decimal("1000.00")},
    },
)
CUSTOMERS = summary(["1", "2", "2", "4", "5", "60"], orders=[1, 1, 1, 2, 3, 9], recency=[0, 5, 5, 30, 60, 365])


def test_the_worst_value_that_reached_a_score_still_reaches_it() -> None:
    edges = summary(["12.34", "12.35", "1000", "-99"], orders=[1, 3, 4, 99], recency=[30, 31, 90, 401])
    scored = apply_thresholds(rfm_metrics(edges), SAVED, SCALE)
    assert scored["r_score"].to_list() == [3, 2, 2, 1]
    assert scored["f_score"].to_list() == [1, 1, 3, 3]
    assert scored["m_score"].to_list() == [1, 2, 3, 1]


@pytest.mark.parametrize("method", ["crm", "r-rfm", "cuts"])
def test_saved_thresholds_give_the_same_customers_the_same_scores(method: str) -> None:
    cuts = Cuts((3, 50), (2, 3), (Decimal(2), Decimal(5))) if method == "cuts" else None
    metrics = rfm_metrics(CUSTOMERS)
    fit = fit_scores(metrics, CUSTOMERS, method, 3, cuts)
    again = parse_thresholds(thresholds_text(fit.thresholds), "t.json", scores=3)
    assert again == fit.thresholds
    assert apply_thresholds(metrics, again, SCALE).equals(score_customers(metrics, fit, SCALE))


def test_fitted_thresholds_are_the_worst_observed_values() -> None:
    fitted = fit_scores(rfm_metrics(CUSTOMERS), CUSTOMERS, "crm", 3, None).thresholds
    assert fitted.as_of == AS_OF
    assert fitted.worst == {
        "recency_days": {1: 365, 2: 30, 3: 0},
        "frequency": {1: 1, 2: 2, 3: 3},
        "monetary": {1: Decimal("1.00"), 2: Decimal("4.00"), 3: Decimal("5.00")},
    }


def test_the_table_shows_bounds_and_empty_scores() -> None:
    scored = apply_thresholds(rfm_metrics(CUSTOMERS), SAVED, SCALE)
    assert thresholds_table(scored, 3).rows() == [
        ("recency_days", 1, 365.0, 365.0, 1),
        ("recency_days", 2, 60.0, 60.0, 1),
        ("recency_days", 3, 0.0, 30.0, 4),
        ("frequency", 1, 1.0, 3.0, 5),
        ("frequency", 2, None, None, 0),
        ("frequency", 3, 9.0, 9.0, 1),
        ("monetary", 1, 1.0, 5.0, 5),
        ("monetary", 2, 60.0, 60.0, 1),
        ("monetary", 3, None, None, 0),
    ]


def test_money_is_written_as_exact_decimal_text() -> None:
    document = json.loads(thresholds_text(SAVED))
    assert document["worst"]["monetary"] == {"1": "-5.00", "2": "12.345", "3": "1000.00"}
    assert document["as_of"] == "2024-06-30"
    assert document["schema_version"] == 1


def test_thresholds_survive_the_round_trip() -> None:
    assert parse_thresholds(thresholds_text(SAVED), "t.json") == SAVED


def edited(path: str, value: object) -> str:
    """The saved document with one field replaced, or removed when the value is None."""
    document: dict[str, Any] = json.loads(thresholds_text(SAVED))
    *parents, last = path.split(".")
    place = document
    for name in parents:
        place = place[name]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return json.dumps(document)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("schema", "other", "'schema' is 'other'"),
        ("schema_version", 2, "'schema_version' is 2; this crmcli reads 1"),
        ("method", "magic", "'method' must be one of"),
        ("method", None, "'method' is missing"),
        ("scores", 4, "'scores' is 4, but the run asks for 3"),
        ("scores", 11, "'scores' must be an integer from 2 to 10"),
        ("scores", "3", "'scores' must be an integer"),
        ("scores", True, "'scores' must be an integer"),
        ("as_of", "31.12.2024", "'as_of' must be a date"),
        ("worst", [], "'worst' must be a JSON object"),
        ("worst.recency_days", {}, "'worst.recency_days' must be a JSON object of thresholds"),
        ("worst.frequency", None, "'worst.frequency' is missing"),
        ("worst.recency_days.4", 1, "'worst.recency_days.4' is no score; scores are 1 to 3"),
        ("worst.recency_days.3", -1, "'worst.recency_days.3' must be an integer from 0 on"),
        ("worst.recency_days.3", 10**30, "'worst.recency_days.3' must be an integer from 0 on"),
        ("worst.frequency.3", 1.5, "'worst.frequency.3' must be an integer from 0 on"),
        ("worst.monetary.2", 12.345, "'worst.monetary.2' must be an amount in quotes"),
        ("worst.monetary.2", "1e3", "'worst.monetary.2' must be an amount in quotes"),
        ("worst.monetary.2", "2000", "'worst.monetary' is worse for score 3 (1000.00) than for score 2 (2000)"),
        ("worst.recency_days.2", 20, "'worst.recency_days' is worse for score 3 (30) than for score 2 (20)"),
    ],
)
def test_a_malformed_file_is_a_usage_error_that_names_file_and_field(path: str, value: object, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_thresholds(edited(path, value), "last.json", scores=3)
    assert raised.value.problem.startswith("last.json: field ")
    assert words in raised.value.problem


def test_an_unknown_field_gets_a_hint() -> None:
    with pytest.raises(UsageError) as raised:
        parse_thresholds(edited("shema", 1), "last.json")
    assert raised.value.lines() == ["last.json: field 'shema' is unknown.", "Did you mean 'schema'?"]


@pytest.mark.parametrize(
    ("text", "words"), [("{", "is not JSON"), ("[]", "must hold a JSON object"), ("", "is not JSON")]
)
def test_what_is_no_document_is_a_usage_error(text: str, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_thresholds(text, "last.json")
    assert words in raised.value.problem
