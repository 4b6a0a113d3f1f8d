"""Axes drawn as marks at stated places: round values, their grid lines, and their labels."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

from crmcli.reporting.charts.palette import AXIS, GRID, MUTED
from crmcli.reporting.charts.sheet import SMALL, Lettering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from crmcli.reporting.charts.sheet import Sheet

_ROUND = (1, 2, 2.5, 5, 10)
_MONTHS = (1, 2, 3, 6, *(12 * years for years in (1, 2, 5, 10, 20, 50, 100, 500, 2000, 10_000)))


def round_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """At most so many round values from low to high, both ends included where they are round."""
    if high <= low:
        return [low]
    least = (high - low) / max(most - 1, 1)
    power = 10.0 ** math.floor(math.log10(least))
    width = next(power * factor for factor in _ROUND if power * factor >= least * (1 - 1e-9))
    first, last = math.ceil(low / width - 1e-9), math.floor(high / width + 1e-9)
    return [round(count * width, 12) for count in range(first, last + 1)]


def whole_ticks(low: int, high: int, most: int = 6) -> list[int]:
    """The same for things that are counted."""
    return sorted({int(tick) for tick in round_ticks(low, high, most) if tick == int(tick)})


def month_ticks(first: dt.date, last: dt.date, most: int = 5) -> list[dt.date]:
    """First days of months or years between two dates, evenly apart, at most so many."""
    low = first.year * 12 + first.month - (1 if first.day == 1 else 0)
    high = last.year * 12 + last.month - 1
    apart = next(months for months in _MONTHS if high // months - -(-low // months) < most)
    return [dt.date(month // 12, month % 12 + 1, 1) for month in range(-(-low // apart) * apart, high + 1, apart)]


def levels(sheet: Sheet, ticks: Iterable[float], label: Callable[[float], str]) -> None:
    """Horizontal grid lines over the width of the scale, their labels to the left of it."""
    rows = [{"value": tick, "label": label(tick)} for tick in ticks]
    sheet.mark("rule", rows, style={"stroke": GRID}, x=sheet.x.start, x2=sheet.x.end, y="value")
    sheet.text(rows, Lettering("right", SMALL, MUTED), x=sheet.x.start - 10, y="value", text="label")


def stations(sheet: Sheet, ticks: Iterable[tuple[float, str]]) -> None:
    """Ticks and labels below the scale."""
    rows = [{"value": value, "label": label} for value, label in ticks]
    floor = max(sheet.y.start, sheet.y.end)
    sheet.mark("rule", rows, style={"stroke": AXIS}, x="value", y=floor, y2=floor + 5)
    sheet.text(rows, Lettering("center", SMALL, MUTED), x="value", y=floor + 20, text="label")


def floor_line(sheet: Sheet) -> None:
    """The line below the marks."""
    floor = max(sheet.y.start, sheet.y.end)
    sheet.mark("rule", [{}], style={"stroke": AXIS}, x=sheet.x.start, x2=sheet.x.end, y=floor)


def titles(sheet: Sheet, across: str = "", upwards: str = "") -> None:
    """What is measured: upwards above the scale at the left, across below it at the right."""
    small = Lettering(size=SMALL, colour=MUTED)
    if upwards:
        sheet.text([{"label": upwards}], small, x=0, y=12, text="label")
    if across:
        below = max(sheet.y.start, sheet.y.end) + 46
        sheet.text([{"label": across}], Lettering("right", SMALL, MUTED), x=sheet.x.end, y=below, text="label")


def line_key(sheet: Sheet, entries: Sequence[tuple[str, dict[str, object]]], y: float, apart: float) -> None:
    """What each line means: a piece of it, and its name."""
    for place, (label, style) in enumerate(entries):
        left = place * apart
        sheet.mark("rule", [{}], style=style, x=left, x2=left + 34, y=y)
        sheet.text([{"label": label}], Lettering(size=SMALL, colour=MUTED), x=left + 44, y=y, text="label")
