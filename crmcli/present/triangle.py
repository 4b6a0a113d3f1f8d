"""Cohorts by age as a triangle of percentages for people, shaded by size; what has not ended yet is hatched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmcli.analysis.views import Kind
from crmcli.present import human

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from rich.text import Text

    from crmcli.analysis.views import Triangle, View

_SHADES = " ░▒▓█"
_HATCH = "╱╱╱╱"
_CELL = 5
_MOST_ROWS = 15
_HALF = 0.5
_LEAST_COLUMNS = 2


@dataclass(frozen=True, slots=True)
class _Row:
    """One cohort: its label, its size, and by age its share (None where nothing is known) — as far as it has begun."""

    label: str
    size: str
    shares: list[float | None]


def triangle(frame: pl.DataFrame, view: View, width: int) -> Text | None:
    """Title and triangle that a view declares; None if it declares none, or there is nothing to show, or no room.

    Args:
        frame: every row of the view.
        view: the declaration.
        width: columns of the page.
    """
    from rich.text import Text  # noqa: PLC0415

    if view.triangle is None or frame.is_empty():
        return None
    rows, total = _rows(frame, view.triangle)
    shown = [*rows[-_MOST_ROWS:], *total]
    label = max(len(row.label) for row in shown)
    size = max(len(row.size) for row in shown)
    ages = max(len(row.shares) for row in shown)
    columns = min((width - label - size - 4) // _CELL, ages)
    if columns < min(_LEAST_COLUMNS, ages):
        return None
    largest = max((share or 0 for row in shown for share in row.shares[1:columns]), default=0.0)
    head = f"{'':{label}}  {'':>{size}}  " + "".join(f"{age:>{_CELL - 1}} " for age in range(columns))
    lines = [Text(head, style="bold")]
    for row in shown:
        start = (f"{row.label:{label}}", "cyan"), f"  {row.size:>{size}}  "
        lines.append(Text.assemble(*start, *_cells(row.shares[:columns], largest)))
    left_out = _left_out(len(rows), columns, ages)
    title = Text.assemble((view.triangle.title, "bold"), (_legend(largest, shown), "dim"))
    return Text("\n").join([title, *lines, *([Text(left_out, style="dim")] if left_out else [])])


def _rows(frame: pl.DataFrame, declared: Triangle) -> tuple[list[_Row], list[_Row]]:
    """The cohorts in their order, and the row of all of them."""
    found: dict[str, _Row] = {}
    columns = (declared.rows, declared.columns, declared.size, declared.share)
    for label, age, size, share in frame.select(columns).sort(declared.rows, declared.columns).iter_rows():
        row = found.setdefault(label, _Row(label, human.texts([size], Kind.INTEGER, 0)[0], []))
        row.shares.extend([None] * (age - len(row.shares)))
        row.shares.append(share)
    total = found.pop(declared.total, None)
    return list(found.values()), [] if total is None else [total]


def _cells(shares: Sequence[float | None], largest: float) -> list[tuple[str, str]]:
    cells = []
    for age, share in enumerate(shares):
        if share is None:
            cells.append((f"{_HATCH:>{_CELL}}", "dim"))
        else:
            shade = _SHADES[-1] if age == 0 else _SHADES[_step(share, largest)]
            cells += [(f"{_percent(share):>{_CELL - 1}}", ""), (shade, "green")]
    return cells


def _percent(share: float) -> str:
    percent = 100 * share
    return "<1" if 0 < percent < _HALF else f"{percent:.0f}"


def _step(share: float, largest: float) -> int:
    """0 for nothing, then one of four equal steps of the largest share after age 0."""
    if share <= 0 or largest <= 0:
        return 0
    return min(len(_SHADES) - 1, 1 + int(share / largest * (len(_SHADES) - 1)))


def _legend(largest: float, shown: Sequence[_Row]) -> str:
    hatched = any(share is None for row in shown for share in row.shares)
    said = f", in percent; {_SHADES[-1]} is {100 * largest:.0f} % (age 0 aside)" if largest > 0 else ", in percent"
    return said + (f"; {_HATCH[:2]} not over yet" if hatched else "")


def _left_out(cohorts: int, columns: int, ages: int) -> str:
    parts = []
    if cohorts > _MOST_ROWS:
        parts.append(f"the last {_MOST_ROWS} of {cohorts:,} cohorts")
    if columns < ages:
        parts.append(f"ages up to {columns - 1} of {ages - 1}")
    return f"Shown: {'; '.join(parts)}." if parts else ""
