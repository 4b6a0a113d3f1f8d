"""Chance, the same on every machine: a few draws on top of the raw bits of PCG64.

NumPy promises that a bit generator's raw stream never changes, but not the streams of `Generator.gamma` and its like.
So only raw bits are taken, and everything else is built from them here.
"""

from __future__ import annotations

import math
from itertools import accumulate
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SEED = 20230102
"""The one seed; every part of the sample derives its own stream from it and its name."""

T = TypeVar("T")


class Dice:
    """A stream of draws of its own for one part of the sample, so that changing one part leaves the others alone."""

    def __init__(self, part: str) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence([SEED, *part.encode()]))

    def share(self) -> float:
        """Return a uniform number in [0, 1) with 53 random bits."""
        return (int(self._bits.random_raw()) >> 11) * 2.0**-53

    def chance(self, probability: float) -> bool:
        """Return True with the given probability."""
        return self.share() < probability

    def between(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return low + int(self.share() * (high - low + 1))

    def spread(self, low: float, high: float) -> float:
        """Return a uniform number between low and high."""
        return low + self.share() * (high - low)

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options, all equally likely."""
        return options[int(self.share() * len(options))]

    def weighted(self, weights: Mapping[T, float]) -> T:
        """Return one of the keys, likely in proportion to its weight."""
        target = self.share() * sum(weights.values())
        for option, reached in zip(weights, accumulate(weights.values()), strict=True):
            if target < reached:
                return option
        return next(reversed(list(weights)))

    def erlang(self, shape: int, mean: float) -> float:
        """Return a gamma variate with a whole shape: the sum of `shape` exponential waits."""
        return sum(-math.log(1.0 - self.share()) for _ in range(shape)) * mean / shape

    def normal(self, mean: float, deviation: float) -> float:
        """Return a nearly normal variate: twelve uniform draws added up, so never beyond six deviations."""
        return mean + deviation * (sum(self.share() for _ in range(12)) - 6.0)

    def count(self, mean: float) -> int:
        """Return a Poisson count (Knuth's product of uniforms; meant for small means)."""
        limit, product, events = math.exp(-mean), self.share(), 0
        while product > limit:
            product *= self.share()
            events += 1
        return events
