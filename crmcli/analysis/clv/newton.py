"""Maximum likelihood by damped Newton steps with exact second derivatives, in the logarithms of the parameters.

With four parameters and sums over distinct rows, a Hessian costs little more than a gradient and saves most of the
evaluations of a quasi-Newton search. Eigenvalues of the negative Hessian are made positive (the saddle-free Newton
method of Dauphin et al. 2014), steps are capped and halved until the likelihood rises, and parameters that press
against their bounds are held there (Bertsekas 1982).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crmcli.analysis.clv.arrays import Floats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcli.analysis.clv.arrays import Flags

BOUND = 14.0
"""Largest absolute logarithm of a parameter, with time scaled so that the longest history is `LONGEST`."""
LONGEST = 10.0

_MAX_STEPS = 200
_LONGEST_STEP = 2.0
_SMALLEST_CURVATURE = 1e-12
_RISE = 1e-4
_HALVINGS = 40
_GAIN = 1e-10
_NOISE = 1e-15
_HIDDEN = 1e4
_TINY = 1e-300
_AT = 1e-9


@dataclass(frozen=True, slots=True)
class Point:
    """Where an objective was evaluated: logarithms of the parameters, value, gradient and Hessian there."""

    logs: Floats
    value: float
    gradient: Floats
    hessian: Floats


Objective = Callable[[Floats], tuple[float, Floats, Floats]]


@dataclass(frozen=True, slots=True)
class Optimum:
    """The best point found, whether it is a maximum, and which parameters ended at a bound."""

    point: Point
    converged: bool
    at_bound: Flags


def to_logs(values: Floats, gradient: Floats, hessian: Floats) -> tuple[Floats, Floats]:
    """Gradient and Hessian with respect to the logarithms of parameters, from those on the natural scale."""
    log_gradient = values * gradient
    return log_gradient, np.outer(values, values) * hessian + np.diag(log_gradient)


def maximise(objective: Objective, starts: Sequence[Floats], bound: float = BOUND) -> Optimum:
    """The best maximum reached from several starts (logarithms of parameters)."""
    optima = [_climb(objective, start, bound) for start in starts]
    return max(optima, key=lambda optimum: optimum.point.value)


def best_starts(objective: Objective, candidates: Sequence[Floats], count: int) -> list[Floats]:
    """The most likely candidates, best first."""
    return sorted(candidates, key=lambda logs: -_finite(objective(logs)[0]))[:count]


def _finite(value: float) -> float:
    return value if np.isfinite(value) else -np.inf


def _climb(objective: Objective, start: Floats, bound: float) -> Optimum:
    point = _evaluate(objective, np.clip(start, -bound, bound))
    for _ in range(_MAX_STEPS):
        step, gain = _newton_step(point, bound)
        if gain <= _tolerance(point):
            return Optimum(point, converged=True, at_bound=_held(point, bound))
        better = _line_search(objective, point, _within(point.logs, step, bound))
        if better is None:
            # Rounding hides any further rise: a maximum only if none was due.
            return Optimum(point, converged=gain <= _HIDDEN * _tolerance(point), at_bound=_held(point, bound))
        point = better
    return Optimum(point, converged=False, at_bound=_held(point, bound))


def _evaluate(objective: Objective, logs: Floats) -> Point:
    value, gradient, hessian = objective(logs)
    return Point(logs, value, gradient, hessian)


def _tolerance(point: Point) -> float:
    return _GAIN + _NOISE * abs(point.value)


def _held(point: Point, bound: float) -> Flags:
    flags: Flags = (np.abs(point.logs) >= bound - _AT) & (point.logs * point.gradient >= 0)
    return flags


def _newton_step(point: Point, bound: float) -> tuple[Floats, float]:
    """The step, and the rise that it promises before it is capped.

    Parameters at a bound stay there when the gradient or, coupled to the others, the step leads beyond it.
    """
    free = ~_held(point, bound)
    step = np.zeros_like(point.logs)
    while free.any():
        step = _free_step(point, free)
        beyond = (np.abs(point.logs) >= bound - _AT) & (point.logs * step > 0)
        if not beyond.any():
            break
        free &= ~beyond
    else:
        step = np.zeros_like(point.logs)
    gain = 0.5 * float(point.gradient @ step)
    return step * min(1.0, _LONGEST_STEP / max(float(np.abs(step).max()), _TINY)), gain


def _free_step(point: Point, free: Flags) -> Floats:
    gradient = point.gradient[free]
    curvatures, axes = np.linalg.eigh(-point.hessian[np.ix_(free, free)])
    floor = _SMALLEST_CURVATURE * max(1.0, float(np.abs(curvatures).max()))
    step = np.zeros_like(point.logs)
    step[free] = axes @ ((axes.T @ gradient) / np.maximum(np.abs(curvatures), floor))
    return step


def _within(logs: Floats, step: Floats, bound: float) -> Floats:
    """The step shortened to end at the first bound that it meets."""
    moving = step != 0
    room = (bound - np.sign(step) * logs)[moving] / np.abs(step[moving])
    return step * min(1.0, float(room.min(initial=1.0)))


def _line_search(objective: Objective, point: Point, step: Floats) -> Point | None:
    rise = float(point.gradient @ step)
    for halving in range(_HALVINGS):
        trial = _evaluate(objective, point.logs + step * 0.5**halving)
        if trial.value > point.value + _RISE * rise * 0.5**halving and np.isfinite(trial.gradient).all():
            return trial
    return None
