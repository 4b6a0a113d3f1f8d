"""`crmcli churn`: how well customers are kept, who is leaving, when silence means lost, and what acting is worth."""

from typing import Annotated

import typer

from crmcli.analysis.churn.views import CHURN_CATALOGUE
from crmcli.cli.completion import one_of
from crmcli.cli.context import State
from crmcli.cli.customer_options import CustomersFile, IdColumn, LineAttributes
from crmcli.cli.options import SharedOptions, with_shared_options
from crmcli.cli.views import describe_views

POPULATIONS = ("all", "active")
PERIODS = ("week", "month", "quarter")
VARIANTS = ("on", "on_or_after", "rolling")

HELP = "How well customers are kept, who is leaving and why, when silence means lost, and what acting on it is worth."
EPILOG = (
    describe_views(CHURN_CATALOGUE)
    + """

\b
Examples:
  crmcli churn orders.csv
  crmcli churn orders.csv --view cohorts --period quarter -o cohorts.csv
  crmcli churn orders.csv --horizon 180d --population active --view evaluation
  crmcli churn orders.csv --margin 30% --contact-cost 0.5 --offer-value 5 --view winback
  crmcli churn --contractual contracts.csv --view survival"""
)


@with_shared_options
def churn(
    context: typer.Context,
    shared: SharedOptions,
    horizon: Annotated[
        str, typer.Option("--horizon", metavar="SPAN", help="Churn is no order within this time: 90d, 12w, 6m.")
    ] = "90d",
    population: Annotated[
        str,
        typer.Option(
            "--population",
            metavar="|".join(POPULATIONS),
            autocompletion=one_of(*POPULATIONS),
            help="Whom the score is about: all, or who ordered within the last horizon.",
        ),
    ] = "all",
    period: Annotated[
        str,
        typer.Option(
            "--period",
            metavar="|".join(PERIODS),
            autocompletion=one_of(*PERIODS),
            help="Periods of cohorts and rates.",
        ),
    ] = "month",
    retention: Annotated[
        str,
        typer.Option(
            "--retention",
            metavar="|".join(VARIANTS),
            autocompletion=one_of(*VARIANTS),
            help="Cohorts: active in a period, in it or later, or in periods of the customer's own life.",
        ),
    ] = "on",
    contact_cost: Annotated[
        str, typer.Option("--contact-cost", metavar="MONEY", help="What contacting a customer costs.")
    ] = "1",
    offer_value: Annotated[
        str, typer.Option("--offer-value", metavar="MONEY", help="What the offer costs if it is taken.")
    ] = "10",
    save_rate: Annotated[
        str, typer.Option("--save-rate", metavar="PERCENT", help="Part of contacted leavers who stay.")
    ] = "30%",
    margin: Annotated[
        str | None, typer.Option("--margin", metavar="PERCENT", help="Part of revenue that is profit, e.g. 30%.")
    ] = None,
    discount_rate: Annotated[
        str, typer.Option("--discount-rate", metavar="PERCENT", help="A year, effective, e.g. 10% or 0.1.")
    ] = "10%",
    customers: CustomersFile = None,
    attribute: LineAttributes = None,
    id_column: IdColumn = None,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="COLUMN", help="Attribute that the survival curves are compared by."),
    ] = None,
    treatment: Annotated[
        str | None,
        typer.Option(
            "--treatment", metavar="COLUMN", help="Attribute: 1 for customers treated at random, 0 for the others."
        ),
    ] = None,
    treated_on: Annotated[
        str | None, typer.Option("--treated-on", metavar="DATE", help="Day of that treatment.")
    ] = None,
    contractual: Annotated[
        bool,
        typer.Option(
            "--contractual/--no-contractual",
            show_default=False,
            help="FILES is one file of contracts: start, and end or whether ended, one row each.",
        ),
    ] = False,
    start_column: Annotated[
        str | None, typer.Option("--start-column", metavar="COLUMN", help="With --contractual: the start.")
    ] = None,
    end_column: Annotated[
        str | None,
        typer.Option("--end-column", metavar="COLUMN", help="With --contractual: the end; empty if running."),
    ] = None,
    duration_column: Annotated[
        str | None,
        typer.Option("--duration-column", metavar="COLUMN", help="With --contractual: days instead of dates."),
    ] = None,
    churned_column: Annotated[
        str | None, typer.Option("--churned-column", metavar="COLUMN", help="With --contractual: 1 if ended, else 0.")
    ] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="COLUMN", help="With --contractual: why it ended.")
    ] = None,
    renewal: Annotated[
        str, typer.Option("--renewal", metavar="SPAN", help="With --contractual: how often contracts are renewed.")
    ] = "1m",
) -> None:
    """Keep customers."""
    from crmcli.cli.churn_options import ChurnArguments, ContractArguments  # noqa: PLC0415 — loads the heavy libraries
    from crmcli.cli.churn_run import run_churn  # noqa: PLC0415

    state: State = context.obj
    contracts = ContractArguments(
        contractual=contractual,
        start_column=start_column,
        end_column=end_column,
        duration_column=duration_column,
        churned_column=churned_column,
        reason=reason,
        renewal=renewal,
    )
    own = ChurnArguments(
        horizon=horizon,
        population=population,
        period=period,
        retention=retention,
        contact_cost=contact_cost,
        offer_value=offer_value,
        save_rate=save_rate,
        margin=margin,
        discount_rate=discount_rate,
        customers=customers,
        attribute=tuple(attribute or ()),
        id_column=id_column,
        by=by,
        treatment=treatment,
        treated_on=treated_on,
        contracts=contracts,
    )
    run_churn(state, shared, own)
