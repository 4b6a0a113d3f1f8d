"""Every customer with scores, segment, tier, class, value and flags."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.segment import abc
from crmcli.analysis.segment.money import minor_units
from crmcli.analysis.segment.rfm import Fit, fit_scores, score_customers
from crmcli.analysis.segment.rules import assign
from crmcli.analysis.segment.value import COLUMNS
from crmcli.errors import UsageError
from crmcli.notes import info

if TYPE_CHECKING:
    from crmcli.analysis.segment.options import SegmentOptions
    from crmcli.customers.summary import CustomerSummary
    from crmcli.notes import Note


def fitted_scores(metrics: pl.DataFrame, summary: CustomerSummary, options: SegmentOptions) -> Fit:
    """The thresholds to score with: saved ones if the options carry some, else estimated on `metrics`.

    Raises:
        UsageError: saved thresholds are for another number of scores.
    """
    saved = options.thresholds
    if saved is None:
        return fit_scores(metrics, summary, options.rfm_method, options.scores, options.cuts)
    if saved.scores != options.scores:
        raise UsageError(
            f"The saved thresholds are for {saved.scores} scores, the run for {options.scores}.",
            remedy=f"Use --scores {saved.scores}.",
        )
    text = f"Scores use thresholds saved as of {saved.as_of} (method {saved.method}), not estimated on this data."
    return Fit(saved, notes=(info("thresholds_saved", text),))


def scored_customers(
    metrics: pl.DataFrame, fit: Fit, options: SegmentOptions, value: str, scale: int
) -> tuple[pl.DataFrame, tuple[Note, ...]]:
    """The metrics (one row per customer, sorted by customer_id) with scores, segment, tier, class, value and flags."""
    worth = pl.col(COLUMNS[value]).cast(pl.Decimal(38, scale))
    scored = score_customers(metrics, fit, scale).with_columns(worth.alias("value"))
    constants = options.life.constants
    tiered, notes = abc.assign_tiers(assign(scored, options.segments, options.scores), options.abc_by, constants)
    return tiered.with_columns(_class(constants.vip_tiers), _flags()), notes


def _class(vip_tiers: int) -> pl.Expr:
    return (
        pl.when(pl.col("abc_tier") <= vip_tiers)
        .then(pl.lit("vip"))
        .when(pl.col("frequency") == 1)
        .then(pl.lit("one_off"))
        .otherwise(pl.lit("regular"))
        .alias("class")
    )


def _flags() -> pl.Expr:
    """Codes joined by ";", empty when none applies."""
    tie = pl.when("abc_tie").then(pl.lit("abc_tie"))
    no_value = pl.when(minor_units("value") <= 0).then(pl.lit("no_value"))
    return pl.concat_str(tie, no_value, separator=";", ignore_nulls=True).alias("flags")
