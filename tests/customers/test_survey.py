from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from crmcli.customers.attributes import Attributes
from crmcli.customers.survey import survey_of
from crmcli.notes import Severity


def attributes(**columns: list[Any]) -> Attributes:
    return Attributes("customers.csv", pl.DataFrame({"customer_id": ["a", "b", "c"], **columns}))


def test_answers_are_found_by_their_headings() -> None:
    survey, notes = survey_of(
        attributes(Satisfaction=[4.0, None, 1.0], no_alternative=["yes", "No", None], age=[1.0] * 3)
    )
    assert survey is not None
    assert survey.rows() == [("a", 4.0, True), ("b", None, False), ("c", 1.0, None)]
    assert "attachment ← 'Satisfaction', no_alternative ← 'no_alternative'" in notes[0].text


@pytest.mark.parametrize(
    ("answers", "expected"),
    [(["是", "否", None], [True, False, None]), ([1.0, 0.0, None], [True, False, None])],
)
def test_yes_and_no_in_other_words(answers: list[Any], expected: list[bool | None]) -> None:
    survey, _ = survey_of(attributes(无替代=answers))
    assert survey is not None
    assert survey["no_alternative"].to_list() == expected


def test_without_such_columns_there_is_no_survey() -> None:
    assert survey_of(attributes(age=[1.0, 2.0, 3.0])) == (None, ())


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"satisfaction": ["good", "bad", "good"]}, "'satisfaction' holds texts and not numbers"),
        (
            {"no_alternative": ["yes", "perhaps", "no"]},
            "does not say yes or no but 'perhaps' (1 customer with neither)",
        ),
        ({"no_alternative": [1.0, 0.5, 0.0]}, "does not say yes or no but '0.5'"),
        ({"nps": [1.0, 2.0, 3.0], "satisfaction": [1.0, 2.0, 3.0]}, "'nps', 'satisfaction' could all be meant"),
    ],
)
def test_what_cannot_be_such_an_answer_is_not_used_and_said_so(columns: dict[str, list[Any]], words: str) -> None:
    survey, (note,) = survey_of(attributes(**columns))
    assert survey is None
    assert note.severity is Severity.WARNING
    assert words in note.text


def test_one_answer_is_used_though_the_other_cannot_be() -> None:
    survey, notes = survey_of(attributes(nps=[1.0, 2.0, 3.0], no_alternative=["?", "yes", "no"]))
    assert survey is not None
    assert survey.columns == ["customer_id", "attachment"]
    assert [note.code for note in notes] == ["survey", "survey_unused"]
