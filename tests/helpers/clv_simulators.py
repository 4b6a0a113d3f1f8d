"""Customers simulated from purchase models with known parameters, in continuous time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crmcli.analysis.clv.beta_geometric import BetaGeometricModel
from crmcli.analysis.clv.pareto_nbd import ParetoNbd
from crmcli.analysis.clv.rows import Rows

if TYPE_CHECKING:
    from crmcli.analysis.clv.arrays import Flags, Floats, Ints
    from crmcli.analysis.clv.model import PurchaseModel


@dataclass(frozen=True)
class Simulated:
    """Histories up to T, purchases in the horizon after it, and who is alive at T and at its end."""

    rows: Rows
    future: Ints
    alive: Flags
    alive_later: Flags
    log_gaps: float


def simulate(model: PurchaseModel, age_days: Floats, horizon_days: float, seed: int) -> Simulated:
    """One customer per age."""
    generator = np.random.default_rng(seed)
    n = len(age_days)
    if isinstance(model, ParetoNbd):
        rate, k = generator.gamma(model.r, 1 / model.alpha, n), 1
        chance = np.zeros(n)
        death = generator.exponential(1 / generator.gamma(model.s, 1 / model.beta, n))
    else:
        assert isinstance(model, BetaGeometricModel)
        rate, k = generator.gamma(model.r, 1 / model.alpha, n), model.regularity
        chance = generator.beta(model.a, model.b, n)
        dead_at_birth = (generator.random(n) < chance) & (model.at_birth == 1)
        death = np.where(dead_at_birth, 0.0, np.inf)
    return _lives(generator, rate, k, chance, death, age_days, horizon_days)


def _lives(  # noqa: PLR0913, PLR0917 — the state of the simulation
    generator: np.random.Generator, rate: Floats, k: int, chance: Floats, death: Floats, age: Floats, horizon: float
) -> Simulated:
    now, last = np.zeros_like(age), np.zeros_like(age)
    x, future = np.zeros(len(age), np.int64), np.zeros(len(age), np.int64)
    death, log_gaps = death.copy(), 0.0
    active = np.flatnonzero((death > 0) & (rate > 0))
    while len(active):
        gap = generator.gamma(k, 1, len(active)) / rate[active]
        at = now[active] + gap
        happens = at <= np.minimum(death[active], age[active] + horizon)
        active, at, gap = active[happens], at[happens], gap[happens]
        now[active] = at
        seen = at <= age[active]
        x[active[seen]] += 1
        last[active[seen]] = at[seen]
        log_gaps += float(np.log(gap[seen]).sum())
        future[active[~seen]] += 1
        stops = generator.random(len(active)) < chance[active]
        death[active[stops]] = at[stops]
        active = active[~stops]
    rows = Rows(x, last, age, np.ones(len(age)), np.arange(len(age)))
    return Simulated(rows, future, death > age, death > age + horizon, log_gaps)


def whole_days(simulated: Simulated) -> Rows:
    """The histories as a file of dates would show them, except that purchases of one day stay several."""
    rows = simulated.rows
    x = rows.x
    last = np.maximum(np.floor(rows.t_x_days).astype(np.int64), x)
    return Rows.of(x, last, np.maximum(np.floor(rows.age_days).astype(np.int64), last))
