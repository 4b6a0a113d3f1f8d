"""`crmcli credit`: who owes what, who pays late and is getting slower, and who may buy on account for how much."""

from typing import Annotated

import typer

from crmcli.analysis.credit.views import CREDIT_CATALOGUE
from crmcli.cli.completion import one_of
from crmcli.cli.context import State
from crmcli.cli.options import SharedOptions, with_optional_files, with_shared_options
from crmcli.cli.views import describe_views

STYLES = ("conservative", "balanced", "aggressive")
BASES = ("due", "invoice")
YEARS = ("365", "360")

HELP = "Age receivables to the cent on any day, show who pays late and is getting slower, and set credit limits."
EPILOG = (
    describe_views(CREDIT_CATALOGUE)
    + """

\b
Columns for --map: those of the invoice files as they are, e.g. due_date=Faellig; with a prefix those
of the other files, e.g. payments.amount=Betrag, customers.net_worth=Equity,
transactions.date=Datum.

\b
Examples:
  crmcli credit invoices.csv --payments payments.csv
  crmcli credit invoices.csv --payments payments.csv --as-of 2025-06-30 --view aging -o aging.csv
  crmcli credit ledger.csv --buckets 15,30,60 --fx rates.csv
  crmcli credit invoices.csv --payments payments.csv --customers visits.csv --style conservative
  crmcli credit invoices.csv --view policy --variable-cost 0.6
  crmcli credit invoices.csv --payments payments.csv --transactions orders.csv --view value
  crmcli credit --visit-form -o form.csv"""
)


@with_optional_files(
    "INVOICES",
    "Invoices or ledger lines (CSV, TSV, Parquet, .gz, .zst), quoted globs, folders, or - for standard input.",
)
@with_shared_options
def credit(
    context: typer.Context,
    shared: SharedOptions,
    payments: Annotated[
        str | None, typer.Option("--payments", metavar="FILE", help="Payments: file, quoted glob or folder.")
    ] = None,
    customers: Annotated[
        str | None,
        typer.Option("--customers", metavar="FILE", help="Customer attributes, filled visit forms among them."),
    ] = None,
    transactions: Annotated[
        list[str] | None,
        typer.Option(
            "--transactions",
            metavar="FILE",
            help="Transactions for the view value: worth of customers less the costs of credit. Repeatable.",
        ),
    ] = None,
    fx: Annotated[
        str | None,
        typer.Option("--fx", metavar="FILE", help="Exchange rates (currency,rate): convert into the one with rate 1."),
    ] = None,
    buckets: Annotated[
        str, typer.Option("--buckets", metavar="N,N,…", help="Bounds of the age buckets in days.")
    ] = "30,60,90,120",
    basis: Annotated[
        str,
        typer.Option(
            "--basis", metavar="|".join(BASES), autocompletion=one_of(*BASES), help="Age from due or invoice date."
        ),
    ] = "due",
    default_terms: Annotated[
        str | None,
        typer.Option("--default-terms", metavar="TERMS", help="Where nothing else says: 30, 'net 45', '2/10 net 30'."),
    ] = None,
    doc_type: Annotated[
        list[str] | None,
        typer.Option(
            "--doc-type",
            metavar="TYPE=KIND",
            help="What a document type is: invoice, payment, credit_note, write_off. Repeatable.",
        ),
    ] = None,
    style: Annotated[
        str,
        typer.Option(
            "--style", metavar="|".join(STYLES), autocompletion=one_of(*STYLES), help="Style of policy for limits."
        ),
    ] = "balanced",
    policy: Annotated[
        str | None, typer.Option("--policy", metavar="FILE", help="An own policy (TOML), starting from --style.")
    ] = None,
    variable_cost: Annotated[
        str | None,
        typer.Option(
            "--variable-cost", metavar="SHARE", help="Variable cost per sales, e.g. 0.6; the view policy needs it."
        ),
    ] = None,
    capital_cost: Annotated[
        str, typer.Option("--capital-cost", metavar="SHARE", help="Yearly cost of capital.")
    ] = "0.1",
    year_days: Annotated[
        str,
        typer.Option(
            "--year-days", metavar="|".join(YEARS), autocompletion=one_of(*YEARS), help="Days of the year of rates."
        ),
    ] = "365",
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Seed of the bootstrap.")] = 1,
    with_disputes: Annotated[
        bool,
        typer.Option(
            "--with-disputes/--without-disputes",
            show_default=False,
            help="Let the dispute flag enter the models (it is often set after the fact).",
        ),
    ] = False,
    visit_form: Annotated[
        bool,
        typer.Option(
            "--visit-form/--no-visit-form",
            show_default=False,
            help="Write the form for visit reports (CSV) instead; it comes back through --customers.",
        ),
    ] = False,
) -> None:
    """Age, score and limit."""
    from crmcli.cli.credit_run import CreditArguments, run_credit  # noqa: PLC0415 — loads the heavy libraries

    state: State = context.obj
    own = CreditArguments(
        payments=payments,
        customers=customers,
        transactions=tuple(transactions or ()),
        fx=fx,
        buckets=buckets,
        basis=basis,
        default_terms=default_terms,
        doc_type=tuple(doc_type or ()),
        style=style,
        policy=policy,
        variable_cost=variable_cost,
        capital_cost=capital_cost,
        year_days=year_days,
        seed=seed,
        with_disputes=with_disputes,
        visit_form=visit_form,
    )
    run_credit(state, shared, own)
