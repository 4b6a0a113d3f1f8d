from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from segment_cases import SCALE, cents, summary

from crmcli.analysis.segment.rfm import Cuts, fit_scores, rfm_metrics, score_customers
from crmcli.customers.summary import CustomerSummary
from crmcli.errors import UsageError

SCORES = ("r_score", "f_score", "m_score")


def score(
    customers: CustomerSummary, method: str = "crm", k: int = 5, cuts: Cuts | None = None
) -> dict[str, list[int]]:
    metrics = rfm_metrics(customers)
    fit = fit_scores(metrics, customers, method, k, cuts)
    return score_customers(metrics, fit, customers.money_scale).select(SCORES).to_dict(as_series=False)


def notes(customers: CustomerSummary, method: str = "crm", k: int = 5) -> list[str]:
    return [note.code for note in fit_scores(rfm_metrics(customers), customers, method, k, None).notes]


def test_ten_different_values_fall_two_into_each_score() -> None:
    ten = summary(cents(range(1, 11)), orders=range(1, 11), recency=range(10))
    assert score(ten) == {
        "r_score": [5, 5, 4, 4, 3, 3, 2, 2, 1, 1],
        "f_score": [1, 1, 2, 2, 3, 3, 4, 4, 5, 5],
        "m_score": [1, 1, 2, 2, 3, 3, 4, 4, 5, 5],
    }


def test_ties_take_the_middle_rank_for_recency_and_money_but_the_lowest_for_frequency() -> None:
    tied = [1] * 5 + [2] * 3 + [3] * 2
    result = score(summary(cents(tied), orders=tied, recency=tied))
    assert result["m_score"] == [2] * 5 + [4] * 3 + [5] * 2
    assert result["f_score"] == [1] * 5 + [3] * 3 + [5] * 2
    # Worst first: two at rank 1½, three at rank 4, five at rank 8.
    assert result["r_score"] == [4] * 5 + [2] * 3 + [1] * 2


@pytest.mark.parametrize("method", ["crm", "ntile", "r-rfm"])
@pytest.mark.parametrize(("k", "middle"), [(2, 1), (5, 3), (10, 5)])
def test_equal_values_score_the_middle_and_frequency_one(method: str, k: int, middle: int) -> None:
    level = summary(["10"] * 12)
    assert score(level, method, k) == {"r_score": [middle] * 12, "f_score": [1] * 12, "m_score": [middle] * 12}
    assert notes(level, method, k) == ["rfm_all_equal"]


@pytest.mark.parametrize("method", ["crm", "ntile", "r-rfm"])
def test_fewer_customers_than_scores_cannot_be_ranked(method: str) -> None:
    few = summary(["1", "2", "3", "4"], orders=[1, 2, 3, 4], recency=[1, 2, 3, 4])
    assert score(few, method) == {"r_score": [3] * 4, "f_score": [1] * 4, "m_score": [3] * 4}
    assert notes(few, method) == ["rfm_few_customers"]


def test_as_many_customers_as_scores_are_ranked() -> None:
    five = summary(["1", "2", "3", "4", "5"], orders=[1, 2, 3, 4, 5], recency=[4, 3, 2, 1, 0])
    assert all(scores == [1, 2, 3, 4, 5] for scores in score(five).values())
    assert notes(five) == []


def test_one_level_metric_leaves_the_others_ranked() -> None:
    result = score(summary(["1", "2", "3", "4", "5"]))
    assert result == {"r_score": [3] * 5, "f_score": [1] * 5, "m_score": [1, 2, 3, 4, 5]}


def test_ntile_gives_the_first_groups_one_more_and_breaks_ties_by_customer() -> None:
    seven = summary(["5"] * 6 + ["9"], orders=[1, 2, 3, 4, 5, 6, 7], ids=["g", "f", "e", "d", "c", "b", "a"])
    result = score(seven, "ntile", 3)
    # In customer_id order a…g: a has the largest amount, b…g tie and are counted in their alphabetical order.
    assert result["m_score"] == [3, 1, 1, 1, 2, 2, 3]
    assert result["f_score"] == [3, 3, 2, 2, 1, 1, 1]


def test_r_rfm_bins_begin_one_above_the_quantiles() -> None:
    nine = summary(cents([100 * i for i in range(1, 10)]), orders=range(1, 10), recency=range(1, 10))
    # Type-7 quartiles 3, 5, 7 → bins [1, 4), [4, 6), [6, 8), [8, 10).
    ascending = [1, 1, 1, 2, 2, 3, 3, 4, 4]
    assert score(nine, "r-rfm", 4) == {
        "r_score": [5 - s for s in ascending],
        "f_score": ascending,
        "m_score": ascending,
    }


def test_r_rfm_interpolates_and_depends_on_the_unit_of_money() -> None:
    amounts = ["0", "1", "2.50", "10"]  # Median 1.75, so that the upper bin begins at 2.75.
    assert score(summary(amounts), "r-rfm", 2)["m_score"] == [1, 1, 1, 2]
    hundredfold = ["0", "100", "250", "1000"]  # Median 175, upper bin from 176.
    assert score(summary(hundredfold), "r-rfm", 2)["m_score"] == [1, 1, 2, 2]


def test_cuts_are_absolute_whatever_the_others_do() -> None:
    cuts = Cuts((30, 90), (2, 5), (Decimal(50), Decimal("99.995")))
    edges = summary(["49.99", "50", "99.99", "100"], orders=[1, 2, 4, 5], recency=[30, 31, 90, 91])
    assert score(edges, "cuts", 3, cuts) == {
        "r_score": [3, 2, 2, 1],
        "f_score": [1, 2, 2, 3],
        "m_score": [1, 2, 2, 3],
    }


@pytest.mark.parametrize(
    ("method", "k", "cuts", "words"),
    [
        ("crn", 5, None, "Unknown RFM method 'crn'"),
        ("crm", 1, None, "2 to 10, not 1"),
        ("crm", 11, None, "2 to 10, not 11"),
        ("cuts", 2, None, "needs cuts"),
        ("crm", 2, Cuts((1,), (1,), (Decimal(1),)), "takes no cuts"),
        ("cuts", 3, Cuts((1,), (1, 2), (Decimal(1), Decimal(2))), "Cuts of recency_days must be 2 rising values"),
        ("cuts", 3, Cuts((1, 2), (2, 2), (Decimal(1), Decimal(2))), "Cuts of frequency must be 2 rising values"),
    ],
)
def test_options_that_do_not_fit_are_usage_errors(method: str, k: int, cuts: Cuts | None, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        score(summary(["1", "2"]), method, k, cuts)
    assert words in raised.value.problem


def test_money_beyond_64_bits_is_ranked_exactly() -> None:
    huge = [str(10**20 + i) for i in range(5)]
    assert score(summary(huge))["m_score"] == [1, 2, 3, 4, 5]


customers = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 8), st.integers(-500, 5000)), min_size=1, max_size=40)


def built(rows: list[tuple[int, int, int]], factor: int = 1) -> CustomerSummary:
    recency, orders, units = (list(column) for column in zip(*rows, strict=True))
    return summary(cents([unit * factor for unit in units]), orders=orders, recency=recency)


def mid_rank_score(values: list[int], value: int, k: int) -> int:
    below, equal = sum(v < value for v in values), values.count(value)
    return ceil(k * (Fraction(2 * below + equal + 1, 2) - Fraction(1, 2)) / len(values))


@settings(deadline=None, max_examples=50)
@given(customers, st.integers(2, 10))
def test_crm_agrees_with_its_definition(rows: list[tuple[int, int, int]], k: int) -> None:
    if len(rows) < k:
        return
    recency, orders, units = ([*column] for column in zip(*rows, strict=True))
    silent = [-days for days in recency]
    result = score(built(rows), "crm", k)
    assert result["r_score"] == [mid_rank_score(silent, value, k) for value in silent]
    assert result["m_score"] == [mid_rank_score(units, value, k) for value in units]
    assert result["f_score"] == [
        1 if len(set(orders)) == 1 else floor(Fraction(k * sum(o < value for o in orders), len(rows))) + 1
        for value in orders
    ]


@settings(deadline=None, max_examples=30)
@given(customers, st.integers(2, 10), st.sampled_from(["crm", "r-rfm", "ntile"]), st.integers(0, 999))
def test_the_order_of_rows_does_not_matter(rows: list[tuple[int, int, int]], k: int, method: str, seed: int) -> None:
    original = built(rows)
    shuffled = original.frame.sample(fraction=1, shuffle=True, seed=seed)
    assert score(CustomerSummary(shuffled, original.as_of, SCALE), method, k) == score(original, method, k)


@settings(deadline=None, max_examples=30)
@given(customers, st.integers(2, 10), st.sampled_from(["crm", "ntile"]), st.integers(2, 1000))
def test_the_unit_of_money_does_not_matter(rows: list[tuple[int, int, int]], k: int, method: str, factor: int) -> None:
    assert score(built(rows, factor), method, k) == score(built(rows), method, k)


@settings(deadline=None, max_examples=30)
@given(customers, st.integers(2, 10), st.sampled_from(["crm", "r-rfm", "ntile"]))
def test_scores_never_fall_as_the_value_gets_better(rows: list[tuple[int, int, int]], k: int, method: str) -> None:
    result = score(built(rows), method, k)
    for metric, name in enumerate(SCORES):
        better = [(-row[0] if metric == 0 else row[metric], s) for row, s in zip(rows, result[name], strict=True)]
        in_order = [s for _, s in sorted(better)]
        assert in_order == sorted(in_order)
        assert set(in_order) <= set(range(1, k + 1))


@settings(deadline=None, max_examples=30)
@given(customers, st.integers(2, 10))
def test_ntile_groups_differ_by_at_most_one_customer(rows: list[tuple[int, int, int]], k: int) -> None:
    if len(rows) < k or len({row[2] for row in rows}) == 1:
        return
    sizes = pl.Series(score(built(rows), "ntile", k)["m_score"]).value_counts()["count"]
    assert len(sizes) == k
    assert sizes.max() - sizes.min() <= 1  # type: ignore[operator]
