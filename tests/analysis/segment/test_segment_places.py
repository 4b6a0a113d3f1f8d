from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcli.analysis.segment.places import among_first


def first(keys: list[int], count: int, *, descending: bool = False) -> list[bool]:
    key = pl.Series("key", keys, dtype=pl.Int128)
    ranked = key.sort(descending=descending)
    return key.to_frame().select(among_first(pl.col("key"), ranked, count, descending=descending))["key"].to_list()


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, [False, False, True, False]),
        (2, [True, False, True, False]),
        (3, [True, True, True, False]),
    ],
)
def test_equal_keys_are_counted_off_in_row_order(count: int, expected: list[bool]) -> None:
    assert first([5, 5, -2, 5], count) == expected


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(-3, 3), min_size=2, max_size=20), st.integers(1, 19), st.booleans())
def test_it_agrees_with_a_stable_sort(keys: list[int], count: int, descending: bool) -> None:  # noqa: FBT001
    count = min(count, len(keys) - 1)
    chosen = sorted(range(len(keys)), key=lambda row: -keys[row] if descending else keys[row])[:count]
    assert first(keys, count, descending=descending) == [row in chosen for row in range(len(keys))]
