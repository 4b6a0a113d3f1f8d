"""What a chart gives: a Vega-Lite dictionary, and the words that stand for it where it cannot be seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture, before it is drawn.

    Attributes:
        id: lower case words joined by hyphens; unique in a report, prefix of every id inside the SVG.
        title: a phrase.
        alt: full sentences with the numbers that matter.
        spec: Vega-Lite, with all data inside.
    """

    id: str
    title: str
    alt: str
    spec: Mapping[str, object]
