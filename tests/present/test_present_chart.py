"""Charts and intervals of block characters."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli.analysis.views import Chart, Column, Kind, View
from crmcli.present.chart import chart
from crmcli.present.tables import fitted, span

VIEW = View(
    name="tracking",
    title="Tracking",
    meaning="",
    columns=(
        Column("section", Kind.TEXT, ""),
        Column("key", Kind.TEXT, ""),
        Column("actual", Kind.NUMBER, ""),
        Column("expected", Kind.NUMBER, ""),
    ),
    chart=Chart("Purchases", (("actual", "as they came"), ("expected", "model")), ("section", "a"), "b", "key"),
)


def table(actual: list[float | None], expected: list[float | None]) -> pl.DataFrame:
    n = len(actual)
    schema = {"section": pl.String, "key": pl.String, "actual": pl.Float64, "expected": pl.Float64}
    rows = [("a", str(i + 1), actual[i], expected[i]) for i in range(n)] + [("b", "x", 1e9, 1e9)]
    return pl.DataFrame(rows, schema=schema, orient="row")


def test_a_rising_line_fills_the_area_below_it() -> None:
    drawn = chart(table([0, 1, 2, 3, 4], [0, 1, 2, 3, 4]), VIEW, 46)
    assert drawn is not None
    title, *lines, axis, keys = drawn.plain.splitlines()
    assert title == "Purchases   █ as they came   o model"
    assert lines[0].startswith("4 │")
    assert len(lines) == 10
    assert lines[0].endswith("oooo")
    assert lines[5].rstrip().endswith("█████")
    assert axis == f"0 └{'─' * 43}"
    assert keys.split() == ["1", "5"]


def test_rows_of_other_sections_are_not_drawn() -> None:
    drawn = chart(table([1, 2, 3], [1, 2, 3]), VIEW, 60)
    assert drawn is not None
    assert "1,000,000,000" not in drawn.plain


@pytest.mark.parametrize("values", [[], [1.0, 2.0], [0.0, 0.0, 0.0], [None, None, None]])
def test_nothing_to_see_is_not_drawn(values: list[float | None]) -> None:
    assert chart(table(values, values), VIEW, 80) is None


def test_no_room_is_no_chart() -> None:
    assert chart(table([1, 2, 3], [1, 2, 3]), VIEW, 21) is None


@given(st.lists(st.floats(0, 1e9), min_size=3, max_size=200), st.integers(24, 200))
def test_lines_never_exceed_the_width(values: list[float], width: int) -> None:
    drawn = chart(table(list(values), [value / 2 for value in values]), VIEW, width)
    if drawn is not None:
        assert max(len(line) for line in drawn.plain.splitlines()[1:]) <= width


@pytest.mark.parametrize(
    ("parts", "drawn"),
    [
        ((0.0, 0.0, 0.0), "●"),
        ((0.0, 0.5, 0.99), "─────●────"),
        ((0.2, 0.4, 0.6), "  ──●──"),
        ((0.0, 0.3, 0.0), "─  ●"),
        ((0.5, 1.0, 1.0), "     ────●"),
    ],
)
def test_an_interval_is_a_line_with_a_mark(parts: tuple[float, float, float], drawn: str) -> None:
    assert span(parts, 10) == drawn


@given(st.tuples(*[st.floats(-1, 2)] * 3).map(sorted), st.integers(1, 20))
def test_an_interval_stays_within_its_width(parts: list[float], width: int) -> None:
    assert len(span(tuple(parts), width)) <= width
    assert span(tuple(parts), width).count("●") == 1


def test_a_column_with_a_span_gets_a_picture() -> None:
    columns = (
        Column("key", Kind.TEXT, ""),
        Column("low", Kind.NUMBER, ""),
        Column("value", Kind.NUMBER, ""),
        Column("high", Kind.NUMBER, "", span=("low", "value", "high")),
    )
    view = View("intervals", "Intervals", "", columns)
    frame = pl.DataFrame({"key": ["a", "b"], "low": [0.0, 5.0], "value": [2.0, 7.5], "high": [4.0, 10.0]})
    found, omitted = fitted(frame, view, 80, 2)
    assert omitted == []
    assert len(found.columns) == 5
    assert list(found.columns[4].cells)[1].plain.strip() == "──●──"  # type: ignore[union-attr]
