"""The view `limits`: how much each customer may owe, what sets it, what is left of it, and who is to be held."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.credit.customers import need
from crmcli.analysis.credit.styles import PREPAY
from crmcli.analysis.credit.units import as_money

if TYPE_CHECKING:
    from crmcli.analysis.credit.styles import Style
    from crmcli.invoices.ledger import CreditLedger

GRADE_MULTIPLIERS = {"A": 1.0, "B": 0.8, "C": 0.5, "D": 0.25, "E": 0.0}
LOSS_BUDGET = 0.01
"""Part of a customer's yearly purchases that may be lost on average."""

ON_TERMS = 80.0
_CAPS = ("need", "proven", "net_worth_cap", "loss_cap")


def limits_table(ledger: CreditLedger, scored: pl.DataFrame, style: Style) -> pl.DataFrame:
    """The rows of the view.

    Args:
        ledger: for limits in force and the currency.
        scored: from `customers.scored_customers`.
        style: the policy in force.
    """
    rows = limit_units(scored, ledger.money_scale, style)
    rows = rows.with_columns(available=pl.col("limit") - pl.col("exposure"), hold_reason=_hold_reason(style))
    return _finished(ledger, rows)


def limit_units(scored: pl.DataFrame, scale: int, style: Style) -> pl.DataFrame:
    """The scored customers with the components, `refused`, `limit` and `binding`; money in minor units."""
    rows = _with_caps(scored, scale, style)
    smallest = pl.min_horizontal(_CAPS)
    multiplier = pl.col("grade").replace_strict(GRADE_MULTIPLIERS, default=0.0, return_dtype=pl.Float64)
    rows = rows.with_columns(smallest=smallest, refused=_refusal(style))
    wanted = (pl.col("smallest") * multiplier).floor().cast(pl.Int64).clip(lower_bound=0)
    limit = pl.when(pl.col("refused").is_null()).then(wanted).otherwise(0)
    rows = rows.with_columns(limit=limit.map_batches(_rounded_down, return_dtype=pl.Int64))
    binding = pl.coalesce("refused", *(pl.when(pl.col(cap) == smallest).then(pl.lit(cap)) for cap in _CAPS))
    return rows.with_columns(binding=binding)


def snapshot_limits(ledger: CreditLedger, style: Style) -> pl.DataFrame:
    """Limits from open items alone: the limit is that in force, holds are for overdue items and exceeded limits."""
    opened = ledger.open_items().with_columns(days=(pl.lit(ledger.as_of) - pl.col("due")).dt.total_days())
    rows = opened.group_by("customer_id").agg(
        exposure=pl.col("open").sum(), worst_days=pl.max_horizontal(pl.col("days").max(), 0)
    )
    missing = [pl.lit(None, pl.Int64).alias(name) for name in _CAPS]
    in_force = _in_force(ledger)
    rows = rows.join(in_force, on="customer_id", how="left").with_columns(*missing, limit=pl.col("limit_in_force"))
    rows = rows.with_columns(
        binding=pl.when(pl.col("limit").is_not_null()).then(pl.lit("in_force")).otherwise(pl.lit("unknown")),
        available=pl.col("limit") - pl.col("exposure"),
        refused=pl.lit(None, pl.String),
    )
    return _finished(ledger, rows.drop("limit_in_force").with_columns(hold_reason=_hold_reason(style)))


def policy_limits(scored: pl.DataFrame, scale: int, style: Style) -> pl.DataFrame:
    """`customer_id`, `grade`, `refused` and `limit` (minor units, no rounding) by the rules of the style alone.

    The need × its multiple, capped by the part of net worth: what a customer has proven under other terms, and the
    loss budget, are no part of a style.
    """
    rows = _with_caps(scored, scale, style).with_columns(refused=_refusal(style))
    return rows.select("customer_id", "grade", "refused", limit=pl.min_horizontal("need", "net_worth_cap"))


def _with_caps(scored: pl.DataFrame, scale: int, style: Style) -> pl.DataFrame:
    """The components of the limit in minor units, null where not known."""
    unit = 10.0**scale
    granted = _net_days(style)
    needed = need(scored, pl.when(granted > 0).then(granted).otherwise("terms_days")) * style.need_multiple
    secured = pl.col("secured").fill_null(0.0) * unit if "secured" in scored.columns else pl.lit(0.0)
    worth = pl.col("net_worth") * unit * style.net_worth_share if "net_worth" in scored.columns else pl.lit(None)
    budget = pl.col("purchases") / pl.col("active_days").clip(lower_bound=30) * 365 * LOSS_BUDGET
    components = {
        "need": pl.lit(needed),
        "proven": pl.col("repaid_peak") * pl.col("pay_index") / ON_TERMS,
        "net_worth_cap": worth.clip(lower_bound=0) if "net_worth" in scored.columns else worth,
        "loss_cap": budget / pl.col("pd") + secured,
    }
    return scored.with_columns(
        expression.cast(pl.Float64).round().cast(pl.Int64).alias(name) for name, expression in components.items()
    )


def _refusal(style: Style) -> pl.Expr:
    """Why a customer gets no credit at all; null where they may get some."""
    return (
        pl.when((pl.col("score") < style.minimum_score).fill_null(value=True))
        .then(pl.lit("minimum_score"))
        .when((pl.col("pd") > style.maximum_pd).fill_null(value=True))
        .then(pl.lit("maximum_pd"))
        .when(_net_days(style) == PREPAY)
        .then(pl.lit("prepayment"))
    )


def _net_days(style: Style) -> pl.Expr:
    """Days of credit that the style gives to a grade; 0 for payment in advance."""
    return pl.col("grade").replace_strict({**style.net_days, "E": PREPAY}, default=PREPAY, return_dtype=pl.Int64)


def _rounded_down(units: pl.Series) -> pl.Series:
    return pl.Series(units.name, [round_down(int(value)) for value in units.fill_null(0)], dtype=pl.Int64)


def round_down(units: int) -> int:
    """The largest of 1, 2, 5, 10, 20, 50 … that is not above; 0 for nothing."""
    if units < 1:
        return 0
    size: int = 10 ** (len(str(units)) - 1)
    return next(step * size for step in (5, 2, 1) if step * size <= units)


def _hold_reason(style: Style) -> pl.Expr:
    """Why deliveries stop, codes joined by ";"; null where they go on."""
    overdue = pl.when(pl.col("worst_days") > style.hold_days).then(pl.format("overdue_{}_days", pl.col("worst_days")))
    over = pl.col("exposure") > pl.col("limit") * (1 + style.tolerance)
    exceeded = pl.when(over & (pl.col("limit") > 0)).then(pl.lit("over_limit"))
    refused = pl.when(pl.col("refused").is_not_null()).then(pl.col("refused"))
    text = pl.concat_str(overdue, exceeded, refused, separator=";", ignore_nulls=True)
    return pl.when(text != "").then(text)


def _in_force(ledger: CreditLedger) -> pl.DataFrame:
    """`customer_id` and `limit_in_force`: of the customer file, else the last one beside the invoices."""
    own = ledger.accounts.group_by("customer_id").agg(pl.col("credit_limit").max())
    if ledger.attributes is None or "credit_limit" not in ledger.attributes.columns:
        return own.rename({"credit_limit": "limit_in_force"})
    unit = 10**ledger.money_scale
    stated = ledger.attributes.select(
        "customer_id", stated=(pl.col("credit_limit").cast(pl.Float64) * unit).round().cast(pl.Int64)
    )
    both = own.join(stated, on="customer_id", how="left")
    return both.select("customer_id", limit_in_force=pl.coalesce("stated", "credit_limit"))


def _finished(ledger: CreditLedger, rows: pl.DataFrame) -> pl.DataFrame:
    main = ledger.accounts.group_by("customer_id").agg(pl.col("currency").min())
    rows = rows.drop("credit_limit", strict=False).join(_in_force(ledger), on="customer_id", how="left")
    rows = rows.join(main, on="customer_id", how="left")
    rows = rows.with_columns(
        hold=pl.when(pl.col("hold_reason").is_not_null()).then(pl.lit("yes")).otherwise(pl.lit("no"))
    )
    amounts = ("exposure", *_CAPS, "limit", "available", "limit_in_force")
    return rows.with_columns(as_money(name, ledger.money_scale).alias(name) for name in amounts)
