"""Survival curves as people see them."""

from __future__ import annotations

import polars as pl

from crmcli.analysis.views import Column, Curve, Kind, View
from crmcli.present.curve import curve

VIEW = View(
    name="survival",
    title="Survival",
    meaning="",
    columns=(Column("group", Kind.TEXT, ""), Column("time", Kind.INTEGER, ""), Column("survival", Kind.SHARE, "")),
    curve=Curve("Still there", "group", "time", "survival", "all"),
)


def frame(groups: dict[str, list[float]]) -> pl.DataFrame:
    rows = [(name, time, value) for name, values in groups.items() for time, value in enumerate(values, 1)]
    return pl.DataFrame(rows, schema={"group": pl.String, "time": pl.Int64, "survival": pl.Float64}, orient="row")


FALLING = [1 - time / 100 for time in range(1, 91)]


def drawn(groups: dict[str, list[float]], width: int = 80) -> list[str]:
    found = curve(frame(groups), VIEW, width)
    assert found is not None
    return found.plain.splitlines()


def test_the_area_falls_from_one_to_the_last_value() -> None:
    lines = drawn({"all": FALLING})
    assert lines[0] == "Still there, half by day 50"
    area = lines[1:9]
    assert area[0].startswith("100 % █")
    assert area[4].startswith(" 50 % ")
    filled = [sum(line[6 + column] == "█" for line in area if len(line) > 6 + column) for column in range(50)]
    assert filled == sorted(filled, reverse=True)
    assert filled[0] == 8
    assert lines[9].split() == ["day", "0", "day", "90"]


def test_groups_are_lines_of_blocks_with_their_median_or_end() -> None:
    lines = drawn({"all": FALLING, "fast": [0.5, 0.2, 0.1], "slow": [0.99, 0.98]})
    assert lines[-2].startswith("fast ")
    assert lines[-2].endswith("half by day 1")
    assert lines[-1].startswith("slow ")
    assert lines[-1].endswith("98 % at the end")


def test_nothing_is_wider_than_the_page() -> None:
    for width in (72, 80, 120):
        assert max(map(len, drawn({"all": FALLING, "a group of a long name": FALLING}, width))) <= width


def test_no_curve_without_room_or_times() -> None:
    assert curve(frame({"all": FALLING}), VIEW, 30) is None
    assert curve(frame({"all": [0.9, 0.8]}), VIEW, 80) is None
    assert curve(frame({"other": FALLING}), VIEW, 80) is None
