"""Files in, one typed lazy frame of transactions out.

What a column means is decided per layout (files of one header) over all of its values; the decision is then an
expression, so that the heavy pass over the rows stays lazy and streaming.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

import polars as pl

from crmcli.errors import TooLittleDataError
from crmcli.notes import info, warning
from crmcli.transactions.canonical import build_canonical
from crmcli.transactions.columns import map_columns
from crmcli.transactions.ids import agree
from crmcli.transactions.notes import BadRow, FileNote, LayoutNote
from crmcli.transactions.orders import with_whole_orders
from crmcli.transactions.profile_notes import profile_notes
from crmcli.transactions.readings import read_columns
from crmcli.transactions.source import Workspace, open_sources, verify_unchanged
from crmcli.transactions.tables import POLARS_FAILURES, group_layouts, open_table, refuse_damaged
from crmcli.transactions.together import require_ids_of_one_kind, require_one_currency
from crmcli.transactions.where import where_positions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crmcli.notes import Note
    from crmcli.transactions.canonical import CanonicalFrame
    from crmcli.transactions.columns import ColumnMap
    from crmcli.transactions.ids import IdReading
    from crmcli.transactions.options import ReadOptions
    from crmcli.transactions.profile import Profile
    from crmcli.transactions.readings import Readings
    from crmcli.transactions.source import Source
    from crmcli.transactions.tables import Layout, Table


@dataclass(frozen=True, slots=True)
class Transactions:
    """All sound records of all inputs, typed, lazily; valid while the `load` block that made it is open.

    `frame` columns (see `canonical.CANONICAL_SCHEMA`): `row` numbers the records over all inputs, `code` is 0 for a
    row that takes part, else a `Rule` or `Defect`. Structural defects are not in the frame but in the tables. While
    `ids_deferred`, results hold only if `ids.is_ordinary` is true of the distinct ids; else use `with_ids_decided`.
    """

    frame: pl.LazyFrame
    tables: tuple[Table, ...]
    layouts: tuple[LayoutNote, ...]
    options: ReadOptions
    columns: frozenset[str]
    notes: tuple[Note, ...]
    sources: tuple[Source, ...]
    ids_deferred: bool

    def with_ids_decided(self) -> Transactions:
        """The same input with customer ids decided over all rows; for when the distinct ids are not ordinary."""
        return _assemble(group_layouts(self.tables), self.options, self.sources, defer_ids=False)

    @property
    def records(self) -> int:
        """Data records in all inputs, counted by the structural pass and not by the analysis."""
        return sum(table.records for table in self.tables)

    def files(self) -> tuple[FileNote, ...]:
        """The inputs with their row counts."""
        return tuple(FileNote(table.label, table.kind, table.records) for table in self.tables)

    def place(self, row: int) -> tuple[str, int]:
        """File and line (or row) of a record number."""
        for table in self.tables:
            if row < table.sound:
                return table.label, table.line_of(row)
            row -= table.sound
        raise IndexError(row)

    def heading(self, file: str, canonical: str) -> str:
        """How a file calls a canonical column."""
        return next(layout.mapping[canonical] for layout in self.layouts if file in layout.files)

    def structural_defects(self) -> Iterator[BadRow]:
        """Records that never became a row of the frame."""
        for table in self.tables:
            for defect in table.defects.iter_rows(named=True):
                yield BadRow(table.label, defect["line"], defect["code"], "", defect["message"], defect["raw"])

    def verify_unchanged(self) -> None:
        """Raise InputError if an input changed while it was read; call after the last pass."""
        verify_unchanged(self.sources)


@contextmanager
def load(paths: Sequence[str], options: ReadOptions, *, stdin: BinaryIO) -> Iterator[Transactions]:
    """Open transaction files and decide how they read; the rows themselves are read later, by whoever collects.

    Raises:
        InputError: a file cannot be read, mapped or understood without guessing, or changed before something failed.
        TooLittleDataError: there is a header, but no row.
        UsageError: an option does not fit.
    """
    with Workspace() as workspace:
        sources = open_sources(
            paths, workspace, stdin=stdin, encoding=options.encoding, trust_input=options.trust_input
        )
        try:
            tables = [open_table(source, options, workspace) for source in sources]
            _require_rows(tables)
            yield _assemble(group_layouts(tables), options, sources, defer_ids=True)
        except (Exception, pl.exceptions.PanicException) as error:
            # A file that changed meanwhile, or is damaged, explains whatever went wrong.
            verify_unchanged(sources)
            if isinstance(error, POLARS_FAILURES):
                refuse_damaged(sources)
            raise


def _require_rows(tables: Sequence[Table]) -> None:
    if not any(table.records for table in tables):
        labels = ", ".join(table.label for table in tables)
        raise TooLittleDataError(f"{labels}: there is a header, but no row below it")


def _assemble(
    layouts: Sequence[Layout], options: ReadOptions, sources: tuple[Source, ...], *, defer_ids: bool
) -> Transactions:
    # Across files with different headers, `.0` can be told from an id only together: nothing is deferred then.
    understood = [_understand(layout, options, defer_ids=defer_ids and len(layouts) == 1) for layout in layouts]
    parts = [_canonical(one, ids) for one, ids in zip(understood, _agreed_ids(understood), strict=True)]
    require_one_currency([(part.note.files[0], part.currency, part.signs) for part in parts])
    require_ids_of_one_kind([(part.note.files[0], part.ids) for part in parts])
    tables = tuple(table for layout in layouts for table in layout.tables)
    notes = [note for table in tables for note in table.notes] + [note for part in parts for note in part.notes]
    frame = pl.concat([part.frame.frame for part in parts], how="diagonal").with_row_index("row")
    return Transactions(
        frame=frame,
        tables=tables,
        layouts=tuple(part.note for part in parts),
        options=options,
        columns=frozenset[str]().union(*(part.frame.columns for part in parts)),
        notes=tuple(notes),
        sources=sources,
        ids_deferred=any(part.ids_deferred for part in parts),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    frame: CanonicalFrame
    note: LayoutNote
    notes: tuple[Note, ...]
    ids_deferred: bool
    currency: str
    signs: frozenset[str]
    ids: IdReading


@dataclass(frozen=True, slots=True)
class _Understood:
    """One layout, and how it reads by itself."""

    layout: Layout
    columns: ColumnMap
    where: Mapping[int, tuple[str, ...]]
    options: ReadOptions
    readings: Readings
    remarks: tuple[Note, ...]


def _understand(layout: Layout, options: ReadOptions, *, defer_ids: bool) -> _Understood:
    profile = options.profile.profile_for(layout.header, layout.label)
    columns = map_columns(layout.header, options.mapping, layout.label, profile, own=layout.own_columns)
    where = where_positions(layout, options.where)
    layout, remarks = with_whole_orders(layout, columns)
    options = _with_fixed_formats(options, profile)
    readings = read_columns(layout, columns, where, options, defer_ids=defer_ids)
    return _Understood(layout, columns, where, options, readings, remarks)


def _agreed_ids(understood: Sequence[_Understood]) -> Iterator[Readings]:
    """The readings of each layout, with ids that mean the same in all of them."""
    customers = agree([one.readings.customer_id for one in understood])
    orders = iter(agree([one.readings.order_id for one in understood if one.readings.order_id]))
    for one, customer_id in zip(understood, customers, strict=True):
        order_id = next(orders) if one.readings.order_id else None
        yield replace(one.readings, customer_id=customer_id, order_id=order_id)


def _canonical(one: _Understood, readings: Readings) -> _Part:
    frame = build_canonical(one.layout, one.columns, readings, one.where, one.options)
    note = _layout_note(one.layout, one.columns, readings)
    doubts = _doubtful_ids(one, readings)
    notes = (
        *_folder_notes(one.layout),
        *one.columns.notes,
        *profile_notes(one.layout.label, one.columns),
        *one.remarks,
        *doubts,
    )
    signs = frozenset(sign for reading in readings.amounts.values() for sign in reading.signs)
    ids = readings.customer_id
    return _Part(frame, note, notes, ids.deferred, readings.currency, signs, ids)


def _folder_notes(layout: Layout) -> Iterator[Note]:
    added = layout.header[layout.own_columns :]
    if added:
        yield info("folder_columns", f"{layout.label}: columns from the names of folders: {', '.join(added)}")


def _doubtful_ids(one: _Understood, readings: Readings) -> Iterator[Note]:
    for name, ids in (("customer_id", readings.customer_id), ("order_id", readings.order_id)):
        for doubt in ids.doubts if ids else ():
            yield warning("doubtful_ids", f"{one.layout.label}, column {one.columns.heading(name)!r}: {doubt}")


def _with_fixed_formats(options: ReadOptions, profile: Profile | None) -> ReadOptions:
    """The options with the formats that an export is known to have, where no flag gives others."""
    if profile is None:
        return options
    return replace(
        options,
        date_format=options.date_format or profile.date_format,
        decimal=options.decimal or profile.decimal,
    )


def _layout_note(layout: Layout, columns: ColumnMap, readings: Readings) -> LayoutNote:
    mapping = {name: heading for name, heading in columns.described().items() if name in readings.used}
    profile = columns.profile.name if columns.profile else None
    return LayoutNote(tuple(table.label for table in layout.tables), mapping, readings.described(), profile)
