"""The page, line by line, as snapshots that a reviewer reads like a designer."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest
from present_samples import CATALOGUE, customers, result, segments
from rich.cells import cell_len

from crmcli.present.page import page

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

ESCAPE = re.compile("\x1b\\[[0-9;]*m")


@pytest.mark.parametrize("width", [80, 120])
def test_the_whole_page(width: int, snapshot: SnapshotAssertion) -> None:
    text = page(result(), view=None, top=None, width=width, colour=False)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert text == snapshot


@pytest.mark.parametrize("width", [80, 120])
def test_one_view(width: int, snapshot: SnapshotAssertion) -> None:
    assert page(result(), view="segments", top=2, width=width, colour=False) == snapshot


def test_colour_changes_no_letter() -> None:
    plain = page(result(), view=None, top=None, width=100, colour=False)
    coloured = page(result(), view=None, top=None, width=100, colour=True)
    assert "\x1b" not in plain
    assert coloured != plain
    stripped = [line.rstrip() for line in ESCAPE.sub("", coloured).splitlines()]
    assert stripped == plain.splitlines()


def test_colours_suit_dark_and_light_terminals() -> None:
    coloured = page(result(), view=None, top=None, width=100, colour=True)
    codes = {code for match in ESCAPE.findall(coloured) for code in match[2:-1].split(";")}
    assert codes <= {"", "0", "1", "2", "32", "33", "36"}, "bold, dim, green, yellow, cyan; no background"


def test_the_process_has_no_say(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = page(result(), view=None, top=None, width=100, colour=False)
    for name, value in {"FORCE_COLOR": "1", "GITHUB_ACTIONS": "true", "COLUMNS": "60", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    assert page(result(), view=None, top=None, width=100, colour=False) == plain


def test_the_last_line_of_rows_says_how_to_get_the_rest() -> None:
    text = page(result(), view=None, top=3, width=100, colour=False)
    assert "3 of 12 rows · all: crmcli segment … -o customers.csv" in text
    assert "--view segments -o" not in text, "summary tables are short, and shown whole"
    assert " rows · all" not in page(result(), view=None, top=12, width=100, colour=False)


def test_of_a_series_in_time_the_last_rows_are_shown() -> None:
    series = replace(CATALOGUE.view("segments"), from_end=True)
    catalogue = replace(CATALOGUE, views=(series,), default="segments")
    text = page(replace(result(), catalogue=catalogue), view="segments", top=1, width=100, colour=False)
    assert "refunders" in text
    assert "at_risk" not in text
    assert "1 of 6 rows" in text


def test_a_view_that_was_not_computed_is_not_on_the_page() -> None:
    text = page(result({"customers": customers()}), view=None, top=None, width=80, colour=False)
    assert "Segments" not in text
    assert "More tables" not in text
    only = page(result({"segments": segments()}), view=None, top=None, width=80, colour=False)
    assert "customer id" not in only


def test_an_empty_table_says_so() -> None:
    text = page(result({"customers": customers().clear()}), view="customers", top=None, width=80, colour=False)
    assert "(no rows)" in text


def test_a_date_that_differs_from_the_title_is_shown() -> None:
    other = customers().with_columns(pl.lit(dt.date(2020, 2, 2)).alias("as_of"))
    assert "2020-02-02" not in page(result(), view="customers", top=2, width=200, colour=False)
    assert "2020-02-02" in page(result({"customers": other}), view="customers", top=2, width=200, colour=False)


def test_the_default_view_on_the_page_is_shown_once() -> None:
    assert CATALOGUE.default not in CATALOGUE.page
    text = page(result(), view=None, top=None, width=100, colour=False)
    assert text.count("\nCustomers\n") == 1
