"""The options that every command shares: one definition, same name, same meaning everywhere."""

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, dataclass, fields
from typing import Annotated, Any, get_type_hints

import typer

from crmcli.cli.completion import complete_map, complete_where, one_of
from crmcli.cli.views import complete_view
from crmcli.present.formats import Format


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedOptions:
    """Values of the shared options, as given; `cli.reading` turns them into what the rooms below take."""

    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILES",
            help="Transaction files (CSV, TSV, Parquet, .gz, .zst), quoted globs, folders, or - for standard input.",
            show_default=False,
        ),
    ]
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="CANONICAL=COLUMN",
            autocompletion=complete_map,
            help="Say which column is which, e.g. customer_id=Buyer. Repeatable.",
        ),
    ] = None
    profile: Annotated[
        str,
        typer.Option(
            "--profile",
            metavar="NAME|auto|none|FILE",
            help="Which known export the files are, e.g. shopify; auto: by their headings; or a TOML file of your own.",
        ),
    ] = "auto"
    date_format: Annotated[
        str | None,
        typer.Option(
            "--date-format", metavar="FMT", help="How dates are written, e.g. %d/%m/%Y; or excel, unix, unix-ms."
        ),
    ] = None
    decimal: Annotated[
        str | None, typer.Option("--decimal", metavar=".|,", autocompletion=one_of(".", ","), help="The decimal mark.")
    ] = None
    encoding: Annotated[
        str | None, typer.Option("--encoding", metavar="ENC", help="Text encoding if not UTF-8, e.g. gb18030, cp1252.")
    ] = None
    delimiter: Annotated[
        str | None, typer.Option("--delimiter", metavar="C", help="Field separator; 'tab' for a tab.")
    ] = None
    skip_lines: Annotated[int, typer.Option("--skip-lines", metavar="N", min=0, help="Lines before the header.")] = 0
    money_scale: Annotated[int, typer.Option("--money-scale", metavar="N", min=0, max=6, help="Decimals of money.")] = 2
    trust_input: Annotated[
        bool,
        typer.Option(
            "--trust-input/--no-trust-input",
            show_default=False,
            help="Unpack files that grow more than a thousandfold.",
        ),
    ] = False
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="End of observation (default: the last date in the input)."),
    ] = None
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="Leave out rows before this date.")] = (
        None
    )
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where",
            metavar="COLUMN=VALUE",
            autocompletion=complete_where,
            help="Only rows with this value. Repeatable.",
        ),
    ] = None
    max_bad: Annotated[
        str | None,
        typer.Option("--max-bad", metavar="0.5%|N", help="Bad rows to accept (default 0.5 %, at least 10 rows)."),
    ] = None
    strict: Annotated[bool, typer.Option("--strict/--no-strict", show_default=False, help="Accept no bad row.")] = False
    rejects: Annotated[
        str | None, typer.Option("--rejects", metavar="FILE", help="Write the bad rows to this CSV file.")
    ] = None
    view: Annotated[
        str | None,
        typer.Option(
            "--view", metavar="NAME", autocompletion=complete_view, help="Which table to show or write; see below."
        ),
    ] = None
    output_format: Annotated[
        Format,
        typer.Option(
            "-f",
            "--format",
            help="Output format; auto: tables on a terminal, CSV into a pipe. xlsx: a sheet per view, first the facts.",
            case_sensitive=False,
        ),
    ] = Format.AUTO
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write to this file; the suffix gives the format."),
    ] = None
    top: Annotated[int | None, typer.Option("--top", metavar="N", min=1, help="Rows shown in tables for people.")] = (
        None
    )
    facts: Annotated[
        str | None,
        typer.Option("--facts", metavar="FILE", help="Write headline facts, load notes and settings as JSON."),
    ] = None
    spreadsheet_safe: Annotated[
        bool,
        typer.Option(
            "--spreadsheet-safe/--no-spreadsheet-safe",
            show_default=False,
            help="Put ' before CSV and TSV cells that a spreadsheet would run as a formula.",
        ),
    ] = False


OUTPUT_OPTIONS = frozenset({"rejects", "view", "output_format", "output", "top", "facts", "spreadsheet_safe"})
"""The shared options that say what comes out; the other ones say how files are read."""

_OF_TABLES = frozenset({"view", "output_format", "top", "spreadsheet_safe"})
"""The shared options that make no sense for a document."""

CONFIGURABLE: dict[str, tuple[inspect.Parameter, ...]] = {}
"""The options of each command that can also be set outside the command line; filled as commands are declared."""


def with_shared_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command `(context, shared, own options…)` the shared options, which arrive together as `shared`.

    All options can also be set in the environment and in the configuration file.
    """
    return _with_options(command, [field.name for field in fields(SharedOptions)], file=True)


def with_reading_options(command: Callable[..., None]) -> Callable[..., None]:
    """Like `with_shared_options` for a command that only reads: output options keep their defaults, no file counts."""
    names = [field.name for field in fields(SharedOptions) if field.name not in OUTPUT_OPTIONS]
    return _with_options(command, names, file=False)


def with_report_options(command: Callable[..., None]) -> Callable[..., None]:
    """Like `with_shared_options` for a command that writes a document: no view, no rows, a format of its own."""
    names = [field.name for field in fields(SharedOptions) if field.name not in _OF_TABLES]
    return _with_options(command, names, file=True)


def with_optional_files(metavar: str, text: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A decorator around one of the others that lets a command run without FILES, and describes these anew."""
    annotation = Annotated[list[str] | None, typer.Argument(metavar=metavar, help=text, show_default=False)]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command)
        files = signature.parameters["files"].replace(annotation=annotation, default=None)
        others = [parameter for name, parameter in signature.parameters.items() if name != "files"]
        required = [one for one in others if one.default is inspect.Parameter.empty]
        rest = [one for one in others if one.default is not inspect.Parameter.empty]
        command.__signature__ = signature.replace(parameters=[*required, files, *rest])  # type: ignore[attr-defined]
        command.__annotations__["files"] = annotation
        return command

    return decorate


def _with_options(command: Callable[..., None], names: Sequence[str], *, file: bool) -> Callable[..., None]:
    shared = [_SHARED[name] for name in names]
    first, *own = (
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in inspect.signature(command).parameters.items()
        if name != "shared"
    )
    settable = (*shared, *own) if file else tuple(shared)

    @functools.wraps(command)
    def wrapper(**arguments: Any) -> None:
        from crmcli.cli.configuration import effective  # noqa: PLC0415 — help and completion need no settings
        from crmcli.cli.declared import settings_of  # noqa: PLC0415

        arguments |= effective(arguments["context"], settings_of(settable), arguments, file=file)
        values = {parameter.name: arguments.pop(parameter.name) for parameter in shared}
        command(shared=SharedOptions(**values), **arguments)

    parameters = sorted([first, *shared, *own], key=lambda parameter: parameter.default is not inspect.Parameter.empty)
    wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    wrapper.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    if file:
        CONFIGURABLE[command.__name__] = settable
    return wrapper


def _shared_parameters() -> dict[str, inspect.Parameter]:
    hints = get_type_hints(SharedOptions, include_extras=True)
    return {field.name: _parameter(field, hints[field.name]) for field in fields(SharedOptions)}


def _parameter(field: Field[Any], annotation: Any) -> inspect.Parameter:
    default = inspect.Parameter.empty if field.default is MISSING else field.default
    return inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


_SHARED = _shared_parameters()
