"""Intervals of parameters from customers drawn with replacement."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from crmcli.analysis.clv.candidates import refitter
from crmcli.analysis.clv.intervals import bootstrap

if TYPE_CHECKING:
    from crmcli.analysis.clv.candidates import Candidate
    from crmcli.analysis.clv.fit import Estimate
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
    values = np.stack([model.rescaled(options.time_unit.days).to_values() for model in models])
    tails = ((1 - options.level) / 2, (1 + options.level) / 2)
    low, high = np.quantile(values, tails, axis=0)
    errors = values.std(axis=0, ddof=1) if len(models) > 1 else np.zeros(values.shape[1])
    return tuple(
        replace(one, std_error=float(errors[i]), ci_low=float(low[i]), ci_high=float(high[i]))
        for i, one in enumerate(estimates)
    )
