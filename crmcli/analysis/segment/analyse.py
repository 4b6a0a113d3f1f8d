"""The segment analysis of one customer summary: the views that were asked for, headline facts and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.conform import conform, view_schema
from crmcli.analysis.making import Made, Maker, distinct
from crmcli.analysis.result import Result
from crmcli.analysis.segment import abc
from crmcli.analysis.segment.facts import segment_facts
from crmcli.analysis.segment.life import LIFE_MAKERS
from crmcli.analysis.segment.life_facts import life_facts, pool_notes
from crmcli.analysis.segment.movement import MOVEMENT_MAKERS, VIEWS_WITH_FACTS
from crmcli.analysis.segment.options import SegmentOptions
from crmcli.analysis.segment.rfm import check_method, rfm_metrics
from crmcli.analysis.segment.scored import fitted_scores
from crmcli.analysis.segment.thresholds import thresholds_table
from crmcli.analysis.segment.value import CLV, MARGIN, REVENUE, VALUES
from crmcli.analysis.segment.views import CONCENTRATION, SEGMENT_CATALOGUE
from crmcli.analysis.segment.workbench import Workbench
from crmcli.errors import TooLittleDataError, UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcli.analysis.segment.thresholds import Thresholds
    from crmcli.customers.summary import CustomerSummary


def analyse(summary: CustomerSummary, options: SegmentOptions | None = None) -> Result:
    """The views of `segment` that the options name, or all that this input allows.

    The order of rows in the summary does not matter.

    Raises:
        TooLittleDataError: no customer.
        UsageError: options that are unknown, do not fit each other, or need what is not there.
    """
    options = options or SegmentOptions()
    bench = Workbench(summary, options, _checked_value(summary, options))
    makers = {name: maker for name, maker in MAKERS.items() if _can_be_made(maker, bench)}
    asked = frozenset(MAKERS) if options.views is None else options.views
    wanted = [name for name in makers if name in asked or (options.facts and name in VIEWS_WITH_FACTS)]
    made = {name: makers[name].make(bench) for name in wanted}
    headline = _headline(bench) if options.facts else Made(pl.DataFrame())
    said = (headline, *made.values())
    scale = summary.money_scale
    return Result(
        SEGMENT_CATALOGUE,
        summary.as_of,
        scale,
        {name: conform(one.table, SEGMENT_CATALOGUE.view(name), scale) for name, one in made.items()},
        distinct(fact for one in said for fact in one.facts),
        distinct((*bench.notes, *(note for one in said for note in one.notes))),
        others=tuple(name for name in makers if name not in made),
    )


def fit_thresholds(summary: CustomerSummary, options: SegmentOptions) -> Thresholds:
    """The thresholds that `analyse` uses with these options, to be saved; the saved ones if options carry some.

    Raises:
        TooLittleDataError, UsageError: as `analyse`.
    """
    _checked_value(summary, options)
    return fitted_scores(rfm_metrics(summary), summary, options).thresholds


def _checked_value(summary: CustomerSummary, options: SegmentOptions) -> str:
    """Check the options against each other and the data, and settle what value means."""
    if summary.frame.is_empty():
        raise TooLittleDataError("There is no customer with an order up to as_of.")
    check_method(options.rfm_method, options.scores, options.cuts)
    options.segments.require_scores(options.scores)
    _check_known("ABC basis", options.abc_by, tuple(abc.SCHEMES))
    value = options.value or (MARGIN if summary.has_margin else REVENUE)
    _check_known("value", value, VALUES)
    if value == MARGIN and not summary.has_margin:
        raise UsageError("Value cannot be margin: no cost is mapped.", remedy="Map one with --map cost=COLUMN.")
    if value == CLV and options.clv is None:
        raise UsageError("Value cannot be clv: none was computed.", remedy="Use revenue or margin.")
    options.check()
    options.life.check()
    options.movement.check(summary.as_of)
    for name in options.views or ():
        _check_known("view", name, tuple(MAKERS))
    return value


def _check_known(what: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        raise UsageError(f"Unknown {what} {name!r}; known are {', '.join(known)}.", remedy=did_you_mean(name, known))


def _can_be_made(maker: Maker[Workbench], bench: Workbench) -> bool:
    """Whether the run has what a view needs; one that was named, other than for the page, must not lack anything."""
    lack = maker.lacks(bench)
    named = bench.options.views or frozenset()
    if lack and maker.view in named and (len(named) == 1 or maker.view not in SEGMENT_CATALOGUE.page):
        raise UsageError(f"The view {maker.view!r} {lack}.")
    return lack is None


def _headline(bench: Workbench) -> Made:
    """The facts of every run, whatever its views, and what there is to say about them."""
    return Made(pl.DataFrame(), pool_notes(bench), (*segment_facts(bench), *life_facts(bench)))


def _customers(bench: Workbench) -> Made:
    life = bench.stages.select("stage", "stage_rule").hstack(bench.loyalty)
    rows = bench.customers.hstack(life).with_columns(pl.lit(bench.summary.as_of).alias("as_of"))
    return Made(rows, pool_notes(bench))


def _segments(bench: Workbench) -> Made:
    return Made(bench.segments)


def _thresholds(bench: Workbench) -> Made:
    return Made(thresholds_table(bench.customers, bench.options.scores))


def _abc(bench: Workbench) -> Made:
    constants = bench.options.life.constants
    return Made(abc.abc_table(bench.customers, bench.options.abc_by, bench.value, bench.money_scale, constants))


def _concentration(bench: Workbench) -> Made:
    schema = view_schema(CONCENTRATION, bench.money_scale)
    return Made(pl.DataFrame(list(bench.concentration.items()), schema=schema, orient="row"))


_BASE_MAKERS = (
    Maker("customers", _customers),
    Maker("segments", _segments),
    Maker("thresholds", _thresholds),
    Maker("abc", _abc),
    Maker("concentration", _concentration),
)

MAKERS: Mapping[str, Maker[Workbench]] = {
    maker.view: maker for maker in (*_BASE_MAKERS, *LIFE_MAKERS, *MOVEMENT_MAKERS)
}
"""How each view is made, by its name."""
