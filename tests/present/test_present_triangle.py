"""Cohorts as people see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from crmcli.analysis.views import Column, Kind, Triangle, View
from crmcli.present.triangle import triangle

if TYPE_CHECKING:
    from collections.abc import Sequence

VIEW = View(
    name="cohorts",
    title="Cohorts",
    meaning="",
    columns=(
        Column("cohort", Kind.TEXT, ""),
        Column("age", Kind.INTEGER, ""),
        Column("size", Kind.INTEGER, ""),
        Column("share", Kind.SHARE, ""),
    ),
    triangle=Triangle("Kept", "cohort", "age", "size", "share", "all"),
)


def frame(rows: Sequence[tuple[str, int, int, float | None]]) -> pl.DataFrame:
    schema = {"cohort": pl.String, "age": pl.Int64, "size": pl.Int64, "share": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


ROWS = [
    ("2024-01", 0, 1200, 1.0),
    ("2024-01", 1, 1200, 0.4),
    ("2024-01", 2, 1200, 0.004),
    ("2024-02", 0, 90, 1.0),
    ("2024-02", 1, 90, None),
    ("all", 0, 1290, 1.0),
    ("all", 1, 1200, 0.1),
]


def drawn(rows: Sequence[tuple[str, int, int, float | None]], width: int = 80) -> list[str]:
    found = triangle(frame(rows), VIEW, width)
    assert found is not None
    return [line.rstrip() for line in found.plain.splitlines()]


def test_percent_and_shade_stand_in_each_cell_and_the_unfinished_is_hatched() -> None:
    assert drawn(ROWS) == [
        "Kept, in percent; █ is 40 % (age 0 aside); ╱╱ not over yet",
        "                   0    1    2",
        "2024-01  1,200   100█  40█  <1░",
        "2024-02     90   100█ ╱╱╱╱",
        "all      1,290   100█  10▒",
    ]


def test_an_age_without_a_row_is_unknown() -> None:
    assert "╱╱╱╱  20" in drawn([("a", 0, 5, 1.0), ("a", 2, 5, 0.2)])[2]


def test_a_narrow_page_shows_fewer_ages_and_says_so() -> None:
    rows = [("2024-01", age, 10, 1 / (age + 1)) for age in range(40)]
    lines = drawn(rows, 60)
    assert max(map(len, lines)) <= 60
    assert lines[-1].startswith("Shown: ages up to ")
    assert lines[-1].endswith(" of 39.")


def test_many_cohorts_show_the_last_and_all() -> None:
    rows = [(f"{1900 + number}", age, 10, 1.0) for number in range(30) for age in (0, 1)] + [("all", 0, 300, 1.0)]
    lines = drawn(rows)
    assert lines[2].startswith("1915")
    assert lines[-2].startswith("all")
    assert lines[-1] == "Shown: the last 15 of 30 cohorts."


@pytest.mark.parametrize("width", [10, 14])
def test_no_room(width: int) -> None:
    assert triangle(frame(ROWS), VIEW, width) is None


def test_nothing_to_show() -> None:
    assert triangle(frame([]), VIEW, 80) is None
    assert len(drawn([("2024-01", 0, 3, 1.0)])) == 3
    assert len(drawn([("2024-01", 0, 3, None)])) == 3
