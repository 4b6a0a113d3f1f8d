"""The clv analysis of one customer summary: the views that were asked for, headline facts and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmcli.analysis.clv.candidates import MODEL_CHOICES
from crmcli.analysis.clv.cohorts import cohorts_table
from crmcli.analysis.clv.facts import clv_facts
from crmcli.analysis.clv.model_tables import models_table, parameters_table
from crmcli.analysis.clv.options import ClvOptions
from crmcli.analysis.clv.remarks import remarks
from crmcli.analysis.clv.spending import fit_spending
from crmcli.analysis.clv.totals import summary_table
from crmcli.analysis.clv.validation import Forecasts, validation_table
from crmcli.analysis.clv.views import CLV_CATALOGUE
from crmcli.analysis.clv.workbench import Made, Maker, Workbench
from crmcli.analysis.conform import conform
from crmcli.analysis.result import Result
from crmcli.errors import TooLittleDataError, UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from crmcli.analysis.clv.holdout import Holdout
    from crmcli.customers.summary import CustomerSummary


def analyse(summary: CustomerSummary, options: ClvOptions | None = None) -> Result:
    """The views of `clv` that the options name, or all that a summary allows.

    Raises:
        TooLittleDataError: no customer, or none with a second purchase.
        UsageError: options that are unknown, do not fit each other, or need what is not there.
    """
    return result_of(workbench(summary, options or ClvOptions()))


def result_of(bench: Workbench, decomposition: pl.DataFrame | None = None) -> Result:
    """The views that a run was asked for.

    Args:
        bench: the summary, with its days, and the options.
        decomposition: the rows of that view, which come from the lines of transactions.

    Raises:
        TooLittleDataError: no customer with a second purchase, or a view that lacks what it needs.
        UsageError: options that need what is not there.
    """
    makers = dict(MAKERS)
    if decomposition is not None:
        makers["decomposition"] = Maker("decomposition", lambda _: Made(decomposition))
    makers = {name: maker for name, maker in makers.items() if _can_be_made(maker, bench)}
    views = bench.options.views
    wanted = [name for name in makers if views is None or name in views]
    made = {name: makers[name].make(bench) for name in wanted}
    scale = bench.summary.money_scale
    return Result(
        CLV_CATALOGUE,
        bench.summary.as_of,
        scale,
        {name: conform(one.table, CLV_CATALOGUE.view(name), scale) for name, one in made.items()},
        clv_facts(bench),
        (*remarks(bench), *(note for one in made.values() for note in one.notes)),
        others=tuple(name for name in makers if name not in made),
    )


def workbench(summary: CustomerSummary, options: ClvOptions) -> Workbench:
    """Everything that a run can compute from a summary.

    Raises:
        TooLittleDataError: no customer.
        UsageError: an unknown model or view.
    """
    if summary.frame.is_empty():
        raise TooLittleDataError("There is no customer with an order up to as_of.")
    if options.model not in MODEL_CHOICES:
        known = ", ".join(MODEL_CHOICES)
        raise UsageError(
            f"--model {options.model!r} is none of {known}", remedy=did_you_mean(options.model, MODEL_CHOICES)
        )
    return Workbench(summary, options)


def _can_be_made(maker: Maker, bench: Workbench) -> bool:
    """Whether the run has what a view needs; one that was named, other than for the page, must not lack anything."""
    lack = maker.lacks(bench)
    if lack and maker.view in (bench.options.views or ()) and maker.view not in CLV_CATALOGUE.page:
        raise TooLittleDataError(f"The view {maker.view!r} {lack}.")
    return lack is None


def _validation(bench: Workbench) -> Made:
    holdout = bench.holdout
    before = bench.chosen.before_split
    assert holdout is not None  # noqa: S101 — the maker is asked only where there is a holdout
    assert before is not None  # noqa: S101 — the same
    spend = _spend_forecasts(bench, holdout)
    return Made(validation_table(bench.ledger, holdout, before.model, bench.last, spend))


def _spend_forecasts(bench: Workbench, holdout: Holdout) -> Forecasts | None:
    """Money after the split, spending fitted before it, not discounted."""
    histories = holdout.histories
    rows, before = histories.rows, bench.chosen.before_split
    if before is None:
        return None
    spending = bench.spending if bench.options.saved is not None else fit_spending(histories)
    expected = before.model.expected_purchases(rows, holdout.days)[rows.index]
    own = np.where(histories.x > 0, histories.mean_spend, spending.population)
    return Forecasts(
        expected=expected * spending.expected(histories.x, histories.mean_spend),
        same_rate=holdout.same_rate * own,
        population_mean=holdout.population_mean * spending.flat,
    )


def _no_holdout(bench: Workbench) -> str | None:
    return None if bench.holdout is not None else "needs repeat purchases before a split and time after it"


MAKERS: Mapping[str, Maker] = {
    maker.view: maker
    for maker in (
        Maker("customers", lambda bench: Made(bench.customer_values)),
        Maker("summary", lambda bench: Made(summary_table(bench))),
        Maker("models", lambda bench: Made(models_table(bench))),
        Maker("parameters", lambda bench: Made(parameters_table(bench))),
        Maker("validation", _validation, _no_holdout),
        Maker("cohorts", lambda bench: Made(cohorts_table(bench))),
    )
}
"""How each view is made, by its name; `decomposition` needs lines and is made beside the summary."""
