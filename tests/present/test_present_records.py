"""The same cell in every format, whatever the cell holds."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from cells import agree, rows_of_csv, rows_of_json, text_of
from hostile import NAMES
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from present_samples import CUSTOMERS, SEGMENTS, customers, frame, segments

from crmcli.analysis.views import Column, Kind, View
from crmcli.cli.views import CATALOGUES
from crmcli.errors import InternalError
from crmcli.present.formats import Format
from crmcli.present.records import encode

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

HOSTILE = [
    *NAMES,
    "",
    "\r\n",
    "nul\x00",
    "👩\u200d👧",
    "北京",
    "_x0041_x0042_",
    "<r><t>rich</t></r>",
    "]]>",
    "\ufffe\uffff",
    "back\\slash \\| `code` <b> [l](u) *e* _u_ ~s~ &amp; $m$",
    " 007 ",
    "1e5",
    "}{",
    "null",
    "\t",
    '"money":"1.00","id":',
]
TEXT = st.one_of(st.none(), st.sampled_from(HOSTILE), st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
BIG = 10**20
CELLS: dict[Kind, SearchStrategy[Any]] = {
    Kind.ID: TEXT,
    Kind.TEXT: TEXT,
    Kind.FLAGS: TEXT,
    Kind.DATE: st.none() | st.dates(max_value=dt.date(9999, 12, 30)),
    Kind.INTEGER: st.none() | st.integers(-(2**63), 2**63 - 1),
    Kind.MONEY: st.none() | st.decimals(-BIG, BIG, places=2, allow_nan=False),
    Kind.SHARE: st.none() | st.floats(),
    Kind.NUMBER: st.none() | st.floats(),
    Kind.BOOLEAN: st.none() | st.booleans(),
}
EVERY_KIND = View("everything", "Everything", "All kinds.", tuple(Column(kind.value, kind, "Any") for kind in (*Kind,)))
DECLARED = [view for catalogue in CATALOGUES.values() for view in catalogue.views]
FLOAT_KINDS = {Kind.SHARE, Kind.NUMBER}


@st.composite
def views(draw: st.DrawFn) -> View:
    kinds = draw(st.lists(st.sampled_from(Kind), min_size=2, max_size=6))
    return View("v", "V", "", tuple(Column(f"{kind.value}_{n}", kind, "") for n, kind in enumerate(kinds)))


@st.composite
def tables(draw: st.DrawFn) -> tuple[View, list[list[Any]]]:
    view = draw(views())
    return view, draw(st.lists(st.tuples(*(CELLS[column.kind] for column in view.columns)).map(list), max_size=8))


def canonical(value: Any, kind: Kind) -> Any:
    """What a cell means: floats that are no number are missing."""
    if kind in FLOAT_KINDS and value is not None:
        return value if abs(value) < float("inf") else None
    return value


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables())
@example((EVERY_KIND, [["a", "b", "c", dt.date(1, 2, 3), 1, Decimal("12.00"), 1e-5, 1e16, True], [None] * 9]))
@example((View("m", "", "", (Column("m", Kind.MONEY, ""), Column("n", Kind.MONEY, ""))), [[None, Decimal("-0.05")]]))
def test_the_same_cell_in_every_format(case: tuple[View, list[list[Any]]]) -> None:
    view, rows = case
    table = frame(view, rows)
    kinds = [column.kind for column in view.columns]
    expected = [[canonical(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in rows]
    assert agree(table, view) == expected


@pytest.mark.parametrize("view", DECLARED, ids=lambda view: f"{view.name}")
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(st.data())
def test_the_same_cell_in_every_format_of_every_declared_view(view: View, data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.tuples(*(CELLS[column.kind] for column in view.columns)).map(list), max_size=4))
    agree(frame(view, rows), view)


def numbers(values: list[float | None]) -> tuple[View, pl.DataFrame]:
    view = View("n", "", "", (Column("id", Kind.ID, ""), Column("x", Kind.NUMBER, "")))
    return view, frame(view, [[str(n), value] for n, value in enumerate(values)])


def test_floats_are_the_shortest_text_that_reads_back() -> None:
    view, table = numbers([1e-5, 1e-7, 0.1, 1 / 3, 1e15, 1e16, 5e-324, -0.0, float("nan"), float("-inf")])
    cells = [row[1] for row in rows_of_csv(text_of(table, view, Format.CSV), ",")[1:]]
    expected = ["0.00001", "1e-7", "0.1", "0.3333333333333333", "1000000000000000.0", "1e+16", "5e-324", "0.0"]
    assert cells == [*expected, "", ""]


@pytest.mark.parametrize(("scale", "text"), [(0, "12"), (2, "12.00"), (4, "12.0000")])
def test_money_has_exactly_its_decimals(scale: int, text: str) -> None:
    view = View("m", "", "", (Column("id", Kind.ID, ""), Column("money", Kind.MONEY, "")))
    table = frame(view, [["a", Decimal(12)]], scale)
    assert text_of(table, view, Format.CSV, scale) == f"id,money\na,{text}\n"
    assert text_of(table, view, Format.NDJSON, scale) == f'{{"id":"a","money":{text}}}\n'


def test_csv_quotes_only_what_needs_it_and_tells_empty_from_missing() -> None:
    view = View("t", "", "", (Column("a", Kind.TEXT, ""), Column("b", Kind.TEXT, "")))
    table = frame(view, [["x y", ""], ["a,b", None], ['q"', "l\nf"], ["t\tb", "=1"]])
    assert text_of(table, view, Format.CSV) == 'a,b\nx y,""\n"a,b",\n"q""","l\nf"\nt\tb,=1\n'
    assert text_of(table, view, Format.TSV) == 'a\tb\nx y\t""\na,b\t\n"q"""\t"l\nf"\n"t\tb"\t=1\n'


def test_json_is_one_object_a_line() -> None:
    view = View("t", "", "", (Column("a", Kind.TEXT, ""), Column("n", Kind.INTEGER, "")))
    table = frame(view, [["x\x1b", 1], [None, None]])
    assert text_of(table, view, Format.JSON) == '[\n{"a":"x\\u001b","n":1},\n{"a":null,"n":null}\n]\n'


def test_an_empty_table_is_still_a_document() -> None:
    table = segments().clear()
    assert text_of(table, SEGMENTS, Format.JSON) == "[]\n"
    assert text_of(table, SEGMENTS, Format.NDJSON) == ""
    assert text_of(table, SEGMENTS, Format.CSV) == ",".join(SEGMENTS.column_names()) + "\n"
    assert len(text_of(table, SEGMENTS, Format.MARKDOWN).splitlines()) == 2


@pytest.mark.parametrize("fmt", [fmt for fmt in Format if fmt not in {Format.AUTO, Format.TABLE, Format.XLSX}])
def test_pieces_join_without_a_seam(fmt: Format) -> None:
    view, small = numbers([float(n) for n in range(7)])
    table = pl.concat([small] * 40_000)  # More rows than any piece, and a frame in many chunks.
    whole = b"".join(encode(table, view, fmt, 2))
    assert whole == b"".join(encode(table.rechunk(), view, fmt, 2))
    if fmt is Format.JSON:
        assert len(rows_of_json(whole.decode())) == 280_000
    elif fmt is not Format.PARQUET:
        headings = {Format.CSV: 1, Format.TSV: 1, Format.MARKDOWN: 2, Format.NDJSON: 0}
        assert whole.count(b"\n") == 280_000 + headings[fmt]


DIGEST = """
import hashlib, polars as pl, datetime as dt
from present_samples import CATALOGUE, CUSTOMERS, customers
from crmcli.analysis.result import Result
from crmcli.present.formats import Format
from crmcli.present.records import encode
from crmcli.present.xlsx import workbook
table = pl.concat([pl.concat([customers()] * 200, rechunk=True)] * 60)
book = workbook(Result(CATALOGUE, dt.date(2024, 1, 1), 2, {"customers": table}, (), ()), None, {})
makers = {fmt: encode(table, CUSTOMERS, fmt, 2) for fmt in list(Format)[2:] if fmt is not Format.XLSX}
for name, pieces in {**makers, "xlsx": book.pieces()}.items():
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    print(name, digest.hexdigest())
"""


def test_the_same_bytes_with_any_number_of_threads_and_in_any_locale() -> None:
    base = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
    surroundings = [
        {"POLARS_MAX_THREADS": "1", "LANG": "C", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "1"},
        {"POLARS_MAX_THREADS": "8", "LANG": "en_US.UTF-8", "TZ": "America/Lima", "PYTHONHASHSEED": "2"},
    ]
    command = [sys.executable, "-c", DIGEST]
    digests = [subprocess.check_output(command, env=base | extra) for extra in surroundings]
    assert digests[0] == digests[1]


def test_formulas_are_disarmed_on_request_only() -> None:
    view = View("t", "", "", (Column("id", Kind.ID, ""), Column("n", Kind.INTEGER, "")))
    starts = ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "\x00=1", "＝1", "＋1", "－1", "＠x", "a=1", "", None]
    table = frame(view, [[text, -1] for text in starts])
    plain = rows_of_csv(text_of(table, view, Format.CSV), ",")
    safe = rows_of_csv(b"".join(encode(table, view, Format.CSV, 2, spreadsheet_safe=True)).decode(), ",")
    assert [row[0] for row in plain[1:]] == [text or "" for text in starts]
    assert [row[0] for row in safe[1:]] == [f"'{text}" for text in starts[:11]] + ["a=1", "", ""]
    assert {row[1] for row in safe[1:]} == {"-1"}


@pytest.mark.parametrize("heading", ["=1+1", "+a", "-a", "@a", "\ta", "\ra", "\x00a", "＝1", "＋1", "－1", "＠x"])
def test_headings_are_disarmed_as_well(heading: str) -> None:
    view = View("t", "", "", (Column(heading, Kind.ID, ""), Column("plain", Kind.ID, "")))
    table = frame(view, [["a", "b"]])
    for fmt, separator in ((Format.CSV, ","), (Format.TSV, "\t")):
        safe = rows_of_csv(b"".join(encode(table, view, fmt, 2, spreadsheet_safe=True)).decode(), separator)
        assert safe == [[f"'{heading}", "plain"], ["a", "b"]]


def test_a_frame_that_breaks_its_declaration_is_our_own_error() -> None:
    with pytest.raises(InternalError, match="declares frequency"):
        encode(customers().drop("frequency"), CUSTOMERS, Format.CSV, 2)
    with pytest.raises(InternalError, match="declares monetary"):
        encode(customers(), CUSTOMERS, Format.CSV, 3)


def test_columns_beyond_the_declaration_are_left_out() -> None:
    extended = segments().with_columns(helper=1).select(pl.all().reverse())
    shuffled = extended.select(sorted(extended.columns))
    header = text_of(shuffled, SEGMENTS, Format.CSV).splitlines()[0]
    assert header == ",".join(SEGMENTS.column_names())
