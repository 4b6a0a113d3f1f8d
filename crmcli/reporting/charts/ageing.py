"""What customers owe by how long it is overdue; each currency on a scale of its own."""

from __future__ import annotations

from itertools import accumulate, groupby
from typing import TYPE_CHECKING, Any

from crmcli.reporting.charts.palette import AGE, AXIS, GRID, INK, MUTED
from crmcli.reporting.charts.picture import Picture
from crmcli.reporting.charts.sheet import SMALL, WIDTH, Lettering, Scale, Sheet
from crmcli.reporting.charts.wording import amount, named, percent, sentences, short

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmcli.reporting.words import Words

UNAPPLIED = "unapplied"
"""Money of customers that no invoice has taken: not part of what is open."""

_ROW, _FOOT = 36, 6
_BARS_START, _BARS_END = 212, WIDTH - 200
_AMOUNTS_END = WIDTH - 74
_BAR, _NAME = 0.3, 18
_MOST_LINES = 36


def ageing_bars(rows: Sequence[Mapping[str, Any]], words: Words) -> Picture | None:
    """A bar per bucket with its amount and its part of all that is open; currencies one below the other.

    Args:
        rows: currency (None where the input names none), bucket, amount, and label if it has one in the language;
            those of a currency together, from not due to the oldest, then unapplied. Of many currencies the first
            ones are drawn, and how many others there are is said.
        words: the language.
    """
    groups = [list(group) for _, group in groupby(rows, key=lambda row: row["currency"])]
    known = [panel for group in groups if (panel := _panel(group, words))]
    if not known:
        return None
    panels = _first(known)
    lines = _stacked(panels)
    others = len(known) - len(panels)
    sheet = Sheet(
        _ROW * (len(lines) + (1 if others else 0)) + _FOOT,
        Scale(0, 1, _BARS_START, _BARS_END),
        Scale(0, len(lines), 0, _ROW * len(lines)),
        words.code,
    )
    _bars(sheet, [line for line in lines if line["bucket"]])
    heads = [line for line in lines if not line["bucket"]]
    sheet.text(heads, Lettering(strong=True), x=0, y="middle", text="name")
    if others:
        label = [{"label": words.text("charts.ageing.others", count=others)}]
        sheet.text(label, Lettering(size=SMALL, colour=MUTED), x=0, y=_ROW * (len(lines) + 0.5), text="label")
    return Picture("ageing", words.text("charts.ageing.title"), _alt(panels, words), sheet.spec())


def _panel(group: Sequence[Mapping[str, Any]], words: Words) -> list[dict[str, Any]]:
    """The bars of one currency, none if nothing is open."""
    known = [row for row in group if row["amount"] is not None and (row["bucket"] != UNAPPLIED or row["amount"])]
    buckets = [row for row in known if row["bucket"] != UNAPPLIED]
    largest = float(max((row["amount"] for row in buckets), default=0))
    total = float(sum(row["amount"] for row in buckets))
    if largest <= 0:
        return []
    return [_line(row, AGE[_age(place, len(buckets))], largest, total, words) for place, row in enumerate(known)]


def _first(panels: Sequence[list[dict[str, Any]]]) -> list[list[dict[str, Any]]]:
    """As many currencies as there is room for, one at least."""
    ends = accumulate(len(panel) + 1 for panel in panels)
    fitting = sum(end <= _MOST_LINES for end in ends)
    return list(panels[: max(fitting, 1)])


def _age(place: int, buckets: int) -> int:
    return min(round(place * (len(AGE) - 1) / max(buckets - 1, 1)), len(AGE) - 1)


def _line(row: Mapping[str, Any], fill: str, largest: float, total: float, words: Words) -> dict[str, Any]:
    value = float(row["amount"])
    is_open = row["bucket"] != UNAPPLIED
    return {
        **{name: row[name] for name in ("currency", "bucket", "amount")},
        "zero": 0,
        "of_largest": max(value, 0) / largest if is_open else 0,
        "share": percent(value / total, words) if is_open and value >= 0 else "",
        "figure": amount(value, words),
        "name": short(row.get("label") or named(row["bucket"], "buckets", words), _NAME),
        "fill": fill if is_open else MUTED,
    }


def _stacked(panels: Sequence[Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """All lines below one another, each currency under its name when there are several or it is known."""
    lines: list[dict[str, Any]] = []
    for panel in panels:
        currency = panel[0]["currency"]
        if currency or len(panels) > 1:
            lines.append({"bucket": "", "name": short(currency or "–", _NAME)})
        lines += [dict(line) for line in panel]
    for place, line in enumerate(lines):
        line |= {"place": place, "middle": place + 0.5, "top": place + 0.5 - _BAR, "bottom": place + 0.5 + _BAR}
    return lines


def _bars(sheet: Sheet, lines: Sequence[Mapping[str, Any]]) -> None:
    sheet.mark("rule", lines, style={"stroke": GRID}, x=0, x2=WIDTH, y="place")
    there = [line for line in lines if line["of_largest"] > 0]
    sheet.mark("rect", there, style={}, x="zero", x2="of_largest", y="top", y2="bottom", fill="fill")
    axis = [{"zero": 0, "top": line["place"], "bottom": line["place"] + 1} for line in lines]
    sheet.mark("rule", axis, style={"stroke": AXIS}, x="zero", y="top", y2="bottom")
    sheet.text(lines, Lettering(), x=0, y="middle", text="name")
    sheet.text(lines, Lettering("right", strong=True, colour=INK), x=_AMOUNTS_END, y="middle", text="figure")
    sheet.text(lines, Lettering("right", SMALL, MUTED), x=WIDTH, y="middle", text="share")


def _alt(panels: Sequence[Sequence[Mapping[str, Any]]], words: Words) -> str:
    return sentences((_sentence(panel, words) for panel in panels), words)


def _sentence(panel: Sequence[Mapping[str, Any]], words: Words) -> str:
    parts = [
        words.text("charts.ageing.alt_part", name=line["name"], amount=line["figure"], share=line["share"])
        if line["share"]
        else words.text("charts.ageing.alt_other", name=line["name"], amount=line["figure"])
        for line in panel
    ]
    return words.text(
        "charts.ageing.alt", currency=panel[0]["currency"] or "", parts=words.text("charts.ageing.and").join(parts)
    ).strip()
