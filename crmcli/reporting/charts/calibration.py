"""Predicted against actual churn by tenth of the customers held out: on the diagonal, the score says what happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcli.reporting.charts.axes import floor_line, levels, stations, titles
from crmcli.reporting.charts.palette import MAIN, MUTED
from crmcli.reporting.charts.picture import Picture
from crmcli.reporting.charts.sheet import SMALL, WIDTH, Lettering, Scale, Sheet
from crmcli.reporting.charts.wording import percent, sentences

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmcli.reporting.words import Words

_TOP, _PLOT, _FOOT, _LEFT = 44, 400, 60, 74
_TICKS = (0, 0.25, 0.5, 0.75, 1)
_FIELDS = ("decile", "customers", "predicted", "actual", "actual_low", "actual_high")


def calibration_chart(rows: Sequence[Mapping[str, Any]], words: Words) -> Picture | None:
    """A dot per tenth with the 95 % limits of what happened, over the diagonal.

    Args:
        rows: of the view `calibration` of `churn`: decile, predicted, actual, actual_low, actual_high.
        words: the language.
    """
    shown = [
        {name: row.get(name) for name in _FIELDS}
        for row in rows
        if row["predicted"] is not None and row["actual"] is not None
    ]
    if not shown:
        return None
    sheet = Sheet(_TOP + _PLOT + _FOOT, Scale(0, 1, _LEFT, WIDTH - 36), Scale(0, 1, _TOP + _PLOT, _TOP), words.code)
    _paper(sheet, words)
    _dots(sheet, shown)
    return Picture("calibration", words.text("charts.calibration.title"), _alt(shown, words), sheet.spec())


def _paper(sheet: Sheet, words: Words) -> None:
    levels(sheet, _TICKS, lambda share: percent(share, words))
    stations(sheet, ((share, percent(share, words)) for share in _TICKS))
    titles(sheet, words.text("charts.calibration.across"), words.text("charts.calibration.upwards"))
    ends = [{"predicted": end, "actual": end} for end in (0, 1)]
    dashed = {"stroke": MUTED, "strokeWidth": 1.5, "strokeDash": [5, 5]}
    sheet.mark("line", ends, style=dashed, x="predicted", y="actual")
    floor_line(sheet)
    sides = (("more", 0.03, 0.93, "left"), ("fewer", 0.97, 0.08, "right"))
    for key, predicted, actual, align in sides:
        side = [{"label": words.text(f"charts.calibration.{key}"), "predicted": predicted, "actual": actual}]
        lettering = Lettering("left" if align == "left" else "right", SMALL, MUTED)
        sheet.text(side, lettering, x="predicted", y="actual", text="label")


def _dots(sheet: Sheet, shown: Sequence[Mapping[str, Any]]) -> None:
    limited = [row for row in shown if row["actual_low"] is not None and row["actual_high"] is not None]
    line = {"stroke": MAIN, "strokeWidth": 2, "opacity": 0.7}
    sheet.mark("rule", limited, style=line, x="predicted", y="actual_low", y2="actual_high")
    dot = {"shape": "circle", "size": 90, "filled": True, "color": MAIN, "opacity": 1}
    sheet.mark("point", shown, style=dot, x="predicted", y="actual")


def _alt(shown: Sequence[Mapping[str, Any]], words: Words) -> str:
    inside = sum(_holds(row) for row in shown)
    least, most = shown[0], shown[-1]
    lines = [
        words.text(
            f"charts.calibration.alt_{which}",
            predicted=words.cell(row["predicted"], "share"),
            actual=words.cell(row["actual"], "share"),
        )
        for which, row in (("least", least), ("most", most))
    ]
    return sentences([*lines, words.text("charts.calibration.alt", inside=inside, all=len(shown))], words)


def _holds(row: Mapping[str, Any]) -> bool:
    low, high = row["actual_low"], row["actual_high"]
    return low is not None and high is not None and low <= row["predicted"] <= high
