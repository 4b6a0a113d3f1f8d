"""`crmcli segment`: who the customers are, which ones matter, and how much hangs on how few."""

from typing import Annotated

import typer

from crmcli.analysis.segment.constants import CONSTANT_NAMES
from crmcli.analysis.segment.movement_options import GROUPINGS
from crmcli.analysis.segment.value import VALUES
from crmcli.analysis.segment.views import SEGMENT_CATALOGUE
from crmcli.cli.completion import one_of
from crmcli.cli.context import State
from crmcli.cli.customer_options import (
    ContactCost,
    ContactsFile,
    CostColumn,
    CustomersFile,
    IdColumn,
    LineAttributes,
)
from crmcli.cli.options import SharedOptions, with_shared_options
from crmcli.cli.views import describe_views

RFM_METHODS = ("crm", "ntile", "cuts", "r-rfm")
SCHEMES = ("grid10", "rfm-r")
ABC_BASES = ("customers", "revenue")
PERIODS = ("week", "month", "quarter")

HELP = "Score and name customers (RFM), rank them (ABC pyramid), and show how much revenue hangs on how few."
EPILOG = (
    describe_views(SEGMENT_CATALOGUE)
    + """

\b
Examples:
  crmcli segment orders.csv
  crmcli segment 'exports/*.csv' --view segments -o segments.csv
  crmcli segment orders.parquet --thresholds-out january.json
  crmcli segment orders.parquet --thresholds january.json --as-of 2026-02-28 | head"""
)


@with_shared_options
def segment(
    context: typer.Context,
    shared: SharedOptions,
    rfm_method: Annotated[
        str,
        typer.Option(
            "--rfm-method",
            metavar="|".join(RFM_METHODS),
            autocompletion=one_of(*RFM_METHODS),
            help="How scores are formed.",
        ),
    ] = "crm",
    scores: Annotated[int, typer.Option("--scores", metavar="K", min=2, max=10, help="Scores run from 1 to K.")] = 5,
    cuts: Annotated[
        list[str] | None,
        typer.Option(
            "--cuts",
            metavar="METRIC=V,V,…",
            help="With --rfm-method cuts: K-1 limits for recency_days, frequency and monetary. Repeatable.",
        ),
    ] = None,
    segments: Annotated[
        str,
        typer.Option(
            "--segments",
            metavar="|".join([*SCHEMES, "FILE"]),
            autocompletion=one_of(*SCHEMES),
            help="Named segments; FILE holds own rules (TOML).",
        ),
    ] = "grid10",
    thresholds: Annotated[
        str | None, typer.Option("--thresholds", metavar="FILE", help="Score with saved thresholds.")
    ] = None,
    thresholds_out: Annotated[
        str | None, typer.Option("--thresholds-out", metavar="FILE", help="Save the thresholds of this run (JSON).")
    ] = None,
    abc_by: Annotated[
        str,
        typer.Option(
            "--abc-by",
            metavar="|".join(ABC_BASES),
            autocompletion=one_of(*ABC_BASES),
            help="Tiers by share of customers, or of revenue.",
        ),
    ] = "customers",
    value: Annotated[
        str | None,
        typer.Option(
            "--value",
            metavar="|".join(VALUES),
            autocompletion=one_of(*VALUES),
            help="What customers are ranked by (default: margin if known).",
        ),
    ] = None,
    period: Annotated[
        str,
        typer.Option(
            "--period", metavar="|".join(PERIODS), autocompletion=one_of(*PERIODS), help="Periods of the view periods."
        ),
    ] = "quarter",
    cut: Annotated[
        list[str] | None,
        typer.Option(
            "--cut",
            metavar="P%|AXIS=V",
            autocompletion=one_of("loyalty=", "value="),
            help="Where the view matrix cuts loyalty and value (default: at the medians). Repeatable.",
        ),
    ] = None,
    constants: Annotated[
        list[str] | None,
        typer.Option(
            "--constants",
            metavar="CONSTANT=VALUE",
            autocompletion=one_of(*(f"{name}=" for name in CONSTANT_NAMES)),
            help="Constants of the definitions, e.g. late_limit=2.5; see docs/methods.md. Repeatable.",
        ),
    ] = None,
    compare_to: Annotated[
        str | None,
        typer.Option("--compare-to", metavar="DATE", help="An earlier date: who has moved since (view migration)."),
    ] = None,
    rescore: Annotated[
        bool,
        typer.Option(
            "--rescore/--no-rescore",
            show_default=False,
            help="Let migration score each date by itself; thresholds of the earlier date otherwise hold for both.",
        ),
    ] = False,
    customers: CustomersFile = None,
    attribute: LineAttributes = None,
    id_column: IdColumn = None,
    contacts: ContactsFile = None,
    cost_column: CostColumn = None,
    contact_cost: ContactCost = None,
    by: Annotated[
        str,
        typer.Option(
            "--by",
            metavar="|".join(GROUPINGS),
            autocompletion=one_of(*GROUPINGS),
            help="The groups of the views profile and management.",
        ),
    ] = "segment",
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            metavar="RULE",
            help="Whom lookalike compares with: class=vip, 'abc_tier<=2', 'segment=champions and monetary>=500'.",
        ),
    ] = None,
    prospects: Annotated[
        str | None,
        typer.Option(
            "--prospects",
            metavar="FILE",
            help="Whom lookalike scores (default: those in --customers who are not in the target).",
        ),
    ] = None,
    avoid: Annotated[
        bool,
        typer.Option(
            "--avoid/--no-avoid", show_default=False, help="The target are customers whose like are to be avoided."
        ),
    ] = False,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Divides customers into folds.")] = 0,
    strategy: Annotated[
        str | None,
        typer.Option("--strategy", metavar="FILE", help="Suggestions of your own (TOML) in place of those built in."),
    ] = None,
    language: Annotated[
        str,
        typer.Option(
            "--language", metavar="en|zh", autocompletion=one_of("en", "zh"), help="Language of the suggestions."
        ),
    ] = "en",
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain", metavar="CUSTOMER_ID", help="One customer, from orders to segment, and what changed."
        ),
    ] = None,
) -> None:
    """Score, name and rank customers."""
    from crmcli.cli.segment_inputs import MovementArguments  # noqa: PLC0415 — loads the heavy libraries
    from crmcli.cli.segment_run import SegmentArguments, run_segment  # noqa: PLC0415

    state: State = context.obj
    movement = MovementArguments(
        compare_to=compare_to,
        rescore=rescore,
        by=by,
        customers=customers,
        attribute=tuple(attribute or ()),
        id_column=id_column,
        contacts=contacts,
        cost_column=cost_column,
        contact_cost=contact_cost,
        target=target,
        avoid=avoid,
        prospects=prospects,
        seed=seed,
        strategy=strategy,
        language=language,
        explain=explain,
    )
    own = SegmentArguments(
        rfm_method,
        scores,
        tuple(cuts or ()),
        segments,
        thresholds,
        thresholds_out,
        abc_by,
        value,
        period=period,
        cut=tuple(cut or ()),
        constants=tuple(constants or ()),
        movement=movement,
    )
    run_segment(state, shared, own)
