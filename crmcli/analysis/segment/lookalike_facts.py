"""How good a model of look-alikes is, and what to say about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from crmcli.analysis.result import Fact
from crmcli.analysis.segment.constants import Constants
from crmcli.analysis.views import Kind
from crmcli.notes import info, warning

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcli.analysis.discrimination import Discrimination
    from crmcli.analysis.segment.target import Target
    from crmcli.notes import Note

DECIMALS = 6
"""Beyond these the arithmetic of another machine may differ."""


@dataclass(frozen=True, slots=True)
class Question:
    """Who is looked for: like the target (or, with `avoid`, to be avoided because of that); `seed` divides folds.

    `defining` names attributes that the target is made from, which may not be used as traits.
    """

    target: Target
    avoid: bool = False
    seed: int = 0
    constants: Constants = field(default_factory=Constants)
    defining: frozenset[str] = frozenset()


def lookalike_facts(
    judged: Discrimination,
    unseen: NDArray[np.float64],
    chosen: NDArray[np.bool_],
    traits: int,
    question: Question,
) -> tuple[Fact, ...]:
    """The headline of a run.

    Args:
        judged: discrimination on held-out customers.
        unseen: the probability of each customer by a model that had not seen them.
        chosen: whether each is in the target.
        traits: how many traits are used.
        question: who is looked for.
    """
    base = float(chosen.mean())
    purpose = "avoid" if question.avoid else "find"
    return (
        Fact("lookalike_purpose", "Look-alikes are to", purpose, Kind.TEXT),
        Fact("lookalike_target", "Target", question.target.text, Kind.TEXT),
        Fact("lookalike_target_customers", "Customers in the target", int(chosen.sum()), Kind.INTEGER, "customers"),
        Fact("lookalike_base_share", "Their share of customers", base, Kind.SHARE, "of 1"),
        Fact("lookalike_traits", "Traits used", traits, Kind.INTEGER, "traits"),
        Fact("lookalike_auc", "AUC on held-out customers (0.5 is chance)", _shortened(judged.auc), Kind.NUMBER),
        Fact("lookalike_auc_low", "Its lower 95 % limit", _shortened(judged.low), Kind.NUMBER),
        Fact("lookalike_auc_high", "Its upper 95 % limit", _shortened(judged.high), Kind.NUMBER),
        Fact(
            "lookalike_best_tenth_lift",
            "Target in the best-scored tenth ÷ in all",
            _shortened(_best_tenth(unseen, chosen) / base),
            Kind.NUMBER,
            "ratio",
        ),
    )


def _best_tenth(unseen: NDArray[np.float64], chosen: NDArray[np.bool_]) -> float:
    """The share of the target in the best-scored tenth; of equal scores at its end, as many as chance would take."""
    score, size = np.round(unseen, DECIMALS), max(1, len(chosen) // 10)
    last = np.sort(score)[-size]
    better, level = score > last, score == last
    hits = float(chosen[better].sum()) + float(chosen[level].mean()) * (size - int(better.sum()))
    return hits / size


def _shortened(value: float | None) -> float | None:
    return None if value is None else round(value, DECIMALS)


def lookalike_notes(judged: Discrimination, question: Question) -> list[Note]:
    """A warning where the scores say nothing, and what they mean where that is not the usual thing."""
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
