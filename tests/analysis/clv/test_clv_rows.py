"""Distinct rows, their parts and the things summed over them."""

from __future__ import annotations

import numpy as np
import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from crmcli.analysis.clv.rows import Rows

Customer = tuple[int, int, int]


@st.composite
def customers(draw: st.DrawFn) -> list[Customer]:
    def customer() -> Customer:
        age = draw(st.integers(0, 20))
        last = draw(st.integers(0, age))
        return (draw(st.integers(1, last)) if last else 0, last, age)

    return [customer() for _ in range(draw(st.integers(1, 40)))]


def rows_of(people: list[Customer]) -> Rows:
    x, t_x, age = np.array(people).T
    return Rows.of(x, t_x, age)


@given(customers())
@examples(60)
def test_index_leads_back_to_every_customer(people: list[Customer]) -> None:
    rows = rows_of(people)
    spread = zip(rows.x[rows.index], rows.t_x_days[rows.index], rows.age_days[rows.index], strict=True)
    assert [tuple(map(int, values)) for values in spread] == people
    assert len(rows) == len(set(people))
    assert rows.customers == len(people)
    assert rows.repeat_purchases == sum(x for x, _, _ in people)


@given(customers())
@examples(60)
def test_pairs_are_the_distinct_x_and_age(people: list[Customer]) -> None:
    rows = rows_of(people)
    pairs = rows.pairs
    assert len(pairs.x) == len({(x, age) for x, _, age in people})
    assert (pairs.x[pairs.index] == rows.x).all()
    assert (pairs.age_days[pairs.index] == rows.age_days).all()


@given(customers(), st.randoms())
@examples(30)
def test_order_does_not_matter(people: list[Customer], random: object) -> None:
    shuffled = people[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = rows_of(people), rows_of(shuffled)
    assert (one.x == other.x).all()
    assert (one.weights == other.weights).all()


@pytest.mark.parametrize("people", [[(2, 1, 5)], [(1, 6, 5)], [(-1, 0, 5)], [(0, 2, 5)], [(1, 1, 2**20)]], ids=str)
def test_impossible_histories_are_refused(people: list[Customer]) -> None:
    with pytest.raises(ValueError, match="0 <= x <= t_x <= T"):
        rows_of(people)


def test_no_customers_are_refused() -> None:
    nobody = np.empty(0, np.int64)
    with pytest.raises(ValueError, match="at least one customer"):
        Rows.of(nobody, nobody, nobody)


def test_reweighting_leaves_out_rows_of_nobody() -> None:
    rows = rows_of([(0, 0, 5), (1, 2, 5), (1, 2, 5), (2, 3, 5)])
    some = rows.reweighted(np.array([3.0, 0.0, 2.0]))
    assert some.x.tolist() == [0, 2]
    assert some.weights.tolist() == [3.0, 2.0]
    assert rows.later(10.0).age_days.tolist() == [15.0] * 3
