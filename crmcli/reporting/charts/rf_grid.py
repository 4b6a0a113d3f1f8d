"""Recency against frequency scores: where the customers are, and where the revenue is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

from crmcli.reporting.charts.palette import MUTED, step
from crmcli.reporting.charts.picture import Picture
from crmcli.reporting.charts.sheet import SMALL, WIDTH, Lettering, Scale, Sheet
from crmcli.reporting.charts.wording import amount, percent, sentences

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmcli.reporting.words import Words

Measure = Literal["customers", "revenue"]

_HEAD, _FOOT, _LEFT = 34, 62, 40
_GRID_HEIGHT = 330
_GAP = 3
_WIDE = 5
"""Up to so many scores a cell has room for its share as well."""
_LINE = 12


def rf_heat_map(
    rows: Sequence[Mapping[str, Any]], words: Words, *, by: Measure = "customers", scores: int = 5
) -> Picture | None:
    """A grid of scores, the most recent above and the most frequent to the right.

    Shades follow the square root, since a few cells often hold most of the revenue; the figures are what they are.

    Args:
        rows: r_score, f_score, customers, revenue, one row per pair of scores; absent pairs have no customers.
        words: the language.
        by: what shades a cell and stands first in it; its share of all stands below.
        scores: scores run from 1 to this.
    """
    counted = [row for row in rows if row["customers"]]
    if not counted:
        return None
    sheet = Sheet(
        _HEAD + _GRID_HEIGHT + _FOOT,
        Scale(1, scores + 1, _LEFT, WIDTH),
        Scale(1, scores + 1, _HEAD + _GRID_HEIGHT, _HEAD),
        words.code,
    )
    cells = _cells(counted, words, by, scores)
    _grid(sheet, cells, wide=scores <= _WIDE)
    _scores(sheet, scores, words)
    return Picture(f"rf-grid-{by}", words.text(f"charts.rf_grid.title_{by}"), _alt(cells, words, by), sheet.spec())


def _cells(rows: Sequence[Mapping[str, Any]], words: Words, by: Measure, scores: int) -> list[dict[str, Any]]:
    known = {(row["r_score"], row["f_score"]): row for row in rows}
    largest, total = float(max(row[by] or 0 for row in rows)), float(sum(row[by] or 0 for row in rows))
    cells = []
    for r in range(1, scores + 1):
        for f in range(1, scores + 1):
            row = known.get((r, f), {"r_score": r, "f_score": f, "customers": 0, "revenue": 0})
            cells.append(_cell(row, float(row[by] or 0), largest, total, words))
    return cells


def _cell(row: Mapping[str, Any], value: float, largest: float, total: float, words: Words) -> dict[str, Any]:
    colours = step(math.sqrt(max(value, 0)), math.sqrt(max(largest, 0)))
    there = bool(row["customers"])
    return {
        **{name: row[name] for name in ("r_score", "f_score", "customers", "revenue")},
        "right": row["f_score"] + 1,
        "top": row["r_score"] + 1,
        "middle_f": row["f_score"] + 0.5,
        "middle_r": row["r_score"] + 0.5,
        "fill": colours.fill,
        "ink": colours.text,
        "label": amount(value, words) if there else "",
        "share": percent(max(value, 0) / total, words) if there and total > 0 else "",
    }


def _grid(sheet: Sheet, cells: Sequence[Mapping[str, Any]], *, wide: bool) -> None:
    inset = {"xOffset": _GAP / 2, "x2Offset": -_GAP / 2, "yOffset": -_GAP / 2, "y2Offset": _GAP / 2}
    sheet.mark("rect", cells, style=inset, x="f_score", x2="right", y="r_score", y2="top", fill="fill")
    first = Lettering("center", strong=True, dy=-_LINE if wide else 0)
    sheet.text(cells, first, x="middle_f", y="middle_r", text="label", fill="ink")
    if wide:
        below = Lettering("center", SMALL, dy=_LINE)
        sheet.text(cells, below, x="middle_f", y="middle_r", text="share", fill="ink")


def _scores(sheet: Sheet, scores: int, words: Words) -> None:
    ticks = [{"score": score, "middle": score + 0.5} for score in range(1, scores + 1)]
    sheet.text(ticks, Lettering("center", colour=MUTED), x=_LEFT / 2 - 6, y="middle", text="score")
    below = _HEAD + _GRID_HEIGHT + 18
    sheet.text(ticks, Lettering("center", colour=MUTED), x="middle", y=below, text="score")
    recency = [{"label": words.text("charts.rf_grid.recency", best=scores)}]
    sheet.text(recency, Lettering(size=SMALL, colour=MUTED), x=0, y=_HEAD / 2 - 2, text="label")
    frequency = [{"label": words.text("charts.rf_grid.frequency", best=scores)}]
    sheet.text(frequency, Lettering("right", SMALL, MUTED), x=WIDTH, y=below + 28, text="label")


def _alt(cells: Sequence[Mapping[str, Any]], words: Words, by: Measure) -> str:
    ranked = sorted(
        (cell for cell in cells if cell["label"]), key=lambda cell: (-cell[by], -cell["r_score"], -cell["f_score"])
    )
    lines = [words.text(f"charts.rf_grid.alt_{by}", **_named(cell)) for cell in ranked[:3]]
    return sentences([words.text(f"charts.rf_grid.lead_{by}"), *lines], words)


def _named(cell: Mapping[str, Any]) -> dict[str, object]:
    return {"r": cell["r_score"], "f": cell["f_score"], "label": cell["label"], "share": cell["share"]}
