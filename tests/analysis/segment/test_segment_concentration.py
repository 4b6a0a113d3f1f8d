from __future__ import annotations

from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from segment_cases import pyramid

from crmcli.analysis.segment.concentration import concentration
from crmcli.analysis.segment.money import minor_units


def measures(units: list[int]) -> dict[str, float | None]:
    return concentration(pl.Series(units, dtype=pl.Int128))[0]


def codes(units: list[int]) -> list[str]:
    return [note.code for note in concentration(pl.Series(units, dtype=pl.Int128))[1]]


def test_the_hand_fixture() -> None:
    units = pyramid().frame.select(minor_units("monetary")).to_series()
    result, notes = concentration(units)
    assert result["gini"] == pytest.approx(0.8472, abs=5e-13)
    assert result["top_1_percent_share"] == 0.5
    assert result["top_5_percent_share"] == 0.73
    assert result["top_20_percent_share"] == 0.93
    assert result["largest_share"] == 0.5
    assert result["customers_for_80_percent"] == 5 + 6  # 876 of 1200, and 84 more take six customers of 16 each.
    assert result["hhi"] == pytest.approx((600**2 + 4 * 69**2 + 15 * 16**2 + 80 * 1.05**2) / 1200**2)
    assert notes == ()


def test_equal_customers_are_not_concentrated() -> None:
    result = measures([7, 7, 7, 7, 7])
    assert result["gini"] == 0
    assert result["hhi"] == 0.2
    assert result["customers_for_80_percent"] == 4


def test_a_single_customer_holds_everything() -> None:
    assert measures([9]) == {
        "gini": 0.0,
        "top_1_percent_share": 1.0,
        "top_5_percent_share": 1.0,
        "top_20_percent_share": 1.0,
        "customers_for_80_percent": 1,
        "hhi": 1.0,
        "largest_share": 1.0,
    }


def test_gini_by_hand() -> None:
    # Rising 0, 1, 3: (−2·0 + 0·1 + 2·3) ÷ (3·4).
    assert measures([3, 0, 1])["gini"] == 0.5


def test_negative_values_are_left_out_and_counted() -> None:
    assert measures([3, 0, 1, -100]) == measures([3, 0, 1])
    assert codes([3, 0, 1, -100]) == ["concentration_negative"]


@pytest.mark.parametrize(
    ("units", "noted"),
    [
        ([0, 0], ["concentration_no_value"]),
        ([-1], ["concentration_negative", "concentration_no_value"]),
    ],
)
def test_without_value_nothing_is_measured(units: list[int], noted: list[str]) -> None:
    assert set(measures(units).values()) == {None}
    assert codes(units) == noted


def test_sums_do_not_overflow() -> None:
    huge = 10**30
    assert measures([huge, huge]) == measures([1, 1])
    assert measures([3 * huge, 0, huge])["gini"] == 0.5


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=40))
def test_gini_is_half_the_relative_mean_difference(units: list[int]) -> None:
    if not any(units):
        return
    differences = sum(abs(a - b) for a in units for b in units)
    assert measures(units)["gini"] == float(Fraction(differences, 2 * len(units) * sum(units)))
    assert measures(units[::-1]) == measures(units)
