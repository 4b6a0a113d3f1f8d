"""What `crmcli clv` does once its arguments are parsed."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path
from typing import TYPE_CHECKING

from crmcli.analysis.clv.analyse import DECOMPOSITION, result_of, workbench
from crmcli.analysis.clv.saved import saved_text
from crmcli.analysis.clv.views import CLV_CATALOGUE
from crmcli.cli.clv_options import ClvArguments, clv_options, refuse_unused
from crmcli.cli.places import check_places, protecting_inputs
from crmcli.cli.progress import writing
from crmcli.cli.reading import delivery, facts_of, read_options, read_summary_and
from crmcli.cli.settings import effective_settings
from crmcli.customers.keyed_file import read_keyed_file
from crmcli.customers.sale_lines import NEEDED, collect_sale_lines, with_referrers
from crmcli.errors import UsageError
from crmcli.notes import warning
from crmcli.present.emit import check, deliver, wanted_views
from crmcli.present.messages import print_notes
from crmcli.present.output import write_file

if TYPE_CHECKING:
    import polars as pl

    from crmcli.cli.context import State
    from crmcli.cli.options import SharedOptions
    from crmcli.customers.summary import CustomerSummary
    from crmcli.transactions.load import Transactions

__all__ = ["ClvArguments", "run_clv"]

WANTED = frozenset({"order_id", "quantity", "unit_price", "status", "currency", "cost"})

_OF_CONTRACTS = {"period": "1y", "margin_per_period": None}
"""Options that say nothing about purchases, with their defaults."""

_TRUNCATED = warning(
    "clv_since",
    "--since leaves out earlier purchases: customers who bought before are taken for new ones, so that they look "
    "younger and less regular than they are. --as-of and --holdout cut at the end instead, which is safe.",
)


def run_clv(state: State, shared: SharedOptions, own: ClvArguments) -> None:
    """Read, analyse, present.

    Raises:
        CrmcliError: anything that is expected to go wrong.
    """
    if own.contractual:
        from crmcli.cli.clv_contracts import run_contracts  # noqa: PLC0415 — other models, which few runs need

        run_contracts(state, shared, own)
        return
    refuse_unused(own, _OF_CONTRACTS, "needs --contractual")
    target = delivery(shared)
    check(target, CLV_CATALOGUE, state.environment)
    _check_outputs(shared, own, target.inputs)
    views = wanted_views(target, CLV_CATALOGUE, state.environment)
    options = dataclasses.replace(clv_options(own), views=views)
    with_lines = DECOMPOSITION in views
    if own.customers is not None and not with_lines:
        raise UsageError("--customers serves --view decomposition: it can tell who referred whom.")
    wanted = WANTED | NEEDED if with_lines else WANTED
    summary, notes, lines = read_summary_and(state, shared, wanted, _lines if with_lines else _no_lines)
    target = protecting_inputs(target, notes)
    if lines is not None and own.customers is not None:
        lines = _with_referrers(lines, summary, state, shared, own)
    with state.progress("fitting and forecasting"):
        bench = workbench(summary, options)
        result = result_of(bench, lines)
    if shared.since is not None:
        result = dataclasses.replace(result, notes=(*result.notes, _TRUNCATED))
    if own.save_model:
        write_file(Path(own.save_model), saved_text(bench).encode(), inputs=target.inputs)
    print_notes(state.environment, result.notes)
    settings = effective_settings(state, "clv", shared, dataclasses.asdict(own))
    with writing(state, target):
        deliver(result, target, state.environment, load=facts_of(notes), settings=settings)


def _lines(transactions: Transactions, summary: CustomerSummary) -> pl.DataFrame | None:
    return collect_sale_lines(transactions, summary.frame, summary.as_of)


def _with_referrers(
    lines: pl.DataFrame, summary: CustomerSummary, state: State, shared: SharedOptions, own: ClvArguments
) -> pl.DataFrame:
    file = read_keyed_file(
        own.customers or "",
        "--customers",
        read_options(shared, WANTED),
        id_column=own.id_column,
        stdin=state.environment.stdin or io.BytesIO(),
    )
    print_notes(state.environment, file.notes)
    return with_referrers(lines, summary.frame, file)


def _no_lines(_transactions: Transactions, _summary: CustomerSummary) -> pl.DataFrame | None:
    return None


def _check_outputs(shared: SharedOptions, own: ClvArguments, inputs: tuple[Path, ...]) -> None:
    outputs = {
        "-o": shared.output,
        "--facts": shared.facts,
        "--rejects": shared.rejects,
        "--save-model": own.save_model,
    }
    for flag in ("--rejects", "--save-model"):
        if outputs[flag] == "-":
            raise UsageError(f"{flag} - : standard output is for the result", remedy=f"Name a file: {flag} FILE")
    check_places(outputs, (*inputs, *map(Path, filter(None, (own.use_model, own.customers)))))
