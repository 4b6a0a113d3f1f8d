"""How segments rank among each other, so that a move between two of them is up or down."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from crmcli.analysis.segment.rules import cells

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcli.analysis.segment.rules import RuleSet

SAME, PROMOTED, DEMOTED, SIDEWAYS = "same", "promoted", "demoted", "sideways"


def standings(rules: RuleSet) -> dict[str, Fraction]:
    """Segment → mean of R + F + M over the score cells that it takes, exactly.

    It follows from the rules alone, so that rules of one's own are ranked too, and no data can turn the order around.
    A rule that never fires has no cells and is absent.
    """
    taken: dict[str, list[int]] = {}
    for cell in cells(rules.scores):
        taken.setdefault(rules.rule_for(cell).name, []).append(sum(cell))
    return {name: Fraction(sum(sums), len(sums)) for name, sums in taken.items()}


def direction(before: str, after: str, standing: Mapping[str, Fraction]) -> str:
    """What a move from one segment to another is."""
    if before == after:
        return SAME
    if standing[before] == standing[after]:
        return SIDEWAYS
    return PROMOTED if standing[after] > standing[before] else DEMOTED
