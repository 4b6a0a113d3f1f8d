from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from crmcli.analysis.kaplan_meier import kaplan_meier

if TYPE_CHECKING:
    from crmcli.analysis.kaplan_meier import SurvivalCurve

WALTONS = Path(__file__).resolve().parents[3] / "shared" / "data" / "waltons.csv"

# Kaplan and Meier's own example: 0.8 ended, 1.0+ 2.7+ lost, 3.1 5.4 ended, 7.0+ lost, 9.2 ended, 12.1+ lost, in tenths.
TENTHS = np.array([8, 10, 27, 31, 54, 70, 92, 121])
ENDED = np.array([1, 0, 0, 1, 1, 0, 1, 0], dtype=bool)


def curve(days: list[int], ended: list[int], weights: list[float] | None = None) -> SurvivalCurve:
    weighted = None if weights is None else np.array(weights)
    return kaplan_meier(np.array(days), np.array(ended, dtype=bool), weighted)


def test_the_example_of_the_paper() -> None:
    found = kaplan_meier(TENTHS, ENDED)
    assert found.time.tolist() == TENTHS.tolist()
    assert found.at_risk.tolist() == [8, 7, 6, 5, 4, 3, 2, 1]
    expected = [7 / 8, 7 / 8, 7 / 8, 7 / 10, 21 / 40, 21 / 40, 21 / 80, 21 / 80]
    assert found.survival == pytest.approx(expected)
    # S²·Σ d/(n(n − d)) at 5.4: .525²·(1/56 + 1/20 + 1/12).
    assert found.standard_error()[4] ** 2 == pytest.approx(0.525**2 * (1 / 56 + 1 / 20 + 1 / 12))


def test_ties_put_events_before_losses() -> None:
    found = curve([5, 5, 5, 9], [1, 1, 0, 1])
    assert found.time.tolist() == [5, 9]
    assert found.at_risk.tolist() == [4, 1]
    assert found.events.tolist() == [2, 1]
    assert found.censored.tolist() == [1, 0]
    assert found.survival.tolist() == [0.5, 0.0]
    assert found.median == 5


def test_reading_the_curve_between_its_times() -> None:
    found = curve([2, 4, 6], [1, 1, 0])
    assert found.at(np.array([0, 1, 2, 3, 4, 100])) == pytest.approx([1, 1, 2 / 3, 2 / 3, 1 / 3, 1 / 3])


def test_quantiles_are_the_first_time_by_which_so_many_ended() -> None:
    found = curve([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [1] * 10)
    assert [found.quantile(share) for share in (0.1, 0.3, 0.35, 0.5, 0.7, 1.0)] == [1, 3, 4, 5, 7, 10]


def test_a_curve_that_levels_off_has_no_median() -> None:
    found = curve([3, 8, 8, 8], [1, 0, 0, 0])
    assert found.median is None
    assert found.quantile(0.25) == 3


def test_nothing_observed_to_end() -> None:
    found = curve([3, 8], [0, 0])
    assert found.survival.tolist() == [1.0, 1.0]
    assert found.median is None
    assert all(np.isnan(bound).all() for bound in found.bands())


def test_no_cases_at_all() -> None:
    found = kaplan_meier(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool))
    assert len(found.time) == 0
    assert found.median is None
    assert found.at(np.array([3])).tolist() == [1.0]


def test_negative_times_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        curve([-1], [1])


def test_bands_are_formed_on_the_log_minus_log_scale() -> None:
    found = kaplan_meier(TENTHS, ENDED)
    lower, upper = found.bands(0.95)
    survival, spread = 0.525, np.sqrt(1 / 56 + 1 / 20 + 1 / 12)
    reach = 1.959963984540054 * spread / -np.log(survival)
    assert lower[4] == pytest.approx(survival ** np.exp(reach))
    assert upper[4] == pytest.approx(survival ** np.exp(-reach))


CASES = st.integers(1, 40).flatmap(
    lambda n: st.tuples(
        arrays.arrays(np.int64, n, elements=st.integers(0, 30)),
        arrays.arrays(np.bool_, n),
        arrays.arrays(np.int64, n, elements=st.integers(1, 4)),
    )
)


@settings(deadline=None)
@given(CASES)
def test_a_weight_is_a_repeated_case(case: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    days, ended, weights = case
    weighted = kaplan_meier(days, ended, weights)
    repeated = kaplan_meier(np.repeat(days, weights), np.repeat(ended, weights))
    assert weighted.at_risk.tolist() == repeated.at_risk.tolist()
    assert weighted.survival.tolist() == repeated.survival.tolist()


@settings(deadline=None)
@given(CASES)
def test_the_curve_falls_and_bands_hold_it(case: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    found = kaplan_meier(*case)
    assert (np.diff(found.survival, prepend=1.0) <= 0).all()
    assert found.survival.min() >= 0
    lower, upper = found.bands()
    inside = ~np.isnan(lower)
    assert (lower[inside] <= found.survival[inside]).all()
    assert (upper[inside] >= found.survival[inside]).all()
    assert ((found.survival > 0) & (found.survival < 1) == inside).all()


@settings(deadline=None)
@given(CASES)
def test_without_losses_it_is_the_share_still_there(case: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    days, _, _ = case
    found = kaplan_meier(days, np.ones(len(days), dtype=bool))
    assert found.survival == pytest.approx([(days > time).mean() for time in found.time])


@pytest.mark.real
@pytest.mark.skipif(not WALTONS.is_file(), reason="the folder of real data sets is not here")
def test_the_waltons_live_to_a_median_of_56() -> None:
    with WALTONS.open() as file:
        rows = list(csv.DictReader(file))
    groups = {
        group: curve(
            [int(float(row["T"])) for row in rows if group in {"", row["group"]}],
            [int(row["E"]) for row in rows if group in {"", row["group"]}],
        )
        for group in ("", "control", "miR-137")
    }
    assert groups[""].events.sum() == 156
    assert [groups[group].median for group in ("", "control", "miR-137")] == [56, 58, 26]
