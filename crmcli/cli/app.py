"""The application: its commands and the options that stand before them.

Commands import the heavy libraries when they run, so that `--help` and completion stay fast.
"""

from collections.abc import Collection
from copy import copy
from typing import Annotated, Any

import typer

from crmcli import __version__
from crmcli.cli import churn as churn_module
from crmcli.cli import clv as clv_module
from crmcli.cli import credit as credit_module
from crmcli.cli import init as init_module
from crmcli.cli import report as report_module
from crmcli.cli import segment as segment_module
from crmcli.cli.context import State
from crmcli.cli.fast import without_validator

GLOBAL_FLAGS = frozenset({"-q", "-qq", "--quiet", "-v", "--verbose", "--no-color", "--debug"})

app = typer.Typer(
    name="crmcli",
    help=(
        "Turn plain transaction files (CSV, Parquet) into customer-relationship decisions: "
        "who matters, and how much.\n\n"
        "Start with:  crmcli segment orders.csv"
    ),
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command(name="segment", help=segment_module.HELP, epilog=segment_module.EPILOG)(segment_module.segment)
app.command(name="clv", help=clv_module.HELP, epilog=clv_module.EPILOG)(clv_module.clv)
app.command(name="churn", help=churn_module.HELP, epilog=churn_module.EPILOG)(churn_module.churn)
app.command(name="credit", help=credit_module.HELP, epilog=credit_module.EPILOG)(credit_module.credit)
app.command(name="report", help=report_module.HELP, epilog=report_module.EPILOG)(report_module.report)
app.command(name="init", help=init_module.HELP, epilog=init_module.EPILOG)(init_module.init)


def _print_version(value: bool) -> None:  # noqa: FBT001 — the signature of an option's callback
    if value:
        typer.echo(f"crmcli {__version__}")
        raise typer.Exit


@app.callback()
def common(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 — handled by its callback
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
    config: Annotated[
        str | None,
        typer.Option(
            "--config", metavar="FILE", help="Settings (default: the nearest crmcli.toml upwards); 'none' for none."
        ),
    ] = None,
    quiet: Annotated[
        int,
        typer.Option(
            "-q",
            "--quiet",
            count=True,
            show_default=False,
            help="Only errors and lost rows; -qq: only errors.",
        ),
    ] = 0,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="All notes, with their codes.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback for errors.")] = False,
) -> None:
    """Options that stand before the command."""
    state: State = context.obj
    state.config = config
    state.set_flags(quiet=quiet, verbose=verbose, no_color=no_color, debug=debug)


def command_line(words: Collection[str] | None = None) -> Any:
    """The application, ready to be called.

    Args:
        words: the arguments it will be called with; commands that are not among them get no options, since making those
            of all commands takes longer than printing a help. None for all.
    """
    named = copy(app)
    named.registered_commands = [
        info if words is None or info.name in words else _without_options(info) for info in app.registered_commands
    ]
    group: Any = typer.main.get_command(named)
    context = typer.Context(group, **group.context_settings)
    for command in (group, *group.commands.values()):
        # With a context, the parameters include --help, which would load the validator for every command line.
        own = context if command is group else typer.Context(command, parent=context)
        without_validator(command.get_params(own))
    return group


def _without_options(info: typer.models.CommandInfo) -> typer.models.CommandInfo:
    """A command that is only listed."""
    listed = copy(info)
    listed.callback = lambda: None
    return listed


def merge_verbosity(arguments: list[str]) -> list[str]:
    """Move the flags that work before and after COMMAND to the front; nothing after `--` is touched."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    flags = [word for word in arguments[:end] if word in GLOBAL_FLAGS]
    others = [word for word in arguments[:end] if word not in GLOBAL_FLAGS]
    return [*flags, *others, *arguments[end:]]
