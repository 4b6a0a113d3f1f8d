"""What `crmcli credit` does once its arguments are parsed."""

from __future__ import annotations

import dataclasses
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crmcli.analysis.credit.analyse import analyse
from crmcli.analysis.credit.buckets import parse_buckets
from crmcli.analysis.credit.options import CreditOptions
from crmcli.analysis.credit.styles import STYLES, parse_style
from crmcli.analysis.credit.views import CREDIT_CATALOGUE
from crmcli.cli.credit_form import write_form
from crmcli.cli.credit_value import MAPPABLE as OF_TRANSACTIONS
from crmcli.cli.credit_value import check_transactions, read_worth
from crmcli.cli.option_files import read_text
from crmcli.cli.places import check_places, protecting_inputs
from crmcli.cli.progress import writing
from crmcli.cli.reading import (
    delivery,
    describe_layouts,
    facts_of,
    let_interrupts_through,
    read_options,
    write_rejects,
)
from crmcli.cli.settings import effective_settings
from crmcli.errors import UsageError, did_you_mean
from crmcli.invoices.doc_types import DocKind
from crmcli.invoices.fx import converted, parse_rates
from crmcli.invoices.names import MAPPABLE
from crmcli.invoices.opening import LedgerOptions
from crmcli.invoices.read import read_ledger
from crmcli.invoices.terms import Terms, parse_terms
from crmcli.notes import info
from crmcli.present.emit import check, deliver, wanted_views
from crmcli.present.messages import print_notes
from crmcli.transactions.aliases import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmcli.cli.context import State
    from crmcli.cli.options import SharedOptions
    from crmcli.invoices.ledger import CreditLedger
    from crmcli.invoices.notes import LedgerNotes

_YEARS = {"365": 365, "360": 360}


@dataclass(frozen=True, slots=True)
class CreditArguments:
    """The own options of `credit`, as given."""

    payments: str | None = None
    customers: str | None = None
    transactions: tuple[str, ...] = ()
    fx: str | None = None
    buckets: str = "30,60,90,120"
    basis: str = "due"
    default_terms: str | None = None
    doc_type: tuple[str, ...] = ()
    style: str = "balanced"
    policy: str | None = None
    variable_cost: str | None = None
    capital_cost: str = "0.1"
    year_days: str = "365"
    seed: int = 1
    with_disputes: bool = False
    visit_form: bool = False

    def inputs(self) -> tuple[Path, ...]:
        """The files that these options name."""
        named = (self.payments, self.customers, *self.transactions, self.fx, self.policy)
        return tuple(Path(name) for name in named if name)


def run_credit(state: State, shared: SharedOptions, own: CreditArguments) -> None:
    """Read, analyse, present.

    Raises:
        CrmcliError: anything that is expected to go wrong.
    """
    shared = dataclasses.replace(shared, files=shared.files or [])
    if not shared.files and not own.visit_form:
        raise UsageError(
            "No invoice files are named.", remedy="Example: crmcli credit invoices.csv --payments payments.csv"
        )
    _refuse_same_file(shared, own)
    check_transactions(shared, own.transactions, (own.payments, own.customers))
    target = delivery(shared)
    target = dataclasses.replace(target, inputs=(*target.inputs, *own.inputs()))
    outputs = {"-o": shared.output, "--facts": shared.facts, "--rejects": shared.rejects}
    check_places(outputs, target.inputs)
    if shared.rejects == "-":
        raise UsageError("--rejects - : standard output is for the result", remedy="Name a file: --rejects FILE")
    if own.visit_form and not shared.files:
        write_form(state.environment, shared, None, target.inputs)
        return
    if not own.visit_form:
        check(target, CREDIT_CATALOGUE, state.environment)
    options = credit_options(own)
    ledger, notes = read_files(state, shared, own)
    target = dataclasses.replace(target, inputs=(*target.inputs, *(Path(file.label) for file in notes.files)))
    if own.visit_form:
        write_form(state.environment, shared, ledger, target.inputs)
        return
    views = wanted_views(target, CREDIT_CATALOGUE, state.environment)
    load = notes.to_dict()
    if own.transactions:
        worth, of_transactions = read_worth(state, shared, own.transactions, ledger)
        options = dataclasses.replace(options, clv=worth)
        target = protecting_inputs(target, of_transactions)
        load["transactions"] = facts_of(of_transactions)
    with state.progress("ageing and scoring"):
        result = analyse(ledger, dataclasses.replace(options, views=views))
    print_notes(state.environment, result.notes)
    settings = effective_settings(state, "credit", shared, dataclasses.asdict(own))
    with writing(state, target):
        deliver(result, target, state.environment, load=load, settings=settings)


def _refuse_same_file(shared: SharedOptions, own: CreditArguments) -> None:
    """One file in two roles would count its money twice."""
    given = {os.path.realpath(name): name for name in shared.files if name != "-"}
    for flag, name in (("--payments", own.payments), ("--customers", own.customers), ("--fx", own.fx)):
        if name and os.path.realpath(name) in given:
            raise UsageError(f"{flag} {name}: the same file is read as invoices", remedy="Give each file once.")


def read_files(state: State, shared: SharedOptions, own: CreditArguments) -> tuple[CreditLedger, LedgerNotes]:
    """The ledger of the files, converted if asked; tell how they were read, and check the limits.

    Raises:
        CrmcliError: anything that the rooms below refuse.
    """
    reading = read_options(shared, frozenset(), (*MAPPABLE, *OF_TRANSACTIONS))
    options = LedgerOptions(
        reading,
        payments=(own.payments,) if own.payments else (),
        customers=(own.customers,) if own.customers else (),
        default_terms=_terms(own.default_terms),
        doc_types=_doc_types(own.doc_type),
        all_bad_rows=shared.rejects is not None,
    )
    let_interrupts_through()
    stdin = state.environment.stdin or io.BytesIO()
    with state.progress("reading and checking"):
        ledger, notes = read_ledger(shared.files, options, stdin=stdin)
    print_notes(state.environment, (*describe_layouts(notes.layouts), *notes.remarks()))
    write_rejects(shared, notes.bad, tuple(Path(file.label) for file in notes.files))
    notes.enforce_limit(reading)
    if own.fx:
        rates = parse_rates(read_text(own.fx, "--fx"), own.fx)
        ledger = converted(ledger, rates)
        named = ", ".join(f"1 {name} = {rate} {rates.target}" for name, rate in rates.rates.items() if rate != 1)
        print_notes(state.environment, [info("converted", f"Converted into {rates.target}: {named}")])
    return ledger, notes


def credit_options(own: CreditArguments) -> CreditOptions:
    """The options of the analysis.

    Raises:
        UsageError: a value that does not parse, or a policy file that cannot be used.
    """
    if own.style not in STYLES:
        raise UsageError(
            f"--style {own.style!r} is none of {', '.join(STYLES)}", remedy=did_you_mean(own.style, STYLES)
        )
    style = STYLES[own.style]
    if own.policy:
        style = parse_style(read_text(own.policy, "--policy"), own.policy, style)
    if own.year_days not in _YEARS:
        raise UsageError(f"--year-days {own.year_days!r} is neither 365 nor 360")
    options = CreditOptions(
        buckets=parse_buckets(own.buckets),
        basis=own.basis,
        style=style,
        own_style=own.policy is not None,
        year_days=_YEARS[own.year_days],
        variable_cost=None if own.variable_cost is None else parse_share(own.variable_cost, "--variable-cost"),
        capital_cost=parse_share(own.capital_cost, "--capital-cost"),
        seed=own.seed,
        with_disputes=own.with_disputes,
    )
    options.check()
    return options


def parse_share(text: str, flag: str) -> float:
    """A fraction such as 0.6, or a percentage such as 60%.

    Raises:
        UsageError: neither.
    """
    plain = text.strip()
    try:
        return float(plain[:-1]) / 100 if plain.endswith("%") else float(plain)
    except ValueError:
        raise UsageError(f"{flag} {text!r} is no number", remedy=f"Examples: {flag} 0.6, {flag} 60%") from None


def _terms(text: str | None) -> Terms | None:
    if text is None:
        return None
    terms = parse_terms(text)
    if terms is None:
        raise UsageError(
            f"--default-terms {text!r} states no terms that are known",
            remedy="Examples: --default-terms 30, --default-terms 'net 45', --default-terms '15 prox'",
        )
    return terms


def _doc_types(items: Iterable[str]) -> dict[str, DocKind]:
    found: dict[str, DocKind] = {}
    kinds = [str(kind) for kind in DocKind]
    for item in items:
        name, equals, kind = item.rpartition("=")
        if not equals or not name or kind not in kinds:
            raise UsageError(
                f"--doc-type {item!r} is not of the form TYPE=KIND",
                extent=f"Kinds: {', '.join(kinds)}",
                remedy="Example: --doc-type ZX=payment",
            )
        found[fold(name)] = DocKind(kind)
    return found
