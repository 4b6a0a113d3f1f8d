"""What the ledger shows of each customer on its day: how they pay, what they buy, what they owed and repaid."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.analysis.credit.experience import experiences, outcomes, payments
from crmcli.analysis.credit.measures import LEAST_EXPERIENCES, pay_scores
from crmcli.analysis.credit.slopes import delay_slopes
from crmcli.invoices.doc_types import DocKind

if TYPE_CHECKING:
    from crmcli.invoices.ledger import CreditLedger

PURCHASE_DAYS = 365
"""Days of purchases that daily purchases are taken from."""

GROWTH_DAYS = 180
DEFAULT_DAYS = 90
LOSS_MEMORY_DAYS = 365
_PARTS = 1_000_000
"""Parts of a point of the payment index that are told apart."""


def customer_features(ledger: CreditLedger) -> pl.DataFrame:
    """One row per customer with an invoice, sorted by customer_id. Money in minor units.

    Columns: `customer_id`, `invoices`, `payments`, `pay_index` (null under three payments), `dbt` (null without
    experience), `mean_delay` (signed, null without payments), `mean_days` (to settle), `on_time_share` by amount,
    `dbt_slope`, `direction`, `written_off_share`, `worst_days` (oldest overdue, 0 if none), `exposure`, `overdue`,
    `terms_days` (mean), `purchases` (of the last year), `largest` (invoice of it), `active_days` (of that year),
    `growth` (last half year against the one before, 1 = same, null without both), `repaid_peak`, `disputed_share`,
    `in_default` (an item more than 90 days overdue, or a loss within a year).
    """
    base = _invoiced(ledger)
    parts = (
        _paid(ledger),
        _experience(ledger),
        delay_slopes(ledger),
        _owing(ledger),
        _repaid_peak(ledger),
        _lost(ledger),
    )
    for part in parts:
        base = base.join(part, on="customer_id", how="left")
    filled = base.with_columns(pl.col("payments", "exposure", "overdue", "repaid_peak", "worst_days").fill_null(0))
    recent = pl.col("last_loss") > ledger.as_of - dt.timedelta(days=LOSS_MEMORY_DAYS)
    in_default = (pl.col("worst_days") > DEFAULT_DAYS) | recent.fill_null(value=False)
    return filled.with_columns(in_default=in_default).drop("last_loss").sort("customer_id")


def _invoiced(ledger: CreditLedger) -> pl.DataFrame:
    today = pl.lit(ledger.as_of)
    age = (today - pl.col("date")).dt.total_days()
    amount = pl.col("amount")
    items = outcomes(ledger)
    before = amount.filter((age >= GROWTH_DAYS) & (age < 2 * GROWTH_DAYS)).sum()
    invoiced = items.group_by("customer_id").agg(
        invoices=pl.len(),
        total=amount.sum(),
        lost=pl.col("written_off").sum(),
        disputed_amount=amount.filter("disputed").sum(),
        terms=(pl.col("due") - pl.col("date")).dt.total_days().sum(),
        purchases=amount.filter(age < PURCHASE_DAYS).sum(),
        largest=amount.filter(age < PURCHASE_DAYS).max(),
        first=pl.col("date").min(),
        recent=amount.filter(age < GROWTH_DAYS).sum(),
        before=before,
    )
    active = pl.min_horizontal((today - pl.col("first")).dt.total_days() + 1, PURCHASE_DAYS)
    return invoiced.select(
        "customer_id",
        "invoices",
        "purchases",
        pl.col("largest").fill_null(0),
        terms_days=pl.col("terms") / pl.col("invoices"),
        active_days=active,
        growth=pl.when((pl.col("before") > 0) & (active >= PURCHASE_DAYS)).then(pl.col("recent") / pl.col("before")),
        written_off_share=pl.when(pl.col("total") > 0).then(pl.col("lost") / pl.col("total")).otherwise(0.0),
        disputed_share=pl.when(pl.col("total") > 0).then(pl.col("disputed_amount") / pl.col("total")).otherwise(0.0),
    )


def _paid(ledger: CreditLedger) -> pl.DataFrame:
    paid = payments(ledger)
    points = pl.Series((pay_scores(paid["delay"].to_numpy().astype(np.float64)) * _PARTS).round())
    scored = paid.with_columns(points=points.cast(pl.Int128))
    amount = pl.col("amount")
    # Sums of whole numbers are exact in any order.
    sums = scored.group_by("customer_id").agg(
        payments=pl.len(),
        total=amount.sum(),
        points=(amount * pl.col("points")).sum(),
        delays=(amount * pl.col("delay")).sum(),
        spans=(amount * pl.col("days")).sum(),
        on_time=amount.filter(pl.col("delay") <= 0).sum(),
    )
    total = pl.col("total")
    index = pl.col("points").cast(pl.Float64) / total / _PARTS
    return sums.select(
        "customer_id",
        "payments",
        pay_index=pl.when(pl.col("payments") >= LEAST_EXPERIENCES).then(index),
        mean_delay=pl.col("delays") / total,
        mean_days=pl.col("spans") / total,
        on_time_share=pl.col("on_time") / total,
    )


def _experience(ledger: CreditLedger) -> pl.DataFrame:
    amount, delay = pl.col("amount"), pl.col("delay").clip(lower_bound=0)
    sums = experiences(ledger).group_by("customer_id").agg(late=(amount * delay).sum(), total=amount.sum())
    return sums.select("customer_id", dbt=pl.col("late") / pl.col("total"))


def _owing(ledger: CreditLedger) -> pl.DataFrame:
    days = (pl.lit(ledger.as_of) - pl.col("due")).dt.total_days()
    opened = ledger.open_items().with_columns(days=days)
    owed = opened.group_by("customer_id").agg(
        opened=pl.col("open").sum(),
        overdue=pl.col("open").filter(pl.col("days") > 0).sum(),
        worst_days=pl.max_horizontal(pl.col("days").max(), 0),
    )
    loose = ledger.unapplied().join(ledger.accounts, on="account", how="left").select("customer_id", "unapplied")
    both = owed.join(
        loose.group_by("customer_id").agg(pl.col("unapplied").sum()), on="customer_id", how="full", coalesce=True
    )
    exposure = pl.col("opened").fill_null(0) + pl.col("unapplied").fill_null(0)
    return both.select("customer_id", exposure=exposure, overdue=pl.col("overdue"), worst_days=pl.col("worst_days"))


def _lost(ledger: CreditLedger) -> pl.DataFrame:
    """The day of the last write-off."""
    lost = ledger.events.filter(pl.col("kind") == str(DocKind.WRITE_OFF))
    named = lost.join(ledger.accounts, on="account", how="left")
    return named.group_by("customer_id").agg(last_loss=pl.col("date").max())


def _repaid_peak(ledger: CreditLedger) -> pl.DataFrame:
    """The highest balance made up of invoices that were all settled later, without loss."""
    settled = outcomes(ledger).filter(pl.col("settled_on").is_not_null() & (pl.col("written_off") == 0))
    came = settled.select("customer_id", "date", "amount")
    went = settled.select("customer_id", date="settled_on", amount=-pl.col("amount"))
    daily = pl.concat([came, went]).group_by("customer_id", "date").agg(pl.col("amount").sum())
    running = daily.sort("customer_id", "date").with_columns(pl.col("amount").cum_sum().over("customer_id"))
    return running.group_by("customer_id").agg(repaid_peak=pl.col("amount").max())
