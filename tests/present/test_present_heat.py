"""Grids as people see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from present_samples import AS_OF, result
from rich.cells import cell_len

from crmcli.analysis.conform import view_schema
from crmcli.analysis.result import Result
from crmcli.analysis.views import Catalogue, Column, Cross, Kind, View
from crmcli.present.page import page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syrupy.assertion import SnapshotAssertion

SEGMENTS = (
    "champions",
    "loyal_customers",
    "potential_loyalists",
    "new_customers",
    "promising",
    "need_attention",
    "about_to_sleep",
    "at_risk",
    "cant_lose",
    "hibernating",
)


def moves(cross: Cross) -> View:
    columns = (
        Column("from_segment", Kind.TEXT, "Before."),
        Column("to_segment", Kind.TEXT, "Now."),
        Column("customers", Kind.INTEGER, "Who moved.", "customers"),
        Column("revenue", Kind.MONEY, "Theirs.", "money"),
    )
    return View("moves", "Moves", "Who moved.", columns, cross=cross)


def shown(view: View, rows: Sequence[tuple[object, ...]], width: int) -> str:
    frame = pl.DataFrame(rows, schema=view_schema(view, 2), orient="row")
    catalogue = Catalogue("segment", (view,), view.name, ())
    return page(
        Result(catalogue, AS_OF, 2, {view.name: frame}, (), ()), view=view.name, top=3, width=width, colour=False
    )


COUNTED = Cross("Where customers went", "from_segment", "to_segment", "customers")
OF_ROW = Cross("Where customers went", "from_segment", "to_segment", "customers", of_row=True)


@pytest.mark.parametrize("width", [80, 120])
def test_ten_by_ten(width: int, snapshot: SnapshotAssertion) -> None:
    rows = [
        (one, other, (7 * i + 3 * j) ** 2 * (9_999 if i == j else 10) // 10, None)
        for i, one in enumerate(SEGMENTS)
        for j, other in enumerate(SEGMENTS)
        if (i + j) % 4 != 1
    ]
    text = shown(moves(OF_ROW), rows, width)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert text == snapshot


def test_shades_are_quarters_of_the_largest_cell() -> None:
    rows = [
        ("a", "x", 100, None),
        ("a", "y", 75, None),
        ("b", "x", 74, None),
        ("b", "y", 25, None),
        ("c", "x", 24, None),
    ]
    lines = [line.split() for line in shown(moves(COUNTED), rows, 80).splitlines()]
    assert ["a", "100", "██", "75", "██"] in lines
    assert ["b", "74", "▓▓", "25", "▒▒"] in lines
    assert ["c", "24", "░░", "·"] in lines


def test_shades_of_a_row_are_parts_of_the_row() -> None:
    rows = [("a", "x", 1, None), ("a", "y", 3, None), ("b", "x", 10, None), ("b", "y", 990, None)]
    lines = [line.split() for line in shown(moves(OF_ROW), rows, 80).splitlines()]
    assert ["a", "1", "▒▒", "3", "██"] in lines
    assert ["b", "10", "░░", "990", "██"] in lines


def test_columns_follow_the_order_of_rows() -> None:
    rows = [("b", "a", 1, None), ("a", "c", 1, None), ("a", "b", 1, None)]
    lines = [line.split() for line in shown(moves(COUNTED), rows, 80).splitlines()]
    assert ["to", "segment", "→", "b", "a", "c"] in lines


def test_numbers_stand_in_order_without_a_hole() -> None:
    columns = (Column("r", Kind.INTEGER, "R.", "1 to k"), Column("f", Kind.INTEGER, "F.", "1 to k"))
    view = View("scores", "Scores", "", columns, cross=Cross("R by F", "r", "f", falling=True))
    lines = [line.split() for line in shown(view, [(1, 10), (3, 8), (3, 8)], 80).splitlines()]
    assert lines[4:9] == [
        ["f", "→", "8", "9", "10"],
        lines[5],
        ["3", "2", "██", "·", "·"],
        ["2", "·", "·", "·"],
        lines[8],
    ]
    assert lines[8] == ["1", "·", "·", "1", "▓▓"]


def test_numbers_far_apart_are_not_filled_in() -> None:
    columns = (Column("r", Kind.INTEGER, "R.", "days"), Column("f", Kind.INTEGER, "F.", "days"))
    view = View("far", "Far", "", columns, cross=Cross("R by F", "r", "f"))
    lines = [line.split() for line in shown(view, [(1, 1), (10**12, 7)], 80).splitlines()]
    assert ["1000000000000", "·", "·", "·", "·", "·", "·", "1", "██"] in lines


def test_a_label_stands_over_its_number() -> None:
    columns = (Column("r", Kind.TEXT, "R."), Column("f", Kind.TEXT, "F."), Column("name", Kind.TEXT, "N."))
    view = View("cells", "Cells", "", columns, cross=Cross("R by F", "r", "f", label="name"))
    lines = [line.split() for line in shown(view, [("high", "low", "grow_on"), ("low", "low", "[/]")], 80).splitlines()]
    at = lines.index(["high", "grow", "on"])
    assert lines[at + 1 : at + 4] == [["1", "██"], ["low", "[/]"], ["1", "██"]]


def test_what_is_no_grid_is_left_out() -> None:
    wide = [(f"a{n}", f"b{n}", 1, None) for n in range(16)]
    assert "shaded" not in shown(moves(COUNTED), wide, 200), "too many"
    assert "shaded" not in shown(moves(COUNTED), wide[:12], 40), "no room"
    assert "shaded" not in shown(moves(COUNTED), [], 80), "nothing to show"
    scores = (Column("r", Kind.INTEGER, "R.", "1 to k"), Column("f", Kind.INTEGER, "F.", "1 to k"))
    unknown = View("scores", "Scores", "", scores, cross=Cross("R by F", "r", "f"))
    assert "shaded" not in shown(unknown, [(None, None)], 80), "nothing known"
    assert "shaded" not in page(result(), view=None, top=None, width=80, colour=False), "none declared"


def test_money_and_missing_names() -> None:
    money = Cross("Where money went", "from_segment", "to_segment", "revenue")
    rows = [("a", None, 1, None), ("a", "客户", 1, 1_234_567)]
    lines = [line.split() for line in shown(moves(money), rows, 80).splitlines()]
    assert ["a", "1,234,567.00", "██"] in lines
