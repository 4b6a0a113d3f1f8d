"""The facts file."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import math
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from present_samples import result

from crmcli.analysis.result import Fact
from crmcli.analysis.views import Kind
from crmcli.present.facts import facts_json

LOAD = {"rows": {"used": 3, "read": 4}, "files": ["a\udcff.csv"], "as_of": dt.date(2024, 6, 30), "none": None}
SETTINGS = {"money_scale": 2, "max_bad": 0.005, "strict": False, "map": [], "profile": {}}


def test_what_it_holds() -> None:
    written = facts_json(result(), load=LOAD, settings=SETTINGS)
    assert b'"value": 2500315.60' in written, "money keeps its decimals"
    document = json.loads(written)
    assert list(document) == ["schema_version", "command", "as_of", "facts", "notes", "load", "settings"]
    assert document["schema_version"] == 1
    assert (document["command"], document["as_of"]) == ("segment", "2024-06-30")
    assert document["facts"]["pooled_gap"] == {"value": 94, "unit": "days", "label": "Typical time between orders"}
    assert document["facts"]["first_date"]["value"] == "1997-01-01"
    assert document["facts"]["window"]["value"] is None
    assert list(document["facts"]) == [fact.name for fact in result().facts]
    assert document["notes"][1]["severity"] == "warning"
    assert document["load"]["files"] == ["a\udcff.csv"]
    assert list(document["load"]) == ["as_of", "files", "none", "rows"]
    assert document["settings"] == {"map": [], "max_bad": 0.005, "money_scale": 2, "profile": {}, "strict": False}


def test_the_order_of_keys_does_not_depend_on_the_caller() -> None:
    turned = dict(reversed(LOAD.items()))
    assert facts_json(result(), load=turned, settings={}) == facts_json(result(), load=LOAD, settings={})


@pytest.mark.parametrize("value", [math.nan, math.inf, Decimal("NaN")])
def test_what_is_no_number_is_null(value: float | Decimal) -> None:
    odd = dataclasses.replace(result(), facts=(Fact("x", "X", value, Kind.NUMBER),))
    assert json.loads(facts_json(odd, load={}, settings={}))["facts"]["x"]["value"] is None


SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=5)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(max_size=3), SCALARS | st.lists(SCALARS, max_size=3), max_size=3))
def test_whatever_is_given_reads_back(load: dict[str, object]) -> None:
    assert json.loads(facts_json(result(), load=load, settings={}))["load"] == load


def test_an_unknown_type_is_a_bug() -> None:
    with pytest.raises(TypeError, match="object has no place"):
        facts_json(result(), load={"x": object()}, settings={})
