"""The files of one kind, typed and collected: every record of every file, with what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from crmcli.errors import InputError, TooLittleDataError
from crmcli.invoices.cells import read_cells
from crmcli.invoices.codes import Defect
from crmcli.invoices.headings import find_headings
from crmcli.transactions.aliases import fold
from crmcli.transactions.amount_styles import currencies
from crmcli.transactions.ids import is_ordinary
from crmcli.transactions.notes import BadRow, FileNote, LayoutNote
from crmcli.transactions.source import open_sources
from crmcli.transactions.tables import group_layouts, open_table
from crmcli.transactions.where import where_positions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import BinaryIO

    from crmcli.invoices.cells import TypedLayout
    from crmcli.invoices.headings import Headings
    from crmcli.invoices.plans import Plan
    from crmcli.notes import Note
    from crmcli.transactions.options import ReadOptions
    from crmcli.transactions.source import Source, Workspace
    from crmcli.transactions.tables import Layout, Table

_REASONS = {
    Defect.NULL_ID: "is missing",
    Defect.INVALID_ID: "holds control characters or a line break",
    Defect.INVALID_DATE: "is not a date as the column writes them",
    Defect.INCONSISTENT_DATE: "is written in another date format than the column",
    Defect.INVALID_AMOUNT: "is not a usable amount",
    Defect.NON_FINITE: "is not a finite amount",
}


@dataclass(frozen=True, slots=True)
class FileKind:
    """What is asked of one kind of file.

    `aliases` and `mapping` name its columns; `needed` are those without which it is of no use; `flag` is how a
    message writes `--map`; `strict_where` says that `--where` must find its column.
    """

    plan: Plan
    aliases: Mapping[str, Sequence[frozenset[str]]]
    mapping: Mapping[str, str]
    needed: tuple[str, ...]
    flag: str
    strict_where: bool = True


@dataclass(frozen=True, slots=True)
class Batch:
    """All sound records of the files of one kind.

    `frame`: `row` UInt32 over all files, the canonical columns present, `code`, `bad` and `rounded` as in
    `TypedLayout`. `columns` names the canonical columns present in any file.
    """

    frame: pl.DataFrame
    columns: frozenset[str]
    tables: tuple[Table, ...]
    layouts: tuple[LayoutNote, ...]
    headings: tuple[Headings, ...]
    typed: tuple[TypedLayout, ...]
    notes: tuple[Note, ...]
    sources: tuple[Source, ...]

    @property
    def label(self) -> str:
        """How messages name the files."""
        first, more = self.tables[0].label, len(self.tables) - 1
        return f"{first} and {more} more" if more else first

    @property
    def records(self) -> int:
        """Data records in all files, counted by the structural pass."""
        return sum(table.records for table in self.tables)

    def files(self) -> tuple[FileNote, ...]:
        """The files with their row counts."""
        return tuple(FileNote(table.label, table.kind, table.records) for table in self.tables)

    def structural(self) -> Iterator[BadRow]:
        """Records that never became a row of the frame."""
        for table in self.tables:
            for defect in table.defects.iter_rows(named=True):
                yield BadRow(table.label, defect["line"], defect["code"], "", defect["message"], defect["raw"])

    def unreadable(self, codes: pl.Series, limit: int | None, later: Mapping[Defect, tuple[str, str]]) -> list[BadRow]:
        """Rows with an unreadable cell, in the order of the files.

        Args:
            codes: the final code of each row of the frame.
            limit: the most rows to name; None for all.
            later: the bad column of defects that were found after the cells had been read, and what is wrong with it.
        """
        is_bad = (codes > 0) & (codes <= max(Defect))
        bad = self.frame.select("row", "bad").with_columns(code=codes).filter(is_bad)
        bad = bad if limit is None else bad.head(limit)
        if bad.is_empty():
            return []
        raw = pl.concat([typed.raw for typed in self.typed]).with_row_index("row")
        texts = raw.filter(pl.col("row").is_in(bad["row"].to_list())).collect(engine="streaming")
        rows = bad.join(texts, on="row", how="left", maintain_order="left").iter_rows()
        found = []
        for row, column, code, text in rows:
            name, reason = (column, _REASONS[Defect(code)]) if column else later[Defect(code)]
            found.append(self._bad_row(row, name, reason, Defect(code), text))
        return found

    def in_order(self, rows: Iterable[BadRow]) -> list[BadRow]:
        """Bad rows in the order of files and lines."""
        order = {table.label: number for number, table in enumerate(self.tables)}
        return sorted(rows, key=lambda row: (order[row.file], row.line))

    def _bad_row(self, row: int, column: str, reason: str, defect: Defect, raw: str) -> BadRow:
        table, line = self.place(row)
        headings = next(one for one in self.headings if one.header == table.header)
        heading = headings.heading(column) if column in headings else column
        return BadRow(table.label, line, defect.name, heading, f"{heading} {reason}", raw)

    def place(self, row: int) -> tuple[Table, int]:
        """Table and line (or row) of a record number."""
        for table in self.tables:
            if row < table.sound:
                return table, table.line_of(row)
            row -= table.sound
        raise IndexError(row)


def read_batch(
    paths: Sequence[str],
    kind: FileKind | Callable[[tuple[str, ...]], FileKind],
    options: ReadOptions,
    workspace: Workspace,
    stdin: BinaryIO,
) -> Batch:
    """Open, map, type and collect the files of one kind, which their first header may decide.

    Raises:
        InputError: a file cannot be read, mapped or understood without guessing.
        TooLittleDataError: there is a header, but no row.
    """
    sources = open_sources(paths, workspace, stdin=stdin, encoding=options.encoding, trust_input=options.trust_input)
    tables = [open_table(source, options, workspace) for source in sources]
    if not any(table.records for table in tables):
        labels = ", ".join(table.label for table in tables)
        raise TooLittleDataError(f"{labels}: there is a header, but no row below it")
    layouts = group_layouts(tables)
    # Across files with different headers, `.0` can be told from an id only together: nothing is deferred then.
    chosen = kind if isinstance(kind, FileKind) else kind(layouts[0].header)
    parts, frame = _collected(layouts, chosen, options, defer_ids=len(layouts) == 1)
    return Batch(
        frame=frame,
        columns=frozenset[str]().union(*(typed.columns for _, typed in parts)),
        tables=tuple(table for layout in layouts for table in layout.tables),
        layouts=tuple(_layout_note(layout, *part) for layout, part in zip(layouts, parts, strict=True)),
        headings=tuple(headings for headings, _ in parts),
        typed=tuple(typed for _, typed in parts),
        notes=tuple(note for table in tables for note in table.notes),
        sources=sources,
    )


def _collected(
    layouts: Sequence[Layout], kind: FileKind, options: ReadOptions, *, defer_ids: bool
) -> tuple[list[tuple[Headings, TypedLayout]], pl.DataFrame]:
    """The typed layouts and all their rows; ids that were not looked at closely, are now."""
    parts = [_read_layout(layout, kind, options, defer_ids=defer_ids) for layout in layouts]
    frames = [typed.frame for _, typed in parts]
    frame = pl.concat(frames, how="diagonal").with_row_index("row").collect(engine="streaming")
    if any(not is_ordinary(frame[name]) for _, typed in parts for name in typed.deferred):
        return _collected(layouts, kind, options, defer_ids=False)
    return parts, frame


def _read_layout(
    layout: Layout, kind: FileKind, options: ReadOptions, *, defer_ids: bool
) -> tuple[Headings, TypedLayout]:
    headings = find_headings(
        layout.header, layout.label, kind.aliases, kind.mapping, needed=kind.needed, flag=kind.flag
    )
    known = {fold(heading) for heading in layout.header}
    wanted = {
        heading: values for heading, values in options.where.items() if kind.strict_where or fold(heading) in known
    }
    where = where_positions(layout, wanted)
    typed = read_cells(layout, headings, kind.plan, options, where, defer_ids=defer_ids)
    signs, one = currencies(typed.signs)
    if not one:
        raise InputError(
            f"{layout.label} holds amounts in several currencies: {', '.join(signs)}",
            extent="Amounts of different currencies are never added up.",
            remedy="Give the currency in a column of its own.",
        )
    return headings, typed


def _layout_note(layout: Layout, headings: Headings, typed: TypedLayout) -> LayoutNote:
    mapping = {name: headings.heading(name) for name in typed.columns}
    return LayoutNote(tuple(table.label for table in layout.tables), mapping, dict(typed.readings))
