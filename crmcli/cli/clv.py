"""`crmcli clv`: what each customer has been worth, will be worth, and how sure that is."""

from typing import Annotated

import typer

from crmcli.analysis.clv.views import CLV_CATALOGUE
from crmcli.cli.completion import one_of
from crmcli.cli.context import State
from crmcli.cli.customer_options import CustomersFile, IdColumn
from crmcli.cli.options import SharedOptions, with_shared_options
from crmcli.cli.views import describe_views

MODELS = ("auto", "bg", "mbg", "pareto", "cnbd")
TIME_UNITS = ("day", "week", "month")
VALUES = ("revenue", "margin")

HELP = "What each customer has been worth, will be worth, and how sure that is: models of buying, dying and spending."
EPILOG = (
    describe_views(CLV_CATALOGUE)
    + """

\b
Examples:
  crmcli clv orders.csv
  crmcli clv orders.csv --horizon 12m --margin 30% -o clv.csv
  crmcli clv orders.csv --view validation --holdout 26w
  crmcli clv orders.csv --save-model model.json
  crmcli clv new.csv --use-model model.json --view summary
  crmcli clv --contractual survivors.csv"""
)


@with_shared_options
def clv(
    context: typer.Context,
    shared: SharedOptions,
    model: Annotated[
        str,
        typer.Option(
            "--model",
            metavar="|".join(MODELS),
            autocompletion=one_of(*MODELS),
            help="The purchase model; auto fits several and takes the best forecaster.",
        ),
    ] = "auto",
    horizon: Annotated[
        str, typer.Option("--horizon", metavar="SPAN", help="How far to look ahead: 365d, 52w, 12m, 3y.")
    ] = "365d",
    discount_rate: Annotated[
        str, typer.Option("--discount-rate", metavar="PERCENT", help="A year, effective, e.g. 10% or 0.1.")
    ] = "10%",
    margin: Annotated[
        str | None, typer.Option("--margin", metavar="PERCENT", help="Part of revenue that is profit, e.g. 30%.")
    ] = None,
    value: Annotated[
        str | None,
        typer.Option(
            "--value",
            metavar="|".join(VALUES),
            autocompletion=one_of(*VALUES),
            help="What value means (default: margin if known).",
        ),
    ] = None,
    time_unit: Annotated[
        str,
        typer.Option(
            "--time-unit",
            metavar="|".join(TIME_UNITS),
            autocompletion=one_of(*TIME_UNITS),
            help="Unit of time of parameters and likelihoods.",
        ),
    ] = "week",
    holdout: Annotated[
        str | None,
        typer.Option(
            "--holdout",
            metavar="SPAN|DATE",
            help="What is kept for validation: the last 39w, or all after a date (default: the last third).",
        ),
    ] = None,
    level: Annotated[
        str, typer.Option("--level", metavar="PERCENT", help="Probability that intervals hold, e.g. 90%.")
    ] = "90%",
    bootstrap: Annotated[
        int, typer.Option("--bootstrap", metavar="B", min=0, max=10000, help="Resamples for intervals of parameters.")
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Seed of the resamples.")] = 0,
    acquisition_cost: Annotated[
        str | None,
        typer.Option("--acquisition-cost", metavar="MONEY", help="What winning a customer costs; adds its payback."),
    ] = None,
    save_model: Annotated[
        str | None, typer.Option("--save-model", metavar="FILE", help="Save the model of this run (JSON).")
    ] = None,
    use_model: Annotated[
        str | None, typer.Option("--use-model", metavar="FILE", help="Use a saved model instead of fitting.")
    ] = None,
    customers: CustomersFile = None,
    id_column: IdColumn = None,
    contractual: Annotated[
        bool,
        typer.Option(
            "--contractual/--no-contractual",
            show_default=False,
            help="FILES hold contracts: survivors by period, start and end dates, or yearly chances taken.",
        ),
    ] = False,
    period: Annotated[
        str, typer.Option("--period", metavar="SPAN", help="With --contractual: how often contracts are renewed.")
    ] = "1y",
    margin_per_period: Annotated[
        str | None,
        typer.Option(
            "--margin-per-period", metavar="MONEY", help="With --contractual: profit per customer and period."
        ),
    ] = None,
) -> None:
    """Value customers."""
    from crmcli.cli.clv_run import ClvArguments, run_clv  # noqa: PLC0415 — loads the heavy libraries

    state: State = context.obj
    own = ClvArguments(
        model=model,
        horizon=horizon,
        discount_rate=discount_rate,
        margin=margin,
        value=value,
        time_unit=time_unit,
        holdout=holdout,
        level=level,
        bootstrap=bootstrap,
        seed=seed,
        acquisition_cost=acquisition_cost,
        save_model=save_model,
        use_model=use_model,
        customers=customers,
        id_column=id_column,
        contractual=contractual,
        period=period,
        margin_per_period=margin_per_period,
    )
    run_clv(state, shared, own)
