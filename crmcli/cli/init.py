"""`crmcli init`: a configuration file to start with."""

from typing import Annotated

import typer

from crmcli.cli.context import State
from crmcli.cli.options import SharedOptions, with_reading_options

HELP = "Look at the files and write crmcli.toml: what was found in them, and every other setting as a comment."
EPILOG = """\b
Examples:
  crmcli init orders.csv
  crmcli init 'exports/*.csv' --map customer_id=Buyer --max-bad 1%
  crmcli init orders.csv -o -"""


@with_reading_options
def init(
    context: typer.Context,
    shared: SharedOptions,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="Where to write (default: crmcli.toml); - prints it."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a configuration file."""
    from crmcli.cli.init_run import run_init  # noqa: PLC0415 — loads the heavy libraries

    state: State = context.obj
    run_init(state, shared, output, force=force)
