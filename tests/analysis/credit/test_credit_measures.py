"""Published figures of receivables: payment index, DBT, DSO, CEI, split of a change, cost of a discount."""

from __future__ import annotations

import pytest

from crmcli.analysis.credit import measures


@pytest.mark.parametrize(
    ("delay", "score"),
    [
        (0, 80),
        (15, 70),
        (22, 60),
        (30, 50),
        (60, 40),
        (90, 30),
        (120, 20),
        (-20, 90),
        (-30, 100),
        (-45, 100),
        (400, 20),
    ],
)
def test_pay_index_by_delay(delay: int, score: float) -> None:
    assert measures.pay_index([1, 2, 3], [delay] * 3) == pytest.approx(score)


def test_pay_index_is_weighted_by_amount_and_needs_three_experiences() -> None:
    assert measures.pay_index([1, 1, 2], [0, 0, 30]) == pytest.approx(65)
    assert measures.pay_index([1, 1], [0, 0]) is None


def test_days_beyond_terms() -> None:
    assert measures.days_beyond_terms([4_000, 6_000, 2_000], [0, 6, 8]) == pytest.approx(4.33, abs=0.005)
    amounts, delays = [100, 200, 300, 400, 500], [-10, -5, 0, 5, 10]
    assert measures.days_beyond_terms(amounts, delays, floored=False) == pytest.approx(3.33, abs=0.005)
    assert measures.days_beyond_terms(amounts, delays) == pytest.approx(4.67, abs=0.005)
    assert measures.days_beyond_terms([], []) is None


def test_days_sales_outstanding() -> None:
    found, best = measures.dso(1.2, 10, 365), measures.dso(0.8, 10, 365)
    assert found is not None
    assert best is not None
    assert [found, best] == pytest.approx([43.8, 29.2])
    assert found - best == pytest.approx(14.6)
    assert measures.dso(5, 0, 90) is None


def test_countback() -> None:
    assert measures.countback_dso(212, [(100, 30), (80, 30), (70, 30)]) == pytest.approx(73.7, abs=0.02)
    assert measures.countback_dso(0, [(0, 31)]) == 0
    assert measures.countback_dso(500, [(100, 30)]) is None


def test_collection_effectiveness() -> None:
    assert measures.collection_effectiveness(100, 1_000, 120, 100) == pytest.approx(0.98)


def test_the_change_of_receivables_splits_without_rest() -> None:
    found = measures.receivables_change((6_200, 6_340), (113, 11_670 / 93))
    assert found is not None
    assert found.sales_effect == pytest.approx(684.96, abs=0.01)
    assert found.collection_effect == pytest.approx(-490.74, abs=0.01)
    assert found.joint_effect == pytest.approx(-54.22, abs=0.01)
    assert found.total == pytest.approx(140)


def test_cost_of_a_cash_discount() -> None:
    assert measures.discount_cost_simple(0.02, 10, 30, 360) == pytest.approx(0.3673, abs=5e-5)
    assert measures.discount_cost_simple(0.02, 10, 30) == pytest.approx(0.3724, abs=5e-5)
    assert measures.discount_cost_effective(0.02, 10, 30) == pytest.approx(0.4459, abs=5e-5)
    assert measures.discount_cost_effective(0.02, 20, 45) == pytest.approx(0.343, abs=5e-4)


def test_concentration() -> None:
    found = measures.concentration([60, 30, 10, -5, 0])
    assert found["top_1_share"] == pytest.approx(0.6)
    assert found["top_5_share"] == pytest.approx(1)
    assert found["hhi"] == pytest.approx(0.46)
    assert measures.concentration([0, -1]) == {}
