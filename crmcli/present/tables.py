"""One frame as a table for people, fitted to a width: what has no room is left out whole and named, never cut.

Only ids of absurd length lose their middle; machine formats hold every character.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmcli.analysis.views import Kind
from crmcli.present import human
from crmcli.present.declared import NUMERIC

if TYPE_CHECKING:
    import polars as pl
    from rich.table import Table

    from crmcli.analysis.views import Column, View

_GAP = 2
_LONGEST_ID = 64
"""Characters of an id that people see: a SHA-256 in full."""
_ROOMY_TEXT = 30
"""Minor columns are left out before texts fold more narrowly than this …"""
_NARROW_TEXT = 18
"""… and other columns before they fold more narrowly than this …"""
_NARROWEST_TEXT = 4
"""… and below this only a key of numbers makes the page wider."""
_BAR_WIDTHS = (10, 5)
_EIGHTHS = "▏▎▍▌▋▊▉█"
_LINE = "─"
_POINT = "●"


@dataclass(slots=True)
class _Cells:
    """A column on its way to the page: its texts, and the width that it wants, needs and gets."""

    column: Column
    heading: str
    texts: list[str]
    natural: int
    fractions: list[float] = field(default_factory=list)
    spans: list[tuple[float, ...]] = field(default_factory=list)
    width: int = 0
    bar_width: int = 0

    @property
    def is_numeric(self) -> bool:
        return self.column.kind in NUMERIC

    def least(self, narrow_text: int) -> int:
        """Texts fold over several lines; a folded number would be misread."""
        return self.natural if self.is_numeric else min(self.natural, narrow_text)

    def picture(self, row: int) -> str:
        """What stands beside the value."""
        return span(self.spans[row], self.bar_width) if self.spans else bar(self.fractions[row], self.bar_width)

    def total(self) -> int:
        return self.width + (_GAP + self.bar_width if self.bar_width else 0)


def fitted(
    frame: pl.DataFrame, view: View, width: int, money_scale: int, *, hidden: frozenset[str] = frozenset()
) -> tuple[Table, list[str]]:
    """A rich table of every row of a (short) conformed frame, and the names of the columns that had no room.

    Args:
        frame: the rows to show.
        view: the declaration; the least important columns stand last in it.
        width: columns of the page; only a key of numbers may be wider.
        money_scale: decimals of money.
        hidden: columns whose value the page states elsewhere.
    """
    cells = [_cells(frame, column, money_scale) for column in view.columns if column.name not in hidden]
    key = view.key or (view.columns[0].name,)
    texts = [column.name for column in view.columns if column.name in key and column.kind is Kind.TEXT]
    same = frozenset(name for name in texts if frame[name].n_unique() == 1)
    kept = _fit(cells, width, frozenset(key), same)
    names = {cell.column.name for cell in kept}
    omitted = [cell.column.name for cell in cells if cell.column.name not in names]
    return _table(kept, frame.height), omitted


def bar(fraction: float, width: int) -> str:
    """A bar of at most `width` blocks, to an eighth of a block; empty for nothing or less."""
    eighths = round(max(0.0, min(1.0, fraction)) * width * len(_EIGHTHS))
    whole, rest = divmod(eighths, len(_EIGHTHS))
    return _EIGHTHS[-1] * whole + (_EIGHTHS[rest - 1] if rest else "")


def span(parts: tuple[float, ...], width: int) -> str:
    """An interval as a line with a mark in it; `parts` are low, middle and high as fractions of the width."""
    low, middle, high = (min(width - 1, int(max(0.0, min(1.0, part)) * width)) for part in parts)
    line = [" "] * low + [_LINE] * (high - low + 1)
    line[middle : middle + 1] = [_POINT] if middle < len(line) else [*" " * (middle - len(line)), _POINT]
    return "".join(line)


def _cells(frame: pl.DataFrame, column: Column, money_scale: int) -> _Cells:
    from rich.cells import cell_len  # noqa: PLC0415

    values = frame.get_column(column.name).to_list()
    heading = column.name.replace("_", " ")
    texts = human.texts(values, column.kind, money_scale)
    if column.kind is Kind.ID:
        texts = [shortened(text) for text in texts]
    widest_word = max(cell_len(word) for word in heading.split())
    natural = max([widest_word, *(cell_len(text) for text in texts)])
    return _Cells(
        column, heading, texts, natural, _fractions(values, column.full) if column.bar else [], _spans(frame, column)
    )


def shortened(text: str) -> str:
    """The beginning and the end of a very long text, in which ids mostly differ."""
    if len(text) <= _LONGEST_ID:
        return text
    tail = _LONGEST_ID // 3
    return f"{text[: _LONGEST_ID - tail - 1]}…{text[-tail:]}"


def _fractions(values: list[float | None], full: float | None) -> list[float]:
    """Each value as a part of `full`, or of the largest, which gets the whole bar."""
    numbers = [0.0 if value is None else float(value) for value in values]
    largest = max([0.0, *numbers]) if full is None else full
    return [number / largest for number in numbers] if largest else []


def _spans(frame: pl.DataFrame, column: Column) -> list[tuple[float, ...]]:
    """Each row's low, middle and high as parts of the largest of them all."""
    if column.span is None:
        return []
    columns = [[float(value or 0) for value in frame.get_column(name)] for name in column.span]
    largest = max([0.0, *(value for values in columns for value in values)])
    return [tuple(value / largest for value in row) for row in zip(*columns, strict=True)] if largest else []


def _fit(cells: list[_Cells], width: int, key: frozenset[str], same: frozenset[str]) -> list[_Cells]:
    """Give up, in this order: long lines of text, wide bars, minor columns, medium lines, the last bars and columns.

    Of the minor columns those behind all others go first, then texts of the key that say the same everywhere (`same`),
    then those within; the rest of the key is never given up.
    """
    kept = list(cells)
    with_bars = [cell for cell in cells if cell.fractions or cell.spans]
    for bar_width in _BAR_WIDTHS:
        for cell in with_bars:
            cell.bar_width = bar_width
        if _fold(kept, width, _ROOMY_TEXT):
            return kept
    minor = [cell for cell in reversed(cells) if cell.column.minor]
    last = max((place for place, cell in enumerate(cells) if not cell.column.minor), default=0)
    behind = [cell for cell in minor if cell.column.name not in key and cells.index(cell) > last]
    idle = [cell for cell in minor if cell.column.name in same]
    within = [cell for cell in minor if cell.column.name not in key and cells.index(cell) < last]
    for cell in [*behind, *idle, *within]:
        kept.remove(cell)
        if _fold(kept, width, _ROOMY_TEXT):
            return kept
    while not _fold(kept, width, _NARROW_TEXT):
        if not _give_up(kept, key):
            _fold(kept, width, _NARROWEST_TEXT)
            break
    return kept


def _give_up(kept: list[_Cells], key: frozenset[str]) -> bool:
    """Drop the last column or bar that is left; False when only the key is."""
    for cell in reversed(kept):
        if cell.bar_width:
            cell.bar_width = 0
            return True
        if cell.column.name not in key:
            kept.remove(cell)
            return True
    return False


def _fold(cells: list[_Cells], width: int, narrow_text: int) -> bool:
    """Narrow the widest texts until the row fits; False when it cannot."""
    for cell in cells:
        cell.width = cell.natural
    excess = sum(cell.total() + _GAP for cell in cells) - _GAP - width
    while excess > 0:
        foldable = [cell for cell in cells if cell.width > cell.least(narrow_text)]
        if not foldable:
            return False
        widest = max(foldable, key=lambda cell: cell.width)
        widest.width -= 1
        excess -= 1
    return True


def _table(cells: list[_Cells], height: int) -> Table:
    from rich import box  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        width=sum(cell.total() + _GAP for cell in cells) - _GAP,  # Else rich would squeeze what is too wide.
        border_style="dim",
        highlight=False,
    )
    for position, cell in enumerate(cells):
        table.add_column(
            Text(cell.heading),
            justify="right" if cell.is_numeric else "left",
            width=cell.width,
            overflow="fold",
            header_style="bold",
            style="cyan" if position == 0 else "",
            vertical="top",
        )
        if cell.bar_width:
            table.add_column("", width=cell.bar_width, style="green")
    for row in range(height):
        table.add_row(*(Text(text, style=style) for cell in cells for text, style in _row(cell, row)))
    return table


def _row(cell: _Cells, row: int) -> list[tuple[str, str]]:
    text = cell.texts[row]
    value = (text, "dim" if text == human.MISSING and cell.column.kind is not Kind.TEXT else "")
    return [value, (cell.picture(row), "")] if cell.bar_width else [value]
