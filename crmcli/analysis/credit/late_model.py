"""Will an invoice be paid late? A logistic regression, judged on later invoices and beside one plain figure.

Time split: the invoices of the last six months (from a month's end on) are held out. Training knows only what was
known on the day of the split: invoices dated before it, settled or overdue by then. The baseline is the customer's
mean days to settle so far. The dispute flag stays out unless asked for: it is often set because payment is late.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.credit.late_features import BASELINE, HISTORY, INVOICE_FIELDS, invoice_rows, trait_columns
from crmcli.analysis.credit.months import months_before
from crmcli.analysis.discrimination import discrimination

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmcli.invoices.ledger import CreditLedger

HELD_OUT_MONTHS = 6
_LEAST_OF_EACH = 25
"""Late and punctual invoices that either side of the split needs."""


@dataclass(frozen=True, slots=True)
class LateModel:
    """Areas under the ROC curve on the held-out invoices.

    `model` uses the invoice and the customer's history, `fields` the invoice alone (amount, terms, weekday, day of the
    month, country and channel where the file names them), `baseline` the mean days to settle.
    """

    cut: dt.date
    trained_on: int
    tested_on: int
    model: float
    fields: float
    baseline: float

    @property
    def beats_baseline(self) -> bool:
        """Whether the model earns its keep."""
        return self.model > self.baseline


def split_day(ledger: CreditLedger) -> dt.date:
    """The last end of a month at least six months before the ledger's day."""
    return months_before(ledger.as_of, HELD_OUT_MONTHS).replace(day=1) - dt.timedelta(days=1)


def late_model(ledger: CreditLedger, *, with_disputes: bool = False, cut: dt.date | None = None) -> LateModel | None:
    """Fit on the past, judge on what came after; None where either side has too few invoices of either kind.

    Args:
        ledger: one with payments.
        with_disputes: let the dispute flag enter.
        cut: the first day that is held out; by default `split_day`.
    """
    day = cut or split_day(ledger)
    rows = invoice_rows(ledger).with_columns(disputed=pl.col("disputed").cast(pl.Float64))
    test = rows.filter((pl.col("date") >= day) & pl.col("known"))
    was_settled = (pl.col("settled_on") <= day).fill_null(value=False)
    train = rows.filter((pl.col("date") < day) & (was_settled | (pl.col("due") < day)))
    labels = (~train.select(was_settled).to_series() | (train["settled_on"] > train["due"])).fill_null(value=True)
    trained, tested = labels.to_numpy(), test["late"].to_numpy()
    if min(_fewest(trained), _fewest(tested)) < _LEAST_OF_EACH:
        return None
    traits = trait_columns(train, _LEAST_OF_EACH)
    train, test = train.with_columns(traits), test.with_columns(traits)
    own = (*INVOICE_FIELDS, *(trait.meta.output_name() for trait in traits), *(("disputed",) if with_disputes else ()))
    return LateModel(
        cut=day,
        trained_on=train.height,
        tested_on=test.height,
        model=_held_out(train, trained, test, tested, (*own, *HISTORY)),
        fields=_held_out(train, trained, test, tested, own),
        baseline=discrimination(test[BASELINE].to_numpy().astype(np.float64), tested).auc,
    )


def _fewest(labels: NDArray[np.bool_]) -> int:
    return int(min(labels.sum(), (~labels).sum()))


def _held_out(
    train: pl.DataFrame,
    labels: NDArray[np.bool_],
    test: pl.DataFrame,
    outcomes: NDArray[np.bool_],
    columns: Sequence[str],
) -> float:
    """Area under the curve of a fitted model on the held-out rows."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 — a second to import

    x, z = train.select(columns).to_numpy(), test.select(columns).to_numpy()
    mean, spread = x.mean(axis=0), x.std(axis=0)
    spread[spread == 0] = 1.0
    model = LogisticRegression(C=1.0, max_iter=1_000).fit((x - mean) / spread, labels)
    scores = np.asarray(model.decision_function((z - mean) / spread), dtype=np.float64)
    return discrimination(scores, outcomes).auc
