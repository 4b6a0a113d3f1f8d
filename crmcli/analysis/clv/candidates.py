"""The purchase models of a run: which are fitted, how well each forecasts, and which one is recommended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmcli.analysis.clv.accuracy import Accuracy
from crmcli.analysis.clv.bg_nbd import fit_bg_nbd
from crmcli.analysis.clv.mbg_cnbd import fit_mbg_cnbd
from crmcli.analysis.clv.mbg_nbd import fit_mbg_nbd
from crmcli.analysis.clv.options import AUTO
from crmcli.analysis.clv.pareto_nbd import fit_pareto_nbd
from crmcli.analysis.clv.regularity import REGULAR, regularity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from crmcli.analysis.clv.fit import Fit
    from crmcli.analysis.clv.holdout import Holdout
    from crmcli.analysis.clv.ledger import Ledger
    from crmcli.analysis.clv.model import PurchaseModel
    from crmcli.analysis.clv.rows import Rows

BG, MBG, PARETO, CNBD = "bg", "mbg", "pareto", "cnbd"
MODEL_CHOICES = (AUTO, BG, MBG, PARETO, CNBD)

_STEADY = (2, 3, 4)
_NEVER_RECOMMENDED = BG
_TIE = 1e-3
_MANY_ROWS = 2000


@dataclass(frozen=True)
class Candidate:
    """A model fitted on all data and, where there is a holdout, on the time before the split.

    `choice` is how `--model` calls it.
    """

    choice: str
    fit: Fit[PurchaseModel]
    before_split: Fit[PurchaseModel] | None = None
    accuracy: Accuracy | None = None

    @property
    def title(self) -> str:
        """How people call the model, with the regularity that was found."""
        regularity_found = getattr(self.fit.model, "k", None)
        title = self.fit.model.title
        return title if regularity_found is None else title.replace("-k", f"-{regularity_found}")


def choices_for(model: str, ledger: Ledger) -> tuple[str, ...]:
    """The models to fit: the one that was named, or BG, MBG, Pareto and, if gaps are steady, CNBD."""
    if model != AUTO:
        return (model,)
    steadiness = regularity(*ledger.gaps)
    steady = steadiness is not None and steadiness >= REGULAR
    return (BG, MBG, PARETO, *((CNBD,) if steady else ()))


def fit_choice(choice: str, rows: Rows, log_gaps: float) -> Fit[PurchaseModel]:
    """Fit one model by its name.

    Raises:
        TooLittleDataError: nobody bought on a second day.
    """
    fit: Fit[PurchaseModel] = _FITTERS[choice](rows, log_gaps, None)
    return fit


def refitter(choice: str, log_gaps: float) -> Callable[[Rows, PurchaseModel], Fit[PurchaseModel]]:
    """What fits a model by its name again, from one known to be close."""
    return lambda rows, near: _FITTERS[choice](rows, log_gaps, near)


_FITTERS: dict[str, Callable[[Rows, float, Any], Any]] = {
    BG: lambda rows, _, near: fit_bg_nbd(rows, near),
    MBG: lambda rows, _, near: fit_mbg_nbd(rows, near),
    PARETO: lambda rows, _, near: fit_pareto_nbd(rows, near),
    CNBD: lambda rows, log_gaps, near: fit_mbg_cnbd(rows, log_gaps, _STEADY, near),
}
"""How each model is fitted: rows, Σ ln gap, and a model known to be close, if any."""


def fit_candidates(
    choices: Iterable[str], ledger: Ledger, rows: Rows, last: int, holdout: Holdout | None
) -> tuple[Candidate, ...]:
    """Fit each model on all data and on those before the split.

    Args:
        choices: names of models.
        ledger: the days of all customers.
        rows: histories as of the last day.
        last: the last day, since 1970.
        holdout: what the models have to forecast, if there is a split.

    Raises:
        TooLittleDataError: nobody bought on a second day.
    """
    return tuple(_candidate(choice, ledger, rows, last, holdout) for choice in choices)


def _candidate(choice: str, ledger: Ledger, rows: Rows, last: int, holdout: Holdout | None) -> Candidate:
    fit = fit_choice(choice, rows, ledger.log_gaps(last) if choice == CNBD else 0.0)
    if holdout is None:
        return Candidate(choice, fit)
    past = holdout.histories
    # The parameters of all data are close to those of a part of it, which saves the search in a large part. Of the
    # CNBD they would bring along k, which the part has to choose by itself.
    near = fit.model if fit.converged and choice != CNBD and len(past.rows) >= _MANY_ROWS else None
    before: Fit[PurchaseModel] = _FITTERS[choice](past.rows, ledger.log_gaps(past.day) if choice == CNBD else 0.0, near)
    forecast = before.model.expected_purchases(past.rows, holdout.days)[past.rows.index]
    return Candidate(choice, fit, before, Accuracy.of(forecast, holdout.actual))


def recommended(candidates: Sequence[Candidate], *, by_holdout: bool) -> Candidate:
    """The best of the candidates by AIC, with `by_holdout` among those that forecast about as well as any.

    About as well means a root mean squared error after the split that is at most a thousandth larger. BG/NBD, which
    takes everybody without a repeat purchase for alive, is not considered unless it is alone.
    """
    eligible = [one for one in candidates if one.choice != _NEVER_RECOMMENDED] or list(candidates)
    if by_holdout:
        errors = [one.accuracy.rmse if one.accuracy else float("inf") for one in eligible]
        best = min(errors) * (1 + _TIE)
        eligible = [one for one, error in zip(eligible, errors, strict=True) if error <= best]
    return min(eligible, key=lambda one: one.fit.aic)
