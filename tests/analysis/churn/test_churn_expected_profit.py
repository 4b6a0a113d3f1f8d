from __future__ import annotations

import numpy as np
import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from crmcli.analysis.churn.expected_profit import Costs, expected_profit

HALF = np.array([0, 1, 1, 0, 1, 0, 0, 1], dtype=bool)
GRID = 20_000
SCORE = np.array([0.4, 0.9, 0.35, 0.2, 0.7, 0.3, 0.1, 0.6])


def by_quadrature(score: np.ndarray, churned: np.ndarray, costs: Costs) -> tuple[float, float]:
    """The definition: for each γ the best of all cuts of the ranking, weighed by the density of γ."""
    from scipy.special import beta as beta_function  # noqa: PLC0415

    cuts = np.append(np.unique(score), np.inf)
    prior = churned.mean()
    f0 = np.array([(score[churned] >= cut).mean() for cut in cuts])
    f1 = np.array([(score[~churned] >= cut).mean() for cut in cuts])
    gamma = (np.arange(GRID) + 0.5) / GRID
    a, b = 20 * costs.save_rate, 20 * (1 - costs.save_rate)
    density = gamma ** (a - 1) * (1 - gamma) ** (b - 1) / beta_function(a, b)
    gain = (costs.customer_value - costs.offer_value) * gamma[:, None] - costs.contact_cost
    profit = gain * prior * f0 - (costs.offer_value + costs.contact_cost) * (1 - prior) * f1
    best = profit.argmax(axis=1)
    shares = prior * f0 + (1 - prior) * f1
    return float((profit.max(axis=1) * density).mean()), float((shares[best] * density).mean())


def test_perfect_ranking() -> None:
    churned = np.array([1, 1, 1, 1, 0, 0, 0, 0], dtype=bool)
    found = expected_profit(churned.astype(float), churned, Costs())
    assert found.empc == pytest.approx(28.0, abs=1e-6)
    assert found.best_share == pytest.approx(0.5, abs=1e-6)


def test_the_example_of_the_methods() -> None:
    assert expected_profit(SCORE, HALF, Costs()).empc == pytest.approx(26.62520, abs=5e-6)


@given(
    st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=4, max_size=30),
    st.floats(0.0, 5.0),
    st.floats(0.1, 50.0),
    st.floats(0.1, 0.9),
    st.floats(20.0, 500.0),
)
@examples(60)
def test_agrees_with_quadrature(
    customers: list[tuple[int, bool]], contact: float, offer: float, save: float, value: float
) -> None:
    score = np.array([float(level) for level, _ in customers])
    churned = np.array([left for _, left in customers])
    if churned.all() or not churned.any():
        return
    costs = Costs(contact, offer, save, value)
    found = expected_profit(score, churned, costs)
    empc, share = by_quadrature(score, churned, costs)
    # The density has a pole at 0 for α < 1, and the share jumps: the grid is right to about this.
    assert found.empc == pytest.approx(empc, abs=1e-4 * value)
    assert found.best_share == pytest.approx(share, abs=1e-2)
    assert found.empc >= -1e-9
    assert -1e-9 <= found.best_share <= 1 + 1e-9


def test_an_offer_worth_more_than_the_customer_reaches_nobody() -> None:
    found = expected_profit(SCORE, HALF, Costs(offer_value=300.0))
    assert (found.empc, found.best_share) == (0.0, 0.0)


@pytest.mark.parametrize("save_rate", [0.0, 1.0])
def test_a_certain_save_rate(save_rate: float) -> None:
    found = expected_profit(SCORE, HALF, Costs(save_rate=save_rate))
    assert found.empc == pytest.approx(0.0 if save_rate == 0 else (189 * 0.5 - 11 * 0.5 * 0.25), abs=1e-9)


def test_only_the_order_of_scores_counts() -> None:
    assert expected_profit(np.exp(SCORE), HALF, Costs()) == expected_profit(SCORE, HALF, Costs())
