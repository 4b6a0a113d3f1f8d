"""Migration between segments: who counts, which order, where bands lie."""

from __future__ import annotations

from itertools import pairwise

from chart_rows import EN, MIGRATION, layers, texts
from hypothesis import given
from hypothesis import strategies as st

from crmcli.reporting.charts.migration import migration_flows
from crmcli.reporting.charts.migration_layout import Layout, Move

NAMES = "abcdef"
MOVES = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.integers(1, 500)).filter(
        lambda move: move[0] != move[1]
    ),
    min_size=1,
    unique_by=lambda move: move[:2],
)


def _moves(drawn: list[tuple[str, str, int]]) -> list[Move]:
    """`a` is the best segment."""
    return [Move(before, now, customers, up=now < before) for before, now, customers in drawn]


def test_only_own_behaviour_up_or_down_has_a_band() -> None:
    down, up = layers(migration_flows(MIGRATION, EN), "area")

    assert {(point["band"], point["customers"]) for point in down} == {("champions → loyal_customers", 10)}
    assert {(point["band"], point["customers"]) for point in up} == {
        ("loyal_customers → champions", 7),
        ("hibernating → champions", 2),
    }


def test_totals_and_the_largest_moves_are_told() -> None:
    picture = migration_flows(MIGRATION, EN)

    assert picture is not None
    assert picture.alt == (
        "Moved up: 9 customers. Moved down: 10 customers. From Champions to Loyal customers: 10. "
        "From Loyal customers to Champions: 7. From Hibernating to Champions: 2."
    )
    assert {"9 moved up", "10 moved down", "Champions"} <= set(texts(picture))


def test_only_the_largest_moves_are_drawn_and_it_says_so() -> None:
    rows = [
        {"from_segment": f"a{n}", "to_segment": f"b{n}", "own_behaviour": n, "direction": "demoted"}
        for n in range(1, 51)
    ]
    picture = migration_flows(rows, EN)

    assert {point["customers"] for point in layers(picture, "area")[0]} == set(range(11, 51))
    assert "drawn: the 40 largest of 50 moves" in texts(picture)
    assert "50" in texts(picture)
    assert "1" in texts(picture)


@given(MOVES)
def test_who_moves_up_rises_and_who_moves_down_falls(drawn: list[tuple[str, str, int]]) -> None:
    layout = Layout(_moves(drawn), 0.0, 40)

    for move, band in layout.bands():
        assert (band[-1].top < band[0].top) is move.up


@given(MOVES)
def test_lines_lie_below_one_another_and_hold_their_bands(drawn: list[tuple[str, str, int]]) -> None:
    layout = Layout(_moves(drawn), 10.0, 40)
    lines = {line.segment: line for line in layout.lines}

    assert all(above.bottom == below.top for above, below in pairwise(layout.lines))
    assert sum(line.left for line in layout.lines) == sum(line.joined for line in layout.lines)
    for move, band in layout.bands():
        assert lines[move.before].top <= band[0].top
        assert band[0].bottom <= lines[move.before].bottom
        assert lines[move.now].top <= band[-1].top
        assert band[-1].bottom <= lines[move.now].bottom


def test_directions_that_contradict_one_another_still_give_an_order() -> None:
    circle = [Move("a", "b", 1, up=True), Move("b", "c", 1, up=True), Move("c", "a", 1, up=True)]

    assert sorted(Layout(circle, 0.0, 40).segments) == ["a", "b", "c"]


def test_nothing_gives_no_picture() -> None:
    assert migration_flows([], EN) is None
    assert migration_flows(MIGRATION[3:], EN) is None
