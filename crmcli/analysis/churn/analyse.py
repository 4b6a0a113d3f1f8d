"""The churn analysis of one customer summary: the views that were asked for, headline facts and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.churn.cohorts import ON_OR_AFTER, cohorts_table
from crmcli.analysis.churn.customers import customers_table
from crmcli.analysis.churn.evaluation import calibration_table, evaluation_table, profit_table
from crmcli.analysis.churn.facts import base_facts, rates_facts, score_facts, standing_facts, window_facts
from crmcli.analysis.churn.options import ChurnOptions
from crmcli.analysis.churn.rates import rates_table, reference_line
from crmcli.analysis.churn.survival import levels, time_to_next_order
from crmcli.analysis.churn.uplift import uplift_of
from crmcli.analysis.churn.views import CHURN_CATALOGUE
from crmcli.analysis.churn.winback import winback_table
from crmcli.analysis.churn.window import window_table
from crmcli.analysis.churn.workbench import Workbench
from crmcli.analysis.conform import conform
from crmcli.analysis.making import Made, Maker, distinct
from crmcli.analysis.result import Result
from crmcli.errors import InternalError, TooLittleDataError, UsageError
from crmcli.notes import info, warning

if TYPE_CHECKING:
    from crmcli.customers.summary import CustomerSummary
    from crmcli.notes import Note


def analyse(summary: CustomerSummary, options: ChurnOptions | None = None) -> Result:
    """The views of `churn` that the options name, or all that this input allows.

    Where several views are wanted, one for which the input holds too little is left out with a warning.

    Raises:
        TooLittleDataError: no customer, or too little for every view that is wanted.
        UsageError: options that are unknown, do not fit each other, or need what is not there.
    """
    options = options or ChurnOptions()
    options.check()
    if summary.frame.is_empty():
        raise TooLittleDataError("There is no customer with an order up to as_of.")
    if options.views is not None and len(options.views) == 1:
        _refuse_contract_views(*options.views)
    bench = Workbench(summary, options)
    makers = {name: maker for name, maker in MAKERS.items() if _can_be_made(maker, bench)}
    wanted = [name for name in makers if options.views is None or name in options.views]
    made, short = _made([makers[name] for name in wanted], bench)
    scale = summary.money_scale
    headline = base_facts(bench.gaps) if options.facts else ()
    return Result(
        CHURN_CATALOGUE,
        summary.as_of,
        scale,
        {name: conform(one.table, CHURN_CATALOGUE.view(name), scale) for name, one in made.items()},
        distinct((*headline, *(fact for one in made.values() for fact in one.facts))),
        distinct((*short, *(note for one in made.values() for note in one.notes))),
        others=tuple(name for name in makers if name not in wanted),
        captions={name: one.captions for name, one in made.items() if one.captions},
    )


def _refuse_contract_views(name: str) -> None:
    if name not in MAKERS:
        raise UsageError(
            f"The view {name!r} needs contracts instead of transactions",
            remedy="Give a file with a start and an end per customer, and --contractual",
        )


def _made(makers: list[Maker[Workbench]], bench: Workbench) -> tuple[dict[str, Made], list[Note]]:
    """All views that the input suffices for, and why others are missing."""
    made: dict[str, Made] = {}
    lacking: dict[str, TooLittleDataError] = {}
    for maker in makers:
        try:
            made[maker.view] = maker.make(bench)
        except TooLittleDataError as error:
            lacking[maker.view] = error
    if lacking and not made:
        raise next(iter(lacking.values()))
    reasons: dict[str, list[str]] = {}
    for view, reason in lacking.items():
        reasons.setdefault(reason.problem, []).append(view)
    return made, [
        warning("churn_too_little", f"No {', '.join(views)}: {problem}") for problem, views in reasons.items()
    ]


def _can_be_made(maker: Maker[Workbench], bench: Workbench) -> bool:
    """Whether the run has what a view needs; one that was named must not lack anything."""
    lack = maker.lacks(bench)
    if lack and maker.view in (bench.options.views or ()):
        raise UsageError(f"The view {maker.view!r} {lack}")
    return lack is None


def _customers(bench: Workbench) -> Made:
    table = customers_table(bench.standing, bench.options, bench.summary.money_scale)
    facts = standing_facts(bench.standing, table, bench.summary.money_scale) if bench.options.facts else ()
    return Made(table, (*bench.score_notes, *bench.worth.notes, _costs_note(bench)), facts)


def _costs_note(bench: Workbench) -> Note:
    costs = bench.options.costs
    return info(
        "churn_costs",
        f"Campaigns are reckoned with a contact at {costs.contact_cost:,.2f}, an offer worth {costs.offer_value:,.2f} "
        f"and {costs.save_rate:.0%} of those about to leave saved; set --contact-cost, --offer-value and --save-rate",
    )


def _cohorts(bench: Workbench) -> Made:
    table = cohorts_table(bench.summary, bench.visits, bench.options.period, bench.options.retention)
    if bench.options.retention != ON_OR_AFTER:
        return Made(table)
    text = "on_or_after counts orders up to as_of only: figures of late periods can still rise"
    return Made(table, (info("churn_on_or_after", text),))


def _rates(bench: Workbench) -> Made:
    found = bench.visits
    table = rates_table(found, bench.gaps, bench.summary.money_scale)
    lengths = found.periods.select((pl.col("last") - pl.col("start")).dt.total_days() + 1).to_series().to_list()
    return Made(
        table,
        (*_refund_notes(bench), *_rates_notes(table)),
        rates_facts(table, lengths),
        (reference_line(float((bench.gaps.days > 1).mean())),),
    )


def _refund_notes(bench: Workbench) -> tuple[Note, ...]:
    refunds = bench.summary.frame["refunds"].sum()
    if not refunds:
        return ()
    text = f"rates count money of sales; refunds of {-refunds:,} are left out there (cohorts take them off)"
    return (info("churn_refunds", text),)


def _rates_notes(table: pl.DataFrame) -> tuple[Note, ...]:
    if table["retention_rate"].is_not_null().any():
        return ()
    text = "There are no two complete periods to compare, so that no retention rate is known; try --period week"
    return (warning("churn_one_period", text),)


def _window(bench: Workbench) -> Made:
    window = bench.silence.window
    notes: tuple[Note, ...] = ()
    if window.is_thin:
        text = (
            "Fewer than 30 orders were still open at every day, so that the churn window of "
            f"{window.days:,} days rests on very little"
        )
        notes = (warning("churn_window_thin", text),)
    return Made(window_table(bench.silence), notes, window_facts(bench.silence))


def _survival(bench: Workbench) -> Made:
    by = bench.options.by
    groups = None if bench.group is None else levels(bench.group)
    found = time_to_next_order(bench.gaps, groups)
    return Made(found.table(), found.note("the times to the next order" if by is None else f"groups of {by}"))


def _evaluation(bench: Workbench) -> Made:
    table = evaluation_table(bench.held, bench.costs, bench.options)
    facts = score_facts(bench.held, bench.options.horizon_days)
    return Made(table, (*bench.score_notes, _empc_note(bench)), facts)


def _empc_note(bench: Workbench) -> Note:
    costs = bench.costs
    return info(
        "churn_empc",
        f"Profits of campaigns suppose that a customer is worth {costs.customer_value:,.2f}, an offer costs "
        f"{costs.offer_value:,.2f}, a contact {costs.contact_cost:,.2f}, and {costs.save_rate:.0%} are saved",
    )


def _calibration(bench: Workbench) -> Made:
    return Made(calibration_table(bench.held), bench.score_notes)


def _profit(bench: Workbench) -> Made:
    return Made(profit_table(bench.held, bench.costs), (*bench.score_notes, _empc_note(bench)))


def _winback(bench: Workbench) -> Made:
    table = winback_table(bench.standing, bench.options.costs, bench.summary.money_scale)
    return Made(table, (*bench.score_notes, *bench.worth.notes, _costs_note(bench)))


def _lacks_treatment(bench: Workbench) -> str | None:
    if bench.options.treatment is not None:
        return None
    return (
        "needs a randomised treatment: --customers FILE, --treatment COLUMN (1 treated, 0 not) and --treated-on DATE. "
        "Without a random choice of who was treated, those who would have bought anyway cannot be told from those won."
    )


def _uplift(bench: Workbench) -> Made:
    treatment = bench.options.treatment
    if treatment is None:
        raise InternalError("uplift was made without a treatment.")
    return Made(*uplift_of(bench.summary, bench.options, treatment))


MAKERS = {
    maker.view: maker
    for maker in (
        Maker("customers", _customers),
        Maker("cohorts", _cohorts),
        Maker("rates", _rates),
        Maker("window", _window),
        Maker("survival", _survival),
        Maker("evaluation", _evaluation),
        Maker("calibration", _calibration),
        Maker("profit", _profit),
        Maker("winback", _winback),
        Maker("uplift", _uplift, _lacks_treatment),
    )
}
"""How each view is made of transactions, by its name."""
