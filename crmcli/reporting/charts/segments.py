"""Each segment's share of customers beside its share of revenue: who brings more, or less, than their number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcli.reporting.charts.palette import AXIS, GRID, MAIN, MAIN_PALE, MUTED
from crmcli.reporting.charts.picture import Picture
from crmcli.reporting.charts.sheet import SMALL, WIDTH, Lettering, Scale, Sheet
from crmcli.reporting.charts.wording import named, sentences, short

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmcli.reporting.words import Words

_HEAD, _ROW, _FOOT = 40, 40, 6
_BARS_START = 222
_NUMBERS = (WIDTH - 104, WIDTH)
_BARS_END = WIDTH - 196
_BAR, _GAP = 0.27, 0.035
_MOST, _NAME = 14, 20


def segment_bars(rows: Sequence[Mapping[str, Any]], words: Words) -> Picture | None:
    """Two bars per segment, an outlined one for customers and a full one for revenue.

    Args:
        rows: of the view `segments` of `segment`: segment, customers, customer_share, revenue, revenue_share, and
            label if it has a name in the language; in the order of the picture. What is missing has no bar; what is
            below 0 neither, only its figure.
        words: the language.
    """
    shown = [_placed(row, place, words) for place, row in enumerate(rows[:_MOST])]
    if not shown:
        return None
    sheet = Sheet(_HEAD + _ROW * len(shown) + _FOOT, _across(shown), _down(len(shown)), words.code)
    sheet.mark("rule", shown, style={"stroke": GRID}, x=0, x2=WIDTH, y="place")
    _heads(sheet, words)
    _bars(sheet, shown)
    _figures(sheet, shown)
    return Picture("segment-bars", words.text("charts.segments.title"), _alt(rows, words), sheet.spec())


def _placed(row: Mapping[str, Any], place: int, words: Words) -> dict[str, Any]:
    middle = place + 0.5
    names = ("segment", "customers", "customer_share", "revenue", "revenue_share")
    return {
        **{name: row.get(name) for name in names},
        "name": short(_name(row, words), _NAME),
        "customer_text": words.cell(row["customer_share"], "share"),
        "revenue_text": words.cell(row.get("revenue_share"), "share"),
        "zero": 0,
        "place": place,
        "middle": middle,
        "customer_top": middle - _BAR - _GAP,
        "customer_bottom": middle - _GAP,
        "revenue_top": middle + _GAP,
        "revenue_bottom": middle + _BAR + _GAP,
    }


def _across(shown: Sequence[Mapping[str, Any]]) -> Scale:
    largest = max(max(row["customer_share"] or 0, row["revenue_share"] or 0) for row in shown)
    return Scale(0, largest or 1, _BARS_START, _BARS_END)


def _down(count: int) -> Scale:
    return Scale(0, count, _HEAD, _HEAD + _ROW * count)


def _heads(sheet: Sheet, words: Words) -> None:
    """The two columns of figures say by their swatches which bar is which."""
    middle = _HEAD / 2 - 4
    for end, key, style in zip(_NUMBERS, ("customers", "revenue"), (_OUTLINED, _FULL), strict=True):
        label = [{"label": words.text(f"charts.segments.{key}")}]
        sheet.text(label, Lettering("right", SMALL, MUTED), x=end, y=middle, text="label")
        sheet.mark("rect", [{}], style=style, x=end - 76, x2=end, y=_HEAD - 9, y2=_HEAD - 3)


_OUTLINED = {"fill": MAIN_PALE, "stroke": MAIN, "strokeWidth": 1}
_FULL = {"fill": MAIN, "stroke": MAIN, "strokeWidth": 1}


def _bars(sheet: Sheet, shown: Sequence[Mapping[str, Any]]) -> None:
    for kind, style in (("customer", _OUTLINED), ("revenue", _FULL)):
        there = [row for row in shown if (row[f"{kind}_share"] or 0) > 0]
        places = {"x": "zero", "x2": f"{kind}_share", "y": f"{kind}_top", "y2": f"{kind}_bottom"}
        sheet.mark("rect", there, style=style, **places)
    sheet.mark("rule", [{}], style={"stroke": AXIS, "strokeWidth": 1}, x=_BARS_START, y=_HEAD, y2=sheet.y.end)


def _figures(sheet: Sheet, shown: Sequence[Mapping[str, Any]]) -> None:
    sheet.text(shown, Lettering(), x=0, y="middle", text="name")
    sheet.text(shown, Lettering("right"), x=_NUMBERS[0], y="middle", text="customer_text")
    sheet.text(shown, Lettering("right", strong=True), x=_NUMBERS[1], y="middle", text="revenue_text")


def _alt(rows: Sequence[Mapping[str, Any]], words: Words) -> str:
    return sentences((_sentence(row, words) for row in rows[:_MOST]), words)


def _name(row: Mapping[str, Any], words: Words) -> str:
    return row.get("label") or named(row["segment"], "segments", words)


def _sentence(row: Mapping[str, Any], words: Words) -> str:
    return words.text(
        "charts.segments.alt",
        name=_name(row, words),
        customers=words.cell(row["customer_share"], "share"),
        revenue=words.cell(row.get("revenue_share"), "share"),
    )
