"""How unequally value is spread: the Lorenz curve with the best customers first, and the Gini coefficient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcli.reporting.charts.axes import floor_line, levels, stations, titles
from crmcli.reporting.charts.palette import MAIN, MAIN_PALE, MUTED
from crmcli.reporting.charts.picture import Picture
from crmcli.reporting.charts.sheet import SMALL, WIDTH, Lettering, Scale, Sheet
from crmcli.reporting.charts.wording import percent, sentences

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from crmcli.reporting.words import Words

_TOP, _PLOT, _FOOT, _LEFT = 44, 380, 60, 74
_TICKS = (0, 0.25, 0.5, 0.75, 1)
_POINTS = 120
_NAMED = (1, 5, 20)
_LINES = (0.44, 0.365, 0.29, 0.19, 0.1)
"""Where texts stand: the curve is never below the line of equality."""


def lorenz_points(values: pl.Series, *, least: int = 1) -> list[dict[str, float]]:
    """The curve through about 120 customers: customer_share and value_share, both from 0 to 1, best customers first.

    Customers below zero are left out, as in the view `concentration`; without positive value there is no curve. The
    points lie closer where the curve is steep; between them it bends so little that straight lines do.

    Args:
        values: one per customer, exact.
        least: the first point after the origin tells of this many of the best customers together.
    """
    held = values.filter(values >= 0).sort(descending=True).cum_sum()
    count = len(held)
    if not count or not held[-1]:
        return []
    wanted = sorted(
        {round(count * (step / _POINTS) ** 2) for step in range(_POINTS + 1)} - set(range(min(least, count)))
    )
    total = held[-1]
    known = [(place / count, float(held[place - 1] / total)) for place in wanted]
    return [{"customer_share": across, "value_share": up} for across, up in [(0.0, 0.0), *known]]


def lorenz_curve(
    measures: Sequence[Mapping[str, Any]], words: Words, *, points: Sequence[Mapping[str, Any]] = ()
) -> Picture | None:
    """The curve over the line of equality.

    Args:
        measures: of the view `concentration` of `segment`: measure, value (gini, top_N_percent_share …).
        words: the language.
        points: of `lorenz_points`; without them the curve runs straight between the measures.
    """
    known = {row["measure"]: row["value"] for row in measures}
    if known.get("gini") is None:
        return None
    sheet = Sheet(_TOP + _PLOT + _FOOT, Scale(0, 1, _LEFT, WIDTH - 36), Scale(0, 1, _TOP + _PLOT, _TOP), words.code)
    named = _named(known)
    _paper(sheet, words)
    _curve(sheet, points or [{"customer_share": 0, "value_share": 0}, *named, {"customer_share": 1, "value_share": 1}])
    _labels(sheet, named, known["gini"], words)
    return Picture("lorenz", words.text("charts.lorenz.title"), _alt(named, known["gini"], words), sheet.spec())


def _named(known: Mapping[str, float | None]) -> list[dict[str, Any]]:
    shares = [(best, known.get(f"top_{best}_percent_share")) for best in _NAMED]
    return [
        {"best": best, "customer_share": best / 100, "value_share": share}
        for best, share in shares
        if share is not None
    ]


def _paper(sheet: Sheet, words: Words) -> None:
    levels(sheet, _TICKS, lambda share: percent(share, words))
    stations(sheet, ((share, percent(share, words)) for share in _TICKS))
    titles(sheet, words.text("charts.lorenz.across"), words.text("charts.lorenz.upwards"))


def _curve(sheet: Sheet, points: Sequence[Mapping[str, Any]]) -> None:
    between = [{**point, "equal": point["customer_share"]} for point in points]
    places = {"x": "customer_share", "y": "value_share"}
    sheet.mark("area", between, style={"fill": MAIN_PALE}, **places, y2="equal")
    ends = [{"customer_share": end, "value_share": end} for end in (0, 1)]
    sheet.mark("line", ends, style={"stroke": MUTED, "strokeWidth": 1.5, "strokeDash": [5, 5]}, **places)
    sheet.mark("line", points, style={"stroke": MAIN, "strokeWidth": 3}, **places)
    floor_line(sheet)


def _labels(sheet: Sheet, named: Sequence[Mapping[str, Any]], gini: float, words: Words) -> None:
    """Dots on the curve, and what they mean in the room below the line of equality, which is always free."""
    dot = {"shape": "circle", "size": 70, "filled": True, "color": MAIN, "opacity": 1}
    sheet.mark("point", named, style=dot, x="customer_share", y="value_share")
    lines = [
        words.text("charts.lorenz.best", best=row["best"], share=words.cell(row["value_share"], "share"))
        for row in named
    ]
    texts = [
        {"label": label, "x": 0.98, "y": y}
        for label, y in zip([*lines, words.text("charts.lorenz.gini", gini=f"{gini:.2f}")], _LINES, strict=False)
    ]
    sheet.text(texts, Lettering("right", strong=True), x="x", y="y", text="label")
    equality = [{"label": words.text("charts.lorenz.equality"), "x": 0.98, "y": _LINES[-1]}]
    sheet.text(equality, Lettering("right", SMALL, MUTED), x="x", y="y", text="label")


def _alt(named: Sequence[Mapping[str, Any]], gini: float, words: Words) -> str:
    lines = [
        words.text("charts.lorenz.alt_best", best=row["best"], share=words.cell(row["value_share"], "share"))
        for row in named
    ]
    return sentences([*lines, words.text("charts.lorenz.alt_gini", gini=f"{gini:.2f}")], words)
