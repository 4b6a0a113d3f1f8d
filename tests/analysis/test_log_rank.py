from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from crmcli.analysis.kaplan_meier import kaplan_meier
from crmcli.analysis.log_rank import log_rank

if TYPE_CHECKING:
    from crmcli.analysis.kaplan_meier import SurvivalCurve

WALTONS = Path(__file__).resolve().parents[3] / "shared" / "data" / "waltons.csv"


def curve(days: list[int], ended: list[int]) -> SurvivalCurve:
    return kaplan_meier(np.array(days), np.array(ended, dtype=bool))


def test_two_groups_by_hand() -> None:
    # a: 1 ends, 3 ends; b: 2 ends, 4 lost. Expected in a: 2/4 + 1/3 + 1/2 = 4/3; variance: 1/4 + 2/9 + 1/4 = 13/18.
    found = log_rank([curve([1, 3], [1, 1]), curve([2, 4], [1, 0])])
    assert found is not None
    assert found.chi_square == pytest.approx((2 - 4 / 3) ** 2 / (13 / 18))
    assert found.degrees == 1
    # Two-sided normal tail at √χ² = .784465.
    assert found.p_value == pytest.approx(0.432768, abs=1e-6)


def test_simultaneous_events_vary_as_draws_without_replacement() -> None:
    # At day 1 two of six end, one in each group of three: expected 1, so no difference; at day 2 only a is at risk.
    found = log_rank([curve([1, 2, 2], [1, 1, 0]), curve([1, 1, 1], [1, 0, 0])])
    assert found is not None
    assert found.chi_square == pytest.approx(0)
    assert found.p_value == pytest.approx(1)


def test_equal_groups_do_not_differ_and_order_does_not_matter() -> None:
    a, b, c = curve([3, 5, 9], [1, 0, 1]), curve([4, 4], [1, 1]), curve([1, 12, 13], [1, 1, 0])
    same = log_rank([a, a, a])
    assert same is not None
    assert same.chi_square == pytest.approx(0, abs=1e-12)
    first, second = log_rank([a, b, c]), log_rank([c, a, b])
    assert first is not None
    assert second is not None
    assert first.chi_square == pytest.approx(second.chi_square)
    assert first.degrees == 2


def test_nothing_to_compare() -> None:
    assert log_rank([curve([1, 2], [1, 1])]) is None
    assert log_rank([curve([1, 2], [0, 0]), curve([3], [0])]) is None


@pytest.mark.real
@pytest.mark.skipif(not WALTONS.is_file(), reason="the folder of real data sets is not here")
def test_the_waltons_differ_by_122() -> None:
    with WALTONS.open() as file:
        rows = list(csv.DictReader(file))
    groups = [[row for row in rows if row["group"] == group] for group in ("control", "miR-137")]
    found = log_rank([curve([int(float(r["T"])) for r in g], [int(r["E"]) for r in g]) for g in groups])
    assert found is not None
    assert found.chi_square == pytest.approx(122.249, abs=5e-4)
    assert found.p_value < 1e-27
