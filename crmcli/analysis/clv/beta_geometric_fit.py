"""Fitting BG/NBD, MBG/NBD and MBG/CNBD-k."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from crmcli.analysis.clv.beta_geometric import BetaGeometricModel
from crmcli.analysis.clv.estimate import (
    alike,
    fit_rows,
    general_notes,
    homogeneous_note,
    no_dropout_note,
    require_repeaters,
    too_few_lost,
)
from crmcli.analysis.clv.fit import Fit
from crmcli.analysis.clv.newton import LONGEST

if TYPE_CHECKING:
    from crmcli.analysis.clv.arrays import Floats
    from crmcli.analysis.clv.estimate import Maximum
    from crmcli.analysis.clv.rows import Rows
    from crmcli.notes import Note

B = TypeVar("B", bound=BetaGeometricModel)


def fit_beta_geometric(kind: B, rows: Rows, near: B | None = None) -> Fit[B]:
    """Fit the kind of model of `kind`, whose parameters do not matter; `near` saves the search for a start."""
    require_repeaters(rows)
    maximum = fit_rows(
        kind.likelihood,
        rows,
        starts(rows, kind.regularity),
        kind.time_powers,
        None if near is None else near.to_values(),
        events=kind.regularity * rows.repeat_purchases,
    )
    model = kind.with_values(maximum.values)
    return Fit(
        model=model,
        covariance=maximum.covariance,
        log_likelihood=maximum.log_likelihood,
        converged=maximum.converged,
        notes=(*general_notes(maximum, rows, kind.title), *_diagnosis(model, maximum, rows)),
        customers=rows.customers,
        events=rows.repeat_purchases,
    )


def starts(rows: Rows, regularity: int) -> list[Floats]:
    """Parameters to try, with the longest history as 10: the mean rate as seen, more or less spread and dropout."""
    unit = float(rows.age_days.max()) / LONGEST
    rate = regularity * rows.repeat_purchases / max(rows.total(rows.age_days) / unit, 1e-3)
    shapes = ((0.3, 0.5, 3.0), (0.7, 1.0, 2.0), (0.7, 0.1, 2.0), (2.0, 1.0, 5.0), (5.0, 0.05, 1.0))
    return [np.array([r, r / (rate * (1 + 2 * a / b)), a, b]) for r, a, b in shapes]


def _diagnosis(model: BetaGeometricModel, maximum: Maximum, rows: Rows) -> tuple[Note, ...]:
    notes = []
    lost = rows.total(1 - model.p_alive(rows))
    if too_few_lost(lost, rows):
        notes.append(no_dropout_note(model.title))
    elif alike(model.a + model.b, weak=bool(maximum.weak[2] or maximum.weak[3])):
        notes.append(homogeneous_note(model.title, "the chance of dropping out", "clv_same_dropout"))
    if alike(model.r, weak=bool(maximum.weak[0])):
        notes.append(homogeneous_note(model.title, "how often they buy", "clv_same_rate"))
    return tuple(notes)
