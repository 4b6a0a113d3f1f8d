"""Each input as a table of columns c0, c1, …, whatever the file was, and files of one header as one layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from crmcli.errors import InputError
from crmcli.notes import warning
from crmcli.transactions.arguments import folder_values
from crmcli.transactions.folders import with_folder_columns
from crmcli.transactions.source import FileKind
from crmcli.transactions.text import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from crmcli.notes import Note
    from crmcli.transactions.forms import CellForm
    from crmcli.transactions.options import ReadOptions
    from crmcli.transactions.source import Source, Workspace


@dataclass(frozen=True, slots=True)
class Table:
    """One input: `frame` holds the `sound` records in file order as columns c0 … c{n-1}, lazily.

    `defects` (line, code, message, raw) are the other ones of its `records`; `line_of` turns the 0-based number of a
    sound record into a line of the file (the row number for Parquet). The last `folder_columns` columns stand in the
    names of folders and not in the file. `forms` holds for each column a form that all of its cells have, or None.
    """

    label: str
    kind: str
    header: tuple[str, ...]
    dtypes: tuple[pl.DataType, ...]
    delimiter: str
    frame: pl.LazyFrame
    records: int
    sound: int
    defects: pl.DataFrame
    line_of: Callable[[int], int]
    notes: tuple[Note, ...]
    forms: tuple[CellForm | None, ...]
    folder_columns: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """Tables with the same header and types, whose columns are therefore read by one decision.

    `prepared` replaces their records where cells stand for whole orders (see `orders`). Its further columns are
    `written`, the text of each record as it was, and `orphan`, true where nobody knows the order of a record.
    """

    tables: tuple[Table, ...]
    prepared: pl.LazyFrame | None = None

    @property
    def header(self) -> tuple[str, ...]:
        """The common header."""
        return self.tables[0].header

    @property
    def own_columns(self) -> int:
        """How many of the columns stand in the files themselves; those behind come from the names of folders."""
        return len(self.header) - self.tables[0].folder_columns

    @property
    def label(self) -> str:
        """How messages name the files."""
        first, more = self.tables[0].label, len(self.tables) - 1
        return f"{first} and {more} more" if more else first

    @property
    def frame(self) -> pl.LazyFrame:
        """All sound records, in the order of the tables."""
        return pl.concat([table.frame for table in self.tables]) if self.prepared is None else self.prepared

    @property
    def records(self) -> int:
        """Number of rows of `frame`."""
        return sum(table.sound for table in self.tables)

    def form(self, position: int) -> CellForm | None:
        """The form that all cells of a column of `frame` have, if one is known."""
        first, *others = (table.forms[position] for table in self.tables)
        return first if self.prepared is None and all(other == first for other in others) else None

    def record(self) -> pl.Expr:
        """String: each record of `frame` as text."""
        if self.prepared is not None:
            return pl.col("written")
        cells = [self.text(i).fill_null("") for i in range(self.own_columns)]
        return pl.concat_str(cells, separator=self.tables[0].delimiter)

    def text(self, position: int) -> pl.Expr:
        """String: the cells of a column of any type."""
        column, dtype = pl.col(f"c{position}"), self.tables[0].dtypes[position]
        if dtype == pl.Duration:
            return column.dt.to_string()
        # Polars casts no list to text.
        nested = column.map_batches(_python_text, return_dtype=pl.String, is_elementwise=True)
        return nested if dtype.is_nested() else column.cast(pl.String)


POLARS_FAILURES = (pl.exceptions.PolarsError, pl.exceptions.PanicException)
"""What reading a damaged Parquet file ends in: some damage is found by an assertion of Polars alone."""

_MOST_DIGITS = 38

NO_DEFECTS = pl.DataFrame(
    schema={"line": pl.UInt32, "code": pl.String, "message": pl.String, "raw": pl.String},
)


def open_table(source: Source, options: ReadOptions, workspace: Workspace) -> Table:
    """One source as a table.

    Raises:
        InputError: the structure cannot be understood (see `text.read_table`), or the Parquet file is damaged.
    """
    table = _parquet_table(source) if source.kind is FileKind.PARQUET else _text_table(source, options, workspace)
    return with_folder_columns(table, folder_values(source.origin))


def refuse_damaged(sources: Iterable[Source]) -> None:
    """Read every Parquet file by itself, once something has failed that a damaged one would explain.

    Raises:
        InputError: naming the first that cannot be read to its end, or holds what cannot be read.
    """
    for source in sources:
        if source.kind is not FileKind.PARQUET:
            continue
        _refuse_wide_decimals(source)
        try:
            pl.scan_parquet(source.path, glob=False).select(pl.all().hash().sum()).collect(engine="streaming")
        except POLARS_FAILURES as error:
            raise InputError(
                f"{source.label}: the Parquet file is damaged",
                extent=f"Reading it says: {str(error).splitlines()[0]}",
                remedy="Copy or download it again.",
            ) from error


def _refuse_wide_decimals(source: Source) -> None:
    """Decimals of more digits than any frame can hold; other tools write them, and the file is sound."""
    import pyarrow as pa  # noqa: PLC0415 - 150 ms that only failures need
    from pyarrow import parquet  # noqa: PLC0415

    try:
        schema = parquet.read_schema(source.path)
    except (pa.ArrowException, OSError):
        return
    wide = next((field for field in schema if pa.types.is_decimal256(field.type)), None)
    if wide is not None:
        raise InputError(
            f"{source.label}: column {wide.name!r} holds decimals of {wide.type.precision} digits; "
            f"at most {_MOST_DIGITS} can be read",
            remedy=f"Write it as decimal({_MOST_DIGITS}, {wide.type.scale}), or leave the column out.",
        )


def group_layouts(tables: Iterable[Table]) -> tuple[Layout, ...]:
    """Tables by header and types, in order of first appearance."""
    groups: dict[object, list[Table]] = {}
    for table in tables:
        groups.setdefault((table.header, tuple(map(str, table.dtypes)), table.folder_columns), []).append(table)
    return tuple(Layout(tuple(group)) for group in groups.values())


def _text_table(source: Source, options: ReadOptions, workspace: Workspace) -> Table:
    text = read_table(
        source.path, source.label, workspace.new_file, delimiter=options.delimiter, skip_lines=options.skip_lines
    )
    notes = source.notes
    if text.unterminated_last_line:
        notes = (*notes, _unterminated(source.label))
    return Table(
        label=source.label,
        kind="text",
        header=text.header,
        dtypes=(pl.String(),) * len(text.header),
        delimiter=text.delimiter,
        frame=text.frame,
        records=text.records,
        sound=text.sound,
        defects=text.defects,
        line_of=text.line_of,
        notes=notes,
        forms=text.forms,
    )


def _unterminated(label: str) -> Note:
    return warning(
        "unterminated_last_line", f"{label} does not end with a line end: its last row was used, but may be cut off"
    )


def _parquet_table(source: Source) -> Table:
    try:
        scan = pl.scan_parquet(source.path, glob=False)
        schema = scan.collect_schema()
        rows = int(scan.select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, OSError) as error:
        _refuse_wide_decimals(source)
        reason = str(error).splitlines()[0]
        raise InputError(f"{source.label}: the Parquet file cannot be read: {reason}") from error
    # By place, since a name such as ^a.*$ or * would be taken for a pattern.
    columns = [_as_text_if_binary(pl.nth(i), dtype).alias(f"c{i}") for i, dtype in enumerate(schema.dtypes())]
    return Table(
        label=source.label,
        kind="parquet",
        header=tuple(schema.names()),
        dtypes=tuple(pl.String() if dtype == pl.Binary else dtype for dtype in schema.dtypes()),
        delimiter=",",
        frame=scan.select(columns),
        records=rows,
        sound=rows,
        defects=NO_DEFECTS,
        line_of=_row_number,
        notes=source.notes,
        forms=(None,) * len(columns),
    )


def _as_text_if_binary(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    # Writers without the text annotation (older Spark) store strings as bytes.
    return column.map_batches(_decoded, return_dtype=pl.String, is_elementwise=True) if dtype == pl.Binary else column


def _decoded(values: pl.Series) -> pl.Series:
    """Bytes as text; those that are no UTF-8 keep what they hold in escaped form."""
    try:
        return values.cast(pl.String)
    except pl.exceptions.PolarsError:
        texts = [None if value is None else value.decode(errors="backslashreplace") for value in values]
        return pl.Series(values.name, texts, dtype=pl.String)


def _python_text(values: pl.Series) -> pl.Series:
    texts = [None if value is None else str(value) for value in values.to_list()]
    return pl.Series(values.name, texts, dtype=pl.String)


def _row_number(record: int) -> int:
    return record + 1
