"""The paper of a picture: fixed room, scales with stated ends, and layers of plain marks with their data.

Vega-Lite lays out axes and legends by measuring texts, which depends on the fonts of the machine. Here every axis is
drawn as marks at stated places, so that the same rows give the same bytes everywhere. All lengths are of a page of 680
units; a phone shows it at half size, with larger texts (`crmcli.reporting.picture_style`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from crmcli.reporting.charts.palette import INK
from crmcli.reporting.charts.wording import inert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

WIDTH = 680
BODY, SMALL = 13, 12
"""Sizes of texts."""
PHONE = 1.65
"""How much larger texts are, in units of the page, on a phone; room is made for that size."""

Row = dict[str, Any]
Place = str | float
"""Where a mark stands: a field on the scale, or a number of units of the page."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from `low` to `high` lie between `start` and `end` on the page."""

    low: float
    high: float
    start: float
    end: float

    def spec(self) -> dict[str, object]:
        """As Vega-Lite has it."""
        return {"domain": [self.low, self.high], "range": [self.start, self.end], "nice": False, "zero": False}


@dataclass(frozen=True, slots=True)
class Lettering:
    """How texts look; dx and dy move them, in units of the page."""

    align: Literal["left", "right", "center"] = "left"
    size: int = BODY
    colour: str = INK
    strong: bool = False
    dx: float = 0
    dy: float = 0

    def style(self) -> dict[str, object]:
        """As Vega-Lite has it, without the colour."""
        weight: dict[str, object] = {"fontWeight": 600} if self.strong else {}
        return {
            "align": self.align,
            "baseline": "middle",
            "fontSize": self.size,
            "dx": self.dx,
            "dy": self.dy,
            **weight,
        }


@dataclass(slots=True)
class Sheet:
    """A picture being drawn: layers lie upon one another in the order they were added."""

    height: float
    x: Scale
    y: Scale
    language: str
    layers: list[dict[str, object]] = field(default_factory=list)

    def mark(
        self, kind: str, rows: Iterable[Mapping[str, Any]], *, style: Mapping[str, object], **places: Place
    ) -> None:
        """Add a layer.

        Args:
            kind: a mark of Vega-Lite.
            rows: its data, made plain: money as numbers, dates as ISO texts, texts inert.
            style: properties of the mark.
            places: x, x2, y, y2 as `Place`; fill, stroke, opacity, text, size, detail, order name a field.
        """
        data = [plain(row) for row in rows]
        if data:
            encoding = {channel: self._channel(channel, place) for channel, place in places.items()}
            self.layers.append({"data": {"values": data}, "mark": {"type": kind, **style}, "encoding": encoding})

    def text(self, rows: Iterable[Mapping[str, Any]], lettering: Lettering, **places: Place) -> None:
        """Add texts, their middle line at the place; `fill` may name a field, in place of the lettering's colour."""
        colour = {} if "fill" in places else {"fill": lettering.colour}
        self.mark("text", rows, style={**lettering.style(), **colour}, **places)

    def spec(self) -> dict[str, object]:
        """The Vega-Lite dictionary."""
        return {
            "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
            "usermeta": {"language": self.language},
            "width": WIDTH,
            "height": self.height,
            "autosize": {"type": "none"},
            "padding": 0,
            "background": None,
            "config": {"aria": False, "view": {"stroke": None, "fill": None}},
            "layer": self.layers,
        }

    def _channel(self, channel: str, place: Place) -> dict[str, object]:
        if not isinstance(place, str):
            return {"value": place}
        if channel in {"x", "y"}:
            scale = (self.x if channel == "x" else self.y).spec()
            return {"field": place, "type": "quantitative", "scale": scale, "axis": None}
        if channel in {"x2", "y2"}:
            return {"field": place}
        if channel in {"text", "detail"}:
            return {"field": place, "type": "nominal"}
        if channel == "order":
            return {"field": place, "type": "quantitative"}
        return {"field": place, "type": "nominal", "scale": None, "legend": None}


def plain(row: Mapping[str, Any]) -> Row:
    """A row that JSON can hold; positions within a thousandth."""
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: object) -> object:
    if isinstance(value, str):
        return inert(value)
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, dt.date) else value
