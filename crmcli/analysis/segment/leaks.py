"""Traits that give the answer away: what is made from the target, or known only of those who are in it.

A model with such a trait looks brilliant on the customers it was made from and is worthless on prospects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.discrimination import discrimination, mid_ranks
from crmcli.analysis.segment.levels import MISSING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcli.analysis.segment.constants import Constants

LEAK_PURITY = 0.99
LEAK_COVERAGE = 0.5
"""A level that holds at least this part of the target, and hardly anybody else (purity), was given because of it."""

FIGURES = ("monetary", "value", "frequency", "recency_days", "purchase_days", "first_date", "last_date")
"""What segments, tiers and classes are made from."""

_FEWEST = 10


class Leak(str):
    """A reason to refuse a trait, in words; other reasons only leave one out."""

    __slots__ = ()


def leak(values: pl.Series, chosen: NDArray[np.bool_], figures: pl.DataFrame, constants: Constants) -> Leak | None:
    """Why a trait may not be used, or None.

    Args:
        values: the attribute (String or Float64) of customers.
        chosen: whether each is in the target.
        figures: their own figures, some of FIGURES.
        constants: `leak_auc` and `leak_correlation` are where a trait gives too much away.
    """
    known = ~values.is_null().to_numpy()
    encoded = _encoded(values, chosen)
    whole = _auc(encoded, chosen)
    if values.dtype.is_float() and min((known & chosen).sum(), (known & ~chosen).sum()) >= _FEWEST:
        part = _auc(values.filter(pl.Series(known)).to_numpy(), chosen[known])
        # Where most of the target has no value, what separates the few others gives nothing away.
        whole = max(whole, part if (known & chosen).sum() >= LEAK_COVERAGE * chosen.sum() else 0.0)
    if whole >= constants.leak_auc:
        return Leak(f"it alone tells the target apart (AUC {whole:.3f})")
    why = _pure_level(values, chosen) or _restated(values, figures, constants.leak_correlation)
    return None if why is None else Leak(why)


def _auc(score: NDArray[np.float64], chosen: NDArray[np.bool_]) -> float:
    area = discrimination(score, chosen).auc
    return max(area, 1 - area)


def _encoded(values: pl.Series, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Each level as its share of the target; numbers as whether they are known, as their order is judged by itself."""
    level = values.is_null().cast(pl.String) if values.dtype.is_float() else values.fill_null(MISSING)
    frame = pl.DataFrame({"level": level, "chosen": chosen.astype(np.float64)})
    return frame.select(pl.col("chosen").mean().over("level")).to_series().to_numpy()


def _pure_level(values: pl.Series, chosen: NDArray[np.bool_]) -> str | None:
    if values.dtype.is_float():
        return None
    frame = pl.DataFrame({"level": values.fill_null(MISSING), "chosen": chosen})
    found = frame.group_by("level").agg(customers=pl.len(), hits=pl.col("chosen").sum())
    pure = found.filter(
        pl.col("hits") >= LEAK_PURITY * pl.col("customers"), pl.col("hits") >= LEAK_COVERAGE * int(chosen.sum())
    )
    if pure.is_empty():
        return None
    level, customers, hits = pure.sort("hits", "level", descending=[True, False]).row(0)
    return f"{hits:,} of the {customers:,} customers with {level!r} are in the target, and most of the target is there"


def _restated(values: pl.Series, figures: pl.DataFrame, limit: float) -> str | None:
    """Whether the trait is one of the figures in other words: by rank correlation, or correlation ratio of ranks."""
    known = values.is_not_null()
    if int(known.sum()) < _FEWEST:
        return None
    present = values.filter(known)
    for name in (name for name in FIGURES if name in figures.columns):
        ranks = mid_ranks(figures[name].filter(known).to_physical().cast(pl.Float64).to_numpy())
        if ranks.min() == ranks.max():
            continue
        strength = _rank_correlation(present, ranks) if values.dtype.is_float() else _ratio(present, ranks)
        if strength >= limit:
            return f"it follows the customers' own {name} (rank correlation {strength:.3f})"
    return None


def _rank_correlation(values: pl.Series, ranks: NDArray[np.float64]) -> float:
    """Spearman's, without its sign."""
    own = mid_ranks(values.to_numpy())
    return 0.0 if own.min() == own.max() else abs(float(np.corrcoef(own, ranks)[0, 1]))


def _ratio(values: pl.Series, ranks: NDArray[np.float64]) -> float:
    """Root of the part of the variance of ranks that lies between levels, less what that many levels explain anyway."""
    n, levels = len(values), values.n_unique()
    if levels >= n:
        return 0.0
    frame = pl.DataFrame({"level": values, "rank": ranks})
    means = frame.select(pl.col("rank").mean().over("level")).to_series().to_numpy()
    within = float(((ranks - means) ** 2).sum()) / (n - levels)
    return float(np.sqrt(max(0.0, 1 - within / float(ranks.var(ddof=1)))))
