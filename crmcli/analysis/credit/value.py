"""The view `value`: what customers are worth less what their credit costs, and who is worth much but would be blocked.

credit_adjusted_value = clv − expected loss − carrying cost, both costs those of a year, as the forecast of clv is:
expected loss = pd × loss given default × unsecured exposure, carrying cost = yearly cost of capital × mean balance.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.credit.units import as_money
from crmcli.analysis.result import Fact
from crmcli.analysis.views import Kind
from crmcli.errors import InputError
from crmcli.notes import info

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcli.invoices.ledger import CreditLedger
    from crmcli.notes import Note

LOSS_GIVEN_DEFAULT = 1.0
"""Part of the unsecured exposure that is lost after a bad outcome: all of it, for a ledger shows no recoveries."""

VALUABLE_SHARE = 0.2
"""The part of the customers with a known clv, those of the highest, that counts as valuable."""

BALANCE_DAYS = 365
"""Days up to as_of, or since the first invoice if those are fewer, over which the balance is averaged."""

_YEAR = 365
_LISTED = 10


def mean_balances(ledger: CreditLedger) -> pl.DataFrame:
    """`customer_id` and `mean_balance` (Float64, minor units): the mean balance at the end of each day, sorted.

    The days are the last `BALANCE_DAYS`, or those since the customer's first invoice. A document of a day before has
    weighed on all of them, one of as_of on one; so the sum of balances is Σ invoices × days − Σ events × days.
    """
    named = ledger.accounts.select("account", "customer_id")
    came = ledger.items.select("customer_id", "date", "amount")
    went = ledger.events.join(named, on="account").select("customer_id", "date", amount=-pl.col("amount"))
    first = came.group_by("customer_id").agg(first=pl.col("date").min())
    window = pl.min_horizontal(_days_until(ledger, "first"), BALANCE_DAYS)
    moved = pl.concat([came, went]).join(first, on="customer_id").with_columns(window=window)
    held = pl.min_horizontal(_days_until(ledger, "date"), "window")
    # Whole numbers add up to the same in any order.
    sums = moved.group_by("customer_id", "window").agg(total=(pl.col("amount").cast(pl.Int128) * held).sum())
    return sums.select(
        "customer_id", mean_balance=pl.col("total").cast(pl.Float64) / pl.col("window").cast(pl.Float64)
    ).sort("customer_id")


def value_table(
    limits: pl.DataFrame, scored: pl.DataFrame, balances: pl.DataFrame, clv: pl.DataFrame, rate: float
) -> pl.DataFrame:
    """The rows of the view, one per customer of the limits, in their order.

    Args:
        limits: from `limits.limits_table`: `customer_id`, `currency`, `exposure`, `limit` (Decimal(38, s)), `hold`,
            `hold_reason`.
        scored: `customer_id`, `pd`, `exposure` (Int64, minor units), and `secured` (Float64, money) where the
            customer file tells.
        balances: from `mean_balances`.
        clv: `customer_id`, `future_value` and `clv` (Decimal(38, s)).
        rate: cost of capital of a year of 365 days, as a fraction.
    """
    chances = scored.select("customer_id", "pd", owed="exposure", secured=_secured(scored))
    rows = limits.select("customer_id", "currency", "exposure", "limit", "hold", "hold_reason")
    for part in (chances, balances, clv):
        rows = rows.join(part, on="customer_id", how="left", maintain_order="left")
    scale = rows.schema["exposure"].scale  # type: ignore[attr-defined]
    unit = 10.0**scale
    at_risk = (pl.col("owed").cast(pl.Float64) - pl.col("secured") * unit).clip(lower_bound=0.0)
    loss = pl.when(at_risk > 0).then(at_risk * pl.col("pd") * LOSS_GIVEN_DEFAULT).otherwise(0.0)
    carrying = pl.col("mean_balance").clip(lower_bound=0.0) * rate
    rows = rows.with_columns(expected_loss=_rounded(loss, scale), carrying_cost=_rounded(carrying, scale))
    adjusted = pl.col("clv") - pl.col("expected_loss") - pl.col("carrying_cost")
    rows = rows.with_columns(credit_adjusted_value=adjusted.cast(pl.Decimal(38, scale)))
    rank = pl.col("credit_adjusted_value").rank("min", descending=True).cast(pl.Int64)
    return rows.with_columns(value_rank=rank, valuable_but_blocked=_valuable(rows) & _blocked())


def yearly_rate(capital_cost: float, year_days: int) -> float:
    """Cost of capital of the 365 days of a year at a rate that is per 365 or 360 days."""
    return capital_cost * _YEAR / year_days


def value_notes(table: pl.DataFrame, clv: pl.DataFrame) -> Iterator[Note]:
    """Who is in one of the inputs only.

    Raises:
        InputError: nobody is in both.
    """
    both = int(table["customer_id"].is_in(clv["customer_id"].implode()).sum())
    if not both:
        raise InputError(
            f"No customer of the invoices is among the {clv.height:,} buyers of the transactions",
            remedy="Both must write customers alike: --map transactions.customer_id=COLUMN",
        )
    yield info(
        "value_customers",
        f"Value: {both:,} customers have invoices and transactions; {table.height - both:,} have no transactions (clv "
        f"is missing), {clv.height - both:,} buyers have no invoices (no row)",
    )


def value_facts(table: pl.DataFrame, currency: str) -> Iterator[Fact]:
    """How many customers would be blocked though they are valuable, and what they are worth."""
    blocked = table.filter("valuable_but_blocked")
    worth = blocked["credit_adjusted_value"].sum()
    unit = currency or "money"
    yield Fact("valuable_but_blocked", "Valuable but blocked", blocked.height, Kind.INTEGER, "customers")
    yield Fact("valuable_but_blocked_value", "Their credit-adjusted value", worth, Kind.MONEY, unit)


def blocked_lines(table: pl.DataFrame) -> Iterator[str]:
    """The list of valuable but blocked customers for people, the most valuable first."""
    blocked = table.filter("valuable_but_blocked").sort(
        "credit_adjusted_value", "customer_id", descending=[True, False]
    )
    if blocked.is_empty():
        yield "Valuable but would be blocked: nobody"
        return
    yield f"Valuable but would be blocked ({blocked.height:,}), by credit-adjusted value:"
    for row in blocked.head(_LISTED).iter_rows(named=True):
        reason = (row["hold_reason"] or "limit 0").replace(";", ", ")
        yield f"  {row['customer_id']}: {row['credit_adjusted_value']:,} · {reason}"
    if blocked.height > _LISTED:
        yield f"  and {blocked.height - _LISTED:,} more: --view value, valuable_but_blocked"


def _days_until(ledger: CreditLedger, column: str) -> pl.Expr:
    """Days from a date to as_of, both counted."""
    return (pl.lit(ledger.as_of) - pl.col(column)).dt.total_days() + 1


def _secured(scored: pl.DataFrame) -> pl.Expr:
    return pl.col("secured").fill_null(0.0) if "secured" in scored.columns else pl.lit(0.0)


def _rounded(units: pl.Expr, scale: int) -> pl.Expr:
    return as_money(units.round(0, mode="half_to_even").cast(pl.Int64), scale)


def _valuable(rows: pl.DataFrame) -> pl.Expr:
    """Worth something after the costs of credit, and among the first fifth by clv (equal ones together)."""
    places = math.ceil(VALUABLE_SHARE * rows["clv"].count())
    return (pl.col("credit_adjusted_value") > 0) & (pl.col("clv").rank("min", descending=True) <= places)


def _blocked() -> pl.Expr:
    """On hold (which tells of prepayment and refusals too), or without a limit above 0."""
    return (pl.col("hold") == "yes") | (pl.col("limit") <= 0).fill_null(value=True)
