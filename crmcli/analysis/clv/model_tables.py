"""The `models` and `parameters` views."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.clv.bootstrap import bootstrap_intervals, bootstrap_spending
from crmcli.analysis.clv.gamma_gamma import GammaGamma
from crmcli.analysis.clv.views_checks import MODELS, PARAMETERS
from crmcli.analysis.conform import view_schema

if TYPE_CHECKING:
    from crmcli.analysis.clv.candidates import Candidate
    from crmcli.analysis.clv.fit import Estimate
    from crmcli.analysis.clv.workbench import Workbench


def models_table(bench: Workbench) -> pl.DataFrame:
    """One row per fitted model."""
    rows = [_model_row(bench, one) for one in bench.candidates]
    return pl.DataFrame(rows, schema=view_schema(MODELS, 0), orient="row")


def _model_row(bench: Workbench, candidate: Candidate) -> tuple[object, ...]:
    fit, accuracy = candidate.fit, candidate.accuracy
    errors = (accuracy.mae, accuracy.rmse, accuracy.bias, accuracy.corr) if accuracy else (None,) * 4
    likelihood = fit.log_likelihood_in(bench.options.time_unit)
    count = len(fit.model.parameter_names) + fit.choices
    return (
        candidate.title,
        likelihood,
        2 * count - 2 * likelihood,
        fit.converged,
        *errors,
        candidate is bench.chosen,
    )


def parameters_table(bench: Workbench) -> pl.DataFrame:
    """The parameters of every fitted model and of spending; with --bootstrap the intervals are those of resamples."""
    unit, level = bench.options.time_unit, bench.options.level
    resampled = bool(bench.options.bootstrap) and bench.options.saved is None
    rows: list[tuple[object, ...]] = []
    for candidate in bench.candidates:
        estimates = candidate.fit.table(unit, level)
        if resampled:
            estimates = bootstrap_intervals(bench, candidate, estimates)
        rows += [_parameter_row(candidate.title, one) for one in estimates]
    if bench.spending.fit is not None:
        estimates = bench.spending.fit.table(unit, level)
        if resampled:
            estimates = bootstrap_spending(bench, estimates)
        rows += [_parameter_row(GammaGamma.title, one) for one in estimates]
    return pl.DataFrame(rows, schema=view_schema(PARAMETERS, 0), orient="row")


def _parameter_row(model: str, one: Estimate) -> tuple[object, ...]:
    return (model, one.parameter, one.estimate, one.std_error, one.ci_low, one.ci_high)
