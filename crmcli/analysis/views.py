"""How a view is declared: once, as data, with the type, unit and meaning of each column.

Presenters, completion, documentation and the tests of "the same cell in every format" all read these declarations.
This module imports no frame library, so that `--help` stays fast.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a column holds, which decides its type in Parquet and its looks everywhere else."""

    ID = "id"  # String, never a number
    TEXT = "text"  # String
    FLAGS = "flags"  # String, codes joined by ";"
    DATE = "date"  # Date
    INTEGER = "integer"  # Int64
    MONEY = "money"  # Decimal(38, money scale)
    SHARE = "share"  # Float64, a fraction of 1
    NUMBER = "number"  # Float64
    BOOLEAN = "boolean"  # Boolean


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a view.

    `unit` is empty where the kind says it all (dates, texts). `bar` asks the terminal for a small bar beside the value,
    in which the largest value, or `full` if given (so that two columns compare), takes all the room; `minor` columns
    are the first that a narrow terminal leaves out, and says so. `span` names three columns (low, middle, high) and
    asks the terminal for a small picture of them beside the value.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    bar: bool = False
    minor: bool = False
    span: tuple[str, str, str] | None = None
    full: float | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """How people also see a view: two of its columns drawn over some of its rows.

    `lines` holds columns and their labels, the first one drawn as an area, the second as marks. `rows` names a column
    and the value that the drawn rows have in it; on the page with other views the table shows those with the value
    `table` only. `axis` is the column whose first and last texts stand below.
    """

    title: str
    lines: tuple[tuple[str, str], tuple[str, str]]
    rows: tuple[str, str]
    table: str
    axis: str


@dataclass(frozen=True, slots=True)
class Cross:
    """How people also see a view: as a grid of two of its columns, shaded by size, under a title of its own.

    A cell shows the sum of the column `value` (empty: the number of rows), under the text of the column `label` if one
    is named. Rows stand in their order in the table, numbers sorted, with `falling` the largest first. `of_row` shades
    a cell by its part of the row rather than by its size in the grid.
    """

    title: str
    rows: str
    columns: str
    value: str = ""
    label: str = ""
    falling: bool = False
    of_row: bool = False


@dataclass(frozen=True, slots=True)
class Triangle:
    """How people see a view of cohorts: one row per cohort, one column per age, shaded; what is unknown is hatched.

    `rows` names the column of cohorts, `columns` that of ages (whole numbers from 0), `size` that of customers, `share`
    the one shown. The cohort `total` stands last. On the page with other views it stands in for the table.
    """

    title: str
    rows: str
    columns: str
    size: str
    share: str
    total: str


@dataclass(frozen=True, slots=True)
class Curve:
    """How people see a view of survival curves: that of the group `main` as an area, others as a line each.

    `group`, `time` and `value` name columns. On the page with other views it stands in for the table.
    """

    title: str
    group: str
    time: str
    value: str
    main: str


@dataclass(frozen=True, slots=True)
class View:
    """One flat table of an analysis.

    `key` names the columns that machine output is sorted by (empty: as computed). `top_by` names the column whose
    largest values come first where people see only some rows; with `from_end` they see the last ones, as of a series
    in time. `cross` shows it as a grid to people as well, `chart` as lines, `triangle` as cohorts, `curve` as curves.
    """

    name: str
    title: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    top_by: str = ""
    from_end: bool = False
    cross: Cross | None = None
    chart: Chart | None = None
    triangle: Triangle | None = None
    curve: Curve | None = None

    def column_names(self) -> tuple[str, ...]:
        """Names in the order of every output."""
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All views of one command: the default of machine output, and the summary tables of the terminal page."""

    command: str
    views: tuple[View, ...]
    default: str
    page: tuple[str, ...]

    def names(self) -> tuple[str, ...]:
        """View names in the order of the documentation."""
        return tuple(view.name for view in self.views)

    def view(self, name: str) -> View:
        """The declaration of one view; KeyError for an unknown name (the command line checks names first)."""
        for view in self.views:
            if view.name == name:
                return view
        raise KeyError(name)
