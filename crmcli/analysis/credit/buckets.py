"""Age buckets: not due, then days overdue up to each bound, then everything older."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from crmcli.errors import UsageError

NOT_DUE = "not_due"
_MOST = 12
_EXAMPLE = "Example: --buckets 30,60,90,120"


@dataclass(frozen=True, slots=True)
class Buckets:
    """Upper bounds in days, rising; overdue starts at day 1."""

    bounds: tuple[int, ...] = (30, 60, 90, 120)

    @property
    def names(self) -> tuple[str, ...]:
        """not_due, d1_30, …, d121_plus."""
        starts = (1, *(bound + 1 for bound in self.bounds))
        inner = [f"d{start}_{bound}" for start, bound in zip(starts, self.bounds, strict=False)]
        return (NOT_DUE, *inner, f"d{starts[-1]}_plus")

    def number(self, days: pl.Expr) -> pl.Expr:
        """UInt8: the place in `names` of an age in days (0 or less is not due)."""
        place = pl.lit(0, pl.UInt8) + (days >= 1).cast(pl.UInt8)
        for bound in self.bounds:
            place = place + (days > bound).cast(pl.UInt8)
        return place


def parse_buckets(text: str) -> Buckets:
    """`--buckets 30,60,90,120`.

    Raises:
        UsageError: no rising list of whole days from 1.
    """
    try:
        bounds = tuple(int(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"--buckets {text!r} is no list of days", remedy=_EXAMPLE) from None
    if not 1 <= len(bounds) <= _MOST or bounds[0] < 1 or any(a >= b for a, b in pairwise(bounds)):
        raise UsageError(f"--buckets {text!r}: the days must rise from 1, at most {_MOST} of them", remedy=_EXAMPLE)
    return Buckets(bounds)
