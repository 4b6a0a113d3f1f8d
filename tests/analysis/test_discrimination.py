"""The area under the ROC curve and its limits against worked and published numbers."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli.analysis.discrimination import discrimination, mid_ranks


def test_the_area_is_the_share_of_pairs_in_order() -> None:
    """Positives 3, 5, 5 and negatives 1, 3, 4, 5: 1 + ½ + 0 + 0, and twice 3 + ½, of twelve pairs."""
    score = np.array([3.0, 5, 5, 1, 3, 4, 5])
    positive = np.array([True] * 3 + [False] * 4)
    assert discrimination(score, positive).auc == pytest.approx((1.5 + 3.5 + 3.5) / 12)


def test_delong_variance_by_its_definition() -> None:
    """Variances of the structural components, from the pairs themselves."""
    rng = np.random.default_rng(3)
    yes, no = rng.normal(1, 1, 23), rng.normal(0, 1, 31)
    above = np.array([[(y > n) + 0.5 * (y == n) for n in no] for y in yes])
    variance = above.mean(axis=1).var(ddof=1) / 23 + above.mean(axis=0).var(ddof=1) / 31
    found = discrimination(np.concatenate([yes, no]), np.array([True] * 23 + [False] * 31))
    assert found.auc == pytest.approx(above.mean())
    assert found.low is not None
    assert found.high is not None
    spread = 1.959963984540054 * math.sqrt(variance) / (found.auc * (1 - found.auc))
    logit = math.log(found.auc / (1 - found.auc))
    assert math.log(found.low / (1 - found.low)) == pytest.approx(logit - spread)
    assert math.log(found.high / (1 - found.high)) == pytest.approx(logit + spread)


def test_a_perfect_score_has_no_limits() -> None:
    found = discrimination(np.array([1.0, 2, 3, 4]), np.array([False, False, True, True]))
    assert (found.auc, found.low, found.high) == (1.0, None, None)


def test_limits_cover_the_truth() -> None:
    """The area of two normal laws a standard deviation apart is Φ(1 ÷ √2) = 0.7602; 600 samples of 40 and 60."""
    rng = np.random.default_rng(11)
    truth = 0.5 * (1 + math.erf(0.5))
    positive = np.array([True] * 40 + [False] * 60)
    hits = 0
    for _ in range(600):
        found = discrimination(np.concatenate([rng.normal(1, 1, 40), rng.normal(0, 1, 60)]), positive)
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= truth <= found.high
    assert 0.93 <= hits / 600 <= 0.97


@given(st.lists(st.integers(0, 5), min_size=1, max_size=20))
def test_mid_ranks_by_their_definition(values: list[int]) -> None:
    ranks = mid_ranks(np.array(values, dtype=np.float64))
    for value, rank in zip(values, ranks, strict=True):
        below = sum(other < value for other in values)
        assert rank == below + (values.count(value) + 1) / 2


def test_reversing_the_score_reverses_the_area() -> None:
    for scores in product((0.0, 1.0, 2.0), repeat=4):
        score, positive = np.array(scores), np.array([True, True, False, False])
        assert discrimination(score, positive).auc == pytest.approx(1 - discrimination(-score, positive).auc)
