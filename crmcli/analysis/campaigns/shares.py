"""Shares of people who responded, and the difference of two of them, with 95 % limits that hold for small numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from crmcli.analysis.churn.reasons import wilson


@dataclass(frozen=True, slots=True)
class Response:
    """How many of some people responded."""

    responders: int
    people: int

    @property
    def rate(self) -> float | None:
        """Responders ÷ people; None of nobody."""
        return self.responders / self.people if self.people else None

    @property
    def limits(self) -> tuple[float, float] | None:
        """Wilson's limits of the rate; None of nobody."""
        return wilson(self.responders, self.people) if self.people else None


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference of two shares with its lower and upper limit."""

    value: float
    low: float
    high: float


def difference(first: Response, second: Response) -> Difference | None:
    """first.rate − second.rate with limits from Wilson's of both; None when one of them is of nobody.

    Source: Newcombe (1998), Statistics in Medicine 17, method 10 (hybrid score, without continuity correction).
    """
    p1, p2, limits1, limits2 = first.rate, second.rate, first.limits, second.limits
    if p1 is None or p2 is None or limits1 is None or limits2 is None:
        return None
    below = math.hypot(p1 - limits1[0], limits2[1] - p2)
    above = math.hypot(limits1[1] - p1, p2 - limits2[0])
    return Difference(p1 - p2, max(p1 - p2 - below, -1.0), min(p1 - p2 + above, 1.0))
