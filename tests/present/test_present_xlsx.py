"""A workbook: what is on which sheet, how it looks, what it refuses, and that nothing in it can act."""

from __future__ import annotations

import dataclasses
import datetime as dt
import getpass
import importlib.util
import io
import platform
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import fastexcel
import polars as pl
import pytest
from hostile import NAMES
from hypothesis import given
from hypothesis import strategies as st
from present_samples import AS_OF, CATALOGUE, CUSTOMERS, customers, frame, result, segments
from sheets import parts, sheets

from crmcli.analysis.result import Result
from crmcli.analysis.views import Catalogue, Column, Kind, View
from crmcli.cli.views import CATALOGUES
from crmcli.errors import OutputError, UsageError
from crmcli.notes import Severity
from crmcli.present import xlsx, xlsx_frame
from crmcli.present.console import Environment
from crmcli.present.emit import Delivery, check, deliver, wanted_views, wants_facts
from crmcli.present.formats import Format
from crmcli.present.safe import safe_text
from crmcli.present.xlsx import sheet_name, workbook
from crmcli.present.xlsx_cells import cell, column_letters

if TYPE_CHECKING:
    from pathlib import Path

    from crmcli.present.xlsx import Workbook

LOAD = {"rows_read": 12, "gross": Decimal("1.50"), "as_of": "2024-06-30", "as_of_given": False, "files": [1]}
REMARK = {"code": "late", "severity": "warning", "text": "Two rows came late."}


def content(book: Workbook) -> bytes:
    return b"".join(book.pieces())


def one_column(kind: Kind, values: list[Any], money_scale: int = 2) -> Result:
    view = View("v", "", "", (Column("x", kind, "what it is", "units"), Column("y", Kind.TEXT, "")))
    table = frame(view, [[value, None] for value in values], money_scale)
    return Result(Catalogue("any", (view,), default="v", page=()), AS_OF, money_scale, {"v": table}, (), ())


def as_written(value: object) -> object:
    return Decimal(str(value)) if isinstance(value, int | float | Decimal) else value


def test_one_sheet_a_view_with_facts_before_and_meanings_after_them() -> None:
    book = sheets(content(workbook(result(), None, {**LOAD, "notes": [REMARK]})))
    assert list(book) == ["facts", *result().tables, "columns"]
    facts = {str(row[0].value): row for row in book["facts"] if 0 in row}
    assert facts["as_of"][2].date() == AS_OF
    assert facts["rows_read"][2].value == Decimal(12)
    assert facts["gross"][2].value == Decimal("1.50")
    assert not {"as_of_given", "files"} & set(facts)
    assert (facts["late"][1].value, facts["late"][2].value) == (REMARK["text"], "warning")
    for fact in result().facts:
        held = facts[fact.name].get(2)
        assert (held and (held.date() if fact.kind is Kind.DATE else held.value)) == as_written(fact.value)
        assert facts[fact.name][1].value == fact.label
    for note in result().notes:
        assert facts[note.code][1].value == safe_text(note.text)
    meanings = [[entry.value for entry in row.values()] for row in book["columns"]]
    assert ["customers", "recency_days", "integer", "days", "Days since the last order"] in meanings


def test_a_view_that_is_asked_for_is_the_only_sheet() -> None:
    assert list(sheets(content(workbook(result(), "segments", LOAD)))) == ["segments"]


@pytest.mark.parametrize(
    ("kind", "value", "held", "number_format"),
    [
        (Kind.ID, "007", "007", "@"),
        (Kind.ID, "12345678901234567890123456789", "12345678901234567890123456789", "@"),
        (Kind.ID, "1e5", "1e5", "@"),
        (Kind.TEXT, "=1+1", "=1+1", "General"),
        (Kind.TEXT, "http://a.example", "http://a.example", "General"),
        (Kind.TEXT, " padded ", " padded ", "General"),
        (Kind.TEXT, "", "", "General"),
        (Kind.FLAGS, "a;b", "a;b", "General"),
        (Kind.DATE, dt.date(2024, 2, 29), Decimal(45351), "yyyy-mm-dd"),
        (Kind.DATE, dt.date(1900, 3, 1), Decimal(61), "yyyy-mm-dd"),
        (Kind.INTEGER, -1200, Decimal(-1200), "#,##0"),
        (Kind.MONEY, Decimal("-1234.50"), Decimal("-1234.50"), "#,##0.00"),
        (Kind.SHARE, 0.1 + 0.2, Decimal("0.30000000000000004"), "0.0%"),
        (Kind.NUMBER, 1e-7, Decimal("1e-7"), "[>=1]#,##0.00;[<=-1]-#,##0.00;General"),
        (Kind.BOOLEAN, True, True, "General"),
        (Kind.BOOLEAN, False, False, "General"),
    ],
)
def test_each_kind_has_its_type_and_its_look(kind: Kind, value: Any, held: Any, number_format: str) -> None:
    header, row, empty = sheets(content(workbook(one_column(kind, [value, None]), "v", {})))["v"]
    assert [entry.value for entry in header.values()] == ["x", "y"]
    assert (row[0].value, row[0].number_format) == (held, number_format)
    assert empty == {}, "what is missing is blank"


@pytest.mark.parametrize(("scale", "shown"), [(0, "#,##0"), (4, "#,##0.0000")])
def test_money_shows_its_decimals(scale: int, shown: str) -> None:
    rows = sheets(content(workbook(one_column(Kind.MONEY, [Decimal(7)], scale), "v", {})))["v"]
    assert rows[1][0].number_format == shown


def test_another_reader_sees_the_same_ids_and_types() -> None:
    names = [name for name in NAMES if name.isprintable()]
    book = content(workbook(one_column(Kind.ID, [*names, "007"]), "v", {}))
    table = pl.read_excel(io.BytesIO(book), sheet_name="v", schema_overrides={"y": pl.String})
    assert table["x"].to_list() == [*names, "007"]
    assert fastexcel.read_excel(book).sheet_names == ["v"]


def test_headings_are_bold_frozen_and_filtered_and_columns_wide_enough() -> None:
    book = parts(content(workbook(result(), "customers", {})))
    sheet = book["xl/worksheets/sheet1.xml"]
    assert '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' in sheet
    assert '<autoFilter ref="A1:L13"/>' in sheet
    assert "numberStoredAsText" in sheet
    assert sheet.count("<col ") == len(CUSTOMERS.columns)
    assert "<b/>" in book["xl/styles.xml"]
    assert 'quotePrefix="1"' in book["xl/styles.xml"], "a text that is edited stays one"
    wide = one_column(Kind.TEXT, ["x" * 40, "北京" * 10])
    assert 'width="41.7' in parts(content(workbook(wide, "v", {})))["xl/worksheets/sheet1.xml"]


def test_a_table_without_rows_is_still_a_sheet() -> None:
    empty = dataclasses.replace(result(), tables={"segments": segments().clear()})
    assert len(sheets(content(workbook(empty, None, {})))["segments"]) == 1


def test_rows_of_several_pieces_are_numbered_through() -> None:
    values = [str(number) for number in range(40_000)]
    rows = sheets(content(workbook(one_column(Kind.TEXT, values), "v", {})))["v"]
    assert [row[0].value for row in rows[1:]] == values


def test_the_file_says_nothing_of_who_made_it_when_and_where() -> None:
    book = parts(content(workbook(result(), None, LOAD)))
    everything = "".join(book.values())
    assert f"{AS_OF}T00:00:00Z" in book["docProps/core.xml"]
    assert str(dt.datetime.now(dt.UTC).year) not in book["docProps/core.xml"].replace(str(AS_OF), "")
    assert platform.node() not in everything
    assert f">{getpass.getuser()}<" not in everything
    undated = dataclasses.replace(result(), as_of=None)
    assert content(workbook(undated, None, LOAD)) == content(workbook(undated, None, LOAD))


def test_what_a_sheet_cannot_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    workbook(one_column(Kind.TEXT, ["x" * 32_767, "北" * 20_000, "👩" * 16_383]), "v", {})
    for long in ("x" * 32_768, "👩" * 16_384):
        with pytest.raises(OutputError, match=r"v\.x: 1 text longer than 32,767") as caught:
            workbook(one_column(Kind.TEXT, [long, "x"]), "v", {})
        assert ".parquet" in str(caught.value.remedy)
    monkeypatch.setattr(xlsx, "MOST_ROWS", 12)
    with pytest.raises(OutputError, match="12 rows; a sheet holds 11") as caught:
        workbook(result(), None, {})
    assert "--where" in str(caught.value.remedy)
    monkeypatch.setattr(xlsx, "MOST_ROWS", 13)
    book = workbook(result(), None, {})
    monkeypatch.setattr(xlsx_frame, "_LARGEST_SHEET_BYTES", 5_000)
    with pytest.raises(OutputError, match="2 GiB"):
        content(book)


@pytest.mark.parametrize(
    ("kind", "values", "says"),
    [
        (Kind.MONEY, [Decimal("9999999999999.99")], None),
        (Kind.MONEY, [Decimal("10000000000000.01"), Decimal("-10000000000000.01"), Decimal(1)], "v.x: 2 numbers of"),
        (Kind.INTEGER, [10**15 - 1, -(10**15) + 1], None),
        (Kind.INTEGER, [-(10**15)], "v.x: 1 number of more than 15 digits"),
        (Kind.DATE, [dt.date(1900, 2, 28), dt.date(1900, 3, 1)], "v.x: 1 date before 1900-03-01, as text"),
        (Kind.MONEY, [None], None),
    ],
)
def test_what_a_sheet_changes_is_told(kind: Kind, values: list[Any], says: str | None) -> None:
    book = workbook(one_column(kind, values), None, {})
    assert [note.text[: len(says)] for note in book.notes] == [says] if says else book.notes == ()
    told = [row[0].value for row in sheets(content(book))["facts"] if 0 in row]
    assert [note.code in told for note in book.notes] == [True] * len(book.notes)


def test_digits_beyond_a_spreadsheet_are_a_warning_on_stderr(tmp_path: Path) -> None:
    errors = io.StringIO()
    environment = Environment(None, io.BytesIO(), errors)
    deliver(one_column(Kind.MONEY, [Decimal(10**20)]), Delivery(output=tmp_path / "o.xlsx"), environment)
    assert errors.getvalue().startswith("crmcli: warning: v.x: 1 number of more than 15 digits")
    assert workbook(one_column(Kind.INTEGER, [2**62]), "v", {}).notes[0].severity is Severity.WARNING


def test_a_refusal_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "o.xlsx"
    target.write_bytes(b"old")
    environment = Environment(None, io.BytesIO(), io.StringIO())
    with pytest.raises(OutputError):
        deliver(one_column(Kind.TEXT, ["x" * 40_000]), Delivery(output=target), environment)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_the_run_computes_what_the_page_shows_unless_one_view_is_asked_for(tmp_path: Path) -> None:
    environment = Environment(None, io.BytesIO(), io.StringIO())
    whole = Delivery(output=tmp_path / "o.xlsx")
    one = dataclasses.replace(whole, view="segments")
    assert wanted_views(whole, CATALOGUE, environment) == {"customers", "segments"}
    assert wanted_views(one, CATALOGUE, environment) == {"segments"}
    assert wants_facts(whole, environment)
    assert not wants_facts(one, environment)
    deliver(dataclasses.replace(result(), tables={"customers": customers()}), whole, environment)
    assert list(sheets((tmp_path / "o.xlsx").read_bytes())) == ["facts", "customers", "columns"]
    with pytest.raises(UsageError, match="not computed"):
        deliver(dataclasses.replace(result(), tables={"customers": customers()}), one, environment)


def test_without_the_extra_nothing_is_begun(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    environment = Environment(None, io.BytesIO(), io.StringIO())
    for wanted in (Delivery(output=tmp_path / "o.xlsx"), Delivery(format=Format.XLSX)):
        with pytest.raises(UsageError, match="xlsxwriter") as caught:
            check(wanted, CATALOGUE, environment)
        assert caught.value.exit_code == 2
        assert "pip install 'crmcli[excel]'" in str(caught.value.remedy)
    check(Delivery(output=tmp_path / "o.csv"), CATALOGUE, environment)


def test_names_of_all_views_are_legal_sheet_names() -> None:
    for catalogue in CATALOGUES.values():
        taken: list[str] = ["facts"]
        assert [sheet_name(name, taken) for name in catalogue.names()] == list(catalogue.names())


@given(st.lists(st.text(st.sampled_from("aA[]:*?/\\'hH12") | st.characters(exclude_categories=["Cs"])), max_size=6))
def test_any_names_become_legal_and_different(names: list[str]) -> None:
    taken: list[str] = []
    legal = [sheet_name(name, taken) for name in [*names, "History", "x" * 40, "X" * 40]]
    assert taken == legal
    assert len({name.casefold() for name in legal}) == len(legal)
    for name in legal:
        assert 1 <= len(name) <= 31
        assert not set(name) & set("[]:*?/\\")
        assert name.strip("'") == name
        assert name.casefold() != "history"
        assert not any(ord(mark) < 0x20 for mark in name)


@pytest.mark.parametrize(("index", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_are_named_as_spreadsheets_do(index: int, letters: str) -> None:
    assert column_letters(index) == letters


@given(st.text() | st.integers() | st.dates() | st.booleans() | st.decimals(allow_nan=False, allow_infinity=False))
def test_a_single_cell_is_written_like_one_of_a_table(value: Any) -> None:
    kinds = {str: Kind.TEXT, int: Kind.INTEGER, dt.date: Kind.DATE, bool: Kind.BOOLEAN}
    kind = kinds.get(type(value))
    if kind is None or (kind is Kind.INTEGER and abs(value) >= 2**63):
        assert cell(0, 2, 1, value).startswith('<c r="A2" s="1"><v>')
        return
    sheet = parts(content(workbook(one_column(kind, [value]), "v", {})))["xl/worksheets/sheet1.xml"]
    number = sheet.split('<c r="A2" s="')[1].split('"')[0]
    assert cell(0, 2, int(number), value) in sheet
