"""Small groups are withheld, and cannot be reckoned back by a reader who knows the totals and the rule."""

from __future__ import annotations

import itertools
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli.reporting.suppression import open_groups, open_rows, suppress


def table(counts: list[Any], parts: list[Any] | None = None) -> dict[str, Any]:
    """Groups with their customers, money and share, and a part of the customers."""
    columns = [
        {"name": "group", "kind": "text", "unit": ""},
        {"name": "customers", "kind": "integer", "unit": "customers"},
        {"name": "part", "kind": "integer", "unit": "customers"},
        {"name": "revenue", "kind": "money", "unit": "money"},
        {"name": "share", "kind": "share", "unit": "of 1"},
        {"name": "orders", "kind": "integer", "unit": "orders"},
        {"name": "verdict", "kind": "text", "unit": ""},
    ]
    rows = [
        [f"g{number}", count, part, Decimal(100), 0.5, 3, "fine"]
        for number, (count, part) in enumerate(zip(counts, parts or [0] * len(counts), strict=True))
    ]
    return {"id": "t", "columns": columns, "rows": rows, "omitted": 0, "note": None}


def counts(found: dict[str, Any], place: int = 1) -> list[Any]:
    return [row[place] for row in found["rows"]]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ([9, 8, 7], [9, 8, 7]),
        ([9, 0, 7], [9, 0, 7]),
        ([9, 3, 7], [9, "<5", None]),
        ([9, 3, 7, 7], [9, "<5", None, None]),
        ([9, 3, 2, 7], [9, "<5", "<5", 7]),
        ([9, 1, 1, 7], [9, None, None, None]),
        ([9, 4, 4, 7], [9, None, None, None]),
        ([9, 1, 2, 7], [9, "<5", "<5", 7]),
        ([9, 1, 5], [9, None, None]),
        ([9, 4, 8], [9, None, None]),
        ([3, 0, 0], [None, None, None]),
        ([2, 3], ["<5", "<5"]),
        ([5, 9], [5, 9]),
        ([9, None, 3, "many", 7], [9, None, "<5", "many", None]),
    ],
)
def test_which_groups_are_withheld(given: list[Any], shown: list[Any]) -> None:
    assert counts(suppress(table(given), "customers")) == shown


def test_a_withheld_group_keeps_its_name_and_loses_every_figure() -> None:
    original = table([20, 3, 7])
    found = suppress(original, "customers")
    assert found["rows"] == [
        original["rows"][0],
        ["g1", "<5", None, None, None, None, None],
        ["g2", None, None, None, None, None, None],
    ]
    assert found["withheld"] == 2
    assert original == table([20, 3, 7]), "the one given is left as it is"
    assert suppress(table([9, 8]), "customers")["withheld"] == 0


def test_from_how_many_on_is_a_choice() -> None:
    assert counts(suppress(table([30, 9, 12]), "customers", least=10)) == [30, "<10", None]
    assert counts(suppress(table([30, 1, 12]), "customers", least=1)) == [30, 1, 12]
    assert counts(suppress(table([30, 1, 12]), "customers", least=2)) == [30, None, None], "a mark would say it is 1"


def test_where_rows_add_up_to_nothing_no_second_one_is_withheld() -> None:
    assert counts(suppress(table([9, 1, 7]), "customers", total_known=False)) == [9, "<5", 7]


def test_a_small_part_of_a_large_group_goes_with_the_shares_that_tell_it() -> None:
    found = suppress(table([50, 40, 30], [12, 2, 9]), "customers")
    assert found["rows"] == [
        ["g0", 50, 12, Decimal(100), 0.5, 3, "fine"],
        ["g1", 40, "<5", Decimal(100), None, 3, "fine"],
        ["g2", 30, None, Decimal(100), None, 3, "fine"],
    ]
    assert found["withheld"] == 2
    assert counts(suppress(table([50, 40, 3, 9], [12, 2, 1, 8]), "customers"), 2) == [12, "<5", None, None]


def test_dates_that_lead_are_names_and_others_figures() -> None:
    columns = [
        {"name": "day", "kind": "date", "unit": ""},
        {"name": "customers", "kind": "integer", "unit": "customers"},
        {"name": "last", "kind": "date", "unit": ""},
    ]
    rows = [["2024-01-01", 2, "2024-01-03"], ["2024-01-02", 30, "2024-01-03"], ["2024-01-03", 40, "2024-01-03"]]
    found = suppress({"columns": columns, "rows": rows}, "customers")
    assert found["rows"] == [["2024-01-01", "<5", None], ["2024-01-02", None, None], rows[2]]


@pytest.mark.parametrize(("groups", "top", "least"), [(2, 24, 5), (3, 16, 5), (4, 9, 4), (3, 12, 3), (3, 9, 2)])
def test_knowing_the_total_and_the_rule_no_small_number_is_certain(groups: int, top: int, least: int) -> None:
    """Every world that would be shown in the same way, by brute force."""
    worlds: dict[tuple[tuple[Any, ...], int], list[tuple[int, ...]]] = defaultdict(list)
    for world in itertools.product(range(top + 1), repeat=groups):
        shown = tuple(counts(suppress(table(list(world)), "customers", least=least)))
        worlds[shown, sum(world)].append(world)
    looked_at = 0
    for (shown, total), alike in worlds.items():
        unseen = total - sum(count for count in shown if isinstance(count, int))
        if unseen > top or not any(count == 0 or count >= least for world in alike for count in world):
            continue  # Worlds beyond those counted out here, or a table of nothing but small groups.
        for place, count in enumerate(shown):
            values = {world[place] for world in alike}
            if not isinstance(count, int) and any(0 < value < least for value in values):
                looked_at += 1
                assert len(values) > 1, (shown, total, alike)
    assert looked_at > 20


@given(st.lists(st.integers(0, 40), min_size=1, max_size=9), st.integers(2, 8))
def test_nothing_small_is_shown_and_nothing_is_left_alone(numbers: list[int], least: int) -> None:
    found = suppress(table(numbers), "customers", least=least)
    hidden = [place for place, count in enumerate(counts(found)) if not isinstance(count, int)]
    assert {place for place, count in enumerate(numbers) if 0 < count < least} <= set(hidden)
    assert len(hidden) != 1 or len(numbers) == 1, "one alone is the total less the others"
    assert found["withheld"] == len(hidden)
    for place, row in enumerate(found["rows"]):
        if place in hidden:
            assert row[1] in {None, f"<{least}"}
            assert set(row[2:]) == {None}
        else:
            assert row == table(numbers)["rows"][place]


@given(st.lists(st.tuples(st.integers(5, 40), st.integers(0, 40)), min_size=2, max_size=8))
def test_no_small_part_is_the_rest_of_its_column(pairs: list[tuple[int, int]]) -> None:
    groups, parts = [max(pair) for pair in pairs], [min(pair) for pair in pairs]
    shown = counts(suppress(table(groups, parts), "customers"), 2)
    hidden = [place for place, count in enumerate(shown) if not isinstance(count, int)]
    assert {place for place, count in enumerate(parts) if 0 < count < 5} <= set(hidden)
    assert len(hidden) != 1


@given(st.permutations(range(6)), st.lists(st.integers(0, 12), min_size=6, max_size=6))
def test_the_order_of_rows_says_nothing(order: list[int], numbers: list[int]) -> None:
    straight = counts(suppress(table(numbers), "customers"))
    shuffled = counts(suppress(table([numbers[place] for place in order]), "customers"))
    assert shuffled == [straight[place] for place in order]


def test_rows_that_add_up_apart_are_withheld_apart() -> None:
    rows = table([9, 2, 7, 3, 40])
    # Alone, 2 is what the known sum of its label leaves; 3 and 40 add up to nothing that is known.
    apart = suppress({**rows, "sums": ["up", "up", "up", None, None]}, "customers")
    assert counts(apart) == [9, "<5", None, "<5", 40]
    assert apart["withheld"] == 3
    assert suppress(apart, "customers") == apart
    assert open_rows(apart, "customers") == [0, 4]


def test_a_picture_shows_no_group_that_its_table_would_withhold() -> None:
    assert open_groups([9, 2, 7], 5) == [0]
    assert open_groups([9, 2, 3, 7], 5) == [0, 3]
    assert open_groups([9, 2, 7], 1) == [0, 1, 2]
    assert open_groups([], 5) == []
