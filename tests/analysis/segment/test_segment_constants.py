from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest

from crmcli.analysis.segment.constants import CONSTANT_NAMES, Constants, parse_constants
from crmcli.errors import UsageError


def test_nothing_given_is_the_definition() -> None:
    assert parse_constants({}) == Constants()


def test_some_given() -> None:
    found = parse_constants({"late_limit": "2.5", "young_orders": "4", "attachment_cut": "-1"})
    assert found == Constants(late_limit=2.5, young_orders=4, attachment_cut=-1)


@pytest.mark.parametrize(
    ("name", "text", "range_"),
    [
        ("late_limit", "soon", "a number from 0 on"),
        ("late_limit", "-1", "a number from 0 on"),
        ("young_orders", "2.5", "a whole number from 1 on"),
        ("window_share", "1.1", "a number from 0.01 to 1"),
        ("overdue_quantile", "nan", "a number from 0.5 to 1"),
        ("tenure_weight", "inf", "a number from 0 on"),
        ("attachment_cut", "x", "must be a number"),
    ],
)
def test_a_value_out_of_its_range(name: str, text: str, range_: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_constants({name: text})
    assert f"--constants {name}={text}" in caught.value.problem
    assert range_ in caught.value.problem


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        parse_constants({"late_limits": "2"})
    assert "late_limit" in str(caught.value.remedy)


def test_every_constant_says_what_it_does_and_its_default_is_allowed() -> None:
    for one in dataclasses.fields(Constants):
        assert one.metadata["meaning"].endswith("."), one.name
        if one.default is not None:
            assert parse_constants({one.name: str(one.default)}) == Constants(), one.name
    assert len(CONSTANT_NAMES) == len(dataclasses.fields(Constants))


def test_the_declarations_are_light() -> None:
    code = "import sys, crmcli.analysis.segment.constants; print('polars' in sys.modules, 'numpy' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "False"]
