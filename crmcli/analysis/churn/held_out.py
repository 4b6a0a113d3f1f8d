"""Which model to publish: all are fitted on the past of one date and judged by what came after it.

The log-loss on the held-out snapshot decides, since a probability is what is published. Two baselines that need no
model stand beside: the longer silent and the fewer orders, the likelier gone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from crmcli.analysis.churn.accuracy import accuracy
from crmcli.analysis.churn.buying import FITS, fit_buying
from crmcli.analysis.churn.learning import BOOSTING, LOGISTIC, fit_boosting, fit_logistic
from crmcli.analysis.churn.options import ACTIVE
from crmcli.analysis.churn.scorer import Scorer
from crmcli.analysis.churn.snapshots import LEAST_OF_EACH, labelled, test_cut, thinned, training_cuts
from crmcli.errors import TooLittleDataError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from crmcli.analysis.churn.buying import Buying
    from crmcli.analysis.churn.options import ChurnOptions
    from crmcli.analysis.churn.snapshots import Labelled, Snapshot
    from crmcli.customers.summary import CustomerSummary

RECENCY, FEWNESS = "recency", "frequency"
BASELINES = (RECENCY, FEWNESS)

MOST_CUSTOMERS = 100_000
"""Customers that models learn from and are tested on; more would not change a digit that is shown."""

_Learner = Callable[[NDArray[np.float64], NDArray[np.bool_]], Scorer]

_LEARNERS: dict[str, _Learner] = {LOGISTIC: fit_logistic, BOOSTING: fit_boosting}


@dataclass(frozen=True)
class HeldOut:
    """The models at the test cut, and what became of the customers; `members` are those of the population.

    `scores` holds the probabilities of all customers of the snapshot by model.
    """

    test: Labelled
    members: NDArray[np.bool_]
    scores: dict[str, NDArray[np.float64]]
    published: str
    log_losses: dict[str, float]
    thinned: bool


def hold_out(summary: CustomerSummary, options: ChurnOptions) -> HeldOut:
    """Fit every model to the past of the test cut and pick the one with the lowest log-loss after it.

    Raises:
        TooLittleDataError: the history is too short, or too few left or stayed, to test anything.
    """
    horizon = options.horizon_days
    base = thinned(summary, MOST_CUSTOMERS)
    cut = test_cut(summary.as_of, horizon)
    first = first_day(base)
    if cut <= first:
        raise TooLittleDataError(
            f"The history from {first} to {summary.as_of} is too short to hold out the last {horizon} days",
            remedy="Give a shorter --horizon",
        )
    test = labelled(base, cut, horizon)
    members = population(test.snapshot, options)
    _require_both(test.churned[members], cut, horizon)
    scorers = (*_learnt(base, cut, options), *_bought(test.snapshot, horizon))
    if not scorers:
        raise TooLittleDataError(f"No model can be fitted to what was known on {cut}: hardly anybody had returned")
    scores = {one.name: one.p_churn(test.snapshot) for one in scorers}
    losses = {name: accuracy(p[members], test.churned[members]).log_loss for name, p in scores.items()}
    return HeldOut(test, members, scores, min(losses, key=lambda name: losses[name]), losses, base is not summary)


def final_scorer(name: str, summary: CustomerSummary, now: Snapshot, options: ChurnOptions) -> Scorer:
    """The model of that name, fitted to all that is known as of the summary's date."""
    if name in FITS:
        return fit_buying(name, now, options.horizon_days)
    base = thinned(summary, MOST_CUSTOMERS)
    return next(one for one in _learnt(base, summary.as_of, options, only=name))


def likeliest_buying(now: Snapshot, horizon_days: int) -> Buying:
    """The buying model with the higher likelihood, for want of a test.

    Raises:
        TooLittleDataError: nobody bought on a second day.
    """
    return max((fit_buying(name, now, horizon_days) for name in FITS), key=lambda one: one.fit.log_likelihood)


def population(snapshot: Snapshot, options: ChurnOptions) -> NDArray[np.bool_]:
    """Whom a run is about, among the customers of a snapshot."""
    if options.population == ACTIVE:
        return snapshot.active(options.horizon_days)
    return np.ones(snapshot.past.frame.height, dtype=bool)


def baseline(name: str, snapshot: Snapshot) -> NDArray[np.float64]:
    """What a baseline ranks customers by, the likeliest to leave highest."""
    if name == RECENCY:
        return snapshot.recency_days.astype(np.float64)
    return -snapshot.gaps.days.astype(np.float64)


def first_day(summary: CustomerSummary) -> dt.date:
    """The day of the first order of all."""
    first: dt.date = summary.frame["first_date"].min()  # type: ignore[assignment]
    return first


def _require_both(churned: NDArray[np.bool_], cut: dt.date, horizon_days: int) -> None:
    left, stayed = int(churned.sum()), int((~churned).sum())
    if min(left, stayed) < LEAST_OF_EACH:
        raise TooLittleDataError(
            f"Of the customers known on {cut}, {stayed:,} ordered within the next {horizon_days} days and {left:,} did "
            f"not; at least {LEAST_OF_EACH} of each are needed to test a score",
            remedy="Give another --horizon",
        )


def _learnt(base: CustomerSummary, until: dt.date, options: ChurnOptions, only: str | None = None) -> Iterator[Scorer]:
    """The learning models, from snapshots whose label windows end by `until`; none where these teach too little."""
    cuts = training_cuts(first_day(base), until, options.horizon_days)
    x, churned = _training([labelled(base, cut, options.horizon_days) for cut in cuts], options)
    if min(int(churned.sum()), int((~churned).sum())) < LEAST_OF_EACH:
        return
    for name, fit in _LEARNERS.items():
        if only in {None, name}:
            yield fit(x, churned)


def _training(snapshots: Sequence[Labelled], options: ChurnOptions) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Features and labels of the population of all snapshots, one below the other."""
    members = [population(one.snapshot, options) for one in snapshots]
    pairs = list(zip(snapshots, members, strict=True))
    if not pairs:
        return np.empty((0, 0)), np.empty(0, dtype=bool)
    x = np.vstack([one.snapshot.features.matrix[chosen] for one, chosen in pairs])
    return x, np.concatenate([one.churned[chosen] for one, chosen in pairs])


def _bought(snapshot: Snapshot, horizon_days: int) -> Iterator[Scorer]:
    """The buying models; none where nobody had bought on a second day."""
    if not (snapshot.rows.x > 0).any():
        return
    for name in FITS:
        yield fit_buying(name, snapshot, horizon_days)
