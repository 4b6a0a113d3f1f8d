"""Counting each value once changes no count, and amounts known to have cents alone need no look at each one."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcli.transactions import amounts
from crmcli.transactions.amounts import AmountDetector
from crmcli.transactions.tally import distinct, merged

TEXTS = st.sampled_from(
    ["1", "12.50", "0.5", "1.234", "1234.567", "-3.10", "7.005", "12,50", "$4.00", " 5.00", "n/a", "", "x", None, ".5"]
)


def reading_of(values: list[str | None], scale: int = 2) -> tuple[object, list[bool], dict[str, object]]:
    """The reading of a column, which values it rounds, and what was counted."""
    detector = AmountDetector("a", "a", pl.String(), pl.Series(dtype=pl.String), None)
    frame = pl.DataFrame({"a": values}, schema={"a": pl.String})
    evidence = frame.lazy().select(**detector.evidence()).collect().row(0, named=True)
    found = merged(evidence["tally"])
    counts = {name: count for name, count in found.counts.items() if not name.startswith("finer")}
    try:
        reading = detector.decide(evidence)
    except Exception as error:  # noqa: BLE001 — a refusal is an answer, too
        return str(error), [], {**counts, **found.examples}
    rounded = frame.select(reading.rounded(pl.col("a"), scale)).to_series().to_list()
    return reading, rounded, {**counts, **found.examples}


@settings(max_examples=80, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=12), st.integers(1, 4))
def test_repeated_values_are_counted_as_often_as_they_stand(values: list[str | None], times: int) -> None:
    column = values * times
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(amounts, "distinct", lambda each: each)
        expected = reading_of(column)
    assert reading_of(column) == expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(amounts, "distinct", lambda each: each.unique())
        assert reading_of(column) == expected


@settings(max_examples=80, deadline=None)
@given(st.lists(st.decimals(-999, 999, places=3).map(str) | st.decimals(-999, 999, places=2).map(str), min_size=1))
def test_what_needs_rounding_is_found_whatever_the_column_is_known_to_hold(values: list[str]) -> None:
    _, rounded, _ = reading_of(["5.25", *values])
    expected = [len(text.partition(".")[2].rstrip("0")) > 2 for text in ["5.25", *values]]
    assert rounded == expected


def test_a_column_of_cents_is_known_to_need_no_rounding() -> None:
    for values, cents in ((["1.25", "3"], True), (["1.25", "4321.125"], False), (["1.25", "1.125"], False)):
        reading, rounded, _ = reading_of([*values, None])
        assert getattr(reading, "cents", None) is cents
        assert rounded == [not cents and text.endswith("125") for text in values] + [False]
    assert reading_of(["1.25", "3.10"], scale=1)[1] == [True, False]


def test_values_are_taken_once_only_where_they_repeat() -> None:
    repeated, new = pl.Series(["a", "b"] * 5_000), pl.Series([str(n) for n in range(10_000)])
    assert sorted(distinct(repeated)) == ["a", "b"]
    assert distinct(new) is new
    assert distinct(pl.Series([], dtype=pl.String)).len() == 0
