"""The one entry of the presenters: a result goes to the terminal, into a pipe or into a file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crmcli.errors import UsageError, did_you_mean
from crmcli.present.formats import Format, resolve
from crmcli.present.output import check_target, write_file, write_stdout
from crmcli.present.safe import safe_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from crmcli.analysis.result import Result
    from crmcli.analysis.views import Catalogue
    from crmcli.present.console import Environment
    from crmcli.present.output import Payload

_OF_ALL_VIEWS = frozenset({Format.TABLE, Format.XLSX})
"""Formats that show every view of the run and its facts unless one view is asked for."""

STDOUT = Path("-")
"""As the value of -o or --facts: stdout."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is wanted of a result, as the shared options say it.

    `view` None means the page in the table format, all views of the run in a workbook (xlsx), and the catalogue's
    default view in every other format. `inputs` are the files that must not be overwritten.
    """

    view: str | None = None
    format: Format = Format.AUTO
    output: Path | None = None
    top: int | None = None
    facts: Path | None = None
    spreadsheet_safe: bool = False
    inputs: tuple[Path, ...] = ()


def check(delivery: Delivery, catalogue: Catalogue, environment: Environment) -> None:
    """Refuse before any work is done what `deliver` would refuse after it.

    Raises:
        UsageError: the view or the suffix is unknown, `top` is no count, two outputs share one place, a binary format
            would go to a terminal, or the package that xlsx needs is absent.
        OutputError: an output cannot be written, or is an input.
    """
    if delivery.view is not None and delivery.view not in catalogue.names():
        raise UsageError(
            f"{catalogue.command} has no view {delivery.view!r}.",
            extent=did_you_mean(delivery.view, catalogue.names()),
            remedy=f"Views: {', '.join(catalogue.names())}",
        )
    if delivery.top is not None and delivery.top < 1:
        raise UsageError(f"--top {delivery.top}: at least one row has to be shown.")
    if _format(delivery, environment) is Format.XLSX:
        from crmcli.present.xlsx import require_writer  # noqa: PLC0415

        require_writer()
    _check_places(delivery)


def wanted_views(delivery: Delivery, catalogue: Catalogue, environment: Environment) -> frozenset[str]:
    """The views that `deliver` will show or write, so that a run need not compute others."""
    if delivery.view is not None:
        return frozenset({delivery.view})
    on_page = catalogue.page if _format(delivery, environment) in _OF_ALL_VIEWS else ()
    return frozenset({catalogue.default, *on_page})


def wants_facts(delivery: Delivery, environment: Environment) -> bool:
    """Whether `deliver` will show or write headline facts."""
    on_page = delivery.view is None and _format(delivery, environment) in _OF_ALL_VIEWS
    return on_page or delivery.facts is not None


def deliver(
    result: Result,
    delivery: Delivery,
    environment: Environment,
    *,
    load: Mapping[str, object] | None = None,
    settings: Mapping[str, object] | None = None,
) -> None:
    """Write the result and, if wanted, its facts.

    Notes are the caller's to print (`messages.print_notes`), but for those on what a workbook cannot hold.

    Args:
        result: the result of an analysis.
        delivery: where it goes, and as what.
        environment: streams, width and colour.
        load: what was loaded, for the facts file.
        settings: the options in force, for the facts file.

    Raises:
        UsageError: as in `check`, or the view was not computed in this run.
        OutputError: an output cannot be written.
    """
    check(delivery, result.catalogue, environment)
    _check_computed(result, delivery, environment)
    _write(_output(delivery), _payload(result, delivery, environment, load or {}), delivery, environment)
    if delivery.facts is not None:
        from crmcli.present.facts import facts_json  # noqa: PLC0415

        facts = facts_json(result, load=load or {}, settings=settings or {})
        _write(_file(delivery.facts), facts, delivery, environment)


def _check_computed(result: Result, delivery: Delivery, environment: Environment) -> None:
    if delivery.view is None and _format(delivery, environment) in _OF_ALL_VIEWS:
        return
    name = delivery.view or result.catalogue.default
    if name not in result.tables:
        raise UsageError(
            f"The view {name!r} was not computed in this run.",
            remedy=f"crmcli {result.catalogue.command} --help says which options or columns it needs.",
        )


def _check_places(delivery: Delivery) -> None:
    output, facts = _output(delivery), delivery.facts
    if facts is not None and _place(_file(facts)) == _place(output):
        raise UsageError("--facts and the result go to the same place.", remedy="Give one of them its own file (-o).")
    for path in (output, _file(facts)):
        if path is not None:
            check_target(path, inputs=delivery.inputs)


def _output(delivery: Delivery) -> Path | None:
    return _file(delivery.output)


def _file(path: Path | None) -> Path | None:
    return None if path == STDOUT else path


def _place(path: Path | None) -> Path | None:
    return None if path is None else Path(os.path.realpath(path))


def _format(delivery: Delivery, environment: Environment) -> Format:
    return resolve(delivery.format, _output(delivery), stdout_is_tty=environment.stdout_is_tty)


def _write(path: Path | None, payload: Payload, delivery: Delivery, environment: Environment) -> None:
    if path is None:
        write_stdout(environment.stdout, payload)
    else:
        write_file(path, payload, inputs=delivery.inputs)


def _payload(result: Result, delivery: Delivery, environment: Environment, load: Mapping[str, object]) -> Payload:
    fmt = _format(delivery, environment)
    if fmt is Format.TABLE:
        return _page(result, delivery, environment)
    if fmt is Format.XLSX:
        return _workbook(result, delivery, environment, load)
    pieces = _records(result, delivery, fmt)
    on_terminal = _output(delivery) is None and environment.stdout_is_tty
    return _made_visible(pieces) if on_terminal else pieces


def _page(result: Result, delivery: Delivery, environment: Environment) -> bytes:
    from crmcli.present.page import page  # noqa: PLC0415

    on_stdout = _output(delivery) is None
    return page(
        result,
        view=delivery.view,
        top=delivery.top,
        width=environment.width if on_stdout else environment.file_width,
        colour=environment.colour and on_stdout,
    ).encode()


def _workbook(
    result: Result, delivery: Delivery, environment: Environment, load: Mapping[str, object]
) -> Iterator[bytes]:
    from crmcli.present.messages import print_notes  # noqa: PLC0415
    from crmcli.present.xlsx import workbook  # noqa: PLC0415

    book = workbook(result, delivery.view, load)
    print_notes(environment, book.notes)
    return book.pieces()


def _records(result: Result, delivery: Delivery, fmt: Format) -> Iterator[bytes]:
    from crmcli.present.records import encode  # noqa: PLC0415

    view = result.catalogue.view(delivery.view or result.catalogue.default)
    return encode(result.tables[view.name], view, fmt, result.money_scale, spreadsheet_safe=delivery.spreadsheet_safe)


def _made_visible(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Data must not drive a terminal; into pipes and files it goes byte for byte."""
    for piece in pieces:
        yield safe_lines(piece.decode()).encode()
