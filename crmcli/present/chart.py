"""Two columns of a view as a chart of block characters for people: one as a filled area, the other as marks over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcli.analysis.views import Kind
from crmcli.present import human

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from rich.text import Text

    from crmcli.analysis.views import Chart, View

_HEIGHT = 10
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_MARK = "o"
_LEAST_POINTS = 3
_MOST_COLUMNS = 78
_LEAST_COLUMNS = 20
_WHOLE_FROM = 10


def chart(frame: pl.DataFrame, view: View, width: int) -> Text | None:
    """Title, chart and axis that a view declares; None if it declares none, or there is nothing to draw, or no room.

    Args:
        frame: every row of the view.
        view: the declaration.
        width: columns of the page.
    """
    from rich.text import Text  # noqa: PLC0415

    if view.chart is None:
        return None
    column, value = view.chart.rows
    rows = frame.filter(frame.get_column(column) == value)
    area, marks = (_numbers(rows, name) for name, _ in view.chart.lines)
    top = max([0.0, *area, *marks])
    if rows.height < _LEAST_POINTS or top <= 0:
        return None
    label = human.texts([float(round(top)) if top >= _WHOLE_FROM else top], Kind.NUMBER, 0)[0]
    columns = min(width - len(label) - 2, _MOST_COLUMNS)
    if columns < _LEAST_COLUMNS:
        return None
    drawn = _drawn(_sampled(area, columns), _sampled(marks, columns), top)
    ends = [f"{text:>{len(label)}}" for text in (label, "0")]
    blank = " " * len(label)
    lines = [f"{ends[0] if i == 0 else blank} │{line}" for i, line in enumerate(drawn)]
    keys = rows.get_column(view.chart.axis)
    axis = f"{ends[1]} └{'─' * columns}\n{blank}  {keys[0]}{keys[-1]:>{columns - len(str(keys[0]))}}"
    return Text.assemble((view.chart.title, "bold"), (_legend(view.chart), "dim"), "\n", "\n".join([*lines, axis]))


def _legend(declared: Chart) -> str:
    (_, area), (_, marks) = declared.lines
    return f"   {_EIGHTHS[-1]} {area}   {_MARK} {marks}"


def _numbers(rows: pl.DataFrame, name: str) -> list[float]:
    return [0.0 if value is None else float(value) for value in rows.get_column(name).to_list()]


def _sampled(values: Sequence[float], columns: int) -> list[float]:
    """One value for each column, evenly from the first to the last."""
    steps = max(columns - 1, 1)
    return [values[round(i * (len(values) - 1) / steps)] for i in range(columns)]


def _drawn(area: Sequence[float], marks: Sequence[float], top: float) -> list[str]:
    """Lines from the highest to the lowest."""
    filled = [round(max(value, 0.0) / top * _HEIGHT * 8) for value in area]
    marked = [min(int(max(value, 0.0) / top * _HEIGHT), _HEIGHT - 1) for value in marks]
    return [
        "".join(_cell(eighths, mark, level) for eighths, mark in zip(filled, marked, strict=True))
        for level in range(_HEIGHT - 1, -1, -1)
    ]


def _cell(eighths: int, mark: int, level: int) -> str:
    return _MARK if mark == level else _EIGHTHS[min(max(eighths - level * 8, 0), 8)]
