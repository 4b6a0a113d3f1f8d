"""The clv analysis of one customer summary: the views that were asked for, headline facts and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.clv.candidates import MODEL_CHOICES
from crmcli.analysis.clv.cohorts import cohorts_table
from crmcli.analysis.clv.decomposition import NEEDS, decompose
from crmcli.analysis.clv.facts import clv_facts
from crmcli.analysis.clv.forecast import forecast_table
from crmcli.analysis.clv.ledger import to_date
from crmcli.analysis.clv.model_tables import models_table, parameters_table
from crmcli.analysis.clv.options import ClvOptions
from crmcli.analysis.clv.remarks import remarks
from crmcli.analysis.clv.spending import fit_spending
from crmcli.analysis.clv.totals import summary_table
from crmcli.analysis.clv.validation import Forecasts, validation_table
from crmcli.analysis.clv.views import CLV_CATALOGUE
from crmcli.analysis.clv.workbench import Workbench
from crmcli.analysis.conform import conform
from crmcli.analysis.making import Made, Maker
from crmcli.analysis.result import Fact, Result
from crmcli.analysis.views import Kind
from crmcli.errors import TooLittleDataError, UsageError, did_you_mean
from crmcli.notes import info, warning

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcli.analysis.clv.holdout import Holdout
    from crmcli.customers.summary import CustomerSummary
    from crmcli.notes import Note

DECOMPOSITION = "decomposition"


def analyse(summary: CustomerSummary, options: ClvOptions | None = None) -> Result:
    """The views of `clv` that the options name, or all that a summary allows.

    Raises:
        TooLittleDataError: no customer, or none with a second purchase.
        UsageError: options that are unknown, do not fit each other, or need what is not there.
    """
    return result_of(workbench(summary, options or ClvOptions()))


def result_of(bench: Workbench, lines: pl.DataFrame | None = None) -> Result:
    """The views that a run was asked for.

    Args:
        bench: the summary, with its days, and the options.
        lines: the lines of transactions (`collect_sale_lines`), for the view `decomposition`.

    Raises:
        TooLittleDataError: no customer with a second purchase, or a view that lacks what it needs.
        UsageError: options that need what is not there.
    """
    makers = {name: maker for name, maker in MAKERS.items() if _can_be_made(maker, bench)}
    views = bench.options.views
    wanted = [name for name in makers if views is None or name in views]
    made = {name: makers[name].make(bench) for name in wanted}
    facts, notes = (clv_facts(bench), remarks(bench)) if made else ((), ())
    if lines is not None and (views is None or DECOMPOSITION in views):
        made[DECOMPOSITION] = _decomposition(bench, lines)
    scale = bench.summary.money_scale
    return Result(
        CLV_CATALOGUE,
        bench.summary.as_of,
        scale,
        {name: conform(one.table, CLV_CATALOGUE.view(name), scale) for name, one in made.items()},
        (*facts, *(fact for one in made.values() for fact in one.facts)),
        (*notes, *(note for one in made.values() for note in one.notes)),
        others=tuple(name for name in (*makers, DECOMPOSITION) if name not in made),
        captions={name: one.captions for name, one in made.items() if one.captions},
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


def _can_be_made(maker: Maker[Workbench], bench: Workbench) -> bool:
    """Whether the run has what a view needs; one that was named, other than for the page, must not lack anything."""
    lack = maker.lacks(bench)
    if lack and maker.view in (bench.options.views or ()) and maker.view not in CLV_CATALOGUE.page:
        raise TooLittleDataError(f"The view {maker.view!r} {lack}.")
    return lack is None


def _decomposition(bench: Workbench, lines: pl.DataFrame) -> Made:
    share = bench.options.margin_share
    found = decompose(lines, bench.options.discount_rate_annual, margin_share=None if share is None else float(share))
    ids = bench.summary.frame.select("customer_id").with_row_index("customer")
    table = found.table.join(ids, on="customer", how="left").with_columns(
        missing=pl.lit(";".join(found.missing) or None)
    )
    totals = table.select(pl.col(r"^clv\d$", "total_without_referral").sum()).row(0, named=True)
    known = {name: value for name, value in totals.items() if table[name].null_count() < table.height}
    scale = bench.summary.money_scale
    facts = (Fact(name, _PART_LABELS[name], round(value, scale), Kind.NUMBER, "money") for name, value in known.items())
    caption = "All customers: " + " · ".join(f"{name} {value:,.{scale}f}" for name, value in known.items())
    return Made(table, _missing_notes(found.missing), tuple(facts), (caption,))


_PART_LABELS = {
    "clv1": "First purchase",
    "clv2": "Repeat purchases",
    "clv3": "Cross-selling",
    "clv4": "Service saved",
    "clv5": "Referral (not in the total)",
    "clv6": "Paid above reference",
    "total_without_referral": "Present value without referral",
}


def _missing_notes(missing: tuple[str, ...]) -> tuple[Note, ...]:
    """Why parts are missing, and that margin is not known."""
    notes = []
    if "cost" in missing:
        text = "No cost is mapped and no --margin given: the parts are revenue, not margin."
        notes.append(warning("clv_decomposition_revenue", text))
    lost = {part: [name for name in names if name in missing] for part, names in NEEDS.items()}
    said = [f"{part} needs {' and '.join(names)}" for part, names in lost.items() if names]
    if said:
        text = (
            f"Missing parts: {'; '.join(said)}. Their money stays in the other parts. Columns can be named with --map."
        )
        notes.append(info("clv_decomposition_missing", text))
    return tuple(notes)


def _validation(bench: Workbench) -> Made:
    holdout = bench.holdout
    before = bench.chosen.before_split
    assert holdout is not None  # noqa: S101 — the maker is asked only where there is a holdout
    assert before is not None  # noqa: S101 — the same
    spend = _spend_forecasts(bench, holdout)
    split = to_date(holdout.histories.day)
    weeks = -(-(holdout.histories.day - int(holdout.histories.born.min())) // 7)
    caption = f"Fitted up to {split} (week {weeks}); compared on the {holdout.days} days after it."
    return Made(validation_table(bench.ledger, holdout, before.model, bench.last, spend), captions=(caption,))


def _forecast(bench: Workbench) -> Made:
    holdout = bench.holdout
    before = bench.chosen.before_split
    assert holdout is not None  # noqa: S101 — the maker is asked only where there is a holdout
    assert before is not None  # noqa: S101 — the same
    return Made(forecast_table(bench.ledger, holdout, before, bench.last, bench.options.level))


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


_MAKERS: tuple[Maker[Workbench], ...] = (
    Maker("customers", lambda bench: Made(bench.customer_values)),
    Maker("summary", lambda bench: Made(summary_table(bench))),
    Maker("models", lambda bench: Made(models_table(bench))),
    Maker("parameters", lambda bench: Made(parameters_table(bench))),
    Maker("validation", _validation, _no_holdout),
    Maker("forecast", _forecast, _no_holdout),
    Maker("cohorts", lambda bench: Made(cohorts_table(bench))),
)

MAKERS: Mapping[str, Maker[Workbench]] = {maker.view: maker for maker in _MAKERS}
"""How each view is made, by its name; `decomposition` needs lines and is made beside the summary."""
