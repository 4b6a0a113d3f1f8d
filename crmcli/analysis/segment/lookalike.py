"""Who resembles the customers of a target: prospects to win, or, the other way round, to stay away from.

The traits of customers in the target are compared with those of all other customers by a regularised logistic
regression. It is judged on customers that it has not seen, and traits that give the answer away are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.conform import view_schema
from crmcli.analysis.discrimination import discrimination, mid_ranks
from crmcli.analysis.segment.leaks import FIGURES, Leak, leak
from crmcli.analysis.segment.levels import OTHERS, left_out
from crmcli.analysis.segment.likeness import fit_likeness
from crmcli.analysis.segment.lookalike_facts import DECIMALS, lookalike_facts, lookalike_notes
from crmcli.analysis.segment.traits import Trait, learn, matrix
from crmcli.analysis.segment.views_movement import LOOKALIKE
from crmcli.errors import TooLittleDataError
from crmcli.notes import info, warning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmcli.analysis.result import Fact
    from crmcli.analysis.segment.likeness import Likeness
    from crmcli.analysis.segment.lookalike_facts import Question
    from crmcli.customers.attributes import Attributes
    from crmcli.notes import Note

FEWEST = 20
"""Customers that must be in the target, and outside of it, with attributes."""

MOST_LEARNT = 20_000
"""Customers to learn from; more would only take longer. All are judged and scored."""

MOST_REASONS = 3
LEAST_REASON = 0.05
"""Log-odds below which a trait is no reason."""


@dataclass(frozen=True, slots=True)
class Lookalikes:
    """The `lookalike` view with its facts and notes."""

    table: pl.DataFrame
    facts: tuple[Fact, ...]
    notes: tuple[Note, ...]


def lookalikes(
    customers: pl.DataFrame, attributes: Attributes, prospects: Attributes | None, question: Question, money_scale: int
) -> Lookalikes:
    """Score prospects, or all entries of the attributes that are not in the target, by likeness to the target.

    A score is the estimated probability of belonging to the target among customers; that of a customer comes from a
    model fitted without them. Reasons are the attributes that raise the log-odds above those of the average customer.

    Args:
        customers: the view `customers`, with whatever columns the target rule looks at.
        attributes: what is known of customers, and perhaps of others.
        prospects: whom to score; None for the entries of `attributes` outside the target.
        question: the target rule, and what it is for.
        money_scale: decimals of money, for the schema.

    Raises:
        UsageError: the rule does not fit the customers.
        InputError: no customer has attributes.
        TooLittleDataError: too few customers in the target or outside, or no trait that may be used.
    """
    notes = [*attributes.matching(customers["customer_id"]), *_known_prospects(prospects, customers["customer_id"])]
    trained, plain = attributes.beside(customers.with_columns(chosen=question.target.chosen(customers)))
    chosen = trained["chosen"].to_numpy()
    _require_enough(chosen, question)
    others, place = _scored(attributes, prospects, trained["customer_id"], chosen)
    figures = trained.select(name for name in FIGURES if name in trained.columns)
    evidence = _Evidence(chosen, figures, question)
    traits, remarks = _usable(plain, others.filter(place.is_null()), evidence, attributes.label)
    x = matrix(traits, plain)
    learnt = _sample(len(chosen), question.seed)
    likeness = fit_likeness(x[learnt], chosen[learnt], question.seed)
    unseen = likeness.probability(x)
    unseen[learnt] = likeness.held_out
    table = _table(likeness, traits, others, _Known(x, unseen, place), money_scale)
    judged = discrimination(unseen, chosen)
    notes += [*remarks, *lookalike_notes(judged, question)]
    if len(learnt) < len(chosen):
        text = f"the model learnt from {len(learnt):,} of {len(chosen):,} customers, drawn by --seed; all are judged"
        notes.append(info("lookalike_sample", text))
    return Lookalikes(table, lookalike_facts(judged, unseen, chosen, len(traits), question), tuple(notes))


def _sample(count: int, seed: int) -> NDArray[np.int64]:
    """Positions of the customers to learn from, rising: all, or as many as are enough, drawn at random."""
    if count <= MOST_LEARNT:
        return np.arange(count)
    return np.sort(np.random.Generator(np.random.PCG64(seed)).permutation(count)[:MOST_LEARNT])


def _known_prospects(prospects: Attributes | None, customers: pl.Series) -> list[Note]:
    """A note on prospects who are customers already."""
    ids = pl.Series(dtype=pl.String) if prospects is None else prospects.frame["customer_id"]
    known = int(ids.is_in(customers.implode()).sum())
    if not known:
        return []
    text = f"{known:,} of {len(ids):,} prospects have an order already; they are scored like the others"
    return [info("prospects_are_customers", text)]


def _require_enough(chosen: NDArray[np.bool_], question: Question) -> None:
    inside, outside = int(chosen.sum()), int((~chosen).sum())
    if min(inside, outside) < FEWEST:
        raise TooLittleDataError(
            f"The target {question.target.text!r} holds {inside:,} customers with attributes, and {outside:,} are "
            f"outside: at least {FEWEST} of either are needed",
            remedy="Choose another target with --target, or add attributes to --customers.",
        )


def _scored(
    attributes: Attributes, prospects: Attributes | None, trained: pl.Series, chosen: NDArray[np.bool_]
) -> tuple[pl.DataFrame, pl.Series]:
    """Attributes of those to score, and beside them the place among the customers learnt from; null for others.

    Args:
        attributes: of customers and perhaps of others.
        prospects: whom to score; None for all in `attributes` but the target.
        trained: ids of the customers learnt from, sorted.
        chosen: whether each of these is in the target.
    """
    if prospects is None:
        places = pl.DataFrame({"customer_id": trained, "chosen": chosen}).with_row_index("place")
        found = attributes.frame.select("customer_id").join(places, on="customer_id", how="left", maintain_order="left")
        is_other = ~found["chosen"].fill_null(value=False)
        return attributes.frame.filter(is_other), found["place"].filter(is_other)
    missing = [
        pl.lit(None, dtype).alias(name)
        for name, dtype in attributes.frame.schema.items()
        if name not in prospects.frame.columns
    ]
    return prospects.frame.with_columns(*missing), pl.Series("place", [None] * prospects.frame.height, dtype=pl.UInt32)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What traits are held against: who is in the target, and the customers' own figures."""

    chosen: NDArray[np.bool_]
    figures: pl.DataFrame
    question: Question


def _usable(
    plain: pl.DataFrame, strangers: pl.DataFrame, evidence: _Evidence, label: str
) -> tuple[list[Trait], list[Note]]:
    """The traits to use of all attributes, and notes about those that are not used.

    `plain` holds the attributes of customers, `strangers` those of whom is to be scored and is no customer.

    Raises:
        TooLittleDataError: there is none to use.
    """
    traits: list[Trait] = []
    notes: list[Note] = []
    unused: dict[str, str] = {}
    for name in plain.columns:
        trait = learn(plain[name])
        why = trait if isinstance(trait, str) else _unusable(trait, plain[name], strangers[name], evidence)
        if isinstance(trait, Trait) and why is None:
            traits.append(trait)
        elif isinstance(why, Leak):
            notes.append(warning("trait_leaks", f"trait {name!r} refused: {why}"))
        else:
            unused[name] = str(why)
    notes += left_out("trait_left_out", unused)
    if not traits:
        said = " · ".join(note.text for note in notes)
        raise TooLittleDataError(f"{label}: no trait can be used", extent=said or None)
    return traits, notes


def _unusable(trait: Trait, values: pl.Series, strangers: pl.Series, evidence: _Evidence) -> str | None:
    """Why a trait must not be used, None if it may."""
    if not trait.is_number:
        is_kept = pl.col("v").is_in(list(trait.levels)) | pl.col("v").is_null()
        values = values.to_frame("v").select(pl.when(is_kept).then("v").otherwise(pl.lit(OTHERS))).to_series()
    if trait.name in evidence.question.defining:
        return Leak("the target is made from it")
    leaking = leak(values, evidence.chosen, evidence.figures, evidence.question.constants)
    if leaking is None and len(strangers) and strangers.null_count() == len(strangers):
        return "unknown of all who are no customers yet"
    return leaking


@dataclass(frozen=True, slots=True)
class _Known:
    """The customers learnt from: columns, and probabilities by models that had not seen them.

    `place` is where among them those to score are, null for others.
    """

    x: NDArray[np.float64]
    unseen: NDArray[np.float64]
    place: pl.Series


def _table(
    likeness: Likeness, traits: Sequence[Trait], others: pl.DataFrame, known: _Known, money_scale: int
) -> pl.DataFrame:
    columns = matrix(traits, others)
    score = likeness.probability(columns)
    score[known.place.is_not_null().to_numpy()] = known.unseen[known.place.drop_nulls().to_numpy()]
    rounded = np.round(score, DECIMALS)
    below = mid_ranks(rounded) - 0.5
    table = pl.DataFrame(
        {
            "customer_id": others["customer_id"],
            "score": rounded,
            "percentile": np.round(100 * below / max(1, len(rounded)), DECIMALS),
            "reasons": _reasons(likeness, traits, others, columns - known.x.mean(axis=0)),
        }
    )
    return table.select(pl.col(name).cast(dtype) for name, dtype in view_schema(LOOKALIKE, money_scale).items())


def _reasons(likeness: Likeness, traits: Sequence[Trait], frame: pl.DataFrame, above: NDArray[np.float64]) -> pl.Series:
    """Per row the traits that add most to the log-odds of the average customer, strongest first, joined by ";"."""
    ends = np.cumsum([trait.width for trait in traits])
    parts = np.split(above * likeness.weights, ends[:-1], axis=1)
    added = np.round(np.column_stack([part.sum(axis=1) for part in parts]), 2)
    order = np.argsort(-added, axis=1, kind="stable")[:, :MOST_REASONS]
    values = [trait.described(frame[trait.name]).to_list() for trait in traits]
    names = [trait.name.replace(";", ",") for trait in traits]  # Reasons are told apart by ";".
    texts = []
    for row, best in enumerate(order):
        reasons = [i for i in best if added[row, i] >= LEAST_REASON]
        texts.append(";".join(f"{names[i]}={values[i][row]} +{added[row, i]:.2f}" for i in reasons))
    return pl.Series("reasons", texts, dtype=pl.String)
