"""The view `provision`: what of each bucket will hardly come, by three methods, and how they did a year ago."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from crmcli.analysis.credit.experience import outcomes
from crmcli.analysis.credit.loss_rates import cohort_rates, markov_rates, roll_products
from crmcli.analysis.credit.months import months_before
from crmcli.analysis.credit.states import LOST_DAYS, bucket_balances, transitions
from crmcli.analysis.credit.units import money
from crmcli.invoices.allocate import UNAPPLIED
from crmcli.invoices.doc_types import DocKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from crmcli.analysis.credit.buckets import Buckets
    from crmcli.analysis.credit.states import Transitions
    from crmcli.invoices.ledger import CreditLedger

BACKTEST_MONTHS = 12
METHODS = ("cohort", "roll", "markov")


@dataclass(frozen=True, slots=True)
class LossRates:
    """Loss rates of the buckets by method; None where the ledger shows none."""

    rates: Mapping[str, Sequence[float | None]]

    def of(self, method: str, place: int) -> float | None:
        """The rate of one bucket."""
        return self.rates[method][place]


def loss_rates(ledger: CreditLedger, buckets: Buckets, moved: Transitions) -> LossRates:
    """Rates by the three methods, from this ledger alone."""
    cohort = _cohort_rates(ledger, buckets)
    started = moved.started
    names = len(buckets.names)
    rolls = [float(moved.stayed[n, n + 1] / started[n]) if started[n] > 0 else None for n in range(names - 1)]
    ended = moved.paid[-1] + moved.lost[-1]
    last = float(moved.lost[-1] / ended) if ended > 0 else None
    markov = markov_rates(moved.stayed, moved.paid, moved.lost)
    return LossRates({"cohort": cohort, "roll": roll_products(rolls, last), "markov": markov})


def _cohort_rates(ledger: CreditLedger, buckets: Buckets) -> list[float | None]:
    """From invoices so old that their fate is known: what was paid at which age, and what was lost."""
    grown = ledger.items.filter(pl.col("due") <= ledger.as_of - dt.timedelta(days=LOST_DAYS))
    moves = ledger.moves.filter((pl.col("kind") != str(DocKind.WRITE_OFF)) & (pl.col("item") != UNAPPLIED))
    paid = moves.join(grown.select("item", "due"), on="item", how="inner")
    days = (pl.col("date") - pl.col("due")).dt.total_days()
    paid = paid.with_columns(days=days).filter(pl.col("days") <= LOST_DAYS)
    sums = dict(paid.group_by(place=buckets.number(pl.col("days"))).agg(pl.col("amount").sum()).iter_rows())
    by_bucket = [float(sums.get(place, 0)) for place in range(len(buckets.names))]
    lost = float(grown["amount"].sum()) - sum(by_bucket)
    # The last rate is that of what outlived every bucket, which is lost by definition.
    return cohort_rates(by_bucket, lost)[: len(by_bucket)]


def provision_table(ledger: CreditLedger, buckets: Buckets, moved: Transitions) -> pl.DataFrame:
    """The rows of the view `provision` for one currency."""
    rates = loss_rates(ledger, buckets, moved)
    balances = bucket_balances(ledger, buckets)
    scale = ledger.money_scale
    past = _backtest(ledger, buckets)
    rows = []
    for place, name in enumerate(buckets.names):
        row: dict[str, object] = {"bucket": name, "balance": money(balances[place], scale)}
        for method in METHODS:
            rate = rates.of(method, place)
            row[f"{method}_rate"] = rate
            row[f"provision_{method}"] = provision(balances[place], rate, scale)
            row[f"backtest_{method}"] = None if past is None else past.provisions[method][place]
        row["backtest_balance"] = None if past is None else money(past.balances[place], scale)
        row["backtest_lost"] = None if past is None else money(past.lost[place], scale)
        rows.append(row)
    amounts = [name for name in rows[0] if name == "balance" or name.startswith(("provision_", "backtest_"))]
    schema: dict[str, Any] = {"bucket": pl.String, **{f"{method}_rate": pl.Float64 for method in METHODS}}
    schema |= {name: pl.Decimal(38, scale) for name in amounts}
    return pl.DataFrame(rows, schema=schema, orient="row")


def provision(balance: int, rate: float | None, scale: int) -> Decimal | None:
    """Balance × rate, rounded half-even to one minor unit."""
    return None if rate is None else money(round(balance * rate), scale)


@dataclass(frozen=True, slots=True)
class Backtest:
    """A year ago: balances by bucket, what of them is lost by now, and what each method would have set aside."""

    balances: Sequence[int]
    lost: Sequence[int]
    provisions: Mapping[str, Sequence[Decimal | None]]


def _backtest(ledger: CreditLedger, buckets: Buckets) -> Backtest | None:
    """The rates of T − 12 months, known then, against what has become of the balances since; None if too early."""
    then = months_before(ledger.as_of, BACKTEST_MONTHS)
    past = ledger.at(then)
    if past.items.is_empty():
        return None
    rates = loss_rates(past, buckets, transitions(past, buckets))
    balances = bucket_balances(past, buckets)
    made = {
        method: [provision(balance, rates.of(method, n), ledger.money_scale) for n, balance in enumerate(balances)]
        for method in METHODS
    }
    return Backtest(balances, _lost_since(ledger, past, buckets), made)


def _lost_since(ledger: CreditLedger, past: CreditLedger, buckets: Buckets) -> list[int]:
    """Of what was open then: written off since, or still unpaid and past the limit of lost."""
    opened = past.open_items().select("item", was_open="open")
    age_then = (pl.lit(past.as_of) - pl.col("due")).dt.total_days()
    age_now = (pl.lit(ledger.as_of) - pl.col("due")).dt.total_days()
    now = outcomes(ledger).join(opened, on="item", how="inner")
    written = ledger.moves.filter((pl.col("kind") == str(DocKind.WRITE_OFF)) & (pl.col("date") > past.as_of))
    since = written.group_by("item").agg(since=pl.col("amount").sum())
    now = now.join(since, on="item", how="left").with_columns(pl.col("since").fill_null(0))
    unpaid = pl.when(age_now > LOST_DAYS).then(pl.col("open")).otherwise(0)
    lost = pl.min_horizontal(pl.col("since") + unpaid, pl.col("was_open"))
    sums = now.group_by(place=buckets.number(age_then)).agg(lost=lost.sum())
    found = dict(sums.iter_rows())
    return [int(found.get(place, 0)) for place in range(len(buckets.names))]
