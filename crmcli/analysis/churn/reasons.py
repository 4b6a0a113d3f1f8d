"""Why customers say they left: shares with Wilson's intervals, and a claim about service put to the test."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.discrimination import Z_95
from crmcli.errors import TooLittleDataError
from crmcli.notes import info

if TYPE_CHECKING:
    from crmcli.notes import Note

CLAIMED_SERVICE_SHARE = 2 / 3
"""Texts on customer care say that two of three customers who leave do so because of service."""

NOT_GIVEN = "(none given)"
_SERVICE = r"(?i)service|服务|support"


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927): it keeps within 0 and 1, and its level for small numbers."""
    share, z2 = part / whole, Z_95**2
    centre = share + z2 / (2 * whole)
    reach = Z_95 * math.sqrt(share * (1 - share) / whole + z2 / (4 * whole**2))
    return max((centre - reach) / (1 + z2 / whole), 0.0), min((centre + reach) / (1 + z2 / whole), 1.0)


def reasons_table(given: pl.Series) -> pl.DataFrame:
    """The `reasons` view: the reasons of those who left, the most frequent first.

    Shares are of those who gave one; who gave none is counted last, without a share.

    Raises:
        TooLittleDataError: nobody gave one.
    """
    counts = _counts(given)
    total = int(counts["customers"].sum())
    if not total:
        raise TooLittleDataError("nobody who left gave a reason")
    bounds = [wilson(part, total) for part in counts["customers"]]
    table = counts.with_columns(
        share=pl.col("customers") / total,
        ci_low=pl.Series([low for low, _ in bounds]),
        ci_high=pl.Series([high for _, high in bounds]),
    )
    silent = int(given.null_count())
    if not silent:
        return table
    return pl.concat([table, pl.DataFrame({"reason": [NOT_GIVEN], "customers": [silent]})], how="diagonal")


def _counts(given: pl.Series) -> pl.DataFrame:
    frame = given.drop_nulls().alias("reason").to_frame()
    counts = frame.group_by("reason").agg(customers=pl.len().cast(pl.Int64))
    return counts.sort("customers", "reason", descending=[True, False])


def service_note(given: pl.Series) -> tuple[Note, ...]:
    """The share of reasons that name service, against the claim of two in three; nothing where none does."""
    stated = given.drop_nulls()
    named = int(stated.str.contains(_SERVICE).sum())
    if not named:
        return ()
    low, high = wilson(named, len(stated))
    if low <= CLAIMED_SERVICE_SHARE <= high:
        verdict = "which agrees with"
    else:
        verdict = "which is more than" if low > CLAIMED_SERVICE_SHARE else "which is less than"
    text = (
        f"Reasons that name service: {named / len(stated):.1%} of {len(stated):,} (95 % interval {low:.1%} to "
        f"{high:.1%}), {verdict} the two in three that texts on customer care claim"
    )
    return (info("churn_service_share", text),)
