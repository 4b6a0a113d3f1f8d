"""The view `customers`: features and attributes together, scored and graded, with a chance of a bad outcome."""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.credit.default_model import EXPERT, EXPERT_RATES, MODEL
from crmcli.analysis.credit.scorecard import score

if TYPE_CHECKING:
    from crmcli.analysis.credit.default_model import DefaultRates
    from crmcli.invoices.ledger import CreditLedger

_LEAST_PEERS = 3
_PARTS = 1_000_000
_SECURITIES = ("collateral_amount", "insured_amount", "deposit")
REVIEW_DAYS = 7
"""Days until an overdue invoice is noticed and deliveries stop."""


def scored_customers(ledger: CreditLedger, features: pl.DataFrame, rates: DefaultRates) -> pl.DataFrame:
    """Features, attributes, parts, score, grade and chance of every customer, sorted.

    Args:
        ledger: for its attributes and money scale.
        features: from `features.customer_features`.
        rates: from `default_model.default_rates`.
    """
    rows = score(scored_features(ledger, features))
    expert = pl.col("grade").replace_strict(EXPERT_RATES, default=None, return_dtype=pl.Float64)
    if rates.chances is None:
        return rows.with_columns(pd=expert, pd_source=pl.lit(EXPERT))
    return rows.join(rates.chances, on="customer_id", how="left", maintain_order="left").with_columns(
        pd_source=pl.lit(MODEL)
    )


def scored_features(ledger: CreditLedger, features: pl.DataFrame) -> pl.DataFrame:
    """What the scorecard looks at: features with attributes beside them, money in whole units of the currency."""
    unit = 10.0**ledger.money_scale
    rows = features.with_columns(
        exposure_money=pl.col("exposure").cast(pl.Float64) / unit, need_money=need(features) / unit
    )
    if ledger.attributes is None:
        return rows
    attributes = ledger.attributes.with_columns(pl.selectors.decimal().cast(pl.Float64))
    known = [name for name in _SECURITIES if name in attributes.columns]
    rows = rows.join(attributes.drop("terms", strict=False), on="customer_id", how="left", maintain_order="left")
    if known:
        any_known = pl.any_horizontal(pl.col(name).is_not_null() for name in known)
        rows = rows.with_columns(
            secured=pl.when(any_known).then(
                functools.reduce(operator.add, (pl.col(name).fill_null(0.0) for name in known))
            )
        )
    return _with_peers(rows)


def need(features: pl.DataFrame, terms_days: pl.Expr | None = None) -> pl.Series:
    """What a customer needs to owe, in minor units: daily purchases × days until the money is there × growth.

    The days are the terms (the mean ones so far, unless given), the mean delay (not below 0) and the lag of reviews;
    growth is that of the last half year against the one before, held between 0.5 and 2. A need below the largest
    invoice of the year would be none, so it is at least that.
    """
    daily = pl.col("purchases") / pl.col("active_days").clip(lower_bound=30)
    terms = pl.col("terms_days") if terms_days is None else terms_days
    days = terms + pl.col("mean_delay").fill_null(0.0).clip(lower_bound=0.0) + REVIEW_DAYS
    growth = pl.col("growth").fill_null(1.0).clip(0.5, 2.0)
    flow = daily * days.clip(lower_bound=0.0) * growth
    return features.select(pl.max_horizontal(flow, "largest").cast(pl.Float64).alias("need")).to_series()


def _with_peers(rows: pl.DataFrame) -> pl.DataFrame:
    """How others of the same industry and the same region pay: mean payment index, the customer left out."""
    means = []
    for name in ("industry", "region"):
        if name not in rows.columns:
            continue
        # Whole numbers add up to the same in any order.
        index = (pl.col("pay_index") * _PARTS).round().cast(pl.Int64)
        others = index.count().over(name) - index.is_not_null().cast(pl.Int64)
        total = index.sum().over(name) - index.fill_null(0)
        enough = pl.col(name).is_not_null() & (others >= _LEAST_PEERS)
        means.append(pl.when(enough).then(total / others / _PARTS))
    if not means:
        return rows
    return rows.with_columns(peer_index=pl.mean_horizontal(means))


def customers_table(rows: pl.DataFrame) -> pl.DataFrame:
    """The columns of the view."""
    return rows.with_columns(payment_trend=pl.col("direction"))
