"""A fitted model: parameters, their covariance, the likelihood, and what to beware of."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from statistics import NormalDist
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from crmcli.analysis.clv.model import Model
from crmcli.analysis.clv.units import TimeUnit

if TYPE_CHECKING:
    from crmcli.analysis.clv.arrays import Floats
    from crmcli.notes import Note

ModelT_co = TypeVar("ModelT_co", bound=Model, covariant=True)


@dataclass(frozen=True, slots=True)
class Estimate:
    """One parameter on its natural scale, with a log-Wald interval."""

    parameter: str
    estimate: float
    std_error: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class Fit(Generic[ModelT_co]):
    """A model at its maximum likelihood.

    Args:
        model: the model, parameters in days.
        covariance: of the logarithms of the parameters (which no time unit changes), k × k.
        log_likelihood: of the purchase paths, as a density per day.
        converged: whether a maximum was reached (at a bound counts, and is told in `notes`).
        notes: diagnosis for the reader.
        customers: customers behind the fit.
        events: Σx, dated events whose density depends on the time unit; 0 for models without one.
        choices: integers chosen by likelihood beside the parameters (k of the CNBD), counted by `aic`.
    """

    model: ModelT_co
    covariance: Floats
    log_likelihood: float
    converged: bool
    notes: tuple[Note, ...]
    customers: float
    events: float = 0.0
    choices: int = 0

    @property
    def aic(self) -> float:
        """Akaike's criterion, in weeks: 2k − 2·ln L."""
        return 2 * (len(self.model.parameter_names) + self.choices) - 2 * self.log_likelihood_in(TimeUnit.WEEK)

    def log_likelihood_in(self, unit: TimeUnit) -> float:
        """The log-likelihood as a density per `unit`."""
        return self.log_likelihood + self.events * log(unit.days)

    def table(self, unit: TimeUnit = TimeUnit.WEEK, level: float = 0.9) -> tuple[Estimate, ...]:
        """The parameters with time in `unit`, standard errors (delta method) and log-Wald intervals."""
        values = self.model.rescaled(unit.days).to_values()
        log_errors = np.sqrt(np.diag(self.covariance))
        reach = np.exp(NormalDist().inv_cdf((1 + level) / 2) * log_errors)
        columns = (values, values * log_errors, values / reach, values * reach)
        return tuple(
            Estimate(name, *map(float, numbers))
            for name, *numbers in zip(self.model.parameter_names, *columns, strict=True)
        )

    def draws(self, n: int, seed: int) -> tuple[ModelT_co, ...]:
        """Models at `n` random parameters from the normal approximation in log space."""
        return self._at(np.random.default_rng(seed).standard_normal((n, len(self.covariance))))

    def sigma_models(self) -> tuple[ModelT_co, ...]:
        """Models at 2k parameters of equal weight with the mean and covariance of the estimate in log space.

        The cubature points of Arasaratnam and Haykin (2009): no randomness, and right to third order.
        """
        points = np.sqrt(len(self.covariance)) * np.eye(len(self.covariance))
        return self._at(np.concatenate([points, -points]))

    def _at(self, normals: Floats) -> tuple[ModelT_co, ...]:
        values, vectors = np.linalg.eigh(self.covariance)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        logs = np.log(self.model.to_values()) + normals @ root.T
        return tuple(self.model.with_values(row) for row in np.exp(logs))
