"""Look-alikes on simulated attributes: what is planted is found, what leaks is refused, order does not matter."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from crmcli.analysis.discrimination import discrimination
from crmcli.analysis.segment.likeness import fit_likeness
from crmcli.analysis.segment.lookalike import lookalikes
from crmcli.analysis.segment.lookalike_facts import Question, lookalike_facts
from crmcli.analysis.segment.target import parse_target
from crmcli.customers.attributes import Attributes
from crmcli.errors import TooLittleDataError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcli.analysis.segment.lookalike import Lookalikes

VIP = Question(parse_target("class=vip"))
WEIGHTS = {"type": 2.0, "region": -1.0, "age": 0.8}
"""Planted log-odds: of firms, of islanders, and of each standard deviation of age."""


def simulated(n: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame, NDArray[np.float64]]:
    """Customers with class, their attributes, and the true probability of being vip."""
    rng = np.random.default_rng(seed)
    firm, island, age = rng.random(n) < 0.2, rng.random(n) < 0.3, rng.normal(0, 1, n)
    z = -2.0 + WEIGHTS["type"] * firm + WEIGHTS["region"] * island + WEIGHTS["age"] * age
    truth = 1 / (1 + np.exp(-z))
    ids = pl.Series("customer_id", [f"c{number:06d}" for number in range(n)])
    vip = rng.random(n) < truth
    money = rng.gamma(2, 30, n)
    customers = pl.DataFrame(
        {
            "customer_id": ids,
            "class": np.where(vip, "vip", "regular"),
            "monetary": money,
            "frequency": rng.integers(1, 9, n),
        }
    )
    traits = pl.DataFrame(
        {
            "customer_id": ids,
            "type": np.where(firm, "firm", "person"),
            "region": np.where(island, "islands", np.where(rng.random(n) < 0.5, "east", "west")),
            "age": np.where(rng.random(n) < 0.1, np.nan, 40 + 12 * age),
            "noise": np.where(rng.random(n) < 0.5, "heads", "tails"),
            "name": [f"name {number}" for number in range(n)],
        }
    ).with_columns(pl.col("age").fill_nan(None))
    return customers, traits, truth


def attributes(frame: pl.DataFrame) -> Attributes:
    return Attributes("customers.csv", frame.sort("customer_id"))


@cache
def found() -> Lookalikes:
    customers, traits, _ = simulated(4_000, 1)
    return lookalikes(customers, attributes(traits), attributes(prospects()[0]), VIP, 2)


@cache
def prospects() -> tuple[pl.DataFrame, NDArray[np.float64], NDArray[np.bool_]]:
    """People without transactions, one of whom comes from an unheard-of place; what they would become is known here."""
    customers, traits, truth = simulated(3_000, 2)
    frame = traits.with_columns(customer_id="p" + pl.col("customer_id"))
    unheard = pl.when(pl.col("customer_id") == "pc000000").then(pl.lit("the moon")).otherwise("region")
    return frame.with_columns(region=unheard), truth, (customers["class"] == "vip").to_numpy()


def fact(result: Lookalikes, name: str) -> float:
    value = next(one.value for one in result.facts if one.name == name)
    assert isinstance(value, float | int)
    return float(value)


def codes(result: Lookalikes) -> list[str]:
    return [note.code for note in result.notes]


def test_the_held_out_area_is_that_of_the_planted_truth() -> None:
    """A score cannot do better than the true probability; the held-out one comes within its interval of it."""
    customers, _, truth = simulated(4_000, 1)
    best = discrimination(truth, (customers["class"] == "vip").to_numpy()).auc
    assert best == pytest.approx(0.80, abs=0.01)
    assert fact(found(), "lookalike_auc") <= best + 0.005
    assert fact(found(), "lookalike_auc") >= best - 0.025  # A tenth of the ages is missing.
    assert fact(found(), "lookalike_auc_low") <= best <= fact(found(), "lookalike_auc_high") + 0.01


def test_scores_of_prospects_are_probabilities() -> None:
    _, truth, became = prospects()
    score = found().table["score"].to_numpy()
    assert discrimination(score, became).auc == pytest.approx(fact(found(), "lookalike_auc"), abs=0.03)
    assert np.corrcoef(score, truth)[0, 1] > 0.95
    assert score.mean() == pytest.approx(truth.mean(), abs=0.02)
    for low, high in ((0.0, 0.1), (0.1, 0.3), (0.3, 1.0)):
        within = (score >= low) & (score < high)
        assert became[within].mean() == pytest.approx(score[within].mean(), abs=0.05)


def test_reasons_name_the_planted_traits() -> None:
    best = found().table.sort("score", descending=True)["reasons"][0].split(";")
    assert {reason.split("=")[0] for reason in best} == {"type", "age", "region"}
    everything = ";".join(found().table["reasons"])
    assert "type=firm" in everything
    assert "type=person +" not in everything
    assert "region=islands +" not in everything
    assert codes(found()) == ["trait_left_out"]
    assert fact(found(), "lookalike_traits") == 4


def test_a_heading_with_a_semicolon_is_still_one_reason() -> None:
    customers, traits, _ = simulated(400, 3)
    named = traits.select("customer_id", pl.col("type").alias("type; kind"))
    result = lookalikes(customers, attributes(named), None, VIP, 2)
    assert {reason.split("=")[0] for text in result.table["reasons"] for reason in text.split(";")} <= {
        "type, kind",
        "",
    }
    assert "type, kind=firm" in ";".join(result.table["reasons"])


def test_a_firm_is_worth_what_was_planted() -> None:
    """What being a firm adds to the average customer is (1 − share of firms) · weight, a little less by the ridge."""
    reason = next(one for text in found().table["reasons"] for one in text.split(";") if one.startswith("type=firm"))
    assert float(reason.split("+")[1]) == pytest.approx(0.8 * WEIGHTS["type"], abs=0.25)


def test_unseen_levels_and_missing_values_get_a_score() -> None:
    row = found().table.row(by_predicate=pl.col("customer_id") == "pc000000", named=True)
    assert 0 < row["score"] < 1
    assert "the moon" not in row["reasons"]
    assert found().table["score"].null_count() == 0


def test_equal_scores_at_the_end_of_the_best_tenth_count_in_part() -> None:
    """Of twenty customers two are the tenth: the one on top, in the target, and one of four equals, half of them in."""
    unseen = np.array([0.9, *[0.6] * 4, *[0.1] * 15])
    chosen = np.array([True, True, True, False, False, *[False] * 15])
    told = {one.name: one.value for one in lookalike_facts(discrimination(unseen, chosen), unseen, chosen, 1, VIP)}
    assert told["lookalike_best_tenth_lift"] == pytest.approx(((1 + 0.5) / 2) / (3 / 20))
    level = {one.name: one.value for one in lookalike_facts(discrimination(unseen, chosen), unseen * 0, chosen, 1, VIP)}
    assert level["lookalike_best_tenth_lift"] == pytest.approx(1)


def test_percentiles_are_mid_ranks() -> None:
    table = found().table
    lowest = table.sort("score").row(0, named=True)
    ties = table.filter(pl.col("score") == lowest["score"]).height
    assert lowest["percentile"] == pytest.approx(100 * ties / 2 / table.height, abs=1e-4)
    assert table["percentile"].mean() == pytest.approx(50)


def test_a_leaking_trait_is_refused_by_name_and_changes_nothing() -> None:
    customers, traits, _ = simulated(4_000, 1)
    money = customers["monetary"].to_numpy()
    leaking = traits.with_columns(
        card=pl.Series(np.where(customers["class"] == "vip", "gold", "none")), last_year=pl.Series(money * 0.9 + 1)
    )
    with_leaks = lookalikes(customers, attributes(leaking), attributes(prospects()[0]), VIP, 2)
    refused = [note.text for note in with_leaks.notes if note.code == "trait_leaks"]
    assert [text.split(": ")[0] for text in refused] == ["trait 'card' refused", "trait 'last_year' refused"]
    assert "AUC 1.000" in refused[0]
    assert "own monetary" in refused[1]
    assert with_leaks.table.equals(found().table)


def test_what_the_target_is_made_from_is_refused_however_little_it_tells() -> None:
    customers, traits, _ = simulated(1_000, 4)
    question = Question(VIP.target, defining=frozenset({"noise"}))
    result = lookalikes(customers, attributes(traits), None, question, 2)
    assert [note.text for note in result.notes if note.code == "trait_leaks"] == [
        "trait 'noise' refused: the target is made from it"
    ]


def test_nothing_but_noise_is_no_better_than_chance_and_says_so() -> None:
    customers, traits, _ = simulated(1_000, 3)
    noise = lookalikes(customers, attributes(traits.select("customer_id", "noise")), None, VIP, 2)
    assert fact(noise, "lookalike_auc") == pytest.approx(0.5, abs=0.06)
    assert "lookalike_no_better_than_chance" in codes(noise)


def test_the_mirror_image_has_the_same_scores_and_says_what_they_mean() -> None:
    customers, traits, _ = simulated(1_000, 4)
    given = attributes(traits)
    find = lookalikes(customers, given, None, VIP, 2)
    avoid = lookalikes(customers, given, None, Question(VIP.target, avoid=True), 2)
    assert avoid.table.equals(find.table)
    assert codes(avoid) == [*codes(find), "lookalike_avoid"]
    assert [one.value for one in avoid.facts if one.name == "lookalike_purpose"] == ["avoid"]
    against = lookalikes(customers, given, None, Question(parse_target("class!=vip")), 2)
    assert fact(against, "lookalike_auc") == pytest.approx(fact(find, "lookalike_auc"), abs=0.02)


def test_without_prospects_everybody_outside_the_target_is_scored() -> None:
    customers, traits, _ = simulated(1_000, 5)
    more = pl.concat([traits, traits.head(2).with_columns(customer_id=pl.Series(["y", "z"]))])
    table = lookalikes(customers, attributes(more), None, VIP, 2).table
    outside = customers.filter(pl.col("class") != "vip")["customer_id"].to_list()
    assert table["customer_id"].to_list() == [*sorted(outside), "y", "z"]


def test_neither_the_order_of_rows_nor_other_columns_matter() -> None:
    customers, traits, _ = simulated(800, 6)
    one = lookalikes(customers, attributes(traits), None, VIP, 2)
    shuffled = customers.sample(fraction=1, shuffle=True, seed=1)
    other = lookalikes(shuffled, Attributes("customers.csv", traits.sort("customer_id")), None, VIP, 2)
    assert one.table.equals(other.table)
    assert one.facts == other.facts


def test_an_attribute_nobody_knows_of_strangers_is_left_out() -> None:
    customers, traits, _ = simulated(1_000, 7)
    strangers = traits.head(30).with_columns(customer_id="x" + pl.col("customer_id"), type=pl.lit(None, pl.String))
    result = lookalikes(customers, attributes(pl.concat([traits, strangers])), None, VIP, 2)
    note = next(note for note in result.notes if note.code == "trait_left_out")
    assert "type (unknown of all who are no customers yet)" in note.text
    assert not any("type=" in text for text in result.table["reasons"])


def test_prospects_who_are_customers_already_are_counted() -> None:
    customers, traits, _ = simulated(1_000, 4)
    known = attributes(pl.concat([traits.head(3), prospects()[0].head(2)]))
    result = lookalikes(customers, attributes(traits), known, VIP, 2)
    assert "prospects_are_customers" in codes(result)
    assert result.table.height == 5


def test_too_few_on_either_side_is_too_little() -> None:
    customers, traits, _ = simulated(60, 8)
    with pytest.raises(TooLittleDataError, match="at least 20 of either are needed"):
        lookalikes(customers, attributes(traits), None, VIP, 2)
    customers, traits, _ = simulated(500, 9)
    with pytest.raises(TooLittleDataError, match="no trait can be used"):
        lookalikes(customers, attributes(traits.select("customer_id", "name")), None, VIP, 2)
    with pytest.raises(UsageError, match="no customer has this class"):
        lookalikes(customers, attributes(traits), None, Question(parse_target("class=king")), 2)


def test_the_ridge_is_that_of_the_likelihood() -> None:
    """At the optimum the gradient of ½‖w‖² + C·loss vanishes for one of the candidate strengths."""
    rng = np.random.default_rng(10)
    x = rng.normal(0, 1, (300, 3))
    y = rng.random(300) < 1 / (1 + np.exp(-(x @ np.array([1.0, -0.5, 0.0]))))
    model = fit_likeness(x, y, 0)
    residual = model.probability(x) - y
    gradients = [model.weights + strength * (x.T @ residual) for strength in (0.01, 0.1, 1.0, 10.0)]
    assert min(float(np.abs(gradient).max()) for gradient in gradients) < 1e-6
    assert abs(float(residual.sum())) < 1e-6
    assert math.isclose(float(model.held_out.mean()), float(y.mean()), abs_tol=0.01)
