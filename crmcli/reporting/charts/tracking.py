"""Repeat purchases week by week: as they came, as the model has them, and what it forecast from the split on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from crmcli.reporting.charts.axes import floor_line, levels, line_key, round_ticks, stations, titles, whole_ticks
from crmcli.reporting.charts.palette import AXIS, MAIN, MUTED, NEUTRAL_PALE, OTHER, OTHER_BAND
from crmcli.reporting.charts.picture import Picture
from crmcli.reporting.charts.sheet import SMALL, WIDTH, Lettering, Scale, Sheet
from crmcli.reporting.charts.wording import amount, brief, sentences

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmcli.reporting.words import Words

_TOP, _PLOT, _FOOT, _LEFT = 76, 330, 60, 74
_KEY, _KEY_APART = 44, 180
_MOST = 260
_ACTUAL: dict[str, object] = {"stroke": MAIN, "strokeWidth": 3}
_MODEL: dict[str, object] = {"stroke": OTHER, "strokeWidth": 2.5, "strokeDash": [8, 5]}
_BAND: dict[str, object] = {"stroke": OTHER_BAND, "strokeWidth": 14}


def tracking_chart(
    rows: Sequence[Mapping[str, Any]], words: Words, *, forecast: Sequence[Mapping[str, Any]] = ()
) -> Picture | None:
    """What came as a full line and the model dashed; its forecast, with its interval as a band, on a shade of its own.

    Args:
        rows: of the view `validation` of `clv`, of which the section `tracking` is drawn: key (number of the week),
            actual, expected. With a forecast the model is drawn up to the split only.
        words: the language.
        forecast: of the view `forecast` of `clv`, the first one being the split: week, actual, expected, low, high.
    """
    weeks = _weeks(rows, forecast[-1]["week"] if forecast else math.inf)
    ends = [*(max(week["actual"], week["expected"]) for week in weeks), *(row["high"] for row in forecast)]
    if len(weeks) <= 1 or max(ends) <= 0:
        return None
    across, down = Scale(0, weeks[-1]["week"], _LEFT, WIDTH - 16), Scale(0, max(ends), _TOP + _PLOT, _TOP)
    sheet = Sheet(_TOP + _PLOT + _FOOT, across, down, words.code)
    ahead = [{name: row[name] for name in ("week", "expected", "low", "high")} for row in forecast]
    _shade(sheet, ahead[:1], words)
    _paper(sheet, words, banded=bool(ahead))
    _lines(sheet, weeks, ahead)
    return Picture("tracking", words.text("charts.tracking.title"), _alt(weeks, forecast, words), sheet.spec())


def _weeks(rows: Sequence[Mapping[str, Any]], last: float) -> list[dict[str, Any]]:
    """The weeks of the section, every few of them where there are very many; the last one may be short."""
    weeks = [
        {"week": min(int(row["key"]), last), "actual": row["actual"], "expected": row["expected"]}
        for row in rows
        if row.get("section", "tracking") == "tracking"
    ]
    step = -(-len(weeks) // _MOST) or 1
    return weeks[::-1][::step][::-1]


def _shade(sheet: Sheet, split: Sequence[Mapping[str, Any]], words: Words) -> None:
    """The time that the model had not seen."""
    named = [{"week": row["week"], "label": words.text("charts.tracking.forecast")} for row in split]
    shade = {"fill": NEUTRAL_PALE, "opacity": 0.45}
    sheet.mark("rect", named, style=shade, x="week", x2=sheet.x.end, y=_TOP, y2=_TOP + _PLOT)
    sheet.mark("rule", named, style={"stroke": AXIS}, x="week", y=_TOP, y2=_TOP + _PLOT)
    below = Lettering(size=SMALL, colour=MUTED, dx=8)
    sheet.text(named, below, x="week", y=_TOP + _PLOT - 16, text="label")


def _paper(sheet: Sheet, words: Words, *, banded: bool) -> None:
    levels(sheet, round_ticks(0, sheet.y.high, 5), lambda value: brief(value, words))
    stations(sheet, ((week, str(week)) for week in whole_ticks(0, int(sheet.x.high))))
    titles(sheet, words.text("charts.tracking.across"), words.text("charts.tracking.upwards"))
    lines = [(words.text("charts.tracking.actual"), _ACTUAL), (words.text("charts.tracking.expected"), _MODEL)]
    line_key(sheet, [*lines, *([(words.text("charts.tracking.band"), _BAND)] if banded else [])], _KEY, _KEY_APART)


def _lines(sheet: Sheet, weeks: Sequence[Mapping[str, Any]], ahead: Sequence[Mapping[str, Any]]) -> None:
    sheet.mark("area", ahead, style={"fill": OTHER_BAND}, x="week", y="low", y2="high")
    floor_line(sheet)
    seen = [week for week in weeks if not ahead or week["week"] <= ahead[0]["week"]]
    for points, name, style in ((seen, "expected", _MODEL), (ahead, "expected", _MODEL), (weeks, "actual", _ACTUAL)):
        line = [{"week": point["week"], name: point[name]} for point in points]
        sheet.mark("line", line, style=style, x="week", y=name)


def _alt(weeks: Sequence[Mapping[str, Any]], forecast: Sequence[Mapping[str, Any]], words: Words) -> str:
    if not forecast:
        last = {name: amount(weeks[-1][name], words) for name in ("actual", "expected")}
        return words.text("charts.tracking.alt", week=round(weeks[-1]["week"]), **last)
    split, last = (
        forecast[0],
        {name: amount(forecast[-1][name], words) for name in ("actual", "expected", "low", "high")},
    )
    seen = words.text("charts.tracking.alt_split", week=round(split["week"]), actual=amount(split["actual"], words))
    came = words.text("charts.tracking.alt_forecast", week=round(forecast[-1]["week"]), **last)
    return sentences([seen, came], words)
