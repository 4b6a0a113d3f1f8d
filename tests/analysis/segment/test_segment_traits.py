"""Attributes as model columns, and traits that give the answer away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from crmcli.analysis.segment.constants import Constants
from crmcli.analysis.segment.leaks import leak
from crmcli.analysis.segment.traits import Trait, learn, matrix

if TYPE_CHECKING:
    from crmcli.analysis.segment.leaks import Leak

N = 400
RNG = np.random.default_rng(5)
TARGET = np.arange(N) < 80
FIGURES = pl.DataFrame({"monetary": RNG.gamma(2, 50, N), "frequency": RNG.integers(1, 9, N)})


def learnt(values: pl.Series) -> Trait:
    trait = learn(values)
    assert isinstance(trait, Trait), trait
    return trait


def test_levels_get_a_column_each_and_unknown_ones_none() -> None:
    trait = learnt(pl.Series("town", ["x"] * 12 + ["y"] * 11 + ["rare"] * 3))
    assert trait.levels == ("x", "y")
    assert trait.columns(pl.Series(["y", "x", "rare", "never seen", None])).tolist() == [
        [0, 1],
        [1, 0],
        [0, 0],
        [0, 0],
        [0, 0],
    ]
    assert trait.described(pl.Series(["y", "never; seen", None])).to_list() == ["y", "(others)", "(missing)"]


def test_a_gap_is_a_level_of_its_own_where_enough_customers_have_one() -> None:
    trait = learnt(pl.Series("town", ["x"] * 20 + [None] * 10))
    assert trait.columns(pl.Series(["x", None, "z"])).tolist() == [[1, 0], [0, 1], [0, 0]]


def test_numbers_are_standardised_and_stay_within_what_was_seen() -> None:
    trait = learnt(pl.Series("age", [20.0] * 10 + [40.0] * 10))
    assert trait.columns(pl.Series([20.0, 40.0, 30.0, 99.0, None])).ravel().tolist() == [-1, 1, 0, 1, 0]
    assert trait.described(pl.Series([31.5, None])).to_list() == ["31.5", "(missing)"]


def test_missing_numbers_get_an_indicator_beside_the_mean() -> None:
    trait = learnt(pl.Series("age", [20.0] * 10 + [40.0] * 10 + [None] * 10))
    assert trait.columns(pl.Series([40.0, None])).tolist() == [[1, 0], [0, 1]]
    only = learnt(pl.Series("asked", [1.0] * 10 + [None] * 10))
    assert only.columns(pl.Series([1.0, None, 7.0])).tolist() == [[0, 0], [0, 1], [0, 0]]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([f"n{i}" for i in range(50)], "nearly every customer has a value of their own"),
        (["x"] * 50, "the same for all customers"),
        ([3.0] * 50, "the same for all customers"),
        (["x"] * 9 + [None] * 41, "hardly anybody has a value"),
    ],
)
def test_what_is_no_trait(values: list[str | float | None], reason: str) -> None:
    assert learn(pl.Series("a", values)) == reason


def test_columns_stand_side_by_side() -> None:
    frame = pl.DataFrame({"a": ["x", "y"] * 10, "b": [1.0, 2.0] * 10})
    traits = [learnt(frame["b"]), learnt(frame["a"])]
    assert matrix(traits, frame).shape == (20, 3)
    assert [trait.width for trait in traits] == [1, 2]


def refused(values: pl.Series, constants: Constants | None = None) -> Leak | None:
    return leak(values, TARGET, FIGURES, constants or Constants())


def test_an_honest_trait_passes() -> None:
    related = pl.Series("region", np.where(RNG.random(N) < np.where(TARGET, 0.7, 0.3), "north", "south"))
    assert refused(related) is None
    assert refused(pl.Series("age", RNG.normal(40, 10, N) + 10 * TARGET)) is None


def test_a_trait_made_from_the_target_is_refused() -> None:
    why = refused(pl.Series("tier", np.where(TARGET, "gold", "basic")))
    assert why == "it alone tells the target apart (AUC 1.000)"
    nearly = np.where(TARGET ^ (np.arange(N) % 50 == 0), "gold", "basic")
    assert "AUC 0.97" in str(refused(pl.Series("tier", nearly)))
    assert refused(pl.Series("tier", nearly), Constants(leak_auc=0.99, leak_correlation=1)) is None


def test_a_number_that_separates_is_refused_in_either_direction() -> None:
    score = RNG.random(N) + np.where(TARGET, 2.0, 0.0)
    for values in (score, -score):
        assert "tells the target apart" in str(refused(pl.Series("score", values)))


def test_what_is_known_of_the_target_only_is_refused() -> None:
    manager = pl.Series("manager", [f"m{i % 3}" if chosen else None for i, chosen in enumerate(TARGET)])
    assert "AUC 1.000" in str(refused(manager))
    asked = pl.Series("asked", [float(i % 5) if chosen else None for i, chosen in enumerate(TARGET)])
    assert "AUC 1.000" in str(refused(asked))


def test_a_level_given_because_of_the_target_is_refused_though_it_misses_some() -> None:
    """Half of the target, and nobody else, has a manager: the AUC is only .75."""
    manager = pl.Series("manager", ["yes" if i < 40 else "no" for i in range(N)])
    assert refused(manager) == "40 of the 40 customers with 'yes' are in the target, and most of the target is there"
    fewer = pl.Series("type", ["dealer" if i < 12 else "person" for i in range(N)])
    assert refused(fewer) is None, "twelve dealers may all be good customers without being chosen for that"


def test_the_customers_own_figures_in_other_words_are_refused() -> None:
    money = FIGURES["monetary"]
    assert "it follows the customers' own monetary" in str(refused((money * 1.2 + 3).alias("turnover")))
    assert "it follows the customers' own monetary" in str(refused((-money.log()).alias("rank")))
    bands = (money.rank() // 40).cast(pl.Int64).cast(pl.String).alias("band")
    assert "it follows the customers' own monetary" in str(refused(bands))
    noisy = (money.rank() + 250 * pl.Series(RNG.normal(0, 1, N))).alias("budget")
    assert refused(noisy) is None
