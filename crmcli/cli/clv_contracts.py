"""What `crmcli clv --contractual` does once its arguments are parsed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
from typing import TYPE_CHECKING

from crmcli.analysis.clv.contract_tables import ContractOptions
from crmcli.analysis.clv.contractual import value_contracts
from crmcli.analysis.clv.horizon import Span
from crmcli.analysis.clv.views import CHANCES_CATALOGUE, RETENTION_CATALOGUE
from crmcli.cli.clv_options import clv_options, money, refuse_unused
from crmcli.cli.places import check_places
from crmcli.cli.progress import writing
from crmcli.cli.reading import delivery, let_interrupts_through, parse_date, read_options
from crmcli.cli.settings import effective_settings
from crmcli.customers.contracts import CHANCES, COLUMNS, read_contracts
from crmcli.errors import UsageError
from crmcli.present.emit import check, deliver
from crmcli.present.messages import print_notes

if TYPE_CHECKING:
    from crmcli.cli.clv_options import ClvArguments
    from crmcli.cli.context import State
    from crmcli.cli.options import SharedOptions

_OF_PURCHASES = {
    "model": "auto",
    "margin": None,
    "value": None,
    "bootstrap": 0,
    "acquisition_cost": None,
    "save_model": None,
    "use_model": None,
    "customers": None,
    "id_column": None,
}
"""Options that say nothing about contracts, with their defaults."""
_OF_ROWS = {"since": None, "where": None, "rejects": None}
"""The same among the shared options: a file of contracts is read whole, or not at all."""


def run_contracts(state: State, shared: SharedOptions, own: ClvArguments) -> None:
    """Read, analyse, present.

    Raises:
        CrmcliError: anything that is expected to go wrong.
    """
    refuse_unused(own, _OF_PURCHASES, "means nothing with --contractual")
    refuse_unused(shared, _OF_ROWS, "means nothing with --contractual")
    target = delivery(shared)
    options = _contract_options(shared, own)
    check_places({"-o": shared.output, "--facts": shared.facts}, target.inputs)
    let_interrupts_through()
    reading = read_options(shared, frozenset(), COLUMNS)
    contracts = read_contracts(shared.files, reading, stdin=state.environment.stdin or io.BytesIO())
    check(target, CHANCES_CATALOGUE if contracts.kind == CHANCES else RETENTION_CATALOGUE, state.environment)
    result = value_contracts(contracts, options)
    print_notes(state.environment, (*contracts.notes, *result.notes))
    settings = effective_settings(state, "clv", shared, dataclasses.asdict(own))
    load = {"file": contracts.label, "kind": contracts.kind, "rows": contracts.frame.height}
    with writing(state, target):
        deliver(result, target, state.environment, load=load, settings=settings)


def _contract_options(shared: SharedOptions, own: ClvArguments) -> ContractOptions:
    common = clv_options(own)
    if isinstance(common.holdout, dt.date):
        raise UsageError("--holdout takes a span of periods with --contractual", remedy="Example: --holdout 5y")
    per_period = own.margin_per_period
    return ContractOptions(
        period=Span.parse(own.period, "--period"),
        horizon=common.horizon,
        discount_rate_annual=common.discount_rate_annual,
        holdout=common.holdout,
        level=common.level,
        margin=None if per_period is None else float(money(per_period, "--margin-per-period")),
        as_of=parse_date(shared.as_of, "--as-of"),
        money_scale=shared.money_scale,
    )
