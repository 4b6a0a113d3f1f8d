"""A view as a grid of two of its columns for people, each cell shaded by its size.

Shades are block characters, not backgrounds, so that the grid reads the same on dark and light terminals and in a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from crmcli.analysis.views import Kind
from crmcli.present import human

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import polars as pl
    from rich.table import Table
    from rich.text import Text

    from crmcli.analysis.views import Column, Cross, View

_SHADES = " ░▒▓█"
_NOTHING = "·"
_MOST = 15
"""More rows or columns than this are no grid to look at."""
_HALF = 0.5
_THOUSANDS = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True, slots=True)
class _Grid:
    """Values by row and column, and the words for both; `names` stands under the values where a label is declared."""

    corner: str
    rows: list[str]
    columns: list[str]
    values: list[list[float]]
    names: list[list[str]]
    kind: Kind
    of_row: bool


@dataclass(frozen=True, slots=True)
class _Form:
    """How cells are written: texts, blocks behind each, blanks between columns, and what is to be said of the texts."""

    texts: list[list[str]]
    blocks: int
    gap: int
    says: str = ""


def heat(frame: pl.DataFrame, view: View, width: int, money_scale: int) -> tuple[Text, Table] | None:
    """Title and grid that a view declares, None if it declares none, nothing is to be shown, or there is no room.

    Args:
        frame: every row of the view.
        view: the declaration.
        width: columns of the page.
        money_scale: decimals of money.
    """
    if view.cross is None or frame.is_empty():
        return None
    grid = _grid(frame, view, view.cross)
    if not 0 < max(len(grid.rows), len(grid.columns)) <= _MOST:
        return None
    for form in _forms(grid, money_scale):
        for numbered in (False, True):
            table, needed = _table(grid, form, numbered=numbered)
            if needed <= width:
                return _title(view.cross, form), table
    return None


def _title(cross: Cross, form: _Form) -> Text:
    from rich.text import Text  # noqa: PLC0415

    of = "row" if cross.of_row else "largest cell"
    # Percentages of the row say themselves what the shades show.
    shaded = "" if form.says and cross.of_row else f", shaded by part of the {of}"
    return Text.assemble((cross.title, "bold"), (form.says, "dim"), (shaded, "dim"))


def _grid(frame: pl.DataFrame, view: View, cross: Cross) -> _Grid:
    import polars as pl  # noqa: PLC0415

    kinds = {column.name: column for column in view.columns}
    size = pl.col(cross.value).sum() if cross.value else pl.len()
    label = pl.col(cross.label).first() if cross.label else pl.lit("")
    keys = pl.col(cross.rows).is_not_null() & pl.col(cross.columns).is_not_null()
    cells = (
        frame.filter(keys)
        .group_by(cross.rows, cross.columns, maintain_order=True)
        .agg(size.alias("#"), label.alias("~"))
    )
    found = {(row, column): (float(value or 0), name or "") for row, column, value, name in cells.iter_rows()}
    rows = _ordered((row for row, _ in found), kinds[cross.rows], falling=cross.falling)
    columns = _ordered((column for _, column in found), kinds[cross.columns], like=rows)
    pairs = [[found.get((row, column), (0.0, "")) for column in columns] for row in rows]
    return _Grid(
        corner=f"{_words(cross.rows)} ↓\n{_words(cross.columns)} →",
        rows=[_words(str(row)) for row in rows],
        columns=[_words(str(column)) for column in columns],
        values=[[value for value, _ in row] for row in pairs],
        names=[[_words(name) for _, name in row] for row in pairs],
        kind=kinds[cross.value].kind if cross.value else Kind.INTEGER,
        of_row=cross.of_row,
    )


def _ordered(
    values: Iterable[object], column: Column, *, falling: bool = False, like: Sequence[object] = ()
) -> list[object]:
    """Distinct values: numbers in full rows, texts as they come, but in the order of `like` where they are in it."""
    distinct = list(dict.fromkeys(values))
    if column.kind is Kind.INTEGER and distinct:
        numbers = [int(str(value)) for value in distinct]
        is_dense = max(numbers) - min(numbers) < _MOST
        rising = range(min(numbers), max(numbers) + 1) if is_dense else sorted(numbers)
        return list(reversed(rising) if falling else rising)
    return [value for value in like if value in distinct] + [value for value in distinct if value not in like]


def _words(name: str) -> str:
    return human.texts([name.replace("_", " ")], Kind.TEXT, 0)[0]


def _forms(grid: _Grid, money_scale: int) -> Iterator[_Form]:
    """From the widest to the narrowest."""
    yield _Form([_in_full(row, grid.kind, money_scale) for row in grid.values], 2, 2)
    yield _Form([[_abbreviated(value) for value in row] for row in grid.values], 2, 2)
    total = sum(map(sum, grid.values))
    of = [sum(row) if grid.of_row else total for row in grid.values]
    percents = [[_percent(value, whole) for value in row] for row, whole in zip(grid.values, of, strict=True)]
    yield _Form(percents, 1, 1, ", in percent of the row" if grid.of_row else ", in percent")


def _in_full(values: list[float], kind: Kind, money_scale: int) -> list[str]:
    """As in tables."""
    if kind is Kind.MONEY:
        return human.texts([Decimal(f"{value:.{money_scale}f}") for value in values], kind, money_scale)
    return human.texts([round(value) for value in values], Kind.INTEGER, 0)


def _percent(value: float, whole: float) -> str:
    percent = 100 * value / whole if whole > 0 else 0
    return "<1" if 0 < percent < _HALF else f"{percent:.0f}"


def _abbreviated(value: float) -> str:
    for size, mark in _THOUSANDS:
        if abs(value) >= size:
            scaled = value / size
            return f"{scaled:.{1 if abs(scaled) < 99.95 else 0}f}{mark}"  # noqa: PLR2004 — where three digits end
    return f"{value:,.0f}"


def _table(grid: _Grid, form: _Form, *, numbered: bool) -> tuple[Table, int]:
    """The grid and the width it needs; numbered columns carry the numbers of rows instead of words."""
    from rich import box  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    headings, labels = _numbered(grid) if numbered else (grid.columns, grid.rows)
    first = max(map(_length, (*grid.corner.splitlines(), *labels)))
    mark = form.blocks if form.blocks == 1 else form.blocks + 1
    across = range(len(headings))
    widths = [_width(headings[at], [row[at] for row in (*form.texts, *grid.names)], mark) for at in across]
    padding = (0, form.gap - 1, 0, 0)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=padding, border_style="dim")
    table.add_column(Text(grid.corner), width=first, style="cyan", header_style="dim", overflow="fold")
    for heading, wide in zip(headings, widths, strict=True):
        table.add_column(Text(heading), justify="right", width=wide, header_style="bold")
    for place, label in enumerate(labels):
        cells = zip(form.texts[place], _shades(grid, place), grid.names[place], strict=True)
        table.add_row(Text(label), *(_cell(*cell, form.blocks) for cell in cells))
    return table, first + sum(widths) + form.gap * len(widths)


def _cell(text: str, shade: str, name: str, blocks: int) -> Text:
    from rich.text import Text  # noqa: PLC0415

    number = (_NOTHING, "dim") if shade == _SHADES[0] else (text, "")
    mark = shade * blocks if blocks == 1 else f" {shade * blocks}"
    shown = Text.assemble(number, (mark, "green"))
    return Text.assemble(f"{name}{' ' * len(mark)}\n", shown) if name else shown


def _numbered(grid: _Grid) -> tuple[list[str], list[str]]:
    """Numbers as headings, and rows that say what they mean; columns that are no rows keep their words."""
    number = {name: str(place) for place, name in enumerate(grid.rows, 1)}
    return [number.get(name, name) for name in grid.columns], [f"{number[name]} {name}" for name in grid.rows]


def _shades(grid: _Grid, row: int) -> list[str]:
    """A block as dark as the cell's part of the largest cell, or of its row."""
    values = grid.values[row]
    whole = sum(values) if grid.of_row else max(value for each in grid.values for value in each)
    return [_SHADES[_step(value / whole if whole > 0 else 0)] for value in values]


def _step(part: float) -> int:
    """0 for nothing, then one of four equal steps."""
    return 0 if part <= 0 else min(len(_SHADES) - 1, 1 + int(part * (len(_SHADES) - 1)))


def _width(heading: str, texts: list[str], mark: int) -> int:
    words = max(map(_length, heading.split(" ")))
    return max(words, *(_length(text) + mark for text in texts))


def _length(text: str) -> int:
    from rich.cells import cell_len  # noqa: PLC0415

    return cell_len(text)
