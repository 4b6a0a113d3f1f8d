"""Survival curves in block characters for people: one as an area, those of groups as a line of blocks each."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from rich.text import Text

    from crmcli.analysis.views import Curve, View

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_HEIGHT = 8
_MOST_COLUMNS = 72
_LEAST_COLUMNS = 20
_LEAST_TIMES = 3
_MOST_GROUPS = 12
_MEDIAN = 0.5
_SCALE = 5


def curve(frame: pl.DataFrame, view: View, width: int) -> Text | None:
    """Title and curves that a view declares; None if it declares none, or there is nothing to draw, or no room.

    Args:
        frame: every row of the view.
        view: the declaration.
        width: columns of the page.
    """
    from rich.text import Text  # noqa: PLC0415

    declared = view.curve
    if declared is None:
        return None
    main = frame.filter(frame.get_column(declared.group) == declared.main)
    names = [name for name in frame.get_column(declared.group).unique().sort() if name != declared.main][:_MOST_GROUPS]
    label = max([_SCALE, *map(len, names)])
    columns = min(width - label - 24, _MOST_COLUMNS)
    if main.height < _LEAST_TIMES or columns < _LEAST_COLUMNS:
        return None
    last = int(main.get_column(declared.time)[-1])
    values = _sampled(main, declared, columns, last)
    lines = [Text(line) for line in _area(values, label, last)]
    for name in names:
        rows = frame.filter(frame.get_column(declared.group) == name)
        drawn = "".join(_EIGHTHS[round(value * 8)] for value in _sampled(rows, declared, columns, last))
        lines.append(
            Text.assemble((f"{name:<{label}} ", "cyan"), (drawn, "green"), (f"  {_said(rows, declared)}", "dim"))
        )
    title = Text.assemble((declared.title, "bold"), (f", {_said(main, declared)}", "dim"))
    return Text("\n").join([title, *lines])


def _said(rows: pl.DataFrame, declared: Curve) -> str:
    """The median, or where the curve ends when it does not fall so far."""
    low = rows.filter(rows.get_column(declared.value) <= _MEDIAN)
    if low.height:
        return f"half by day {low.get_column(declared.time)[0]:,}"
    return f"{100 * rows.get_column(declared.value)[-1]:.0f} % at the end"


def _sampled(rows: pl.DataFrame, declared: Curve, columns: int, last: int) -> list[float]:
    """The value at evenly spaced times from 0 to the last: 1 before the first row, then that of the row before."""
    times, values = rows.get_column(declared.time).to_list(), rows.get_column(declared.value).to_list()
    sampled = []
    place = -1
    for column in range(columns):
        time = last * column / max(columns - 1, 1)
        while place + 1 < len(times) and times[place + 1] <= time:
            place += 1
        sampled.append(1.0 if place < 0 else float(values[place]))
    return sampled


def _area(values: Sequence[float], label: int, last: int) -> list[str]:
    """Lines from 100 % down, and the axis."""
    filled = [round(value * _HEIGHT * 8) for value in values]
    marks = {_HEIGHT - 1: "100 %", _HEIGHT // 2 - 1: "50 %"}
    lines = [
        f"{marks.get(level, ''):>{label}} "
        + "".join(_EIGHTHS[min(max(eighths - level * 8, 0), 8)] for eighths in filled)
        for level in range(_HEIGHT - 1, -1, -1)
    ]
    end = f"day {last:,}"
    return [*lines, f"{'':>{label}} {'day 0':<{max(len(values) - len(end), 0)}}{end}"]
