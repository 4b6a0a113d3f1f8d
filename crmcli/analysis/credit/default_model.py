"""The chance of a bad outcome within a year: estimated where the ledger holds enough of them, else set by grade.

Bad: an invoice is written off, or falls 90 days overdue. Yearly snapshots of the ledger give features as they were
known and the outcome of the year that followed; customers that were bad already are left out.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from crmcli.analysis.credit.experience import outcomes
from crmcli.analysis.credit.features import customer_features
from crmcli.analysis.discrimination import discrimination
from crmcli.invoices.allocate import UNAPPLIED
from crmcli.invoices.doc_types import DocKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from crmcli.invoices.ledger import CreditLedger

EXPERT_RATES = {"A": 0.005, "B": 0.015, "C": 0.04, "D": 0.10, "E": 0.25}
"""Yearly rates set for the grades where nothing can be estimated: orders of magnitude, not estimates."""

LEAST_BAD = 50
BAD_DAYS = 90
HORIZON_DAYS = 365
_LEAST_HISTORY_DAYS = 180
_FOLDS = 5
_COLUMNS = ("pay_index", "dbt", "on_time_share", "dbt_slope", "worst_days", "log_exposure", "log_payments")
_BASELINE = "mean_days"
MODEL, EXPERT = "model", "expert"


@dataclass(frozen=True, slots=True)
class DefaultRates:
    """Chances by customer (`customer_id`, `pd`) and where they come from.

    With a model: `auc` out of fold beside that of the one-feature `baseline`, and the number of bad outcomes.
    """

    source: str
    chances: pl.DataFrame | None
    bad: int
    auc: float | None = None
    baseline: float | None = None


def default_rates(ledger: CreditLedger, features: pl.DataFrame, seed: int) -> DefaultRates:
    """The model, or word that there were too few bad outcomes for one.

    Args:
        ledger: one with payments.
        features: `features.customer_features` of its day.
        seed: decides which customers are tested together.
    """
    panel = _panel(ledger)
    bad = int(panel["bad"].sum()) if panel.height else 0
    if bad < LEAST_BAD or panel.height - bad < LEAST_BAD:
        return DefaultRates(EXPERT, None, bad)
    return _fitted(panel, features, bad, seed)


def _panel(ledger: CreditLedger) -> pl.DataFrame:
    """Customers at yearly snapshots, with what the following year brought."""
    first: dt.date = ledger.items["date"].sort()[0]
    day = ledger.as_of - dt.timedelta(days=HORIZON_DAYS)
    parts: list[pl.DataFrame] = []
    turned = bad_days(ledger)
    while (day - first).days >= _LEAST_HISTORY_DAYS:
        rows = customer_features(ledger.at(day))
        fell = turned.with_columns(
            before=pl.col("bad_on") <= day,
            within=(pl.col("bad_on") > day) & (pl.col("bad_on") <= day + dt.timedelta(days=HORIZON_DAYS)),
        )
        fell = fell.group_by("customer_id").agg(pl.col("before").any(), pl.col("within").any())
        rows = rows.join(fell, on="customer_id", how="left").with_columns(
            pl.col("before", "within").fill_null(value=False)
        )
        still = rows["worst_days"] > BAD_DAYS
        parts.append(rows.filter(~still & ~pl.col("before")).with_columns(bad=pl.col("within")))
        day -= dt.timedelta(days=HORIZON_DAYS)
    return pl.concat(parts) if parts else pl.DataFrame({"bad": []}, schema={"bad": pl.Boolean})


def bad_days(ledger: CreditLedger) -> pl.DataFrame:
    """`customer_id` and `bad_on`: each day on which an invoice was written off or became 90 days overdue."""
    overdue_on = pl.col("due") + pl.duration(days=BAD_DAYS + 1)
    ended = pl.coalesce("settled_on", pl.lit(ledger.as_of + dt.timedelta(days=1)))
    late = outcomes(ledger).filter((ended >= overdue_on) & (overdue_on <= ledger.as_of))
    overdue = late.select("customer_id", bad_on=overdue_on)
    written = ledger.moves.filter((pl.col("kind") == str(DocKind.WRITE_OFF)) & (pl.col("item") != UNAPPLIED))
    lost = written.join(ledger.accounts, on="account", how="left").select("customer_id", bad_on="date")
    return pl.concat([overdue, lost]).sort("customer_id", "bad_on")


def _fitted(panel: pl.DataFrame, features: pl.DataFrame, bad: int, seed: int) -> DefaultRates:
    from sklearn.calibration import CalibratedClassifierCV  # noqa: PLC0415 — a second to import
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.model_selection import StratifiedKFold, cross_val_predict  # noqa: PLC0415

    middle = {name: panel[name].median() for name in ("pay_index", "dbt", "on_time_share", "dbt_slope", _BASELINE)}
    x, y = _matrix(panel, middle, _COLUMNS), panel["bad"].to_numpy()
    mean, spread = x.mean(axis=0), x.std(axis=0)
    spread[spread == 0] = 1.0
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
    model = CalibratedClassifierCV(LogisticRegression(max_iter=1_000), method="sigmoid", cv=folds)
    scaled = (x - mean) / spread
    held_out = cross_val_predict(model, scaled, y, cv=folds, method="predict_proba")[:, 1]
    model.fit(scaled, y)
    # Outside of what the panel has shown the model would only extrapolate.
    today = np.clip(_matrix(features, middle, _COLUMNS), x.min(axis=0), x.max(axis=0))
    chances = model.predict_proba((today - mean) / spread)[:, 1]
    return DefaultRates(
        MODEL,
        features.select("customer_id").with_columns(pd=pl.Series(np.asarray(chances, dtype=np.float64))),
        bad,
        auc=discrimination(np.asarray(held_out, dtype=np.float64), y).auc,
        baseline=discrimination(_matrix(panel, middle, (_BASELINE,))[:, 0], y).auc,
    )


def _matrix(rows: pl.DataFrame, middle: Mapping[str, Any], columns: Sequence[str]) -> NDArray[np.float64]:
    """Features as numbers; what is not known is the median of the panel."""
    filled = rows.with_columns(
        *(pl.col(name).fill_null(pl.lit(value)) for name, value in middle.items()),
        log_exposure=pl.col("exposure").clip(lower_bound=0).cast(pl.Float64).log1p(),
        log_payments=pl.col("payments").cast(pl.Float64).log1p(),
    )
    return filled.select(pl.col(name).cast(pl.Float64) for name in columns).to_numpy()
