"""`crmcli churn --contractual`: one file of contracts instead of transactions."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.churn.contracts import Contracts, Renewed, analyse_contracts
from crmcli.analysis.churn.views import CHURN_CATALOGUE, SURVIVAL
from crmcli.analysis.clv.horizon import Span
from crmcli.cli.progress import writing
from crmcli.cli.reading import let_interrupts_through, parse_date, read_options
from crmcli.cli.settings import effective_settings
from crmcli.customers.attributes import Attributes, read_attributes
from crmcli.customers.keyed_file import decided
from crmcli.errors import InputError, UsageError, did_you_mean
from crmcli.notes import info
from crmcli.present.emit import deliver, wanted_views
from crmcli.present.messages import print_notes
from crmcli.transactions.aliases import fold
from crmcli.transactions.dates import DateDetector

if TYPE_CHECKING:
    from crmcli.analysis.churn.options import ChurnOptions
    from crmcli.cli.churn_options import ChurnArguments, ContractArguments
    from crmcli.cli.context import State
    from crmcli.cli.options import SharedOptions
    from crmcli.notes import Note
    from crmcli.present.console import Environment
    from crmcli.present.emit import Delivery
    from crmcli.transactions.dates import DateReading
    from crmcli.transactions.options import ReadOptions

_HEADINGS = {
    "start": (
        "start",
        "start date",
        "begin",
        "begin date",
        "signup",
        "signup date",
        "contract start",
        "joined",
        "开始日期",
    ),
    "end": (
        "end",
        "end date",
        "cancelled",
        "cancel date",
        "churn date",
        "contract end",
        "left",
        "结束日期",
        "流失日期",
    ),
    "duration": ("duration", "duration days", "tenure", "tenure days", "days", "T"),
    "churned": ("churned", "churn", "ended", "is churned", "event", "E", "流失", "是否流失"),
    "reason": ("reason", "churn reason", "cancel reason", "reason for leaving", "流失原因", "原因"),
}
_FLAGS = {
    "start": "--start-column",
    "end": "--end-column",
    "duration": "--duration-column",
    "churned": "--churned-column",
    "reason": "--reason",
}
_YES = frozenset({"1", "1.0", "true", "yes", "y", "churned", "ended", "t", "是"})
_NO = frozenset({"0", "0.0", "false", "no", "n", "active", "running", "f", "否"})
_SAMPLE = 2_000


def of_contracts(target: Delivery, environment: Environment) -> Delivery:
    """The delivery of a run on contracts, which have no customers view to write by default."""
    if target.view is None and wanted_views(target, CHURN_CATALOGUE, environment) == {CHURN_CATALOGUE.default}:
        return replace(target, view=SURVIVAL.name)
    return target


def run_contracts(
    state: State, shared: SharedOptions, own: ChurnArguments, options: ChurnOptions, target: Delivery
) -> None:
    """Read the contracts, analyse, present.

    Raises:
        CrmcliError: anything that is expected to go wrong.
    """
    if len(shared.files) != 1:
        raise UsageError("--contractual takes one file of contracts", remedy="Put all contracts into one file.")
    let_interrupts_through()
    reading = read_options(shared, frozenset())
    stdin = state.environment.stdin or io.BytesIO()
    with state.progress("reading contracts"):
        file = read_attributes(shared.files[0], "FILES", reading, id_column=own.id_column, stdin=stdin)
        contracts = contracts_of(file, own.contracts, reading, parse_date(shared.as_of, "--as-of"))
    result = analyse_contracts(contracts, options, shared.money_scale)
    print_notes(state.environment, result.notes)
    settings = effective_settings(state, "churn", shared, own.flat())
    with writing(state, target):
        deliver(result, target, state.environment, load={"contracts": len(contracts.days)}, settings=settings)


def contracts_of(file: Attributes, own: ContractArguments, options: ReadOptions, as_of: dt.date | None) -> Contracts:
    """The contracts of a file: by start and end, or by duration and whether ended.

    Args:
        file: its rows, one per customer.
        own: headings that its names do not tell, and the time between renewals.
        options: how dates are written.
        as_of: the last day observed; None for the last date in the file.

    Raises:
        InputError: columns are missing, or do not read as what they should be.
        UsageError: a heading or span that does not exist.
    """
    columns = _columns(file, own)
    renewal = Span.parse(own.renewal, "--renewal")
    if "start" in columns and "end" in columns:
        frame, last, notes = _dated(file, columns, options, as_of)
    elif "duration" in columns and "churned" in columns:
        frame, last, notes = _lasting(file, columns, as_of)
    else:
        raise InputError(
            f"{file.label}: contracts need a start and an end, or a duration and whether they ended",
            extent=f"Found: {', '.join(f'{what} ← {name}' for what, name in columns.items()) or 'none of these'}",
            remedy="Name the columns: --start-column and --end-column, or --duration-column and --churned-column",
        )
    reason = None
    if "reason" in columns:
        reason = frame[columns["reason"]].cast(pl.String)
    attributes = frame.drop("customer_id", "#start", "#days", "#ended", *columns.values(), strict=False)
    days, ended = frame["#days"].cast(pl.Int64).to_numpy(), frame["#ended"].to_numpy()
    said = ", ".join(f"{what} ← {name}" for what, name in columns.items())
    return Contracts(
        days=days,
        ended=ended,
        renewals=_renewals(frame, columns, renewal, last),
        attributes=attributes,
        reason=reason,
        as_of=last,
        renewal=renewal,
        notes=(info("mapping", f"{file.label}: {said}"), *file.notes, *notes),
    )


def _columns(file: Attributes, own: ContractArguments) -> dict[str, str]:
    """What each column that was found or named means."""
    given = {
        "start": own.start_column,
        "end": own.end_column,
        "duration": own.duration_column,
        "churned": own.churned_column,
        "reason": own.reason,
    }
    found = {}
    for what, named in given.items():
        known = {fold(name) for name in _HEADINGS[what]}
        matches = [name for name in file.names if fold(name) == fold(named)] if named else []
        if named and not matches:
            raise UsageError(
                f"{_FLAGS[what]} {named!r}: {file.label} has no such column",
                remedy=did_you_mean(named, file.names) or f"Columns: {', '.join(file.names)}",
            )
        matches = matches or [name for name in file.names if fold(name) in known]
        if len(matches) > 1:
            raise InputError(
                f"{file.label}: {len(matches)} columns could be the {what}: {', '.join(map(repr, matches))}",
                remedy=f'Say which one: {_FLAGS[what]} "{matches[0]}"',
            )
        if matches:
            found[what] = matches[0]
    return found


def _dated(
    file: Attributes, columns: dict[str, str], options: ReadOptions, as_of: dt.date | None
) -> tuple[pl.DataFrame, dt.date, list[Note]]:
    """Contracts with their days until the end or as_of; those that had not begun by then are left out."""
    start, end = (_dates(file, columns[what], options) for what in ("start", "end"))
    last = as_of or max(_latest(start), _latest(end))
    frame = file.frame.with_columns(start.alias("#start"), end.alias("#end"))
    without = int(start.null_count())
    begun = frame.filter(pl.col("#start") <= last)
    later = frame.height - without - begun.height
    wrong = begun.filter(pl.col("#end") < pl.col("#start"))
    if wrong.height:
        raise InputError(
            f"{file.label}: the contract of customer {wrong['customer_id'][0]!r} ends on {wrong['#end'][0]}, before it "
            f"starts on {wrong['#start'][0]}",
            extent=f"{wrong.height:,} contracts end before they start.",
            remedy="Correct the dates, or name the columns: --start-column and --end-column",
        )
    said = (
        _flags(file.label, begun[columns["churned"]])
        if "churned" in columns
        else pl.repeat(value=True, n=begun.height, dtype=pl.Boolean, eager=True)
    )
    known = (pl.col("#end") <= last).fill_null(value=False)
    frame = begun.with_columns(
        ((pl.when(known).then("#end").otherwise(pl.lit(last)) - pl.col("#start")).dt.total_days()).alias("#days"),
        (known & said).alias("#ended"),
    ).drop("#end")
    counts = {"without a start": without, "that begin after as_of": later}
    notes = [info("contracts_left_out", f"{n:,} contracts {what} are left out") for what, n in counts.items() if n]
    return frame, last, notes


def _lasting(
    file: Attributes, columns: dict[str, str], as_of: dt.date | None
) -> tuple[pl.DataFrame, dt.date, list[Note]]:
    """Contracts whose days the file states."""
    days = file.frame[columns["duration"]]
    if not days.dtype.is_numeric() or (days.drop_nulls() < 0).any():
        raise InputError(
            f"{file.label}: column {days.name!r} is no number of days", remedy="Name it: --duration-column"
        )
    if as_of is None:
        raise UsageError("Durations alone do not say when they were taken", remedy="Add --as-of DATE")
    frame = file.frame.with_columns(days.round().alias("#days"), _flags(file.label, file.frame[columns["churned"]]))
    known = frame.filter(pl.col("#days").is_not_null() & pl.col("#ended").is_not_null())
    without = frame.height - known.height
    text = f"{without:,} contracts without a duration, or without a word on whether they ended, are left out"
    return known, as_of, [info("contracts_left_out", text)] if without else []


def _flags(label: str, column: pl.Series) -> pl.Series:
    words = column.cast(pl.String).str.strip_chars().str.to_lowercase()
    unknown = words.filter(words.is_not_null() & ~words.is_in([*_YES, *_NO]))
    if len(unknown):
        raise InputError(
            f"{label}: {unknown[0]!r} in column {column.name!r} says neither ended nor running",
            extent=f"{len(unknown):,} cells are affected.",
            remedy="Write 1 for ended and 0 for running, or name another column with --churned-column",
        )
    return words.is_in(list(_YES)).alias("#ended")


def _dates(file: Attributes, name: str, options: ReadOptions) -> pl.Series:
    """A column as dates, null where the cell is empty.

    Raises:
        InputError: some cell is no date, or the order of day and month stays open.
    """
    column = file.frame[name]
    text = column.cast(pl.Int64).cast(pl.String) if column.dtype.is_numeric() else column
    if not text.count():
        return pl.Series(name, [None] * len(text), dtype=pl.Date)
    frame = text.alias("cell").to_frame()
    where = f"column {name!r} of {file.label}"
    reading: DateReading = decided(
        frame.lazy(), DateDetector("cell", where, pl.String(), text.drop_nulls().head(_SAMPLE), options.date_format)
    )
    cell = pl.col("cell")
    read = frame.select(reading.date(cell).alias("date"), (reading.defect(cell) > 0).alias("bad"))
    bad = read["bad"] & text.is_not_null()
    if bad.any():
        first = text.filter(bad)[0]
        raise InputError(f"{where}: {first!r} is no date", extent=f"{int(bad.sum()):,} cells are affected.")
    return read["date"]


def _latest(dates: pl.Series) -> dt.date:
    last = dates.max()
    if last is None:
        return dt.date.min
    assert isinstance(last, dt.date)  # noqa: S101 — a column of dates
    return last


def _renewals(frame: pl.DataFrame, columns: dict[str, str], renewal: Span, as_of: dt.date) -> Renewed:
    """By the calendar where dates alone tell the end; contracts last seen before as_of are known by their days only."""
    if "#start" in frame.columns and "churned" not in columns:
        end = frame.select(pl.when("#ended").then(pl.col("#start") + pl.duration(days="#days"))).to_series()
        return Renewed.of_dates(frame["#start"], end, renewal, as_of)
    return Renewed.of_days(frame["#days"].cast(pl.Int64).to_numpy(), frame["#ended"].to_numpy(), renewal)
