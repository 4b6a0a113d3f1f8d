"""Options about files beside the transactions, the same in every command that takes them."""

from typing import Annotated

import typer

from crmcli.cli.completion import complete_heading

CustomersFile = Annotated[
    str | None,
    typer.Option("--customers", metavar="FILE", help="Attributes of customers, one row each (CSV or Parquet)."),
]
LineAttributes = Annotated[
    list[str] | None,
    typer.Option(
        "--attribute",
        metavar="COLUMN",
        autocompletion=complete_heading,
        help="A column of the transactions that is an attribute of the customer, e.g. Country. Repeatable.",
    ),
]
IdColumn = Annotated[
    str | None,
    typer.Option(
        "--id-column",
        metavar="COLUMN",
        help="The customer's id in --customers, --contacts and --prospects (default: by its name).",
    ),
]
ContactsFile = Annotated[
    str | None,
    typer.Option(
        "--contacts", metavar="FILE", help="Contacts with customers: a row each, or a cost or number per customer."
    ),
]
CostColumn = Annotated[
    str | None,
    typer.Option(
        "--cost-column",
        metavar="COLUMN",
        help="What contact costs, in --contacts or else in --customers (default: by its name).",
    ),
]
ContactCost = Annotated[
    str | None,
    typer.Option("--contact-cost", metavar="AMOUNT", help="What one contact costs, if --contacts does not say."),
]
