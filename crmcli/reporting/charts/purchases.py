"""One customer's order days in time, each as high as its money."""

from __future__ import annotations

import datetime as dt
from itertools import groupby
from typing import TYPE_CHECKING, Any

from crmcli.reporting.charts.axes import levels, month_ticks, round_ticks, stations, titles
from crmcli.reporting.charts.palette import AXIS, MAIN, MUTED, NEUTRAL_PALE, OTHER
from crmcli.reporting.charts.picture import Picture
from crmcli.reporting.charts.sheet import SMALL, WIDTH, Lettering, Scale, Sheet
from crmcli.reporting.charts.wording import amount, brief, sentences

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmcli.reporting.words import Words

_TOP, _PLOT, _FOOT, _LEFT, _RIGHT = 44, 240, 36, 74, 20
_MOST = 120
_MARGIN_DAYS = 10
_ROOM = 1.08


def purchase_plot(rows: Sequence[Mapping[str, Any]], words: Words, *, as_of: dt.date | None = None) -> Picture | None:
    """A stem per order day; per month where there are more than 120 of them. Refunds lead below the line.

    Args:
        rows: date, orders, net (money, refunds taken off), sorted by date.
        words: the language.
        as_of: the end of what is known: the silence after the last order is shaded.
    """
    if not rows:
        return None
    by_month = len(rows) > _MOST
    shown = _months(rows) if by_month else [_stem(row["date"], row["orders"], row["net"]) for row in rows]
    first, last = rows[0]["date"], max(rows[-1]["date"], as_of or rows[-1]["date"])
    across = Scale(first.toordinal() - _MARGIN_DAYS, last.toordinal() + _MARGIN_DAYS, _LEFT, WIDTH - _RIGHT)
    low, high = min(0, *(row["net"] for row in shown)) * _ROOM, max(0, *(row["net"] for row in shown)) * _ROOM
    down = Scale(low, high if high > low else 1, _TOP + _PLOT, _TOP)
    sheet = Sheet(_TOP + _PLOT + _FOOT, across, down, words.code)
    if as_of is not None and as_of > rows[-1]["date"]:
        _silence(sheet, rows[-1]["date"], as_of, words)
    levels(sheet, round_ticks(down.low, down.high, 5), lambda value: brief(value, words))
    months = [day for day in month_ticks(first, last, 4) if day.toordinal() - across.low > _MARGIN_DAYS]
    stations(sheet, ((day.toordinal(), f"{day:%Y-%m}") for day in months or [first]))
    titles(sheet, upwards=words.text("charts.purchases.upwards_month" if by_month else "charts.purchases.upwards"))
    _stems(sheet, shown)
    return Picture("purchases", words.text("charts.purchases.title"), _alt(rows, words), sheet.spec())


def _stem(day: dt.date, orders: int, net: Any) -> dict[str, Any]:
    return {"date": day, "day": day.toordinal(), "orders": orders, "net": float(net), "zero": 0}


def _months(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Months on their 15th day."""
    return [
        _stem(dt.date(year, month, 15), sum(row["orders"] for row in days), sum(row["net"] for row in days))
        for (year, month), group in groupby(rows, key=lambda row: (row["date"].year, row["date"].month))
        for days in [list(group)]
    ]


def _silence(sheet: Sheet, last: dt.date, as_of: dt.date, words: Words) -> None:
    silent = [{"last": last.toordinal(), "as_of": as_of.toordinal()}]
    shade = {"fill": NEUTRAL_PALE, "opacity": 0.5}
    sheet.mark("rect", silent, style=shade, x="last", x2="as_of", y=_TOP, y2=_TOP + _PLOT)
    label = [{"label": words.text("charts.purchases.silent", days=(as_of - last).days)}]
    sheet.text(label, Lettering("right", SMALL, MUTED), x=WIDTH - _RIGHT, y=12, text="label")


def _stems(sheet: Sheet, shown: Sequence[Mapping[str, Any]]) -> None:
    zero = [{"zero": 0}]
    sheet.mark("rule", zero, style={"stroke": AXIS}, x=_LEFT, x2=WIDTH - _RIGHT, y="zero")
    for colour, shape, own in (
        (MAIN, "circle", [row for row in shown if row["net"] >= 0]),
        (OTHER, "square", [row for row in shown if row["net"] < 0]),
    ):
        sheet.mark("rule", own, style={"stroke": colour, "strokeWidth": 2}, x="day", y="zero", y2="net")
        dot = {"shape": shape, "size": 60, "filled": True, "color": colour, "opacity": 1}
        sheet.mark("point", own, style=dot, x="day", y="net")


def _alt(rows: Sequence[Mapping[str, Any]], words: Words) -> str:
    total = sum(float(row["net"]) for row in rows)
    best = max(rows, key=lambda row: row["net"])
    values = {"days": len(rows), "first": rows[0]["date"], "last": rows[-1]["date"], "total": amount(total, words)}
    return sentences(
        [
            words.text("charts.purchases.alt", **values),
            words.text("charts.purchases.alt_best", date=best["date"], amount=amount(float(best["net"]), words)),
        ],
        words,
    )
