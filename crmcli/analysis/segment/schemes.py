"""The built-in named segments; what to do about them stands in strategy.toml.

grid10 divides the 25 cells of R × F into the ten usual names, each cell into exactly one. rfm-r are the rules in the
README of the R package rfm 0.3, where the first match wins.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from crmcli.analysis.segment.rules import Rule, RuleSet
from crmcli.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCORES = 5

GRID10 = RuleSet(
    "grid10",
    _SCORES,
    (
        Rule("champions", r=(5, 5), f=(4, 5)),
        Rule("loyal_customers", r=(3, 4), f=(4, 5)),
        Rule("potential_loyalists", r=(4, 5), f=(2, 3)),
        Rule("new_customers", r=(5, 5), f=(1, 1)),
        Rule("promising", r=(4, 4), f=(1, 1)),
        Rule("need_attention", r=(3, 3), f=(3, 3)),
        Rule("about_to_sleep", r=(3, 3), f=(1, 2)),
        Rule("at_risk", r=(1, 2), f=(3, 4)),
        Rule("cant_lose", r=(1, 2), f=(5, 5)),
        Rule("hibernating", r=(1, 2), f=(1, 2)),
    ),
)

RFM_R = RuleSet(
    "rfm-r",
    _SCORES,
    (
        Rule("Champions", (5, 5), (5, 5), (5, 5)),
        Rule("Potential Loyalist", (3, 5), (3, 5), (2, 5)),
        Rule("Loyal", (2, 4), (2, 4), (2, 4)),
        Rule("Promising", (3, 4), (1, 3), (3, 5)),
        Rule("New", (4, 5), (1, 3), (1, 5)),
        Rule("Can't Lose", (1, 2), (3, 4), (4, 5)),
        Rule("At Risk", (1, 2), (2, 5), (4, 5)),
        Rule("Need Attention", (1, 3), (3, 5), (3, 5)),
        Rule("About To Sleep", (2, 3), (1, 3), (1, 4)),
        Rule("Lost", (1, 1), (1, 5), (1, 5)),
    ),
    fallback=Rule("Others"),
)

SCHEMES: Mapping[str, RuleSet] = MappingProxyType({scheme.name: scheme for scheme in (GRID10, RFM_R)})


def built_in(name: str, scores: int) -> RuleSet:
    """A scheme by its name.

    Raises:
        UsageError: an unknown name, or a k that the scheme is not defined for.
    """
    if name not in SCHEMES:
        raise UsageError(
            f"Unknown segments {name!r}; built in are {', '.join(SCHEMES)}.", remedy=did_you_mean(name, SCHEMES)
        )
    SCHEMES[name].require_scores(scores)
    return SCHEMES[name]
