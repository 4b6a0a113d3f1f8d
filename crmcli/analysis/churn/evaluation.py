"""The test of all models and baselines on the held-out snapshot."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.churn.accuracy import accuracy, calibration, calibration_slope, top_lift
from crmcli.analysis.churn.expected_profit import expected_profit
from crmcli.analysis.churn.held_out import BASELINES, RECENCY, baseline
from crmcli.analysis.churn.options import ACTIVE, EVERYONE
from crmcli.analysis.churn.reasons import wilson
from crmcli.analysis.churn.snapshots import LEAST_OF_EACH
from crmcli.analysis.discrimination import discrimination
from crmcli.notes import info, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from crmcli.analysis.churn.expected_profit import Costs
    from crmcli.analysis.churn.held_out import HeldOut
    from crmcli.analysis.churn.options import ChurnOptions
    from crmcli.notes import Note

_BOLD, _TIMID = 0.8, 1.25
_SHIFTED = 0.05

PROFIT_STEPS = 20
"""The profit curve goes up in steps of a twentieth of the customers."""


def evaluation_table(held: HeldOut, costs: Costs, options: ChurnOptions) -> pl.DataFrame:
    """The `evaluation` view: one row per population and model or baseline, models by log-loss."""
    rows = []
    for name, members in _populations(held, options):
        churned = held.test.churned[members]
        if min(int(churned.sum()), int((~churned).sum())) < LEAST_OF_EACH:
            continue
        for model in sorted(held.scores, key=lambda one: held.log_losses[one]):
            p = held.scores[model][members]
            rows.append(
                {**_head(held, name, model, churned), **_ranking(p, churned, costs), **_probabilities(p, churned)}
            )
        rows += [
            {
                **_head(held, name, model, churned),
                **_ranking(baseline(model, held.test.snapshot)[members], churned, costs),
                **dict.fromkeys(("brier", "brier_skill", "log_loss", "ece")),
            }
            for model in BASELINES
        ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _populations(held: HeldOut, options: ChurnOptions) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    if options.population == EVERYONE:
        yield EVERYONE, held.members
    yield ACTIVE, held.test.snapshot.active(options.horizon_days)


def _head(held: HeldOut, population: str, model: str, churned: NDArray[np.bool_]) -> dict[str, object]:
    return {
        "snapshot": held.test.snapshot.cut,
        "population": population,
        "model": model,
        "published": model == held.published,
        "customers": len(churned),
        "churn_rate": float(churned.mean()),
    }


def _ranking(score: NDArray[np.float64], churned: NDArray[np.bool_], costs: Costs) -> dict[str, float | None]:
    found = discrimination(score, churned)
    profit = expected_profit(score, churned, costs)
    return {
        "auc": found.auc,
        "auc_low": found.low,
        "auc_high": found.high,
        "lift_top_decile": top_lift(score, churned),
        "empc": profit.empc,
        "best_share": profit.best_share,
    }


def _probabilities(p: NDArray[np.float64], churned: NDArray[np.bool_]) -> dict[str, float | None]:
    found = accuracy(p, churned)
    return {
        "brier": found.brier,
        "brier_skill": found.brier_skill,
        "log_loss": found.log_loss,
        "ece": found.ece,
    }


def calibration_table(held: HeldOut) -> pl.DataFrame:
    """The `calibration` view: the published model's predictions by tenth, beside what happened."""
    p, churned = _published(held)
    found = calibration(p, churned)
    left = np.rint(found.actual * found.customers).astype(np.int64)
    bounds = [wilson(*pair) for pair in zip(left.tolist(), found.customers.tolist(), strict=True)]
    return pl.DataFrame(
        {
            "decile": np.arange(1, len(found.customers) + 1),
            "customers": found.customers,
            "predicted": found.predicted,
            "actual": found.actual,
            "actual_low": [low for low, _ in bounds],
            "actual_high": [high for _, high in bounds],
            "difference": found.actual - found.predicted,
        }
    )


def profit_table(held: HeldOut, costs: Costs) -> pl.DataFrame:
    """The `profit` view: what contacting the likeliest to leave would have earned, by the part of customers contacted.

    Money per customer of the population, at the mean save rate.
    """
    p, churned = _published(held)
    order = np.argsort(-p, kind="stable")
    reached = np.append(0, np.cumsum(churned[order]))
    counts = np.rint(np.linspace(0, 1, PROFIT_STEPS + 1) * len(p)).astype(np.int64)
    left, stayed = reached[counts], counts - reached[counts]
    saved = (costs.customer_value - costs.offer_value) * costs.save_rate - costs.contact_cost
    profit = (saved * left - (costs.offer_value + costs.contact_cost) * stayed) / len(p)
    return pl.DataFrame(
        {
            "share": counts / len(p),
            "customers": counts,
            "p_churn_from": np.append(np.nan, p[order][np.maximum(counts[1:] - 1, 0)]),
            "leavers_reached": left / max(int(churned.sum()), 1),
            "profit": profit,
            "best": np.arange(len(counts)) == int(np.argmax(profit)),
        },
        nan_to_null=True,
    )


def held_out_slope(held: HeldOut) -> float | None:
    """The calibration slope of the published model."""
    return calibration_slope(*_published(held))


def campaign_costs(costs: Costs, own_value: float | None) -> Costs:
    """The costs with the mean value of the customers themselves, where it is known."""
    return costs if own_value is None else replace(costs, customer_value=max(own_value, 0.0))


def choice_notes(held: HeldOut, options: ChurnOptions) -> tuple[Note, ...]:
    """Which model is published and why, and how far to trust it."""
    churned = held.test.churned[held.members]
    p, _ = _published(held)
    own = discrimination(p, churned).auc
    recency = discrimination(baseline(RECENCY, held.test.snapshot)[held.members], churned).auc
    ranked = sorted(held.log_losses.items(), key=lambda pair: pair[1])
    losses = ", ".join(f"{name} {loss:.4f}" for name, loss in ranked)
    text = (
        f"Published: {held.published}, which had the lowest log-loss on the {len(churned):,} customers held out on "
        f"{held.test.snapshot.cut} ({losses}); AUC {own:.3f}, silence alone {recency:.3f}"
    )
    notes = [info("churn_published", text), *_doubts(held, own, recency, options)]
    if held.thinned:
        text = f"Models learn from and are tested on every k-th customer, {len(held.test.churned):,} on that date"
        notes.append(info("churn_sampled", text))
    return tuple(notes)


def _doubts(held: HeldOut, own: float, recency: float, options: ChurnOptions) -> Iterator[Note]:
    if own <= recency:
        yield warning(
            "churn_not_better_than_recency",
            f"The score ranks no better than silence alone (AUC {own:.3f}, silence {recency:.3f} on "
            f"{held.test.snapshot.cut}): rank customers by days since the last order instead",
        )
    p, churned = _published(held)
    shift = float(p.mean() - churned.mean())
    if abs(shift) > _SHIFTED:
        yield warning(
            "churn_level_shift",
            f"After {held.test.snapshot.cut} {churned.mean():.1%} left where {p.mean():.1%} were expected: the "
            "season, or a trend, differs from the time learnt from. Trust the order of scores more than their level.",
        )
    slope = held_out_slope(held)
    if slope is not None and not _BOLD <= slope <= _TIMID:
        direction = "too far from the average" if slope < _BOLD else "too close to the average"
        yield warning(
            "churn_miscalibrated",
            f"Held-out probabilities lie {direction} (calibration slope {slope:.2f}, 1 is right) at a horizon of "
            f"{options.horizon_days} days: see --view calibration",
        )


def _published(held: HeldOut) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    return held.scores[held.published][held.members], held.test.churned[held.members]
