"""Expected receipts of the coming weeks from the invoices open today, with a band and a check of how often it held.

Each open item is paid in a week with the chance that its customer's payments, once so late, came in such a week:
counts of past payments by delay against the due date, to which the counts of all customers are added with a weight of
five payments. Money that was lost counts as never paid. The band is that of independent items, widened so that it
would have held 80 % of the weeks of the past; how often it did hold is counted on weeks that took no part in this.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.credit.experience import outcomes, payments
from crmcli.analysis.credit.states import LOST_DAYS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcli.invoices.ledger import CreditLedger

WEEKS = 8
BAND = 0.8
_ORIGINS = 26
"""Past weeks from which forecasts are made for the check."""

_LEAST_ORIGINS = 8
_PRIOR_PAYMENTS = 5.0
_NORMAL_80 = 1.2815515655446004
_NEVER = 9_000
_SHIFT = 10_000
_SPAN = 20_000


@dataclass(frozen=True, slots=True)
class Week:
    """Expected receipts of seven days from `start` on, minor units, with the band."""

    start: dt.date
    expected: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """The coming weeks, and the part of checked past weeks whose receipts lay within the band (None: not checked)."""

    weeks: tuple[Week, ...]
    coverage: float | None
    checked: int


def cash_forecast(ledger: CreditLedger) -> Forecast | None:
    """The forecast of one ledger in one currency; None when nothing was ever paid or nothing is open."""
    model = _DelayCounts.of(ledger)
    opened = ledger.open_items()
    if model is None or opened.is_empty():
        return None
    errors = _past_errors(ledger)
    widths = [error for number, error in enumerate(errors) if number % 2 == 0]
    checks = [error for number, error in enumerate(errors) if number % 2 == 1]
    factor = _NORMAL_80
    if len(widths) >= _LEAST_ORIGINS:
        factor = max(float(np.quantile(widths, BAND, method="higher")), _NORMAL_80)
    coverage = sum(error <= factor for error in checks) / len(checks) if checks else None
    expected, spread = model.weeks(opened, ledger.as_of, WEEKS)
    weeks = tuple(
        Week(
            ledger.as_of + dt.timedelta(days=7 * week + 1),
            float(expected[week]),
            float(max(expected[week] - factor * spread[week], 0.0)),
            float(expected[week] + factor * spread[week]),
        )
        for week in range(WEEKS)
    )
    return Forecast(weeks, coverage, len(checks))


def _past_errors(ledger: CreditLedger) -> list[float]:
    """|receipts − expected| ÷ spread of the first week after each past origin, the latest first."""
    errors = []
    first = ledger.items["date"].sort()[0]
    for number in range(1, _ORIGINS + 1):
        origin = ledger.as_of - dt.timedelta(days=7 * number)
        if origin <= first:
            break
        past = ledger.at(origin)
        model, opened = _DelayCounts.of(past), past.open_items()
        if model is None or opened.is_empty():
            continue
        expected, spread = model.weeks(opened, origin, 1)
        if spread[0] > 0:
            errors.append(abs(_received(ledger, opened, origin) - expected[0]) / spread[0])
    return errors


def _received(ledger: CreditLedger, opened: pl.DataFrame, origin: dt.date) -> float:
    """What came in the week after a day on the items open then."""
    week = (pl.col("date") > origin) & (pl.col("date") <= origin + dt.timedelta(days=7)) & (pl.col("kind") == "payment")
    came = ledger.moves.filter(week).join(opened.select("item"), on="item", how="semi")
    return float(came["amount"].sum())


@dataclass(frozen=True, slots=True)
class _DelayCounts:
    """Past payments by customer and delay, as sorted keys with running weights; the pooled ones beside them."""

    codes: pl.DataFrame
    keys: NDArray[np.int64]
    sums: NDArray[np.float64]
    pooled_days: NDArray[np.int64]
    pooled_sums: NDArray[np.float64]

    @classmethod
    def of(cls, ledger: CreditLedger) -> _DelayCounts | None:
        paid = payments(ledger).select("customer_id", "item", "delay", "amount")
        asked = ledger.items.select("item", asked="amount")
        paid = paid.join(asked, on="item", how="left").with_columns(weight=pl.col("amount") / pl.col("asked"))
        ended = outcomes(ledger)
        overdue = (pl.lit(ledger.as_of) - pl.col("due")).dt.total_days()
        gone = pl.col("written_off") + pl.when(overdue > LOST_DAYS).then(pl.col("open")).otherwise(0)
        lost = ended.with_columns(weight=gone / pl.col("amount"), delay=pl.lit(_NEVER)).filter(pl.col("weight") > 0)
        wanted = ["customer_id", pl.col("delay").clip(-_NEVER, _NEVER).cast(pl.Int64), "weight"]
        rows = pl.concat([paid.select(wanted), lost.select(wanted)])
        if paid.is_empty():
            return None
        codes = rows.select("customer_id").unique().sort("customer_id").with_row_index("code")
        rows = rows.join(codes, on="customer_id", how="left")
        rows = rows.with_columns(key=pl.col("code").cast(pl.Int64) * _SPAN + pl.col("delay") + _SHIFT).sort(
            "key", "weight"
        )
        pooled = rows.sort("delay", "weight")
        return cls(
            codes,
            rows["key"].to_numpy(),
            np.concatenate([[0.0], np.cumsum(rows["weight"].to_numpy())]),
            pooled["delay"].to_numpy(),
            np.concatenate([[0.0], np.cumsum(pooled["weight"].to_numpy())]),
        )

    def weeks(self, opened: pl.DataFrame, day: dt.date, weeks: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Expected receipts of each coming week and their spread (standard deviation), minor units."""
        items = opened.sort("item").join(self.codes, on="customer_id", how="left", maintain_order="left")
        amounts = items["open"].to_numpy().astype(np.float64)
        ages = (pl.Series([day]).dt.epoch("d")[0] - items["due"].dt.epoch("d")).to_numpy().astype(np.int64)
        codes = items["code"].fill_null(-1).cast(pl.Int64, strict=False).to_numpy()
        late = self._beyond(codes, ages)
        chances = [self._beyond(codes, ages + 7 * week) for week in range(weeks + 1)]
        expected, spread = np.zeros(weeks), np.zeros(weeks)
        for week in range(weeks):
            chance = np.where(late > 0, (chances[week] - chances[week + 1]) / np.where(late > 0, late, 1.0), 0.0)
            expected[week] = np.sum(amounts * chance)
            spread[week] = np.sqrt(np.sum(amounts**2 * chance * (1 - chance)))
        return expected, spread

    def _beyond(self, codes: NDArray[np.int64], days: NDArray[np.int64]) -> NDArray[np.float64]:
        """Weight of payments later than so many days: the customer's own, and the share of all as five payments."""
        days = np.clip(days, -_NEVER, _NEVER - 1)
        known = codes >= 0
        at = np.searchsorted(self.keys, codes * _SPAN + days + _SHIFT, side="right")
        end = np.searchsorted(self.keys, (codes + 1) * _SPAN - 1, side="right")
        own = np.where(known, self.sums[end] - self.sums[at], 0.0)
        pooled = self.pooled_sums[-1] - self.pooled_sums[np.searchsorted(self.pooled_days, days, side="right")]
        beyond: NDArray[np.float64] = own + _PRIOR_PAYMENTS * pooled / self.pooled_sums[-1]
        return beyond
