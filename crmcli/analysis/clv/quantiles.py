"""Quantiles of the number of purchases: customers' predictions are mixtures of death and a count distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcli.analysis.clv.arrays import Floats, Indices, Ints
    from crmcli.analysis.clv.model import PurchaseModel, Series
    from crmcli.analysis.clv.rows import Rows

_MOST_STEPS = 1000


def count_quantiles(models: Sequence[PurchaseModel], rows: Rows, horizon_days: float, levels: Sequence[float]) -> Ints:
    """Smallest y with P(Y ≤ y) ≥ level, P being the mean over `models`; shape (levels, rows).

    The quantile is the number of y ≥ 1 with P(Y ≥ y) > 1 − level. Counts are taken one by one for all rows that still
    go on, and by bisection for the few beyond a thousand.
    """
    above = 1.0 - np.asarray(levels, dtype=np.float64)
    quantiles = np.zeros((len(above), len(rows)), dtype=np.int64)
    active, pairs = np.arange(len(rows)), rows.pairs.index
    shares = [share for model in models for share in model.mixture(rows)]
    series = [part for model in models for part in model.series(rows, horizon_days)]
    for _ in range(_MOST_STEPS):
        exceedance = np.zeros(len(active))
        for share, part in zip(shares, series, strict=True):
            exceedance += share * part.advance()[pairs]
        reached = exceedance / len(models) > above[:, None]
        quantiles[:, active] += reached
        going = np.flatnonzero(reached.any(axis=0))
        if not len(going):
            return quantiles
        if len(going) < len(active):
            active, shares = active[going], [share[going] for share in shares]
            pairs = _keep(series, pairs[going])
    _bisect(models, rows, horizon_days, above, quantiles, active)
    return quantiles


def _keep(series: Sequence[Series], pairs: Indices) -> Indices:
    """Go on with these pairs only, once for each of them; gives where each is now."""
    needed, index = np.unique(pairs, return_inverse=True)
    for part in series:
        part.keep(needed)
    return index


def _bisect(  # noqa: PLR0913, PLR0917 — the state of the search
    models: Sequence[PurchaseModel],
    rows: Rows,
    horizon_days: float,
    above: Floats,
    quantiles: Ints,
    active: Indices,
) -> None:
    """Go on from `quantiles` for the rows `active` and the levels that have not stopped."""
    some = rows.chosen(active)

    def reached(counts: Ints, level: float) -> Floats:
        total = sum(model.p_at_least(some, horizon_days, counts) for model in models)
        return np.asarray(total / len(models) > level)

    for line, level in enumerate(above):
        low = quantiles[line, active]
        going = low == _MOST_STEPS
        high = np.where(going, 2 * _MOST_STEPS, low + 1)
        while (more := going & reached(high, level)).any():
            low, high = np.where(more, high, low), np.where(more, 2 * high, high)
        while (high - low > 1).any():
            middle = (low + high) // 2
            up = reached(np.maximum(middle, 1), level)
            low, high = np.where(up & going, middle, low), np.where(up | ~going, high, middle)
        quantiles[line, active] = low
