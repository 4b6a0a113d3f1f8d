"""What `crmcli churn` does once its arguments are parsed."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

from crmcli.analysis.churn.analyse import analyse
from crmcli.analysis.churn.views import CHURN_CATALOGUE
from crmcli.cli.churn_contracts import of_contracts, run_contracts
from crmcli.cli.churn_options import churn_options, horizon_days
from crmcli.cli.places import check_places, protecting_inputs
from crmcli.cli.progress import writing
from crmcli.cli.reading import delivery, facts_of, read_options, read_summary_and
from crmcli.cli.settings import effective_settings
from crmcli.customers.attributes import Attributes, read_attributes
from crmcli.customers.line_attributes import attributes_of_lines
from crmcli.errors import UsageError
from crmcli.present.emit import check, deliver, wanted_views, wants_facts
from crmcli.present.messages import print_notes

if TYPE_CHECKING:
    from crmcli.analysis.churn.options import ChurnOptions
    from crmcli.cli.churn_options import ChurnArguments
    from crmcli.cli.context import State
    from crmcli.cli.options import SharedOptions
    from crmcli.customers.summary import CustomerSummary
    from crmcli.transactions.load import Transactions

WANTED = frozenset({"order_id", "quantity", "unit_price", "status", "currency", "cost"})


def run_churn(state: State, shared: SharedOptions, own: ChurnArguments) -> None:
    """Read, analyse, present.

    Raises:
        CrmcliError: anything that is expected to go wrong.
    """
    target = delivery(shared)
    target = replace(target, inputs=(*target.inputs, *own.files()))
    if own.contracts.contractual:
        target = of_contracts(target, state.environment)
    check(target, CHURN_CATALOGUE, state.environment)
    _check_outputs(shared)
    check_places({"-o": shared.output, "--facts": shared.facts, "--rejects": shared.rejects}, target.inputs)
    views = wanted_views(target, CHURN_CATALOGUE, state.environment)
    options = replace(churn_options(own, shared.files), views=views, facts=wants_facts(target, state.environment))
    if own.contracts.contractual:
        run_contracts(state, shared, own, options, target)
        return

    def of_lines(transactions: Transactions, summary: CustomerSummary) -> Attributes | None:
        return attributes_of_lines(transactions, own.attribute, summary.as_of) if own.attribute else None

    summary, notes, found = read_summary_and(state, shared, WANTED, of_lines)
    options = replace(options, horizon_days=horizon_days(own, summary.as_of))
    options = _with_attributes(state, shared, own, options, found, summary)
    target = protecting_inputs(target, notes)
    with state.progress("learning and testing"):
        result = analyse(summary, options)
    print_notes(state.environment, result.notes)
    settings = effective_settings(state, "churn", shared, own.flat())
    with writing(state, target):
        deliver(result, target, state.environment, load=facts_of(notes), settings=settings)


def _check_outputs(shared: SharedOptions) -> None:
    if shared.rejects == "-":
        raise UsageError("--rejects - : standard output is for the result", remedy="Name a file: --rejects FILE")


def _with_attributes(
    state: State,
    shared: SharedOptions,
    own: ChurnArguments,
    options: ChurnOptions,
    of_lines: Attributes | None,
    summary: CustomerSummary,
) -> ChurnOptions:
    """The options with the attributes of customers, of their file or of their transactions.

    Raises:
        CrmcliError: as `read_attributes`; no id occurs on both sides.
    """
    attributes = of_lines
    if own.customers is not None:
        reading = read_options(shared, frozenset())
        stdin = state.environment.stdin or io.BytesIO()
        of_file = read_attributes(own.customers, "--customers", reading, id_column=own.id_column, stdin=stdin)
        attributes = of_file if of_lines is None else _beside(of_file, of_lines)
    if attributes is None:
        return options
    print_notes(state.environment, (*attributes.notes, *attributes.matching(summary.frame["customer_id"])))
    return replace(options, customers=attributes)


def _beside(of_file: Attributes, of_lines: Attributes) -> Attributes:
    """Attributes of the customers' file and of their transactions side by side."""
    twice = sorted(set(of_file.names) & set(of_lines.names))
    if twice:
        raise UsageError(
            f"--attribute {twice[0]!r} is also a column of {of_file.label}",
            remedy="Leave out --attribute, or rename the column.",
        )
    frame = of_file.frame.join(of_lines.frame, on="customer_id", how="full", coalesce=True).sort("customer_id")
    return Attributes(f"{of_file.label} and {of_lines.label}", frame, (*of_file.notes, *of_lines.notes))
