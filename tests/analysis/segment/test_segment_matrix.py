from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcli.analysis.segment.matrix import AxisCut, MatrixCuts, matrix_cells, matrix_table, parse_cuts, value_cut
from crmcli.errors import UsageError

if TYPE_CHECKING:
    from fractions import Fraction


def customers(index: list[float | None], value: list[str]) -> pl.DataFrame:
    money = pl.Series([Decimal(amount) for amount in value], dtype=pl.Decimal(38, 2))
    return pl.DataFrame({"loyalty_index": pl.Series(index, dtype=pl.Float64), "value": money, "monetary": money})


FOUR = customers([90.0, 10.0, 80.0, 20.0], ["100", "200", "5", "-3"])


def test_both_axes_are_cut_at_their_medians() -> None:
    # Medians: 50, and 52.50.
    assert matrix_cells(FOUR, MatrixCuts(), 2).to_list() == ["keep", "convert", "grow", "economise"]


def test_at_the_cut_is_high() -> None:
    three = customers([10.0, 20.0, 30.0], ["1", "2", "3"])
    assert matrix_cells(three, MatrixCuts(), 2).to_list() == ["economise", "keep", "keep"]


def test_all_equal_is_all_high() -> None:
    assert set(matrix_cells(customers([50.0] * 3, ["1"] * 3), MatrixCuts(), 2)) == {"keep"}


def test_cuts_of_ones_own() -> None:
    cuts = parse_cuts(["loyalty=15", "value=100.01"])
    assert matrix_cells(FOUR, cuts, 2).to_list() == ["grow", "convert", "grow", "grow"]
    assert matrix_cells(FOUR, parse_cuts(["loyalty=80", "value=0%"]), 2).to_list() == [
        "keep",
        "convert",
        "keep",
        "convert",
    ]


def test_the_table_and_who_has_no_index() -> None:
    rows = customers([90.0, None, 10.0], ["5", "7", "9"])
    table, notes = matrix_table(rows, matrix_cells(rows, MatrixCuts(), 2), 2)
    assert table.rows() == [
        ("high", "high", "keep", 0, Decimal("0.00")),
        ("low", "high", "convert", 1, Decimal("9.00")),
        ("high", "low", "grow", 1, Decimal("5.00")),
        ("low", "low", "economise", 0, Decimal("0.00")),
    ]
    assert [note.code for note in notes] == ["matrix_no_index"]
    whole, silent = matrix_table(FOUR, matrix_cells(FOUR, MatrixCuts(), 2), 2)
    assert (whole["customers"].sum(), silent) == (4, ())


@pytest.mark.parametrize(
    ("items", "loyalty", "value"),
    [
        ([], "50 %", "50 %"),
        (["80%"], "80 %", "80 %"),
        (["80%", "value=99.5%"], "80 %", "99.5 %"),
        ([" loyalty = 60 ", "value=1e3"], "60", "1E+3"),
        (["value=-5"], "50 %", "-5"),
    ],
)
def test_cuts_as_they_are_written(items: list[str], loyalty: str, value: str) -> None:
    cuts = parse_cuts(items)
    assert (str(cuts.loyalty), str(cuts.value)) == (loyalty, value)


@pytest.mark.parametrize(
    "item", ["60", "much", "loyalty=", "values=3", "value=101%", "value=-1%", "value=nan", "50%%", "=5", "value=1e99"]
)
def test_what_is_no_cut(item: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_cuts([item])
    assert item in caught.value.problem
    assert caught.value.remedy


@settings(deadline=None)
@given(
    st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=30),
    st.fractions(0, 1, max_denominator=100),
)
def test_the_value_cut_is_the_type_7_quantile_exactly(units: list[int], quantile: Fraction) -> None:
    found = value_cut(pl.Series(units, dtype=pl.Int128), AxisCut(quantile), 2)
    place = quantile * (len(units) - 1)
    low, part = divmod(place, 1)
    rising = sorted(units)
    exact = rising[int(low)] + part * (rising[min(int(low) + 1, len(units) - 1)] - rising[int(low)])
    assert found == math.ceil(exact)
    assert float(exact) == pytest.approx(float(np.quantile(units, float(quantile))), abs=1e-3)
