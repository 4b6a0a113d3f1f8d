"""Retention by cohort and age: how much of each group of new customers comes back, period after period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcli.reporting.charts.palette import GRID, HATCH, INK, MUTED, step
from crmcli.reporting.charts.picture import Picture
from crmcli.reporting.charts.sheet import SMALL, WIDTH, Lettering, Scale, Sheet
from crmcli.reporting.charts.wording import sentences, short

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmcli.reporting.words import Words

ALL = "all"
MOST_COHORTS, MOST_AGES = 12, 12

_HEAD, _ROW, _FOOT = 56, 34, 40
_SIZES_END, _GRID_START = 172, 184
_TOTAL_GAP = 0.3
_GAP = 2


def cohort_heat_map(rows: Sequence[Mapping[str, Any]], words: Words) -> Picture | None:
    """One row per cohort, the last twelve; one column per age from 1 to 12; all cohorts together below.

    A cell whose period has not ended is striped and has no figure; what lies in the future is left empty.

    Args:
        rows: of the view `cohorts` of `churn`: cohort, age, eligible, retention, complete (the period of all cohorts
            together is the cohort `all`).
        words: the language.
    """
    cohorts = _cohorts(rows)
    if not cohorts:
        return None
    named = [*cohorts, *([ALL] if any(row["cohort"] == ALL for row in rows) else [])]
    cells = _cells(rows, named)
    if not any(cell["complete"] for cell in cells):
        return None
    ages = max(cell["age"] for cell in cells)
    rows_high = len(named) + _TOTAL_GAP * (ALL in named)
    sheet = Sheet(
        _HEAD + _ROW * rows_high + _FOOT,
        Scale(1, max(ages, 6) + 1, _GRID_START, WIDTH),
        Scale(0, rows_high, _HEAD, _HEAD + _ROW * rows_high),
        words.code,
    )
    _grid(sheet, cells)
    _margins(sheet, rows, named, ages, words)
    _key(sheet, words, hatched=any(not cell["complete"] for cell in cells))
    unit = _unit(cohorts)
    title = words.text("charts.cohorts.title")
    return Picture("cohorts", title, _alt(cells, cohorts, words, unit), sheet.spec())


def _cohorts(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The last cohorts of which something after their first period is, or will soon be, known."""
    found = dict.fromkeys(row["cohort"] for row in rows if row["age"] >= 1 and row["cohort"] != ALL)
    return sorted(found)[-MOST_COHORTS:]


def _top(named: Sequence[str], cohort: str) -> float:
    return named.index(cohort) + (_TOTAL_GAP if cohort == ALL else 0)


def _cells(rows: Sequence[Mapping[str, Any]], named: Sequence[str]) -> list[dict[str, Any]]:
    shown = [row for row in rows if row["cohort"] in named and 1 <= row["age"] <= MOST_AGES and _known(row)]
    oldest = max((row["age"] for row in shown if row["cohort"] != ALL), default=0)
    shown = [row for row in shown if row["age"] <= oldest]
    largest = max((row["retention"] for row in shown if row["complete"]), default=0)
    return [_cell(row, _top(named, row["cohort"]), largest) for row in shown]


def _known(row: Mapping[str, Any]) -> bool:
    """Whether the cell has a figure, or will have one when its period ends; of `all` only figures are shown."""
    return row["retention"] is not None if row["complete"] else row["cohort"] != ALL


def _cell(row: Mapping[str, Any], top: float, largest: float) -> dict[str, Any]:
    complete = bool(row["complete"])
    colours = step(row["retention"], largest) if complete else None
    return {
        **{name: row[name] for name in ("cohort", "age", "retention", "complete")},
        "right": row["age"] + 1,
        "middle_age": row["age"] + 0.5,
        "top": top,
        "bottom": top + 1,
        "middle": top + 0.5,
        "fill": colours.fill if colours else HATCH,
        "ink": colours.text if colours else INK,
        "label": f"{100 * row['retention']:.0f}" if complete else "",
    }


def _grid(sheet: Sheet, cells: Sequence[Mapping[str, Any]]) -> None:
    inset = {"xOffset": _GAP / 2, "x2Offset": -_GAP / 2, "yOffset": _GAP / 2, "y2Offset": -_GAP / 2}
    sheet.mark("rect", cells, style=inset, x="age", x2="right", y="top", y2="bottom", fill="fill")
    labelled = [cell for cell in cells if cell["label"]]
    sheet.text(labelled, Lettering("center", SMALL), x="middle_age", y="middle", text="label", fill="ink")


def _margins(sheet: Sheet, rows: Sequence[Mapping[str, Any]], named: Sequence[str], ages: int, words: Words) -> None:
    """Names and sizes of the cohorts, and the ages above."""
    sizes = {row["cohort"]: row["eligible"] for row in reversed(rows) if row["eligible"] is not None}
    lines = [
        {
            "cohort": words.text("charts.cohorts.all") if cohort == ALL else short(cohort, 9),
            "size": words.cell(sizes[cohort], "integer") if cohort != ALL and cohort in sizes else "",
            "middle": _top(named, cohort) + 0.5,
        }
        for cohort in named
    ]
    sheet.text(lines, Lettering(), x=0, y="middle", text="cohort")
    sheet.text(lines, Lettering("right", colour=MUTED), x=_SIZES_END, y="middle", text="size")
    small = Lettering("right", SMALL, MUTED)
    sheet.text([{"label": words.text("charts.cohorts.customers")}], small, x=_SIZES_END, y=_HEAD - 14, text="label")
    ticks = [{"age": age, "middle": age + 0.5} for age in range(1, ages + 1)]
    sheet.text(ticks, Lettering("center", SMALL, MUTED), x="middle", y=_HEAD - 14, text="age")
    title = [{"label": words.text(f"charts.cohorts.{_unit(named)}s_since")}]
    sheet.text(title, Lettering(size=SMALL, colour=MUTED, dx=4), x=_GRID_START, y=14, text="label")


def _unit(cohorts: Sequence[str]) -> str:
    return {"W": "week", "Q": "quarter"}.get(cohorts[0][5:6], "month")


def _key(sheet: Sheet, words: Words, *, hatched: bool) -> None:
    middle = sheet.height - 16
    explained = [{"label": words.text("charts.cohorts.figures")}]
    sheet.text(explained, Lettering("right", SMALL, MUTED), x=WIDTH, y=middle, text="label")
    if hatched:
        place = {"x": 0, "x2": 28, "y": middle - 9, "y2": middle + 9}
        sheet.mark("rect", [{}], style={"fill": HATCH, "stroke": GRID}, **place)
        running = [{"label": words.text("charts.cohorts.running")}]
        sheet.text(running, Lettering(size=SMALL, colour=MUTED), x=38, y=middle, text="label")


def _alt(cells: Sequence[Mapping[str, Any]], cohorts: Sequence[str], words: Words, unit: str) -> str:
    lead = words.text("charts.cohorts.lead", first=cohorts[0], last=cohorts[-1])
    known = {(cell["cohort"], cell["age"]): cell["retention"] for cell in cells if cell["complete"]}
    ages = [age for age in (1, 3, 6, 12) if (ALL, age) in known]
    lines = [
        words.text(f"charts.cohorts.alt_{unit}", age=age, share=words.cell(known[ALL, age], "share")) for age in ages
    ]
    striped = sum(not cell["complete"] for cell in cells)
    return sentences([lead, *lines, words.text("charts.cohorts.alt_running", cells=striped) if striped else ""], words)
