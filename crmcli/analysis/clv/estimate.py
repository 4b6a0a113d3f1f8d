"""From a likelihood to a fit: time scaling, starts on coarse rows, the exact maximum, covariance and its diagnosis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import log
from typing import TYPE_CHECKING

import numpy as np

from crmcli.analysis.clv.newton import LONGEST, Objective, best_starts, maximise
from crmcli.analysis.clv.rows import Rows
from crmcli.errors import TooLittleDataError
from crmcli.notes import info, warning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcli.analysis.clv.arrays import Flags, Floats
    from crmcli.analysis.clv.newton import Optimum
    from crmcli.notes import Note

Likelihood = Callable[[Rows, float], Objective]
"""Rows and a unit of time in days → a log-likelihood of the logarithms of the parameters in that unit."""

WEAK_LOG_ERROR = 1.5
"""A parameter whose logarithm has a larger standard error is known to less than a factor of about 12 either way."""

_COARSE_AGES = (16, 60)
_LARGEST_LOG_ERROR = 3.0
_CLIMBS = 2
_FEW_REPEATERS = 10
_ALIKE, _ALIKE_SURELY = 20.0, 1e3
_LOST, _LOST_SHARE = 0.5, 1e-3


@dataclass(frozen=True, slots=True)
class Maximum:
    """A maximum likelihood estimate with time in days."""

    values: Floats
    covariance: Floats
    log_likelihood: float
    converged: bool
    at_bound: Flags
    weak: Flags


def fit_rows(  # noqa: PLR0913 — what a model has to say for itself
    likelihood: Likelihood,
    rows: Rows,
    starts: Sequence[Floats],
    time_powers: Sequence[int],
    near: Floats | None = None,
    *,
    events: float,
) -> Maximum:
    """The maximum over all parameters of a purchase model.

    Args:
        likelihood: builds the objective; the unit is chosen here so that the longest history is 10 units.
        rows: with at least one repeat purchase.
        starts: parameters to try, with time in those units.
        time_powers: with which power of the time unit each parameter scales.
        near: parameters in days known to be close; replaces the search from `starts`.
        events: dated events in the likelihood, each of which makes it a density per unit of time once more.
    """
    unit_days = float(rows.age_days.max()) / LONGEST
    shift = log(unit_days) * np.asarray(time_powers, dtype=np.float64)
    first = _search(likelihood, rows, unit_days, starts) if near is None else [np.log(near) - shift]
    maximum = maximum_of(likelihood(rows, unit_days), first, shift)
    return replace(maximum, log_likelihood=maximum.log_likelihood - events * log(unit_days))


def maximum_of(objective: Objective, starts: Sequence[Floats], shift: Floats | float = 0.0) -> Maximum:
    """The maximum from starts in logarithms; `shift` is added to the logarithms of the result."""
    optimum = maximise(objective, starts)
    covariance, weak = covariance_of(optimum)
    return Maximum(
        values=np.exp(optimum.point.logs + shift),
        covariance=covariance,
        log_likelihood=optimum.point.value,
        converged=optimum.converged,
        at_bound=optimum.at_bound,
        weak=weak,
    )


def require_repeaters(rows: Rows) -> None:
    """Refuse rows from which no purchase rate can be learnt.

    Raises:
        TooLittleDataError: nobody bought on a second day.
    """
    if not (rows.x > 0).any():
        raise TooLittleDataError(
            f"None of the {rows.customers:,.0f} customers bought on more than one day, so nothing tells how often they "
            "buy or when they stop",
            remedy="Give a longer time of observation",
        )


def _search(likelihood: Likelihood, rows: Rows, unit_days: float, starts: Sequence[Floats]) -> list[Floats]:
    """Where to begin on the exact rows: where climbing on ever finer rows has led, or the likeliest starts."""
    levels = [coarse for ages in _COARSE_AGES if len(coarse := _coarse(rows, ages)) < len(rows) / 2]
    if not levels:
        return best_starts(likelihood(rows, unit_days), [np.log(start) for start in starts], _CLIMBS)
    objective = likelihood(levels[0], unit_days)
    best = maximise(objective, best_starts(objective, [np.log(start) for start in starts], _CLIMBS)).point.logs
    for finer in levels[1:]:
        best = maximise(likelihood(finer, unit_days), [best]).point.logs
    return [best]


def _coarse(rows: Rows, ages: int) -> Rows:
    """Rows with times rounded to so many steps."""
    step = max(1, round(float(rows.age_days.max()) / ages))
    age = (rows.age_days // step).astype(np.int64)
    last = np.minimum((rows.t_x_days // step).astype(np.int64), age)
    keys, index = np.unique((rows.x << 40) | (last << 20) | age, return_inverse=True)
    weights = np.bincount(index, rows.weights).astype(np.float64)
    x = keys >> 40
    days = [(part * step + step / 2).astype(np.float64) for part in ((keys >> 20) & 0xFFFFF, keys & 0xFFFFF)]
    return Rows(x, np.where(x > 0, days[0], 0.0), days[1], weights, index)


def covariance_of(optimum: Optimum) -> tuple[Floats, Flags]:
    """Covariance of the logarithms from the observed information, and which parameters are hardly determined.

    A parameter at its bound has no variance. Directions in which the likelihood is flat get a standard error of 3, a
    factor of 20 either way, so that draws stay finite; they are reported as weak.
    """
    free = ~optimum.at_bound
    covariance = np.zeros_like(optimum.point.hessian)
    if free.any():
        curvatures, axes = np.linalg.eigh(-optimum.point.hessian[np.ix_(free, free)])
        variances = 1 / np.maximum(curvatures, _LARGEST_LOG_ERROR**-2)
        covariance[np.ix_(free, free)] = (axes * variances) @ axes.T
    return covariance, optimum.at_bound | (np.sqrt(np.diag(covariance)) > WEAK_LOG_ERROR)


def general_notes(maximum: Maximum, rows: Rows, title: str) -> tuple[Note, ...]:
    """What is worth saying of a fit of any purchase model."""
    repeaters = float(rows.weights[rows.x > 0].sum())
    if repeaters >= _FEW_REPEATERS:
        return convergence_notes(maximum, title)
    text = f"{title}: only {repeaters:,.0f} customers bought again; the parameters are little more than a guess."
    return (*convergence_notes(maximum, title), warning("clv_few_repeaters", text))


def convergence_notes(maximum: Maximum, title: str) -> tuple[Note, ...]:
    """A warning when no maximum was reached."""
    if maximum.converged:
        return ()
    text = f"{title}: the search for the best parameters stopped before it reached a maximum."
    return (warning("clv_not_converged", text),)


def alike(shape: float, *, weak: bool) -> bool:
    """Whether a gamma or beta distribution of this shape (or sum of shapes) is as good as one value for all."""
    return shape > _ALIKE_SURELY or (weak and shape > _ALIKE)


def too_few_lost(lost: float, rows: Rows) -> bool:
    """Whether the customers taken for lost are so few that dropping out is not measurable."""
    return lost < max(_LOST, _LOST_SHARE * rows.customers)


def homogeneous_note(title: str, what: str, code: str) -> Note:
    """A spread between customers that the data do not show."""
    return info(code, f"{title}: customers do not differ measurably in {what}; its spread is not to be relied on.")


def no_dropout_note(title: str) -> Note:
    """Dropping out cannot be seen."""
    return warning(
        "clv_no_dropout",
        f"{title}: no measurable dropout. Silence so far is no longer than the purchase rates explain, so that hardly "
        "anyone is taken for lost; a longer time of observation may show it.",
    )
