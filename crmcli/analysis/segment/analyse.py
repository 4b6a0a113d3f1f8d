"""The segment analysis: scores, named segments, the customer pyramid and concentration of one customer summary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.conform import conform, view_schema
from crmcli.analysis.result import Result
from crmcli.analysis.segment import abc
from crmcli.analysis.segment.concentration import concentration
from crmcli.analysis.segment.facts import segment_facts
from crmcli.analysis.segment.money import minor_units
from crmcli.analysis.segment.rfm import DEFAULT_SCORES, Fit, check_method, fit_scores, rfm_metrics, score_customers
from crmcli.analysis.segment.rules import assign
from crmcli.analysis.segment.schemes import GRID10
from crmcli.analysis.segment.segment_table import segments_table
from crmcli.analysis.segment.thresholds import thresholds_table
from crmcli.analysis.segment.views import CONCENTRATION, SEGMENT_CATALOGUE
from crmcli.errors import TooLittleDataError, UsageError, did_you_mean
from crmcli.notes import info

if TYPE_CHECKING:
    from crmcli.analysis.segment.rfm import Cuts
    from crmcli.analysis.segment.rules import RuleSet
    from crmcli.analysis.segment.thresholds import Thresholds
    from crmcli.customers.summary import CustomerSummary
    from crmcli.notes import Note

REVENUE = "revenue"
MARGIN = "margin"
_VIP_TIERS = 2


@dataclass(frozen=True, slots=True)
class SegmentOptions:
    """What the analysis may be told.

    `scores` is k; `cuts` belong to the method `cuts`; saved `thresholds` replace the method altogether. `abc_by` is
    customers or revenue. `value` is revenue or margin; None means margin where a cost was mapped, else revenue.
    """

    rfm_method: str = "crm"
    scores: int = DEFAULT_SCORES
    cuts: Cuts | None = None
    segments: RuleSet = GRID10
    thresholds: Thresholds | None = None
    abc_by: str = abc.BY_CUSTOMERS
    value: str | None = None


def analyse(summary: CustomerSummary, options: SegmentOptions | None = None) -> Result:
    """All views of `segment` that a customer summary alone allows.

    The order of rows in the summary does not matter.

    Raises:
        TooLittleDataError: no customer.
        UsageError: options that are unknown, do not fit each other, or need a margin that is not there.
    """
    options = options or SegmentOptions()
    value = _checked_value(summary, options)
    metrics = rfm_metrics(summary)
    fit = _fit(metrics, summary, options)
    customers, abc_notes = _customers(metrics, fit, options, value, summary.money_scale)
    measures, concentration_notes = concentration(customers.select(minor_units("value")).to_series())
    scale = summary.money_scale
    tables = {
        "customers": customers.with_columns(pl.lit(summary.as_of).alias("as_of")),
        "segments": segments_table(customers, options.segments.actions(), scale),
        "thresholds": thresholds_table(customers, options.scores),
        "abc": abc.abc_table(customers, options.abc_by, value, scale),
        "concentration": pl.DataFrame(list(measures.items()), schema=view_schema(CONCENTRATION, scale), orient="row"),
    }
    typed = {name: conform(table, SEGMENT_CATALOGUE.view(name), scale) for name, table in tables.items()}
    notes = (*fit.notes, *options.segments.notes, *abc_notes, *concentration_notes)
    facts = segment_facts(typed, measures, value, summary)
    return Result(SEGMENT_CATALOGUE, summary.as_of, scale, typed, facts, notes)


def fit_thresholds(summary: CustomerSummary, options: SegmentOptions) -> Thresholds:
    """The thresholds that `analyse` uses with these options, to be saved; the saved ones if options carry some.

    Raises:
        TooLittleDataError, UsageError: as `analyse`.
    """
    _checked_value(summary, options)
    return _fit(rfm_metrics(summary), summary, options).thresholds


def _checked_value(summary: CustomerSummary, options: SegmentOptions) -> str:
    """Check the options against each other and the data, and settle what value means."""
    if summary.frame.is_empty():
        raise TooLittleDataError("There is no customer with an order up to as_of.")
    check_method(options.rfm_method, options.scores, options.cuts)
    options.segments.require_scores(options.scores)
    _check_known("ABC basis", options.abc_by, tuple(abc.SCHEMES))
    value = options.value or (MARGIN if summary.has_margin else REVENUE)
    _check_known("value", value, (REVENUE, MARGIN))
    if value == MARGIN and not summary.has_margin:
        raise UsageError("Value cannot be margin: no cost is mapped.", remedy="Map one with --map cost=COLUMN.")
    return value


def _check_known(what: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        raise UsageError(f"Unknown {what} {name!r}; known are {', '.join(known)}.", remedy=did_you_mean(name, known))


def _fit(metrics: pl.DataFrame, summary: CustomerSummary, options: SegmentOptions) -> Fit:
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


def _customers(
    metrics: pl.DataFrame, fit: Fit, options: SegmentOptions, value: str, scale: int
) -> tuple[pl.DataFrame, tuple[Note, ...]]:
    """Every customer with scores, segment, tier, class, value and flags."""
    worth = pl.col("margin" if value == MARGIN else "monetary").cast(pl.Decimal(38, scale))
    scored = score_customers(metrics, fit, scale).with_columns(worth.alias("value"))
    tiered, notes = abc.assign_tiers(assign(scored, options.segments, options.scores), options.abc_by)
    return tiered.with_columns(_class(), _flags()), notes


def _class() -> pl.Expr:
    return (
        pl.when(pl.col("abc_tier") <= _VIP_TIERS)
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
