"""Whom a campaign moved: uplift from a campaign whose recipients were drawn at random.

Two logistic regressions, one for the treated and one for the others, predict an order within the horizon after the
campaign; their difference is the uplift. Every customer is predicted by models that had not seen them. The Qini curve
(Radcliffe 2007) counts the extra buyers won when customers are treated in the order of predicted uplift; its
coefficient is the area between that curve and a treatment in random order, per treated customer, with a bootstrap
interval.

Without a random draw there is no such thing: who was chosen because they buy anyway would look moved. Whether the draw
was random is tested as far as it can be: what was known before must not tell who was treated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.churn.learning import fit_logistic
from crmcli.analysis.churn.snapshots import LEAST_OF_EACH, labelled
from crmcli.analysis.discrimination import Z_95, discrimination
from crmcli.analysis.result import Fact
from crmcli.analysis.views import Kind
from crmcli.errors import TooLittleDataError, UsageError
from crmcli.notes import info, warning

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcli.analysis.churn.options import ChurnOptions, Treatment
    from crmcli.customers.attributes import Attributes
    from crmcli.customers.summary import CustomerSummary
    from crmcli.notes import Note

GROUPS = 10
_FOLDS = 5
_SEED = 0
_RESAMPLES = 200
_TELLS_TOO_MUCH = 0.6
_TREATED_WORDS = frozenset({"1", "1.0", "true", "yes", "y", "treated", "treatment", "t"})
_CONTROL_WORDS = frozenset({"0", "0.0", "false", "no", "n", "control", "c"})


@dataclass(frozen=True)
class Trial:
    """Customers of a campaign: features from before it, whether treated, whether an order followed."""

    x: NDArray[np.float64]
    treated: NDArray[np.bool_]
    bought: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Qini:
    """Area between the Qini curve and the diagonal, per treated customer, with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


def trial(summary: CustomerSummary, attributes: Attributes, treatment: Treatment, horizon_days: int) -> Trial:
    """The customers known on the day of the campaign whose treatment is stated.

    Raises:
        UsageError: the column is absent or does not say who was treated.
        TooLittleDataError: the horizon after the campaign is not over, or too few were treated, or bought.
    """
    flags = _flags(attributes, treatment.column)
    over = (summary.as_of - treatment.date).days
    if over < horizon_days:
        raise TooLittleDataError(
            f"Only {max(over, 0):,} days are known after {treatment.date}, fewer than the horizon of {horizon_days}",
            remedy="Give a shorter --horizon",
        )
    found = labelled(summary, treatment.date, horizon_days)
    known = found.snapshot.past.frame.select("customer_id").join(
        flags, on="customer_id", how="left", maintain_order="left"
    )
    stated = known["treated"].is_not_null().to_numpy()
    treated = known["treated"].fill_null(value=False).to_numpy()[stated]
    bought = ~found.churned[stated]
    for arm, chosen in (("treated", treated), ("not treated", ~treated)):
        few = min(int((bought & chosen).sum()), int((~bought & chosen).sum()))
        if few < LEAST_OF_EACH:
            raise TooLittleDataError(
                f"Of the {int(chosen.sum()):,} {arm} known on {treatment.date}, "
                f"{int((bought & chosen).sum()):,} ordered within {horizon_days} days; at least {LEAST_OF_EACH} who "
                "did and who did not are needed"
            )
    return Trial(found.snapshot.features.matrix[stated], treated, bought)


def _flags(attributes: Attributes, column: str) -> pl.DataFrame:
    if column not in attributes.names:
        raise UsageError(f"--treatment {column!r}: {attributes.label} has no such column")
    words = attributes.frame[column].cast(pl.String).str.strip_chars().str.to_lowercase()
    unknown = words.filter(words.is_not_null() & ~words.is_in([*_TREATED_WORDS, *_CONTROL_WORDS]))
    if len(unknown):
        raise UsageError(
            f"--treatment {column!r}: {unknown[0]!r} says neither treated nor not",
            remedy="Write 1 for the treated, 0 for the others, and nothing for those who took no part.",
        )
    treated = pl.when(words.is_not_null()).then(words.is_in(list(_TREATED_WORDS)))
    return attributes.frame.select("customer_id", treated.alias("treated"))


def check_random(found: Trial) -> tuple[Note, ...]:
    """Refuse a draw that was not random, as far as the past can tell.

    Raises:
        UsageError: what was known before tells who was treated.
    """
    score = np.empty(len(found.treated))
    for learn, judge in _folds(len(score)):
        score[judge] = _p(found.x[learn], found.treated[learn], found.x[judge])
    told = discrimination(score, found.treated)
    if told.low is not None and told.low > 0.5 and told.auc > _TELLS_TOO_MUCH:  # noqa: PLR2004 — a coin
        raise UsageError(
            f"The treatment was not drawn at random: orders before it tell who was treated (AUC {told.auc:.2f}; .5 is "
            "a coin)",
            extent="Uplift would mix what the campaign did with whom it was sent to.",
            remedy="Uplift needs a random draw; compare the arms only within one.",
        )
    if told.low is not None and told.low > 0.5:  # noqa: PLR2004
        text = f"Treated and untreated differed a little beforehand (AUC {told.auc:.3f}): uplift may carry that over"
        return (warning("churn_unbalanced_treatment", text),)
    return ()


def predicted_uplift(found: Trial) -> NDArray[np.float64]:
    """P(order | treated) − P(order | not treated) of each customer, by models that have not seen them."""
    uplift = np.empty(len(found.treated))
    for learn, judge in _folds(len(uplift)):
        arms = []
        for arm in (found.treated, ~found.treated):
            chosen = learn & arm
            arms.append(_p(found.x[chosen], found.bought[chosen], found.x[judge]))
        uplift[judge] = arms[0] - arms[1]
    return uplift


def _p(x: NDArray[np.float64], y: NDArray[np.bool_], new: NDArray[np.float64]) -> NDArray[np.float64]:
    model = fit_logistic(x, y)
    return np.asarray(0.5 * (1 + np.tanh((model.base + (new - model.centre) @ model.weights) / 2)))


def _folds(size: int) -> list[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Pairs of rows to learn from and rows to judge."""
    fold = np.random.default_rng(_SEED).permutation(size) % _FOLDS
    return [(fold != number, fold == number) for number in range(_FOLDS)]


def qini(uplift: NDArray[np.float64], found: Trial) -> Qini:
    """The Qini coefficient of an order of customers, the largest uplift first."""
    order = np.argsort(-uplift, kind="stable")
    treated, bought = found.treated[order], found.bought[order]
    rng = np.random.default_rng(_SEED)
    values = []
    for _ in range(_RESAMPLES):
        drawn = np.sort(rng.integers(0, len(order), len(order)))
        values.append(_area(treated[drawn], bought[drawn]))
    low, high = np.quantile(values, (0.025, 0.975))
    return Qini(_area(treated, bought), float(low), float(high))


def gains(treated: NDArray[np.bool_], bought: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Extra buyers won down to each place, per treated customer: (buyers treated − buyers others · n_t/n_c) ÷ N_t."""
    reached, others = np.cumsum(treated), np.cumsum(~treated)
    ours, theirs = np.cumsum(bought & treated), np.cumsum(bought & ~treated)
    expected = np.divide(theirs * reached, others, out=np.zeros(len(others)), where=others > 0)
    return np.asarray((ours - expected) / max(int(reached[-1]), 1))


def _area(treated: NDArray[np.bool_], bought: NDArray[np.bool_]) -> float:
    curve = gains(treated, bought)
    diagonal = curve[-1] * np.arange(1, len(curve) + 1) / len(curve)
    return float((curve - diagonal).mean())


def uplift_table(uplift: NDArray[np.float64], found: Trial) -> pl.DataFrame:
    """The `uplift` view: ten groups of equal size, the largest predicted uplift first."""
    order = np.argsort(-uplift, kind="stable")
    treated, bought = found.treated[order], found.bought[order]
    curve = gains(treated, bought)
    rows = []
    for number, places in enumerate(np.array_split(np.arange(len(order)), GROUPS), 1):
        effect = _effect(treated[places], bought[places])
        rows.append(
            {
                "decile": number,
                **effect,
                "predicted_uplift": float(uplift[order[places]].mean()),
                "cumulative_gain": float(curve[places[-1]]),
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def _effect(treated: NDArray[np.bool_], bought: NDArray[np.bool_]) -> dict[str, float | int | None]:
    """Order rates of both arms and their difference, with limits by the normal approximation."""
    sizes = int(treated.sum()), int((~treated).sum())
    result: dict[str, float | int | None] = {"treated": sizes[0], "control": sizes[1]}
    names = ("treated_rate", "control_rate", "uplift", "uplift_low", "uplift_high")
    if min(sizes) == 0:
        return {**result, **dict.fromkeys(names)}
    ours, theirs = float(bought[treated].mean()), float(bought[~treated].mean())
    error = math.sqrt(ours * (1 - ours) / sizes[0] + theirs * (1 - theirs) / sizes[1])
    values = (ours, theirs, ours - theirs, ours - theirs - Z_95 * error, ours - theirs + Z_95 * error)
    return {**result, **dict(zip(names, values, strict=True))}


def uplift_of(
    summary: CustomerSummary, options: ChurnOptions, treatment: Treatment
) -> tuple[pl.DataFrame, tuple[Note, ...], tuple[Fact, ...]]:
    """The `uplift` view with its notes and facts.

    Raises:
        UsageError: no attributes, or a treatment that cannot be used.
        TooLittleDataError: too few customers, or too little time since.
    """
    if options.customers is None:
        raise UsageError("--treatment needs a file that holds its column", remedy="Add --customers FILE")
    found = trial(summary, options.customers, treatment, options.horizon_days)
    notes = check_random(found)
    uplift = predicted_uplift(found)
    area = qini(uplift, found)
    whole = _effect(found.treated, found.bought)
    verdict = (
        info("churn_qini", "Treating by predicted uplift wins more buyers than treating at random")
        if area.low > 0
        else warning("churn_qini", "Predicted uplift is not proven to beat chance: its Qini interval holds 0")
    )
    facts = (
        Fact("uplift", "Effect of the campaign", whole["uplift"], Kind.SHARE, "of 1"),
        Fact("uplift_low", "Its lower 95 % limit", whole["uplift_low"], Kind.SHARE, "of 1"),
        Fact("uplift_high", "Its upper limit", whole["uplift_high"], Kind.SHARE, "of 1"),
        Fact("qini", "Qini coefficient", area.value, Kind.NUMBER, "buyers per treated customer"),
        Fact("qini_low", "Its lower 95 % limit", area.low, Kind.NUMBER, "buyers per treated customer"),
        Fact("qini_high", "Its upper limit", area.high, Kind.NUMBER, "buyers per treated customer"),
    )
    return uplift_table(uplift, found), (*notes, verdict), facts
