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
from crmcli.analysis.result import Fact
from crmcli.analysis.segment.leaks import FIGURES, leak
from crmcli.analysis.segment.levels import OTHERS
from crmcli.analysis.segment.likeness import fit_likeness
from crmcli.analysis.segment.traits import Trait, learn, matrix
from crmcli.analysis.segment.views_movement import LOOKALIKE
from crmcli.analysis.views import Kind
from crmcli.errors import TooLittleDataError
from crmcli.notes import info, warning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmcli.analysis.discrimination import Discrimination
    from crmcli.analysis.segment.likeness import Likeness
    from crmcli.analysis.segment.target import Target
    from crmcli.customers.attributes import Attributes
    from crmcli.notes import Note

FEWEST = 20
"""Customers that must be in the target, and outside of it, with attributes."""

SCORE_DECIMALS = 6
"""Beyond these the arithmetic of another machine may differ."""

MOST_REASONS = 3
LEAST_REASON = 0.05
"""Log-odds below which a trait is no reason."""


@dataclass(frozen=True, slots=True)
class Lookalikes:
    """The `lookalike` view with its facts and notes."""

    table: pl.DataFrame
    facts: tuple[Fact, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """Who is looked for: like the target (or, with `avoid`, to be avoided because of that); `seed` divides folds."""

    target: Target
    avoid: bool = False
    seed: int = 0


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
    notes = list(attributes.matching(customers["customer_id"]))
    known = customers.with_columns(question.target.chosen(customers).alias("__chosen"))
    trained = known.join(attributes.frame, on="customer_id", how="inner", suffix=" (attribute)").sort("customer_id")
    chosen = trained["__chosen"].to_numpy()
    _require_enough(chosen, question)
    others = _scored(attributes, prospects, trained)
    traits, remarks = _usable(trained, chosen, attributes, others, customers.columns)
    x = matrix(traits, _plain(trained, attributes.names, customers.columns))
    likeness = fit_likeness(x, chosen, question.seed)
    table = _table(likeness, traits, others, x, money_scale)
    judged = discrimination(likeness.held_out, chosen)
    notes += [*remarks, *_doubts(judged, question)]
    return Lookalikes(table, _facts(judged, likeness, chosen, traits, question), tuple(notes))


def _plain(trained: pl.DataFrame, names: Sequence[str], taken: Sequence[str]) -> pl.DataFrame:
    """The attributes of the joined frame under their own headings, also where a column of customers has the same."""
    return trained.select(pl.col(f"{name} (attribute)" if name in taken else name).alias(name) for name in names)


def _require_enough(chosen: NDArray[np.bool_], question: Question) -> None:
    inside, outside = int(chosen.sum()), int((~chosen).sum())
    if min(inside, outside) < FEWEST:
        raise TooLittleDataError(
            f"The target {question.target.text!r} holds {inside:,} customers with attributes, and {outside:,} are "
            f"outside: at least {FEWEST} of either are needed",
            remedy="Choose another target with --target, or add attributes to --customers.",
        )


def _scored(attributes: Attributes, prospects: Attributes | None, trained: pl.DataFrame) -> pl.DataFrame:
    """Attributes of those to score; of customers the place among the trained ones, else null."""
    source = attributes if prospects is None else prospects
    missing = [pl.lit(None, attributes.frame.schema[n]).alias(n) for n in attributes.names if n not in source.names]
    frame = source.frame.with_columns(*missing)
    if prospects is not None:
        return frame.with_columns(place=pl.lit(None, pl.UInt32))
    places = trained.select("customer_id", "__chosen").with_row_index("place")
    found = frame.join(places, on="customer_id", how="left", maintain_order="left")
    return found.filter(~pl.col("__chosen").fill_null(value=False))


def _usable(
    trained: pl.DataFrame,
    chosen: NDArray[np.bool_],
    attributes: Attributes,
    others: pl.DataFrame,
    taken: Sequence[str],
) -> tuple[list[Trait], list[Note]]:
    """The traits to use, and a note about every attribute that is not used."""
    plain = _plain(trained, attributes.names, taken)
    strangers = others.filter(pl.col("place").is_null())
    traits: list[Trait] = []
    notes: list[Note] = []
    figures = trained.select(name for name in FIGURES if name in taken)
    for name in attributes.names:
        trait = learn(plain[name])
        why = trait if isinstance(trait, str) else _unusable(trait, plain[name], chosen, figures, strangers[name])
        if isinstance(trait, Trait) and why is None:
            traits.append(trait)
        elif isinstance(trait, Trait) and why is not None and why.startswith("it "):
            notes.append(warning("trait_leaks", f"trait {name!r} refused: {why}"))
        else:
            notes.append(info("trait_left_out", f"trait {name!r} left out: {why}"))
    if not traits:
        raise TooLittleDataError(
            f"{attributes.label}: no trait can be used", extent=" · ".join(note.text for note in notes) or None
        )
    return traits, notes


def _unusable(
    trait: Trait, values: pl.Series, chosen: NDArray[np.bool_], figures: pl.DataFrame, strangers: pl.Series
) -> str | None:
    """Why a trait must not be used; sentences that begin with "it" tell of a leak."""
    if len(strangers) and strangers.null_count() == len(strangers):
        return "nobody knows it of those who are no customers yet"
    if trait.is_number:
        return leak(values, chosen, figures)
    pooled = values.to_frame("v").select(
        pl.when(pl.col("v").is_in(list(trait.levels)) | pl.col("v").is_null()).then("v").otherwise(pl.lit(OTHERS))
    )
    return leak(pooled.to_series(), chosen, figures)


def _table(
    likeness: Likeness,
    traits: Sequence[Trait],
    others: pl.DataFrame,
    x: NDArray[np.float64],
    money_scale: int,
) -> pl.DataFrame:
    columns = matrix(traits, others) if others.height else np.zeros((0, x.shape[1]))
    score = likeness.probability(columns)
    place = others["place"]
    is_customer = place.is_not_null().to_numpy()
    score[is_customer] = likeness.held_out[place.drop_nulls().to_numpy()]
    rounded = np.round(score, SCORE_DECIMALS)
    below = mid_ranks(rounded) - 0.5 if len(rounded) else rounded
    table = pl.DataFrame(
        {
            "customer_id": others["customer_id"],
            "score": rounded,
            "percentile": np.round(100 * below / max(1, len(rounded)), SCORE_DECIMALS),
            "reasons": _reasons(likeness, traits, others, columns - x.mean(axis=0)),
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
    texts = []
    for row, best in enumerate(order):
        reasons = [i for i in best if added[row, i] >= LEAST_REASON]
        texts.append(";".join(f"{traits[i].name}={values[i][row]} +{added[row, i]:.2f}" for i in reasons))
    return pl.Series("reasons", texts, dtype=pl.String)


def _facts(
    judged: Discrimination,
    likeness: Likeness,
    chosen: NDArray[np.bool_],
    traits: Sequence[Trait],
    question: Question,
) -> tuple[Fact, ...]:
    base = float(chosen.mean())
    best = np.argsort(-likeness.held_out, kind="stable")[: max(1, len(chosen) // 10)]
    purpose = "avoid" if question.avoid else "find"
    return (
        Fact("lookalike_purpose", "Look-alikes are to", purpose, Kind.TEXT),
        Fact("lookalike_target", "Target", question.target.text, Kind.TEXT),
        Fact("lookalike_target_customers", "Customers in the target", int(chosen.sum()), Kind.INTEGER, "customers"),
        Fact("lookalike_base_share", "Their share of customers", base, Kind.SHARE, "of 1"),
        Fact("lookalike_traits", "Traits used", len(traits), Kind.INTEGER, "traits"),
        Fact("lookalike_auc", "AUC on held-out customers (0.5 is chance)", judged.auc, Kind.NUMBER),
        Fact("lookalike_auc_low", "Its lower 95 % limit", judged.low, Kind.NUMBER),
        Fact("lookalike_auc_high", "Its upper 95 % limit", judged.high, Kind.NUMBER),
        Fact(
            "lookalike_best_tenth_lift",
            "Target in the best-scored tenth ÷ in all",
            float(chosen[best].mean()) / base,
            Kind.NUMBER,
            "ratio",
        ),
    )


def _doubts(judged: Discrimination, question: Question) -> list[Note]:
    notes = []
    if judged.low is not None and judged.low <= 0.5:  # noqa: PLR2004 — chance
        notes.append(
            warning(
                "lookalike_no_better_than_chance",
                f"the traits do not tell {question.target.text!r} apart from other customers: on held-out ones the "
                f"AUC is {judged.auc:.3f} ({judged.low:.3f} to {judged.high:.3f})",
            )
        )
    if question.avoid:
        notes.append(info("lookalike_avoid", "a high score means: like those to stay away from"))
    return notes
