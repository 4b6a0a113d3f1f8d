"""`--fx FILE`: exchange rates, one for each currency, and a ledger converted at them so that it still reconciles."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import polars as pl

from crmcli.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcli.invoices.ledger import CreditLedger

_DECIMALS = 10
_UNIT: int = 10**_DECIMALS


@dataclass(frozen=True, slots=True)
class Rates:
    """Units of `target` for one unit of each currency; that of the target itself is 1."""

    target: str
    rates: Mapping[str, Decimal]


def parse_rates(text: str, label: str) -> Rates:
    """A CSV file with the columns currency and rate: what one unit of the currency is worth in the one with rate 1.

    Raises:
        InputError: a column is missing, a rate is no positive number, a currency stands twice, or not exactly one
            currency has the rate 1.
    """
    rates: dict[str, Decimal] = {}
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    headings = {(name or "").strip().casefold(): name for name in reader.fieldnames or ()}
    if not {"currency", "rate"} <= set(headings):
        raise InputError(f"{label}: exchange rates need the columns currency and rate", remedy=_EXAMPLE)
    for number, row in enumerate(reader, start=2):
        currency = (row[headings["currency"]] or "").strip().upper()
        if currency in rates:
            raise InputError(f"{label}, line {number}: {currency} stands twice", remedy="One rate for each currency.")
        rates[currency] = _rate(row[headings["rate"]] or "", f"{label}, line {number}")
    ones = [currency for currency, rate in rates.items() if rate == 1]
    if len(ones) != 1:
        what = "no currency has" if not ones else f"{', '.join(ones)} all have"
        raise InputError(f"{label}: {what} the rate 1, which names the currency to convert into", remedy=_EXAMPLE)
    return Rates(ones[0], rates)


_EXAMPLE = "Example: currency,rate then EUR,1 and USD,0.92 on lines of their own"


def _rate(text: str, where: str) -> Decimal:
    try:
        rate = Decimal(text.strip())
    except InvalidOperation:
        rate = Decimal(0)
    usable = rate.is_finite() and 0 < rate < _UNIT
    if not usable or rate != round(rate, _DECIMALS):
        raise InputError(
            f"{where}: {text!r} is not a usable rate", remedy=f"A positive number, at most {_DECIMALS} decimals."
        )
    return rate


def converted(ledger: CreditLedger, rates: Rates) -> CreditLedger:
    """The ledger in the target currency.

    Every invoice is converted once and rounded half-even; what came off it is converted so that its running sum is
    (each movement is the difference of two rounded sums). So a settled invoice stays settled, and every sum reconciles.

    Raises:
        InputError: a currency of the ledger has no rate.
    """
    missing = [currency for currency in ledger.currencies if currency not in rates.rates]
    if missing:
        names = ", ".join(repr(currency) for currency in missing)
        raise InputError(f"--fx: there is no rate for {names}", remedy="Add a line for each currency of the ledger.")
    factors = pl.DataFrame(
        {"currency": list(rates.rates), "factor": [int(rate * _UNIT) for rate in rates.rates.values()]},
        schema={"currency": pl.String, "factor": pl.Int64},
    )
    accounts = ledger.accounts.join(factors, on="currency", how="left", maintain_order="left")
    merged = accounts.select("customer_id").unique().sort("customer_id").with_row_index("new")
    accounts = accounts.join(merged, on="customer_id", how="left", maintain_order="left")
    return _with_accounts(ledger, accounts, rates.target)


def _with_accounts(ledger: CreditLedger, accounts: pl.DataFrame, target: str) -> CreditLedger:
    new = accounts.select("account", "new", "factor")
    items = ledger.items.join(new, on="account", how="left", maintain_order="left")
    items = items.with_columns(amount=_times(pl.col("amount")), account="new", currency=pl.lit(target))
    place = pl.when(pl.col("item") < 0).then(-1 - pl.col("account").cast(pl.Int64)).otherwise("item")
    moves = ledger.moves.join(new, on="account", how="left", maintain_order="left").with_columns(place=place)
    moves = moves.sort("place", "date", "kind", "amount")
    after = pl.col("amount").cum_sum().over("place")
    before = after - pl.col("amount")
    moves = moves.with_columns(amount=_times(after) - _times(before), account="new")
    sums = moves.group_by("event").agg(pl.col("amount").sum())
    events = ledger.events.drop("amount").join(new, on="account", how="left", maintain_order="left")
    events = events.with_columns(account="new").join(sums, on="event", how="left", maintain_order="left")
    limits = (
        accounts.sort("account")
        .group_by("new", maintain_order=True)
        .agg(pl.col("customer_id").first(), _times(pl.col("credit_limit")).first().alias("credit_limit"))
    )
    return replace(
        ledger,
        items=items.drop("new", "factor"),
        events=events.with_columns(pl.col("amount").fill_null(0)).select(ledger.events.columns),
        moves=moves.select(ledger.moves.columns).filter(pl.col("amount") != 0),
        accounts=limits.select(
            pl.col("new").alias("account"), "customer_id", pl.lit(target).alias("currency"), "credit_limit"
        ).sort("account"),
    )


def _times(amount: pl.Expr) -> pl.Expr:
    """Amount × rate in minor units, rounded half-even, exactly in 128 bits."""
    product = amount.cast(pl.Int128) * pl.col("factor").cast(pl.Int128)
    size = product.abs()
    whole, rest = size // _UNIT, size % _UNIT
    up = (2 * rest > _UNIT) | ((2 * rest == _UNIT) & (whole % 2 == 1))
    return (product.sign().cast(pl.Int128) * (whole + up.cast(pl.Int128))).cast(pl.Int64)
