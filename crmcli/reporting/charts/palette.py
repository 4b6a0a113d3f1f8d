"""The colours of all pictures: each by its role, as it is on a light page, with its counterpart on a dark one.

Blue against orange holds for all common kinds of colour blindness, and no chart relies on colour alone. Texts keep a
contrast of 4.5 to what is behind them and marks one of 3, in both modes; tests compute it.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LIGHT_PAGE, DARK_PAGE = "#ffffff", "#14171d"
"""What pictures are made to lie on; they are transparent themselves."""

INK = "#1f2430"
MUTED = "#596273"
GRID = "#e2e5eb"
AXIS = "#868e9c"
MAIN = "#0a67a6"
MAIN_PALE = "#dbe8f3"
OTHER = "#c2540a"
OTHER_BAND = "#f4b183"
NEUTRAL_PALE = "#dfe3ea"
ON_PALE = "#1f2431"
"""Text on the pale steps of the ramps."""
ON_DEEP = "#fffffe"
"""Text on their deep steps."""
HATCH = "#8a93a2"
"""A cell of which nothing can be known yet; drawn as stripes of this colour."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a ramp, and the colour of a text on it."""

    fill: str
    text: str


HEAT: tuple[Step, ...] = (
    Step("#eff4f9", ON_PALE),
    Step("#d3e2f0", ON_PALE),
    Step("#adcae4", ON_PALE),
    Step("#7eacd3", ON_PALE),
    Step("#3676ae", ON_DEEP),
    Step("#1f5a91", ON_DEEP),
    Step("#123f6b", ON_DEEP),
)
"""From nothing to much."""

AGE: tuple[str, ...] = ("#8795a8", "#c98a4b", "#c2702a", "#b2560f", "#913f06", "#6b2c03")
"""From not due to long overdue."""

DARK: Mapping[str, str] = MappingProxyType(
    {
        INK: "#e8ebf1",
        MUTED: "#a7b0bf",
        GRID: "#2d333e",
        AXIS: "#767f8e",
        MAIN: "#5aa9e6",
        MAIN_PALE: "#1d3449",
        OTHER: "#f0924a",
        OTHER_BAND: "#86491c",
        NEUTRAL_PALE: "#333a46",
        ON_PALE: "#e8ebf2",
        ON_DEEP: "#10151d",
        HATCH: "#6d7686",
        "#eff4f9": "#1b2430",
        "#d3e2f0": "#20374f",
        "#adcae4": "#274e75",
        "#7eacd3": "#2d659b",
        "#3676ae": "#5b9bd5",
        "#1f5a91": "#8dbdea",
        "#123f6b": "#c3def6",
        "#8795a8": "#76849a",
        "#c98a4b": "#b0713a",
        "#c2702a": "#c97f3d",
        "#b2560f": "#e2924a",
        "#913f06": "#f3a964",
        "#6b2c03": "#ffc890",
    }
)
"""Every colour above on a dark page."""


def step(value: float, largest: float) -> Step:
    """The step for a value from 0 to the largest: seven equal parts of that range."""
    if largest <= 0:
        return HEAT[0]
    return HEAT[min(max(int(value / largest * len(HEAT)), 0), len(HEAT) - 1)]
