"""A file beside the transactions whose rows belong to customers: attributes, contacts, prospects."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

import polars as pl

from crmcli.errors import InputError, TooLittleDataError, did_you_mean
from crmcli.notes import counted, info, warning
from crmcli.transactions.aliases import FOLDED_ALIASES, fold
from crmcli.transactions.ids import IdDetector
from crmcli.transactions.source import Workspace, open_sources, verify_unchanged
from crmcli.transactions.tables import POLARS_FAILURES, Layout, open_table, refuse_damaged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmcli.notes import Note
    from crmcli.transactions.ids import IdReading
    from crmcli.transactions.options import ReadOptions
    from crmcli.transactions.source import Source
    from crmcli.transactions.tables import Table

_SAMPLE_ROWS = 2_000
_HEADINGS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Key:
    """What the rows of a file belong to, and how its column is found.

    Attributes:
        column: the name that it gets.
        what: how messages name it.
        aliases: folded headings that mean it; the one that is called like `column` comes before them.
        flag: the option that names its heading; empty where there is none.
    """

    column: str
    what: str
    aliases: frozenset[str]
    flag: str = ""

    def choice(self, heading: str) -> str:
        """What to do when several columns could be meant, such as `heading`."""
        if self.flag:
            return f'Say which one: {self.flag} "{heading}"'
        return f"Call the right one {self.column!r}, or the others otherwise."

    def naming(self) -> str:
        """What to do when no column is found."""
        return f"Name it: {self.flag} COLUMN" if self.flag else f"Call the right one {self.column!r}."


CUSTOMER = Key("customer_id", "customer id", FOLDED_ALIASES["customer_id"], "--id-column")


@dataclass(frozen=True, slots=True)
class KeyedFile:
    """The sound rows of one file that name what they belong to: a customer, or what another `Key` says.

    `frame` holds customer_id String (read like the ids of transactions, never null; under another name for another
    key) · line Int64 (of the file, or row of Parquet) · c0, c1, … (the cells; empty text is null). `layout` tells
    headings and types of c0, c1, …; `id_position` is the one that became the key. `notes` say what was left out.
    """

    layout: Layout
    id_position: int
    frame: pl.DataFrame
    notes: tuple[Note, ...]

    @property
    def label(self) -> str:
        """The file as the user named it."""
        return self.layout.label

    @property
    def header(self) -> tuple[str, ...]:
        """Headings as the file writes them."""
        return self.layout.header

    def dtype(self, position: int) -> pl.DataType:
        """The type of a column in the file; text throughout in CSV."""
        return self.layout.tables[0].dtypes[position]

    def text(self, position: int) -> pl.Series:
        """String: the cells of a column of any type, without blanks around them; null when empty."""
        stripped = self.layout.text(position).str.strip_chars()
        return self.frame.select(pl.when(stripped != "").then(stripped).alias("text")).to_series()

    def find(self, aliases: frozenset[str]) -> list[int]:
        """Positions of the columns whose folded heading is one of these, the id left out."""
        return [i for i, name in enumerate(self.header) if fold(name) in aliases and i != self.id_position]

    def named(self, heading: str, flag: str) -> int:
        """The position of a column that a flag names.

        Raises:
            InputError: there is no such column, or there are several.
        """
        return _named(self.header, heading, self.label, flag)


def read_keyed_file(  # noqa: PLR0913 — the file, how it reads, what it is about
    path: str, flag: str, options: ReadOptions, *, id_column: str | None = None, stdin: BinaryIO, key: Key = CUSTOMER
) -> KeyedFile:
    """Open a CSV or Parquet file with the checks that transactions get, and find the customer (or key) of each row.

    The delimiter is found from the file itself. The id column is the one that `id_column` names, else the one whose
    heading means customer_id, else the one that `--map customer_id=` names for the transactions.

    Args:
        path: the file, or "-".
        flag: the option that names it, for messages.
        options: how files are read; `max_bad` and `strict` say how many broken rows are accepted.
        id_column: the heading of the customer's id.
        stdin: read only for "-".
        key: what the rows belong to.

    Raises:
        InputError: the file cannot be read or understood without guessing, or has too many broken rows.
        TooLittleDataError: it has no row with a customer.
    """
    reading = replace(options, delimiter=None, skip_lines=0)
    with Workspace() as workspace:
        sources = open_sources(
            [path], workspace, stdin=stdin, encoding=options.encoding, trust_input=options.trust_input
        )
        try:
            found = _read(sources, reading, workspace, (flag, key, id_column))
        except (Exception, pl.exceptions.PanicException) as error:
            verify_unchanged(sources)
            if isinstance(error, POLARS_FAILURES):
                refuse_damaged(sources)
            raise
        verify_unchanged(sources)
    return found


class Detector(Protocol):
    """What decides how one column reads, over all of its values; `transactions` has one for each kind of column."""

    def evidence(self) -> dict[str, pl.Expr]:
        """Aggregations over the column."""
        ...

    def decide(self, evidence: Mapping[str, Any]) -> Any:
        """The reading that they prove."""
        ...


def decided(frame: pl.LazyFrame, detector: Detector) -> Any:
    """The reading that a detector decides on.

    Raises:
        InputError: the column does not read as what it should be, or reads in two ways.
    """
    aggregates = detector.evidence()
    evidence = frame.select(**aggregates).collect(engine="streaming").row(0, named=True) if aggregates else {}
    return detector.decide(evidence)


def _read(
    sources: Sequence[Source], options: ReadOptions, workspace: Workspace, wanted: tuple[str, Key, str | None]
) -> KeyedFile:
    flag, key, id_column = wanted
    if len(sources) != 1:
        raise InputError(f"{flag} takes one file, not {len(sources)}", remedy="Put the rows into one file.")
    table = open_table(sources[0], options, workspace)
    notes = [*table.notes, *_defects(table, options, flag)]
    position = _key_position(table, options, flag, key, id_column)
    frame = table.frame.with_row_index("record").collect(engine="streaming")
    ids = _ids(table, position)
    frame = frame.with_columns(ids.alias(key.column))
    without = int(frame[key.column].null_count())
    frame = frame.filter(pl.col(key.column).is_not_null())
    if without:
        notes.append(
            info(
                f"rows_without_{key.column.removesuffix('_id')}",
                f"{table.label}: {counted(without, 'row')} without a {key.what} left out",
            )
        )
    if frame.is_empty():
        raise TooLittleDataError(f"{table.label}: no row has a {key.what} in {table.header[position]!r}")
    lines = pl.Series("line", [table.line_of(record) for record in frame["record"]], dtype=pl.Int64)
    cells = [f"c{i}" for i in range(len(table.header))]
    sound = frame.with_columns(lines).select(key.column, "line", *cells)
    return KeyedFile(Layout((table,)), position, sound, tuple(notes))


def _defects(table: Table, options: ReadOptions, flag: str) -> list[Note]:
    """Broken rows: accepted and told of up to the limit of the run."""
    count = table.defects.height
    if not count:
        return []
    first = table.defects.sort("line").row(0, named=True)
    text = f"{table.label} ({flag}): {count:,} of {table.records:,} rows are broken, first line {first['line']}: "
    text += first["message"]
    if options.strict or count > options.max_bad.allowed(table.records):
        raise InputError(text, remedy="Repair the file, or accept more with --max-bad.")
    return [warning("broken_rows", f"{text}; they are left out")]


def _key_position(table: Table, options: ReadOptions, flag: str, key: Key, heading: str | None) -> int:
    if heading is not None:
        return _named(table.header, heading, table.label, key.flag)
    by_name = [i for i, name in enumerate(table.header) if fold(name) == fold(key.column)]
    found = by_name or [i for i, name in enumerate(table.header) if fold(name) in key.aliases]
    mapped = options.mapping.get(key.column)
    if mapped is not None and mapped in table.header:
        found = [table.header.index(mapped)]
    if len(found) == 1:
        return found[0]
    headings = ", ".join(repr(table.header[i]) for i in found or range(min(len(table.header), _HEADINGS_SHOWN)))
    if found:
        raise InputError(
            f"{table.label} ({flag}): {len(found)} columns could be the {key.what}: {headings}",
            remedy=key.choice(table.header[found[0]]),
        )
    raise InputError(
        f"{table.label} ({flag}): no column looks like the {key.what}",
        extent=f"Its columns: {headings}",
        remedy=key.naming(),
    )


def _named(header: Sequence[str], heading: str, label: str, flag: str) -> int:
    exact = [i for i, name in enumerate(header) if name == heading]
    found = exact or [i for i, name in enumerate(header) if fold(name) == fold(heading)]
    if len(found) == 1:
        return found[0]
    problem = "has no column" if not found else f"has {len(found)} columns"
    raise InputError(
        f"{label} {problem} {heading!r}, which {flag} names",
        remedy=did_you_mean(heading, header) or "Its columns: " + ", ".join(map(repr, header[:_HEADINGS_SHOWN])),
    )


def _ids(table: Table, position: int) -> pl.Series:
    """The ids as transactions would read them; those with control characters inside are refused."""
    column = f"c{position}"
    where = f"column {table.header[position]!r} of {table.label}"
    sample = table.frame.select(column).head(_SAMPLE_ROWS).collect(engine="streaming")[column]
    reading: IdReading = decided(table.frame, IdDetector(column, where, table.dtypes[position], sample))
    raw = pl.col(column)
    read = table.frame.select(id=reading.id(raw), defect=reading.defect(raw)).collect(engine="streaming")
    broken = read.with_row_index("record").filter(pl.col("defect") > 0)
    if broken.height:
        line = table.line_of(int(broken["record"][0]))
        raise InputError(
            f"{where} holds control characters, first in line {line}",
            extent=f"{counted(broken.height, 'id is', 'ids are')} affected",
        )
    return pl.Series("customer_id", read["id"], dtype=pl.String)
