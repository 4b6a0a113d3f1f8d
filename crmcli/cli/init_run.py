"""What `crmcli init` does: settle how the files read, prove that it can be written down, and write it."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from crmcli.cli.context import DEFAULT
from crmcli.cli.declared import schema
from crmcli.cli.init_text import configuration_text
from crmcli.cli.reading import describe, let_interrupts_through, read_options
from crmcli.cli.segment_run import WANTED
from crmcli.config import FILE_NAME
from crmcli.config_values import Kind
from crmcli.customers.reconcile import remarks
from crmcli.customers.summary import summarise
from crmcli.errors import CrmcliError, UsageError
from crmcli.notes import info, warning
from crmcli.present.messages import print_notes
from crmcli.present.output import check_target, write_file, write_stdout
from crmcli.transactions.columns import map_columns
from crmcli.transactions.date_formats import FORMATS
from crmcli.transactions.known_profiles import ProfileChoice, choose_profile
from crmcli.transactions.load import load
from crmcli.transactions.quarantine import enforce_limit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crmcli.cli.context import State
    from crmcli.cli.options import SharedOptions
    from crmcli.config_values import Value
    from crmcli.customers.summary import CustomerSummary
    from crmcli.transactions.load import Transactions
    from crmcli.transactions.notes import LoadNotes
    from crmcli.transactions.options import ReadOptions

STDOUT = "-"
_MARK = "decimal mark "
_NAMED = {"\t": "tab"}


@dataclass(frozen=True, slots=True)
class Found:
    """How the files read: settings by name, the columns in use, and further columns that have a known meaning."""

    values: Mapping[str, str] = field(default_factory=dict)
    mapping: Mapping[str, str] = field(default_factory=dict)
    spare: Mapping[str, str] = field(default_factory=dict)


def run_init(state: State, shared: SharedOptions, target: str | None, *, force: bool) -> None:
    """Read the files, write the configuration.

    Raises:
        CrmcliError: anything that is expected to go wrong.
    """
    output = target or FILE_NAME
    _check(shared, output, force=force)
    options = read_options(shared, WANTED)
    let_interrupts_through()
    with state.progress("reading and checking") as progress:
        found, summary, notes = _look(shared.files, options)
        progress.stage("proving the settings")
        kept = _proven(shared.files, options, found, (summary, notes))
    given = _given(state, shared, output)
    text = configuration_text(shared.files, {**kept.values, **given}, kept.mapping, kept.spare, schema())
    print_notes(state.environment, (*describe(notes), *remarks(notes)))
    if output == STDOUT:
        write_stdout(state.environment.stdout, text.encode())
        return
    write_file(Path(output), text.encode())
    if kept != found:
        print_notes(state.environment, [warning("settings_left_out", _left_out(found, kept))])
    print_notes(state.environment, [info("written", f"Written: {output}")])


def _check(shared: SharedOptions, output: str, *, force: bool) -> None:
    if STDOUT in shared.files:
        raise UsageError("init reads its files twice, which standard input cannot be", remedy="Name a file.")
    if output == STDOUT:
        return
    if Path(output).exists() and not force:
        raise UsageError(f"{output} is there already", remedy="Replace it with --force, or print with -o -")
    check_target(Path(output), inputs=[Path(name) for name in shared.files])


def _look(files: Sequence[str], options: ReadOptions) -> tuple[Found, CustomerSummary, LoadNotes]:
    with load(files, options, stdin=io.BytesIO()) as transactions:
        if any(source.identity is None for source in transactions.sources):
            raise UsageError("init reads its files twice, which a pipe cannot be", remedy="Name a file.")
        summary, notes = summarise(transactions)
        enforce_limit(notes, transactions)
        return _found(transactions, notes, options), summary, notes


def _found(transactions: Transactions, notes: LoadNotes, options: ReadOptions) -> Found:
    delimiters = {table.delimiter for table in transactions.tables if table.kind == "text"}
    values = {"delimiter": _only(_NAMED.get(delimiter, delimiter) for delimiter in delimiters)}
    profiles = {layout.profile for layout in notes.layouts}
    if profiles != {None}:
        # A profile knows more than a mapping can say: order totals, which states are no sale.
        values["profile"] = _only(profiles)
        return Found({name: value for name, value in values.items() if value})
    values["date-format"] = _only(_date_format(layout.readings.get("date", "")) for layout in notes.layouts)
    values["decimal"] = _decimal([text for layout in notes.layouts for text in layout.readings.values()], delimiters)
    used = _common([layout.mapping for layout in notes.layouts])
    columns = [
        map_columns(header, options.mapping, "").described()
        for header in dict.fromkeys(table.header for table in transactions.tables)
    ]
    spare = {name: heading for name, heading in _common(columns).items() if name not in used}
    return Found({name: value for name, value in values.items() if value}, used, spare)


def _only(values: Iterable[str | None]) -> str | None:
    distinct = set(values)
    return distinct.pop() if len(distinct) == 1 else None


def _date_format(reading: str) -> str | None:
    return next((form for form in FORMATS if reading == form or reading.startswith(f"{form},")), None)


def _decimal(readings: Iterable[str], delimiters: set[str]) -> str | None:
    """The mark that some column shows; a column without any reads with either."""
    marks = {reading.removeprefix(_MARK)[1] for reading in readings if reading.startswith(_MARK)}
    return _only(marks or ({"."} if delimiters else set()))


def _common(mappings: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """What all files agree on: a column that one of them lacks cannot be asked of every one."""
    first, *others = mappings
    return {name: heading for name, heading in first.items() if all(other.get(name) == heading for other in others)}


def _proven(
    files: Sequence[str], options: ReadOptions, found: Found, truth: tuple[CustomerSummary, LoadNotes]
) -> Found:
    """As much of it as gives the same result when it is set as when it is found."""
    if _same(files, _with(options, found), truth):
        return found
    kept = Found(mapping=found.mapping, spare=found.spare)
    if not _same(files, _with(options, kept), truth):
        kept = Found(spare={**found.mapping, **found.spare})
    for name, value in found.values.items():
        more = replace(kept, values={**kept.values, name: value})
        kept = more if _same(files, _with(options, more), truth) else kept
    return kept


def _with(options: ReadOptions, found: Found) -> ReadOptions:
    values = found.values
    profile: ProfileChoice = choose_profile(values["profile"]) if "profile" in values else options.profile
    delimiter = values.get("delimiter")
    return replace(
        options,
        mapping={**found.mapping, **options.mapping},
        profile=profile,
        date_format=options.date_format or values.get("date-format"),
        decimal=options.decimal or values.get("decimal"),
        delimiter=options.delimiter or ("\t" if delimiter == "tab" else delimiter),
    )


def _same(files: Sequence[str], options: ReadOptions, truth: tuple[CustomerSummary, LoadNotes]) -> bool:
    try:
        _, summary, notes = _look(files, options)
    except CrmcliError:
        return False
    expected, account = truth
    return summary.frame.equals(expected.frame) and _account(notes) == _account(account)


def _account(notes: LoadNotes) -> dict[str, object]:
    """Where every row went; how the columns are said to read may differ."""
    return {
        name: value for name, value in notes.to_dict().items() if name not in {"layouts", "bad_rows", "quarantined"}
    }


def _given(state: State, shared: SharedOptions, output: str) -> dict[str, Value]:
    """The options that were given, which hold for the file as well; paths relative to it."""
    settings = (setting for setting in schema().general.values() if not setting.merges)
    named = [setting for setting in settings if state.origins.get(setting.name, DEFAULT) is not DEFAULT]
    values: dict[str, Value] = {setting.name: getattr(shared, setting.parameter) for setting in named}
    directory = os.path.dirname(output)  # noqa: PTH120 — an empty one stays empty
    for setting in named:
        path = str(values[setting.name])
        if setting.kind is Kind.FILE and directory and ("/" in path or "." in path):
            values[setting.name] = os.path.relpath(path, directory)
    return values


def _left_out(found: Found, kept: Found) -> str:
    names = [
        *(name for name in found.values if name not in kept.values),
        *(["map"] if kept.mapping != found.mapping else []),
    ]
    return f"Left to be found anew on every run, since it differs within the files: {', '.join(names)}."
