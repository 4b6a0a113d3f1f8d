from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from life_cases import gaps_of

from crmcli.analysis.segment.constants import Constants
from crmcli.analysis.segment.loyalty import PARTS, loyalty_index, loyalty_parts


def parts_of(days: dict[str, list[int]], end: int, **known: list[float | None]) -> pl.DataFrame:
    late = pl.Series(known.get("late", [0.0] * len(days)), dtype=pl.Float64)
    others = {
        name: pl.Series(known[name], dtype=pl.Float64) if name in known else None
        for name in ("discounted", "attachment")
    }
    return loyalty_parts(gaps_of(days, end), late, others["discounted"], others["attachment"])


def test_time_and_behaviour_by_hand() -> None:
    # START is 1 January 2024: day 30 is still in January, 31 is 1 February, 60 and 90 are in March, 91 is 1 April.
    days = {
        "even": [0, 30, 60, 90],
        "uneven": [0, 10, 60],
        "twice": [31, 60],
        "once": [91],
    }
    found = parts_of(days, 100, late=[0.5, 1.5, None, 0.0])
    assert found["tenure"].to_list() == [90, 0, 29, 60]
    # Ids stand sorted: even, once, twice, uneven. Months with an order ÷ months from the first to April.
    assert found["activity"].to_list() == pytest.approx([2 / 4, 1 / 1, 2 / 3, 2 / 4])
    # Gaps 30, 30, 30; gaps 10 and 50: mean 30, sample variance 800, CV² = 800/900; fewer than two gaps say nothing.
    assert found["regularity"].to_list() == [0, None, None, pytest.approx(-8 / 9)]
    assert found["punctuality"].to_list() == [-0.5, -1.5, None, 0.0]
    assert found["price"].to_list() == found["affect"].to_list() == [None] * 4


def test_price_and_affect_by_hand() -> None:
    found = parts_of({"a": [0], "b": [0], "c": [0]}, 9, discounted=[0.25, None, 1.0], attachment=[4.0, 2.0, None])
    assert found["price"].to_list() == [0.75, None, 0.0]
    assert found["affect"].to_list() == [4.0, 2.0, None]


def index(columns: dict[str, list[float | None]], constants: Constants | None = None) -> pl.DataFrame:
    height = len(next(iter(columns.values())))
    known = {name: columns.get(name, [None] * height) for name in PARTS}
    return loyalty_index(pl.DataFrame(known, schema=dict.fromkeys(PARTS, pl.Float64)), constants or Constants())


def test_the_index_is_the_mean_of_mid_ranks_over_the_parts_present() -> None:
    # Tenure ranks 1, 2½, 2½, 4 of four: 12.5, 50, 50, 87.5. Price ranks 2 and 1 of two: 75, 25.
    found = index({"tenure": [0, 9, 9, 30], "price": [1.0, None, 0.5, None]})
    assert found["loyalty_index"].to_list() == [(12.5 + 75) / 2, 50, (50 + 25) / 2, 87.5]
    assert found["loyalty_parts"].to_list() == ["tenure;price", "tenure", "tenure;price", "tenure"]


def test_weights() -> None:
    columns: dict[str, list[float | None]] = {"tenure": [0, 1], "price": [1.0, 0.0]}
    # Ranks of two: 25 and 75.
    found = index(columns, Constants(tenure_weight=3))
    assert found["loyalty_index"].to_list() == [(3 * 25 + 75) / 4, (3 * 75 + 25) / 4]
    without = index(columns, Constants(tenure_weight=0))
    assert without["loyalty_index"].to_list() == [75, 25]
    assert without["loyalty_parts"].to_list() == ["price", "price"]


def test_no_part_with_a_weight_is_no_index() -> None:
    found = index({"tenure": [0, 1], "price": [None, 0.0]}, Constants(tenure_weight=0))
    assert found.rows() == [(None, ""), (50.0, "price")]
    nothing = Constants(**{f"{name}_weight": 0 for name in PARTS})
    assert index({"tenure": [0, 1]}, nothing).rows() == [(None, ""), (None, "")]


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.none() | st.integers(-5, 5).map(float)] * len(PARTS)), min_size=1, max_size=30))
def test_it_stays_within_0_and_100_and_centres_at_50(rows: list[tuple[float | None, ...]]) -> None:
    columns = {name: [row[place] for row in rows] for place, name in enumerate(PARTS)}
    found = index(columns)["loyalty_index"].drop_nulls()
    assert ((found > 0) & (found < 100)).all()
    for name, values in columns.items():
        alone = index({name: values})["loyalty_index"].drop_nulls()
        if len(alone):
            assert alone.mean() == pytest.approx(50)


@settings(deadline=None)
@given(st.lists(st.integers(-9, 9).map(float), min_size=2, max_size=30))
def test_more_is_never_less_loyal_whatever_the_order_of_rows(values: list[float]) -> None:
    found = index({"tenure": list(values)})["loyalty_index"].to_list()
    ranked = [position for _, position in sorted(zip(values, found, strict=True))]
    assert ranked == sorted(ranked)
    reverse = index({"tenure": list(reversed(values))})["loyalty_index"].to_list()
    assert reverse == list(reversed(found))
