"""Repeat purchases week by week, as they came and as the model has them; beyond the split it had to forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcli.reporting.charts.axes import floor_line, levels, line_key, round_ticks, stations, titles, whole_ticks
from crmcli.reporting.charts.palette import AXIS, MAIN, MUTED, NEUTRAL_PALE, OTHER, OTHER_PALE
from crmcli.reporting.charts.picture import Picture
from crmcli.reporting.charts.sheet import SMALL, WIDTH, Lettering, Scale, Sheet
from crmcli.reporting.charts.wording import brief, sentences

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmcli.reporting.words import Words

_TOP, _PLOT, _FOOT, _LEFT = 76, 330, 60, 74
_KEY, _KEY_APART = 44, 180
_FIELDS = ("actual", "expected", "expected_low", "expected_high")
_ACTUAL: dict[str, object] = {"stroke": MAIN, "strokeWidth": 3}
_EXPECTED: dict[str, object] = {"stroke": OTHER, "strokeWidth": 2.5, "strokeDash": [8, 5]}
_BAND: dict[str, object] = {"stroke": OTHER_PALE, "strokeWidth": 14}


def tracking_chart(
    rows: Sequence[Mapping[str, Any]], words: Words, *, split_week: float | None = None
) -> Picture | None:
    """What came as a full line, the model dashed, its band as an area, and a line where it began to forecast.

    Args:
        rows: of the view `validation` of `clv`, of which the section `tracking` is drawn: key (number of the week),
            actual, expected, and, where known, expected_low and expected_high. actual may be missing in weeks to come.
        words: the language.
        split_week: weeks from the first purchase to the end of what the model had seen.
    """
    weeks = [_week(row) for row in rows if row.get("section", "tracking") == "tracking"]
    highest = max((value for week in weeks for name in _FIELDS if (value := week[name]) is not None), default=0)
    if len(weeks) <= 1 or highest <= 0:
        return None
    last = weeks[-1]["week"]
    across, down = Scale(0, last, _LEFT, WIDTH - 16), Scale(0, highest, _TOP + _PLOT, _TOP)
    sheet = Sheet(_TOP + _PLOT + _FOOT, across, down, words.code)
    banded = any(week["expected_low"] is not None for week in weeks)
    if split_week is not None and 0 < split_week < last:
        _forecast(sheet, split_week, words)
    _paper(sheet, highest, last, words, banded=banded)
    _lines(sheet, weeks)
    title = words.text("charts.tracking.title")
    return Picture("tracking", title, _alt(weeks, words, split_week), sheet.spec())


def _week(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"week": int(row["key"]), **{name: row.get(name) for name in _FIELDS}}


def _forecast(sheet: Sheet, split_week: float, words: Words) -> None:
    """The time the model had not seen lies on a shade of its own."""
    split = [{"week": split_week, "label": words.text("charts.tracking.forecast")}]
    sheet.mark(
        "rect", split, style={"fill": NEUTRAL_PALE, "opacity": 0.45}, x="week", x2=sheet.x.end, y=_TOP, y2=_TOP + _PLOT
    )
    sheet.mark("rule", split, style={"stroke": AXIS}, x="week", y=_TOP, y2=_TOP + _PLOT)
    sheet.text(split, Lettering(size=SMALL, colour=MUTED, dx=8), x="week", y=_TOP + _PLOT - 16, text="label")


def _paper(sheet: Sheet, highest: float, last: int, words: Words, *, banded: bool) -> None:
    levels(sheet, round_ticks(0, highest, 5), lambda value: brief(value, words))
    stations(sheet, ((week, str(week)) for week in whole_ticks(0, last)))
    titles(sheet, words.text("charts.tracking.across"), words.text("charts.tracking.upwards"))
    band = [(words.text("charts.tracking.band"), _BAND)] if banded else []
    named = [(words.text("charts.tracking.actual"), _ACTUAL), (words.text("charts.tracking.expected"), _EXPECTED)]
    line_key(sheet, [*named, *band], _KEY, _KEY_APART)


def _lines(sheet: Sheet, weeks: Sequence[Mapping[str, Any]]) -> None:
    band = [week for week in weeks if week["expected_low"] is not None and week["expected_high"] is not None]
    sheet.mark("area", band, style={"fill": OTHER_PALE}, x="week", y="expected_low", y2="expected_high")
    floor_line(sheet)
    for name, style in (("expected", _EXPECTED), ("actual", _ACTUAL)):
        there = [{"week": week["week"], name: week[name]} for week in weeks if week[name] is not None]
        sheet.mark("line", there, style=style, x="week", y=name)


def _alt(weeks: Sequence[Mapping[str, Any]], words: Words, split_week: float | None) -> str:
    seen = [week for week in weeks if week["actual"] is not None and week["expected"] is not None]
    if not seen:
        return words.text("charts.tracking.title")
    last = seen[-1]
    values = {
        "week": last["week"],
        "actual": words.cell(round(last["actual"]), "integer"),
        "expected": words.cell(round(last["expected"]), "integer"),
    }
    split = words.text("charts.tracking.alt_split", week=f"{split_week:.0f}") if split_week is not None else ""
    return sentences([words.text("charts.tracking.alt", **values), split], words)
