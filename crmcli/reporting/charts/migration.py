"""Who moved between segments: before at the left, now at the right, the better segments above."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcli.reporting.charts.migration_layout import Layout, Move
from crmcli.reporting.charts.palette import GRID, MAIN, MUTED, OTHER
from crmcli.reporting.charts.picture import Picture
from crmcli.reporting.charts.sheet import SMALL, WIDTH, Lettering, Scale, Sheet
from crmcli.reporting.charts.wording import named, sentences, short

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmcli.reporting.words import Words

PROMOTED, DEMOTED = "promoted", "demoted"

_HEAD, _FOOT = 74.0, 8
_LEFT, _RIGHT = 290, WIDTH - 66
_COUNTS = {"left": _LEFT - 10, "joined": WIDTH}
_OPACITY = 0.62
_NAME, _MOST, _TOLD = 20, 40, 5
_REMARK = 26


def migration_flows(
    rows: Sequence[Mapping[str, Any]], words: Words, *, totals: Mapping[str, str] | None = None
) -> Picture | None:
    """A line per segment and a band per move, as thick as the customers who went that way by their own behaviour.

    Segments stand in one order on both sides, so that who moved up rises and who moved down falls. The 40 largest
    moves are drawn; the counts are of all.

    Args:
        rows: of the view `migration` of `segment`: from_segment, to_segment, own_behaviour, direction (promoted and
            demoted are drawn), and from_label and to_label if they have names in the language.
        words: the language.
        totals: customers promoted and demoted as the report has them, where not all rows are given.
    """
    moves = _moves(rows)
    if not moves:
        return None
    totals = totals or {way: _total(moves, way, words) for way in (PROMOTED, DEMOTED)}
    layout, names = Layout(moves, _HEAD, _MOST), _names(rows, words)
    height = layout.lines[-1].bottom
    remark = _REMARK if len(moves) > _MOST else 0
    sheet = Sheet(height + remark + _FOOT, Scale(0, 1, _LEFT, _RIGHT), Scale(0, height, 0, height), words.code)
    _lines(sheet, layout, names, words)
    _bands(sheet, layout)
    _key(sheet, totals, words)
    if remark:
        label = [{"label": words.text("charts.migration.largest", drawn=_MOST, all=len(moves))}]
        sheet.text(label, Lettering("right", SMALL, MUTED), x=WIDTH, y=height + remark / 2, text="label")
    return Picture("migration", words.text("charts.migration.title"), _alt(moves, names, totals, words), sheet.spec())


def _moves(rows: Sequence[Mapping[str, Any]]) -> list[Move]:
    """The largest first."""
    moves = [
        Move(row["from_segment"], row["to_segment"], row["own_behaviour"], row["direction"] == PROMOTED)
        for row in rows
        if row["direction"] in {PROMOTED, DEMOTED} and row["own_behaviour"]
    ]
    return sorted(moves, key=lambda move: -move.customers)


def _names(rows: Sequence[Mapping[str, Any]], words: Words) -> dict[str, str]:
    return {
        row[f"{side}_segment"]: row.get(f"{side}_label") or named(row[f"{side}_segment"], "segments", words)
        for row in rows
        for side in ("from", "to")
    }


def _lines(sheet: Sheet, layout: Layout, names: Mapping[str, str], words: Words) -> None:
    lines = [
        {
            "segment": line.segment,
            "name": short(names[line.segment], _NAME),
            "left": words.cell(line.left, "integer") if line.left else "",
            "joined": words.cell(line.joined, "integer") if line.joined else "",
            "top": line.top,
            "middle": line.middle,
        }
        for line in layout.lines
    ]
    sheet.mark("rule", lines, style={"stroke": GRID}, x=0, x2=WIDTH, y="top")
    sheet.text(lines, Lettering(), x=0, y="middle", text="name")
    for count, end in _COUNTS.items():
        sheet.text(lines, Lettering("right"), x=end, y="middle", text=count)
        head = [{"label": words.text(f"charts.migration.{count}")}]
        sheet.text(head, Lettering("right", SMALL, MUTED), x=end, y=_HEAD - 14, text="label")


def _bands(sheet: Sheet, layout: Layout) -> None:
    points = [
        {
            "band": f"{move.before} → {move.now}",
            "customers": move.customers,
            "up": move.up,
            "across": point.across,
            "top": point.top,
            "bottom": point.bottom,
        }
        for move, band in layout.bands()
        for point in band
    ]
    for up, fill in ((False, OTHER), (True, MAIN)):
        own = [point for point in points if point["up"] is up]
        style = {"fill": fill, "opacity": _OPACITY, "interpolate": "monotone"}
        sheet.mark("area", own, style=style, x="across", y="top", y2="bottom", detail="band")


def _key(sheet: Sheet, totals: Mapping[str, str], words: Words) -> None:
    for left, key, fill in ((0, PROMOTED, MAIN), (WIDTH / 2, DEMOTED, OTHER)):
        sheet.mark("rect", [{}], style={"fill": fill, "opacity": _OPACITY}, x=left, x2=left + 26, y=8, y2=24)
        label = [{"label": words.text(f"charts.migration.{key}", customers=totals[key])}]
        sheet.text(label, Lettering(strong=True), x=left + 36, y=16, text="label")


def _total(moves: Sequence[Move], direction: str, words: Words) -> str:
    return words.cell(sum(move.customers for move in moves if move.up is (direction == PROMOTED)), "integer")


def _alt(moves: Sequence[Move], names: Mapping[str, str], totals: Mapping[str, str], words: Words) -> str:
    all_of_them = [words.text(f"charts.migration.alt_{way}", customers=totals[way]) for way in (PROMOTED, DEMOTED)]
    told = [
        words.text(
            "charts.migration.alt",
            before=names[move.before],
            now=names[move.now],
            customers=words.cell(move.customers, "integer"),
        )
        for move in moves[:_TOLD]
    ]
    return sentences([*all_of_them, *told], words)
