"""From the revenue of one period to that of the next: what more customers, more orders and larger orders brought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcli.reporting.charts.palette import AXIS, GRID, INK, MAIN, MUTED, OTHER
from crmcli.reporting.charts.picture import Picture
from crmcli.reporting.charts.sheet import SMALL, WIDTH, Lettering, Scale, Sheet
from crmcli.reporting.charts.wording import amount, change, named, sentences, short

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmcli.reporting.words import Words

BEFORE, NOW = "revenue_before", "revenue_now"

_HEAD, _ROW, _FOOT = 4, 60, 8
_BARS_START, _BARS_END = 246, WIDTH - 138
_BAR, _NAME = 0.25, 20
_LINE = 13


def revenue_bridge(rows: Sequence[Mapping[str, Any]], words: Words) -> Picture | None:
    """A waterfall lying on its side: revenue before, what each component added or took, revenue now.

    Args:
        rows: of the view `bridge` of the comparison: component, amount, before, now; first revenue_before and last
            revenue_now. A component of 0 has a line and no bar.
        words: the language.
    """
    shown = _steps([row for row in rows if row["amount"] is not None], words)
    if not any(row["component"] in {BEFORE, NOW} and row["amount"] for row in shown):
        return None
    low, high = min(0, *(row["low"] for row in shown)), max(0, *(row["high"] for row in shown))
    sheet = Sheet(
        _HEAD + _ROW * len(shown) + _FOOT,
        Scale(low, high, _BARS_START, _BARS_END),
        Scale(0, len(shown), _HEAD, _HEAD + _ROW * len(shown)),
        words.code,
    )
    _bars(sheet, shown)
    _texts(sheet, shown)
    return Picture("revenue-bridge", words.text("charts.bridge.title"), _alt(shown, words), sheet.spec())


def _steps(rows: Sequence[Mapping[str, Any]], words: Words) -> list[dict[str, Any]]:
    """Each row with the levels it leads from and to."""
    steps, level = [], 0.0
    for place, row in enumerate(rows):
        size, is_total = float(row["amount"]), row["component"] in {BEFORE, NOW}
        start, level = (0.0, size) if is_total else (level, level + size)
        steps.append(_step(row, place, start, level, words))
    return steps


def _step(row: Mapping[str, Any], place: int, start: float, end: float, words: Words) -> dict[str, Any]:
    size, is_total = float(row["amount"]), row["component"] in {BEFORE, NOW}
    return {
        **{name: row.get(name) for name in ("component", "amount", "before", "now")},
        "low": min(start, end),
        "high": max(start, end),
        "level": end,
        "place": place,
        "next": place + 1,
        "middle": place + 0.5,
        "top": place + 0.5 - _BAR,
        "bottom": place + 0.5 + _BAR,
        "name": short(row.get("label") or named(row["component"], "components", words), _NAME),
        "factor": _factor(row, words),
        "figure": amount(size, words) if is_total else change(size, words),
        "fill": MUTED if is_total else MAIN if size >= 0 else OTHER,
    }


def _factor(row: Mapping[str, Any], words: Words) -> str:
    """What the component was and is, for those that are no money: 512 → 498."""
    before, now = row.get("before"), row.get("now")
    if row["component"] in {BEFORE, NOW, "refunds"} or before is None or now is None:
        return ""
    kind = "integer" if before == int(before) and now == int(now) else "money"
    return f"{words.cell(before, kind)} → {words.cell(now, kind)}"


def _bars(sheet: Sheet, shown: Sequence[Mapping[str, Any]]) -> None:
    sheet.mark("rule", shown[1:], style={"stroke": GRID}, x=0, x2=WIDTH, y="place")
    there = [row for row in shown if row["amount"]]
    sheet.mark("rect", there, style={}, x="low", x2="high", y="top", y2="bottom", fill="fill")
    joints = [{"level": row["level"], "top": row["top"], "end": row["bottom"] + 1} for row in shown[:-1]]
    sheet.mark("rule", joints, style={"stroke": AXIS, "strokeDash": [2, 2]}, x="level", y="top", y2="end")
    zero = [{"zero": 0}]
    sheet.mark("rule", zero, style={"stroke": AXIS}, x="zero", y=_HEAD, y2=sheet.y.end)


def _texts(sheet: Sheet, shown: Sequence[Mapping[str, Any]]) -> None:
    alone, above = [row for row in shown if not row["factor"]], [row for row in shown if row["factor"]]
    sheet.text(alone, Lettering(), x=0, y="middle", text="name")
    sheet.text(above, Lettering(dy=-_LINE), x=0, y="middle", text="name")
    sheet.text(above, Lettering(size=SMALL, colour=MUTED, dy=_LINE), x=0, y="middle", text="factor")
    inked = [{**row, "ink": row["fill"] if row["fill"] != MUTED else INK} for row in shown]
    sheet.text(inked, Lettering("right", strong=True), x=WIDTH, y="middle", text="figure", fill="ink")


def _alt(shown: Sequence[Mapping[str, Any]], words: Words) -> str:
    return sentences(
        (
            words.text("charts.bridge.alt", name=row["name"], figure=row["figure"])
            if not row["factor"]
            else words.text("charts.bridge.alt_factor", name=row["name"], figure=row["figure"], factor=row["factor"])
            for row in shown
        ),
        words,
    )
