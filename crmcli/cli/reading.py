"""From shared options to a customer summary: parse the options, read the files, report what happened to every row."""

from __future__ import annotations

import datetime as dt
import io
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from crmcli.customers.reconcile import remarks
from crmcli.customers.summary import require_buyers, summarise
from crmcli.errors import UsageError
from crmcli.notes import info
from crmcli.present.emit import Delivery
from crmcli.present.messages import print_notes
from crmcli.present.output import write_file
from crmcli.present.records import without_formulas
from crmcli.transactions.aliases import CANONICAL
from crmcli.transactions.columns import parse_mapping
from crmcli.transactions.known_profiles import choose_profile
from crmcli.transactions.load import load
from crmcli.transactions.options import MaxBad, ReadOptions, parse_max_bad, parse_where
from crmcli.transactions.quarantine import bad_rows, enforce_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from crmcli.cli.context import State
    from crmcli.cli.options import SharedOptions
    from crmcli.customers.summary import CustomerSummary
    from crmcli.notes import Note
    from crmcli.transactions.load import Transactions
    from crmcli.transactions.notes import BadRow, LayoutNote, LoadNotes

_More = TypeVar("_More")

_STDIN = Path("/dev/stdin")
"""What `-` reads: under this name a redirected file is known by its inode, and is not overwritten."""

_USUAL = {"plain numbers", "integers"}
"""Readings that nobody needs to be told about."""

REJECT_COLUMNS = ("file", "line", "code", "column", "message", "raw")


def read_summary(state: State, shared: SharedOptions, wanted: frozenset[str]) -> tuple[CustomerSummary, LoadNotes]:
    """Read the files of a command into a customer summary, tell the user how they were read, and check the limits.

    Args:
        state: where notes go.
        shared: the shared options as given.
        wanted: optional canonical columns that the command can use.

    Raises:
        CrmcliError: anything that the rooms below refuse.
    """
    summary, notes, _ = read_summary_and(state, shared, wanted, lambda _transactions, _summary: None)
    return summary, notes


def read_summary_and(
    state: State, shared: SharedOptions, wanted: frozenset[str], more: Callable[[Transactions, CustomerSummary], _More]
) -> tuple[CustomerSummary, LoadNotes, _More]:
    """Like `read_summary`, and whatever else a command takes from the transactions while they are open.

    Raises:
        CrmcliError: anything that the rooms below refuse.
    """
    options = read_options(shared, wanted)
    let_interrupts_through()
    if "-" in shared.files and state.environment.stdin_is_tty:
        print_notes(state.environment, [info("keyboard", "Reading what is typed here; Ctrl-D on a new line ends it.")])
    stdin = state.environment.stdin or io.BytesIO()
    with (
        state.progress("reading and checking") as progress,
        load(shared.files, options, stdin=stdin) as transactions,
    ):
        progress.stage("summing up")
        summary, notes = summarise(transactions)
        found = more(transactions, summary)
        rejected = bad_rows(transactions, notes.as_of, limit=None) if shared.rejects and notes.quarantined else []
    # Said first: what was lost is also worth knowing when the file of it cannot be written.
    print_notes(state.environment, (*describe(notes), *remarks(notes)))
    write_rejects(shared, rejected, tuple(source.origin for source in transactions.sources if source.origin))
    enforce_limit(notes, transactions)
    require_buyers(summary, notes)
    return summary, notes, found


def facts_of(notes: LoadNotes) -> dict[str, Any]:
    """The account of the input for `--facts`, with all that was said about it."""
    said = [{"code": note.code, "severity": str(note.severity), "text": note.text} for note in remarks(notes)]
    return {**notes.to_dict(), "notes": said}


def let_interrupts_through() -> None:
    """Have Ctrl-C end a wait for a slow pipe; the handler that Polars installs would have the wait go on."""
    signal.siginterrupt(signal.SIGINT, True)  # noqa: FBT003 — its signature


def read_options(shared: SharedOptions, wanted: frozenset[str], names: Collection[str] = CANONICAL) -> ReadOptions:
    """The reading options of the command line; `names` are what `--map` may name.

    Raises:
        UsageError: a value that does not parse.
    """
    return ReadOptions(
        mapping=parse_mapping(shared.mapping or (), names),
        profile=choose_profile(shared.profile),
        as_of=parse_date(shared.as_of, "--as-of"),
        since=parse_date(shared.since, "--since"),
        where=parse_where(shared.where or ()),
        date_format=shared.date_format,
        decimal=_decimal(shared.decimal),
        encoding=shared.encoding,
        delimiter=_delimiter(shared.delimiter),
        skip_lines=shared.skip_lines,
        max_bad=MaxBad() if shared.max_bad is None else parse_max_bad(shared.max_bad),
        strict=shared.strict,
        money_scale=shared.money_scale,
        trust_input=shared.trust_input,
        wanted=wanted,
    )


def parse_date(text: str | None, flag: str) -> dt.date | None:
    """An ISO date given on the command line.

    Raises:
        UsageError: it is none.
    """
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{flag} {text!r} is not a date", remedy=f"Write it as YYYY-MM-DD: {flag} 2026-01-31"
        ) from None


def delivery(shared: SharedOptions) -> Delivery:
    """Where the result goes, and as what."""
    return Delivery(
        view=shared.view,
        format=shared.output_format,
        output=None if shared.output is None else Path(shared.output),
        top=shared.top,
        facts=None if shared.facts is None else Path(shared.facts),
        spreadsheet_safe=shared.spreadsheet_safe,
        inputs=tuple(_STDIN if name == "-" else Path(name) for name in shared.files),
    )


def _decimal(mark: str | None) -> str | None:
    if mark not in {None, ".", ","}:
        raise UsageError(f"--decimal {mark!r} is neither . nor ,")
    return mark


def _delimiter(text: str | None) -> str | None:
    named = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
    delimiter = named.get(text, text) if text is not None else None
    if delimiter is not None and (len(delimiter.encode()) != 1 or delimiter in '"\r\n'):
        raise UsageError(f"--delimiter {text!r} is not one ASCII character", remedy="Example: --delimiter ';'")
    return delimiter


def describe(notes: LoadNotes) -> Iterator[Note]:
    """How the files were understood: profile and columns, and readings that are not the usual ones."""
    return describe_layouts(notes.layouts)


def describe_layouts(layouts: Iterable[LayoutNote]) -> Iterator[Note]:
    """The same, from the layouts of any kind of files."""
    for layout in layouts:
        parts = [f"{name} ← {heading}" for name, heading in layout.mapping.items()]
        more = f" and {len(layout.files) - 1} more" if len(layout.files) > 1 else ""
        profile = f" (profile {layout.profile})" if layout.profile else ""
        yield info("mapping", f"{layout.files[0]}{more}{profile}: {', '.join(parts)}")
        readings = [f"{name}: {text}" for name, text in layout.readings.items() if text not in _USUAL]
        if readings:
            yield info("readings", "; ".join(readings))


def write_rejects(shared: SharedOptions, rows: Iterable[BadRow], inputs: tuple[Path, ...]) -> None:
    """Write the rows that were set aside to the file of `--rejects`, if that was given.

    Raises:
        OutputError: the file cannot be written, or is one of the inputs.
    """
    import polars as pl  # noqa: PLC0415 — this module is imported by commands that have it loaded

    if not shared.rejects:
        return
    schema = {name: pl.Int64 if name == "line" else pl.String for name in REJECT_COLUMNS}
    table = pl.DataFrame([[getattr(row, name) for name in REJECT_COLUMNS] for row in rows], schema, orient="row")
    safe = without_formulas(table) if shared.spreadsheet_safe else table
    write_file(Path(shared.rejects), safe.write_csv().encode(), inputs=inputs)
