"""Traits of groups: index, limits and q-values worked out by hand, and what levels are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from movement_cases import attributes

from crmcli.analysis.segment.levels import MISSING, OTHERS, Levels, levels
from crmcli.analysis.segment.profile import profile
from crmcli.errors import InputError, TooLittleDataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcli.analysis.segment.profile import Profile

IDS = [f"c{number:03d}" for number in range(100)]
GROUPS = pl.DataFrame({"customer_id": IDS, "group": ["best"] * 20 + ["rest"] * 80})
REGION = ["north"] * 12 + ["south"] * 8 + ["north"] * 24 + ["south"] * 56


def row(found: Profile, group: str, level: str, attribute: str = "region") -> dict[str, float]:
    rows = found.table.filter(pl.col("group") == group, pl.col("level") == level, pl.col("attribute") == attribute)
    return rows.row(0, named=True)


def test_the_worked_fixture() -> None:
    """12 of 20 against 36 of 100: .60 ÷ .36 = 1.6667; the exact p-value of 12/20 against 24/80 holds for all rows.

    It is Σ C(20,k)·C(80,36−k) ÷ C(100,36) over all k that are no more likely than 12. At Koopman's limits the fit with
    that ratio has a chi-square of 1.96² (checked by maximising the likelihood itself).
    """
    found = profile(GROUPS, attributes(IDS, region=REGION), 2)
    assert found.table.height == 4
    best = row(found, "best", "north")
    assert (best["customers"], best["group_share"], best["base_share"]) == (12, 0.6, 0.36)
    assert best["index"] == pytest.approx(5 / 3)
    # The limits of .60 ÷ .30; as a lift, R ÷ (.2·R + .8).
    low, high = 1.17266895, 3.17125427
    assert best["ci_low"] == pytest.approx(low / (0.2 * low + 0.8), abs=1e-6)
    assert best["ci_high"] == pytest.approx(high / (0.2 * high + 0.8), abs=1e-6)
    assert found.table["q_value"].to_list() == [pytest.approx(0.018489994, abs=1e-8)] * 4
    assert row(found, "rest", "north")["index"] == pytest.approx(0.3 / 0.36)
    assert {fact.name: fact.value for fact in found.facts} == {
        "profiled_customers": 100,
        "profile_comparisons": 4,
        "profile_findings": 4,
    }


def test_q_values_are_adjusted_over_all_rows() -> None:
    """A second attribute that tells nothing doubles the tests, so that the q-values of the first double."""
    noise = ["a", "b"] * 50
    found = profile(GROUPS, attributes(IDS, region=REGION, noise=noise), 2)
    assert row(found, "best", "north")["q_value"] == pytest.approx(2 * 0.018489994, abs=1e-8)
    assert row(found, "best", "a", "noise")["q_value"] == 1.0


def test_the_surest_come_first_and_the_missing_last() -> None:
    gaps = ["x"] * 20 + [None] * 80
    found = profile(GROUPS, attributes(IDS, region=REGION, gaps=gaps), 2).table
    assert found["level"].to_list()[:2] == ["x", "x"]
    assert found["index"].to_list()[:2] == [5.0, 0.0]
    assert found["level"].to_list()[-2:] == [MISSING, MISSING]


def test_the_base_are_the_customers_with_attributes() -> None:
    found = profile(GROUPS, attributes([*IDS[:50], "stranger"], region=[*REGION[:50], "east"]), 2)
    assert row(found, "best", "north")["base_share"] == pytest.approx(36 / 50)
    assert [note.code for note in found.notes] == ["customers_without_attributes", "attributes_without_customer"]


def test_an_attribute_may_be_called_like_a_column_of_ours() -> None:
    found = profile(GROUPS, attributes(IDS, group=REGION, value=REGION, level=REGION), 2)
    assert set(found.table["attribute"]) == {"group", "value", "level"}
    assert all(row(found, "best", "north", name)["index"] == pytest.approx(5 / 3) for name in ("group", "value"))


def test_nothing_to_compare_is_too_little() -> None:
    with pytest.raises(TooLittleDataError, match="one group, 'best'"):
        profile(GROUPS.filter(pl.col("group") == "best"), attributes(IDS, region=REGION), 2)
    with pytest.raises(TooLittleDataError, match="no attribute divides") as raised:
        profile(GROUPS, attributes(IDS, name=IDS), 2)
    assert raised.value.extent == "attributes left out: name (nearly every customer has a value of their own)"
    with pytest.raises(InputError, match="none of its 1 customer ids"):
        profile(GROUPS, attributes(["x"], region=["north"]), 2)


def labelled(values: Sequence[str | None] | Sequence[float | None]) -> Levels | str:
    dtype = pl.String if any(isinstance(value, str) for value in values) else pl.Float64
    return levels(pl.Series("a", values, dtype=dtype))


def order(values: Sequence[str | None] | Sequence[float | None]) -> tuple[str, ...]:
    found = labelled(values)
    assert isinstance(found, Levels)
    return found.order


def test_texts_by_frequency_with_the_rare_ones_together() -> None:
    assert order(["b"] * 10 + ["a"] * 11 + ["c"] * 9 + ["d"] + [None]) == ("a", "b", OTHERS, MISSING)


def test_levels_that_are_called_like_ours_are_counted_once() -> None:
    assert order([MISSING] * 12 + ["x"] * 11 + [None] * 10) == (MISSING, "x")
    assert order([OTHERS] * 12 + ["x"] * 11 + ["y"]) == (OTHERS, "x")
    found = profile(GROUPS, attributes(IDS, region=[MISSING] * 50 + ["x"] * 25 + [None] * 25), 2)
    assert found.table.select("group", "level").is_unique().all()
    assert int(found.table["customers"].sum()) == 100


def test_ratings_are_levels_as_they_are() -> None:
    assert order([5.0] * 10 + [1.0] * 10 + [3.0, None]) == ("1", "3", "5", MISSING)


def test_numbers_fall_into_five_ranges_of_equal_size_and_equal_ones_stay_together() -> None:
    found = labelled([float(number) for number in range(1, 101)])
    assert isinstance(found, Levels)
    assert found.order == ("1 to 20", "21 to 40", "41 to 60", "61 to 80", "81 to 100")
    assert found.level.value_counts()["count"].to_list() == [20] * 5
    assert order([0.0] * 60 + [number + 0.5 for number in range(40)]) == ("0", "0.5 to 19.5", "20.5 to 39.5")


def test_what_tells_nothing_is_left_out_with_a_reason() -> None:
    assert labelled([f"name {number}" for number in range(50)]) == "nearly every customer has a value of their own"
    assert labelled(["x"] * 20) == "the same for all customers"
    found = profile(GROUPS, attributes(IDS, region=REGION, name=IDS, one=["x"] * 100), 2)
    assert [note.text for note in found.notes] == [
        "attributes left out: name (nearly every customer has a value of their own); one (the same for all customers)"
    ]


@settings(max_examples=50)
@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=1, max_size=80))
def test_every_value_has_a_level_and_ranges_do_not_overlap(values: list[float | None]) -> None:
    found = labelled([*values, None, 0.25])
    if isinstance(found, Levels):
        assert found.level.null_count() == 0
        assert set(found.level) <= set(found.order)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("gh"), st.sampled_from("xyz")), min_size=30, max_size=60))
def test_shares_add_up_in_every_group(rows: list[tuple[str, str]]) -> None:
    ids = [f"c{number}" for number in range(len(rows))]
    groups = pl.DataFrame({"customer_id": ids, "group": [group for group, _ in rows]})
    if groups["group"].n_unique() < 2:
        return
    try:
        table = profile(groups, attributes(ids, trait=[trait for _, trait in rows]), 2).table
    except TooLittleDataError:
        return
    for _, shares in table.group_by("group"):
        assert shares["group_share"].sum() == pytest.approx(1)
        assert shares["base_share"].sum() == pytest.approx(1)
    assert (table["ci_low"] <= table["index"] + 1e-9).all()
    assert (table["index"] <= table["ci_high"] + 1e-9).all()
