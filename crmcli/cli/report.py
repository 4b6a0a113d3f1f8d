"""`crmcli report`: what happened to the customers, what it means in money, and what to do; for people and for cron."""

from typing import Annotated

import typer

from crmcli.cli.completion import one_of
from crmcli.cli.context import State
from crmcli.cli.customer_options import ContactCost, ContactsFile, CostColumn, CustomersFile, IdColumn
from crmcli.cli.options import SharedOptions, with_optional_files, with_report_options

EVERY = ("week", "month")
LANGUAGES = ("en", "zh")
TARGETS = ("markdown", "html")
TEMPLATES = ("weekly", "executive", "credit", "customer")

HELP = "Write the report of the week (or month) as Markdown or one HTML file: changes, value, risk, credit, advice."
EPILOG = """\b
The suffix of -o chooses Markdown (.md) or HTML (.html); without -o, Markdown goes to standard output.
--fail-if takes facts and numbers, e.g. 'nrr < 0.9 or value_at_risk_share > 30%'; docs/templates.md
lists the facts, and --facts FILE writes them. An alert ends with exit code 6, after the report is written.
Columns for --map: those of the transactions as they are; with a prefix those of the other files,
e.g. invoices.due_date=Faellig, payments.amount=Betrag.

\b
Examples:
  crmcli report orders.csv -o report.html
  crmcli report orders.csv --invoices invoices.csv --payments payments.csv --customers customers.csv -o report.html
  crmcli report orders.parquet --every month --lang zh -o 月报.html
  crmcli report orders.csv --customer-id 000106 -o 000106.html
  crmcli -q report orders.csv -o report.html --lock --fail-if 'nrr < 0.9'
  crmcli report --eject my-templates"""


@with_optional_files(
    "FILES", "Transaction files (CSV, TSV, Parquet, .gz, .zst), quoted globs, folders, or - for standard input."
)
@with_report_options
def report(
    context: typer.Context,
    shared: SharedOptions,
    every: Annotated[
        str,
        typer.Option(
            "--every", metavar="|".join(EVERY), autocompletion=one_of(*EVERY), help="The period it covers, up to as_of."
        ),
    ] = "week",
    lang: Annotated[
        str,
        typer.Option("--lang", metavar="|".join(LANGUAGES), autocompletion=one_of(*LANGUAGES), help="Its language."),
    ] = "en",
    target: Annotated[
        str | None,
        typer.Option(
            "-f",
            "--format",
            metavar="|".join(TARGETS),
            autocompletion=one_of(*TARGETS),
            help="What to write (default: by the suffix of -o, else markdown).",
        ),
    ] = None,
    title: Annotated[str | None, typer.Option("--title", metavar="TEXT", help="A title of your own.")] = None,
    template: Annotated[
        str | None,
        typer.Option(
            "--template",
            metavar="|".join([*TEMPLATES, "FILE"]),
            autocompletion=one_of(*TEMPLATES),
            help="Which template (default: weekly, or customer with --customer-id).",
        ),
    ] = None,
    template_dir: Annotated[
        list[str] | None,
        typer.Option(
            "--template-dir", metavar="DIR", help="Templates and labels of your own, before those shipped. Repeatable."
        ),
    ] = None,
    eject: Annotated[
        str | None, typer.Option("--eject", metavar="DIR", help="Copy the shipped templates there and stop.")
    ] = None,
    embed: Annotated[
        bool,
        typer.Option("--embed/--no-embed", show_default=False, help="Put pictures into Markdown, not beside it."),
    ] = False,
    pictures: Annotated[
        bool, typer.Option("--pictures/--no-pictures", show_default=False, help="Leave pictures out.")
    ] = True,
    customer_id: Annotated[
        str | None, typer.Option("--customer-id", metavar="ID", help="The page about one customer instead.")
    ] = None,
    invoices: Annotated[
        list[str] | None,
        typer.Option("--invoices", metavar="FILE", help="Invoices, for the section on credit. Repeatable."),
    ] = None,
    payments: Annotated[
        str | None, typer.Option("--payments", metavar="FILE", help="Payments: file, quoted glob or folder.")
    ] = None,
    customers: CustomersFile = None,
    id_column: IdColumn = None,
    contacts: ContactsFile = None,
    cost_column: CostColumn = None,
    contact_cost: ContactCost = None,
    campaigns: Annotated[
        str | None,
        typer.Option("--campaigns", metavar="FILE", help="Who was contacted by which campaign, and who was not."),
    ] = None,
    receipts: Annotated[
        str | None, typer.Option("--receipts", metavar="FILE", help="What campaigns brought in.")
    ] = None,
    expenses: Annotated[str | None, typer.Option("--expenses", metavar="FILE", help="What campaigns cost.")] = None,
    care_days: Annotated[
        int, typer.Option("--care-days", metavar="N", min=1, max=365, help="Days ahead of the care calendar.")
    ] = 14,
    horizon: Annotated[
        str, typer.Option("--horizon", metavar="SPAN", help="How far value is forecast, e.g. 365d, 12m.")
    ] = "365d",
    margin: Annotated[
        str | None, typer.Option("--margin", metavar="SHARE", help="Profit as a part of revenue, e.g. 30%.")
    ] = None,
    discount_rate: Annotated[
        str, typer.Option("--discount-rate", metavar="SHARE", help="Yearly discount rate.")
    ] = "10%",
    include_customers: Annotated[
        int,
        typer.Option(
            "--include-customers",
            metavar="N",
            min=0,
            help="Name customers, at most N in a table (default: none is named).",
        ),
    ] = 0,
    min_group: Annotated[
        int, typer.Option("--min-group", metavar="N", min=1, help="Withhold figures of groups under N customers.")
    ] = 5,
    pseudonymise: Annotated[
        str | None,
        typer.Option("--pseudonymise", metavar="KEYFILE", help="Replace ids by codes made with the key in this file."),
    ] = None,
    lock: Annotated[
        bool,
        typer.Option(
            "--lock/--no-lock", show_default=False, help="Refuse to run (exit 5) while another run writes the same -o."
        ),
    ] = False,
    fail_if: Annotated[
        list[str] | None,
        typer.Option("--fail-if", metavar="CONDITION", help="End with exit code 6 if this is true. Repeatable."),
    ] = None,
) -> None:
    """Read, analyse, write the report."""
    from crmcli.cli.report_options import ReportArguments  # noqa: PLC0415 — loads the heavy libraries
    from crmcli.cli.report_run import run_report  # noqa: PLC0415

    state: State = context.obj
    own = ReportArguments(
        every=every,
        lang=lang,
        target=target,
        title=title,
        template=template,
        template_dir=tuple(template_dir or ()),
        eject=eject,
        embed=embed,
        pictures=pictures,
        customer_id=customer_id,
        invoices=tuple(invoices or ()),
        payments=payments,
        customers=customers,
        id_column=id_column,
        contacts=contacts,
        cost_column=cost_column,
        contact_cost=contact_cost,
        campaigns=campaigns,
        receipts=receipts,
        expenses=expenses,
        care_days=care_days,
        horizon=horizon,
        margin=margin,
        discount_rate=discount_rate,
        include_customers=include_customers,
        min_group=min_group,
        pseudonymise=pseudonymise,
        lock=lock,
        fail_if=tuple(fail_if or ()),
    )
    run_report(state, shared, own)
