"""From files to the material of a report: everything is read once, and every analysis that the input allows is made."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from crmcli.analysis.change.compare import compare
from crmcli.analysis.change.options import ChangeOptions
from crmcli.analysis.change.windows import previous_dates
from crmcli.analysis.churn.analyse import analyse as analyse_churn
from crmcli.analysis.clv.analyse import analyse as analyse_clv
from crmcli.analysis.credit.analyse import analyse as analyse_credit
from crmcli.analysis.credit.options import CreditOptions
from crmcli.analysis.segment.analyse import analyse as analyse_segment
from crmcli.analysis.segment.options import SegmentOptions
from crmcli.cli.credit_run import CreditArguments, read_files
from crmcli.cli.reading import facts_of, read_summary_and
from crmcli.cli.report_campaigns import campaign_result
from crmcli.cli.report_care import care_result
from crmcli.cli.report_options import churn_options, clv_options, for_credit, for_transactions
from crmcli.cli.segment_inputs import SegmentFiles, check_movement
from crmcli.customers.habits import COLUMNS as HABIT_COLUMNS
from crmcli.customers.past import summary_at
from crmcli.errors import TooLittleDataError
from crmcli.notes import info, warning
from crmcli.present.messages import print_notes
from crmcli.reporting.material import Material

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crmcli.analysis.result import Result
    from crmcli.cli.context import State
    from crmcli.cli.options import SharedOptions
    from crmcli.cli.report_options import ReportArguments
    from crmcli.customers.summary import CustomerSummary
    from crmcli.notes import Note

_WANTED = frozenset({"order_id", "quantity", "unit_price", "status", "currency", "cost"}) | HABIT_COLUMNS
_CREDIT_VIEWS = frozenset({"aging", "kpis", "trend", "limits", "customers"})
_SEGMENT_VIEWS = frozenset({"customers", "segments", "abc", "concentration", "migration", "strategy"})


def gather(state: State, shared: SharedOptions, own: ReportArguments, generated_at: str | None) -> Material:
    """Read the files, make every analysis that they allow, and note which ones they do not.

    Raises:
        CrmcliError: anything that the rooms below refuse, but for analyses that lack data: these are left out.
    """
    movement = check_movement(own.movement(), list(shared.files))
    files = SegmentFiles(state, shared, own.movement())
    summary, notes, of_lines = read_summary_and(state, for_transactions(shared), _WANTED, files.of_lines)
    previous, before = _dates(summary, own.every)
    options = SegmentOptions(movement=replace(movement, compare_to=previous))
    options = files.read_into(options, of_lines, summary)
    attributes = options.movement.attributes
    # A report has no view of attributes: names and birthdays alone, which divide nobody, are no reason to end.
    options = replace(options, movement=replace(options.movement, attributes=None))
    results, gaps = _made(
        state,
        {
            "segment": lambda: analyse_segment(summary, replace(options, views=_segment_views(own, previous, options))),
            "change": lambda: _change(summary, previous, before, own),
            "clv": lambda: _clv(summary, own),
            "churn": lambda: analyse_churn(summary, churn_options(own)),
            "campaigns": lambda: campaign_result(state, shared, own, summary),
            "occasions": lambda: care_result(own, attributes, summary.as_of, shared.date_format),
        },
    )
    credit, credit_load = _credit(state, shared, own, summary.as_of, gaps) if own.invoices else (None, None)
    return Material(
        summary=summary,
        previous=previous,
        every=own.every,
        results=results if credit is None else {**results, "credit": credit},
        gaps=gaps,
        load=facts_of(notes),
        credit_load=credit_load,
        generated_at=generated_at or summary.as_of.isoformat(),
        customer_rows=own.include_customers,
        least_group=own.min_group,
        customer_id=own.customer_id,
    )


def _made(state: State, makers: Mapping[str, Callable[[], Result | None]]) -> tuple[dict[str, Result], dict[str, Note]]:
    """The results by name, and why others could not be made; without segments there is no report.

    Raises:
        CrmcliError: anything but too little data for one of the others.
    """
    results: dict[str, Result] = {}
    gaps: dict[str, Note] = {}
    for name, make in makers.items():
        with state.progress(f"making {name}"):
            try:
                found = make()
            except TooLittleDataError as error:
                if name == "segment":
                    raise
                gaps[name] = info(f"report_no_{name}", f"{name} is left out: {error}")
                continue
        if found is not None:
            results[name] = found
    return results, gaps


def _dates(summary: CustomerSummary, every: str) -> tuple[dt.date | None, dt.date | None]:
    """The ends of the period before and of the one before that; None where the orders begin later."""
    previous, before = previous_dates(summary.as_of, every)
    first = summary.frame["first_date"].min()
    return (previous, before) if isinstance(first, dt.date) and first <= previous else (None, None)


def _segment_views(own: ReportArguments, previous: dt.date | None, options: SegmentOptions) -> frozenset[str]:
    views = _SEGMENT_VIEWS if previous is not None else _SEGMENT_VIEWS - {"migration"}
    if options.movement.costs is not None:
        views |= {"management"}
    return views if own.customer_id is None else views | {"explain"}


def _change(
    summary: CustomerSummary, previous: dt.date | None, before: dt.date | None, own: ReportArguments
) -> Result | None:
    if previous is None or before is None:
        raise TooLittleDataError(f"no order lies before the last {own.every}")
    return compare(summary, summary_at(summary, previous), ChangeOptions(before, movers=max(own.include_customers, 1)))


def _clv(summary: CustomerSummary, own: ReportArguments) -> Result:
    """The forecast of value; without its test against what came where the time is too short for one."""
    options = clv_options(own)
    try:
        return analyse_clv(summary, options)
    except TooLittleDataError:
        return analyse_clv(summary, replace(options, views=(options.views or frozenset()) - {"forecast"}))


def _credit(
    state: State, shared: SharedOptions, own: ReportArguments, as_of: dt.date, gaps: dict[str, Note]
) -> tuple[Result | None, dict[str, object] | None]:
    """What the invoices say; None where none of them counts yet, which is warned of: they were asked for."""
    arguments = CreditArguments(payments=own.payments, customers=own.customers)
    try:
        ledger, notes = read_files(state, for_credit(shared, own, as_of.isoformat()), arguments)
    except TooLittleDataError as error:
        gaps["credit"] = warning("report_no_credit", f"credit is left out: {error}")
        print_notes(state.environment, [gaps["credit"]])
        return None, None
    with state.progress("making credit"):
        result = analyse_credit(ledger, CreditOptions(views=_CREDIT_VIEWS))
    return result, notes.to_dict()
