"""crmcli.toml and variables: what is accepted becomes a typed value, what is not names file, key and the way out."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli.config import Schema, merged_pairs, parse_configuration, variable_name
from crmcli.config_values import Kind, Setting, parse_variable
from crmcli.errors import UsageError

if TYPE_CHECKING:
    from crmcli.config import Configuration
    from crmcli.config_values import Value


def setting(name: str, kind: Kind, **more: Any) -> Setting:
    return Setting(name=name, parameter=name.replace("-", "_"), kind=kind, **more)


SHARED = {
    one.name: one
    for one in (
        setting("map", Kind.PAIRS, names=("customer_id", "date"), merges=True),
        setting("where", Kind.PAIRS),
        setting("as-of", Kind.DATE),
        setting("max-bad", Kind.LIMIT),
        setting("top", Kind.INTEGER, least=1),
        setting("money-scale", Kind.INTEGER, least=0, most=6),
        setting("strict", Kind.FLAG),
        setting("format", Kind.CHOICE, choices=("auto", "csv", "json")),
        setting("rejects", Kind.FILE, metavar="FILE"),
        setting("encoding", Kind.TEXT),
    )
}
OWN = {
    one.name: one
    for one in (
        setting("cuts", Kind.LISTED_PAIRS),
        setting("segments", Kind.FILE, metavar="grid10|FILE", words=("grid10", "FILE")),
        setting("rfm-method", Kind.TEXT),
        setting("names", Kind.LIST),
    )
}
SCHEMA = Schema(general=SHARED, commands={"segment": {**SHARED, **OWN}})


def parsed(text: str, source: str = "crmcli.toml") -> Configuration:
    return parse_configuration(text, source, SCHEMA)


def refused(text: str) -> list[str]:
    with pytest.raises(UsageError) as caught:
        parsed(text)
    return caught.value.lines()


def in_segment(text: str, key: str) -> Value:
    return parsed(f"[segment]\n{text}").commands["segment"][key]


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('as-of = "2026-01-31"', "2026-01-31"),
        ("as-of = 2026-01-31", "2026-01-31"),
        ('max-bad = "1%"', "1%"),
        ("max-bad = 20", "20"),
        ("top = 5", 5),
        ("strict = true", True),
        ('format = "JSON"', "json"),
        ('encoding = "gb18030"', "gb18030"),
        ('map = { customer_id = "Buyer", date = "Day" }', ["customer_id=Buyer", "date=Day"]),
        ('map = ["customer_id=Buyer"]', ["customer_id=Buyer"]),
        ('where = { Country = "France" }', ["Country=France"]),
        ('where = { Country = ["France", "Spain"], Year = 2026 }', ["Country=France", "Country=Spain", "Year=2026"]),
        ("where = { Day = 2026-01-31, Rate = 0.5 }", ["Day=2026-01-31", "Rate=0.5"]),
        ('where = ["a=b", "c=d"]', ["a=b", "c=d"]),
    ],
)
def test_values_are_typed_above_all_tables_and_in_the_table_of_a_command(line: str, value: Value) -> None:
    key = line.partition(" ")[0]
    assert parsed(line).general == {key: value}
    assert in_segment(line, key) == value


def test_lists_within_pairs_are_one_item_where_the_option_takes_a_list() -> None:
    assert in_segment("cuts = { recency_days = [30, 90], monetary = [9.5, 20] }", "cuts") == [
        "recency_days=30,90",
        "monetary=9.5,20",
    ]
    assert in_segment('cuts = { frequency = "2,3" }', "cuts") == ["frequency=2,3"]
    assert in_segment('names = ["a", "b"]', "names") == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("max_bad = 1", ["crmcli.toml: unknown key 'max_bad'", "Did you mean 'max-bad'?"]),
        ("[segmnt]", ["crmcli.toml: unknown key 'segmnt'", "Did you mean 'segment'?"]),
        (
            "[segment]\nrfm-metod = 1",
            ["crmcli.toml: unknown key 'rfm-metod' in [segment]", "Did you mean 'rfm-method'?"],
        ),
        (
            "rfm-method = 'crm'",
            ["crmcli.toml: rfm-method is no setting of all commands", "Put it into the table [segment]."],
        ),
        (
            "[map]\ncustomerid = 'x'",
            ["crmcli.toml: map has no name 'customerid'", "Did you mean 'customer_id'?"],
        ),
        (
            "[map]\ndate = 'x'\nmax-bad = 5",
            [
                "crmcli.toml: map has no name 'max-bad'",
                "What follows a table belongs to it: settings stand above all tables.",
                "Known are: customer_id, date",
            ],
        ),
        ("top = '5'", ["crmcli.toml: top must be a whole number from 1 on, not the text '5'"]),
        ("top = 0", ["crmcli.toml: top must be a whole number from 1 on, not 0"]),
        ("top = true", ["crmcli.toml: top must be a whole number from 1 on, not true"]),
        ("top = 1.5", ["crmcli.toml: top must be a whole number from 1 on, not 1.5"]),
        (
            "[segment]\nmoney-scale = 9",
            ["crmcli.toml: [segment] money-scale must be a whole number from 0 to 6, not 9"],
        ),
        ("strict = 1", ["crmcli.toml: strict must be true or false, not 1"]),
        ("encoding = 5", ["crmcli.toml: encoding must be a text, not 5"]),
        ("as-of = 2026-01-31T10:00:00", ["crmcli.toml: as-of must be a date, not 2026-01-31 10:00:00"]),
        ("rejects = ['x']", ["crmcli.toml: rejects must be a file name, not a list"]),
        ("where = 'a=b'", ["crmcli.toml: where must be a table, or a list of texts, not the text 'a=b'"]),
        ("where = ['a=b', 5]", ["crmcli.toml: where must be a table, or a list of texts, not a list"]),
        (
            "where = { a = { b = 1 } }",
            ["crmcli.toml: where.a must be a text, a number, a date, or a list of these, not a table"],
        ),
        ("map = { date = ['a', 'b'] }", ["crmcli.toml: map.date must be a text, not a list"]),
        ("segment = 5", ["crmcli.toml: segment must be a table, not 5", "Write: [segment]"]),
        (
            "format = 'jsn'",
            ["crmcli.toml: format must be one of auto, csv, json, not 'jsn'", "Did you mean 'json'?"],
        ),
    ],
)
def test_what_is_no_setting_is_refused_by_file_key_and_kind(text: str, lines: list[str]) -> None:
    assert refused(text) == lines


def test_an_unknown_key_like_no_other_shows_all() -> None:
    assert refused("zzzzzz = 1")[1].startswith("Known are: map, where, as-of")


@pytest.mark.parametrize(
    ("text", "place"),
    [("top = \n", "line 1, column 7"), ('a = "x"\n[b', "line 2, column 3"), ("top = 1\ntop = 2", "line 2")],
)
def test_what_is_not_toml_is_refused_with_line_and_column(text: str, place: str) -> None:
    problem, remedy = refused(text)
    assert problem.startswith("crmcli.toml is not TOML: ")
    assert place in problem
    assert "max-bad" in remedy


@pytest.mark.parametrize("text", ["top = " + "9" * 5000, "top = " + "[" * 5000])
def test_absurd_documents_are_refused_as_well(text: str) -> None:
    assert refused(text)[0].startswith("crmcli.toml is not TOML: ")


@pytest.mark.parametrize(
    ("source", "line", "value"),
    [
        ("crmcli.toml", 'rejects = "bad.csv"', "bad.csv"),
        ("../crmcli.toml", 'rejects = "bad.csv"', "../bad.csv"),
        ("conf/x.toml", 'rejects = "out/bad"', "conf/out/bad"),
        ("conf/x.toml", 'rejects = "/out/bad"', "/out/bad"),
        ("conf/x.toml", 'rejects = "-"', "-"),
        ("conf/x.toml", '[segment]\nsegments = "grid10"', "grid10"),
        ("conf/x.toml", '[segment]\nsegments = "rules.toml"', "conf/rules.toml"),
        ("conf/x.toml", '[segment]\nsegments = "dir/rules"', "conf/dir/rules"),
        ("conf/x.toml", '[segment]\nsegments = "gird10"', "gird10"),
    ],
)
def test_paths_are_relative_to_the_file(source: str, line: str, value: str) -> None:
    configuration = parsed(line, source)
    assert [*configuration.general.values(), *configuration.commands.get("segment", {}).values()] == [value]


def test_the_table_of_a_command_comes_before_the_top_level() -> None:
    configuration = parsed("top = 5\n[segment]\ntop = 7")
    assert configuration.layers("segment") == [{"top": 7}, {"top": 5}]
    assert configuration.layers("other") == [{}, {"top": 5}]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("strict", "Yes", True),
        ("strict", "0", False),
        ("top", " 5 ", 5),
        ("max-bad", "1%", "1%"),
        ("format", "CSV", "csv"),
        ("rejects", "bad.csv", "bad.csv"),
        ("where", "a=b;c=d", ["a=b", "c=d"]),
        ("where", " a=b ; ; c=d", ["a=b", "c=d"]),
        ("where", "a=b;c\nd=e\n", ["a=b;c", "d=e"]),
        ("where", "a=b;c\n", ["a=b;c"]),
    ],
)
def test_variables(name: str, text: str, value: Value) -> None:
    assert parse_variable(SHARED[name], text, "CRMCLI_X") == value


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("strict", "maybe", "CRMCLI_X must be true or false, not the text 'maybe'"),
        ("top", "many", "CRMCLI_X must be a whole number from 1 on, not the text 'many'"),
        ("top", "-3", "CRMCLI_X must be a whole number from 1 on, not -3"),
        ("format", "jsn", "CRMCLI_X must be one of auto, csv, json, not 'jsn'"),
    ],
)
def test_variables_that_are_no_value(name: str, text: str, problem: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_variable(SHARED[name], text, "CRMCLI_X")
    assert caught.value.problem == problem


def test_names_of_variables() -> None:
    assert variable_name("max-bad") == "CRMCLI_MAX_BAD"
    assert variable_name("rfm-method", "segment") == "CRMCLI_SEGMENT_RFM_METHOD"


def test_pairs_are_merged_name_by_name() -> None:
    assert merged_pairs([["a=1"], ["a=2", "b=3"], ["c=4", "b=5"]]) == ["a=1", "b=3", "c=4"]
    # Two of one name within a layer are kept: whoever reads them refuses that.
    assert merged_pairs([["a=1", "a=2"], ["a=3"]]) == ["a=1", "a=2"]


@given(st.text(max_size=60))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    with contextlib.suppress(UsageError):
        parsed(text)
