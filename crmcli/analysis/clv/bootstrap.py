"""Intervals of parameters from customers drawn with replacement."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from crmcli.analysis.clv.candidates import refitter
from crmcli.analysis.clv.gamma_gamma import fit_gamma_gamma
from crmcli.analysis.clv.intervals import bootstrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcli.analysis.clv.candidates import Candidate
    from crmcli.analysis.clv.fit import Estimate
    from crmcli.analysis.clv.gamma_gamma import GammaGamma
    from crmcli.analysis.clv.model import Model
    from crmcli.analysis.clv.workbench import Workbench


def bootstrap_intervals(
    bench: Workbench, candidate: Candidate, estimates: tuple[Estimate, ...]
) -> tuple[Estimate, ...]:
    """The estimates with standard errors and central intervals of as many refits as the options say.

    Σ ln gap of a resample, which only compares k, is that of the sample.
    """
    options = bench.options
    refit = refitter(candidate.choice, bench.ledger.log_gaps(bench.last))
    models = bootstrap(candidate.fit, bench.histories.rows, refit, options.bootstrap, options.seed)
    return _with_spread(estimates, [model.rescaled(options.time_unit.days) for model in models], options.level)


def bootstrap_spending(bench: Workbench, estimates: tuple[Estimate, ...]) -> tuple[Estimate, ...]:
    """The same for the spending model; resamples in which nobody spent anything positive are drawn anew."""
    options = bench.options
    again = bench.histories.x > 0
    x, means = bench.histories.x[again], bench.histories.mean_spend[again]
    generator = np.random.default_rng(options.seed)
    models: list[GammaGamma] = []
    while len(models) < options.bootstrap:
        weights = generator.multinomial(len(x), np.full(len(x), 1 / len(x))).astype(np.float64)
        if (weights * (means > 0)).any():
            models.append(fit_gamma_gamma(x, means, weights).model)
    return _with_spread(estimates, models, options.level)


def _with_spread(estimates: tuple[Estimate, ...], models: Sequence[Model], level: float) -> tuple[Estimate, ...]:
    values = np.stack([model.to_values() for model in models])
    low, high = np.quantile(values, ((1 - level) / 2, (1 + level) / 2), axis=0)
    errors = values.std(axis=0, ddof=1) if len(models) > 1 else np.zeros(values.shape[1])
    return tuple(
        replace(one, std_error=float(errors[i]), ci_low=float(low[i]), ci_high=float(high[i]))
        for i, one in enumerate(estimates)
    )
