"""The `summary` view: all customers together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.clv.accuracy import correlation, correlation_interval
from crmcli.analysis.clv.economics import gap_lever, new_customer, payback_days
from crmcli.analysis.clv.intervals import Interval
from crmcli.analysis.clv.value_intervals import total_purchases
from crmcli.analysis.clv.views import SUMMARY
from crmcli.analysis.conform import view_schema
from crmcli.analysis.segment.concentration import TOP_PERCENTS, concentration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcli.analysis.clv.workbench import Workbench

MONEY, CUSTOMERS, PURCHASES, SHARE, DAYS, RATIO = "money", "customers", "purchases", "of 1", "days", "ratio"


@dataclass(frozen=True)
class Row:
    """One measure; `low` and `high` only where it is a forecast or an estimate."""

    measure: str
    value: float | None
    unit: str
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, measure: str, interval: Interval, unit: str) -> Row:
        """A measure with its interval."""
        return cls(measure, interval.expected, unit, interval.low, interval.high)


def summary_table(bench: Workbench) -> pl.DataFrame:
    """The measures in the order in which a reader needs them."""
    rows = [(row.measure, row.value, row.low, row.high, row.unit) for row in Totals(bench).rows()]
    return pl.DataFrame(rows, schema=view_schema(SUMMARY, 0), orient="row")


class Totals:
    """Sums over all customers of one run."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench

    @cached_property
    def historical(self) -> float:
        """Money up to as_of."""
        return float(self.bench.worth.historical(self.bench.summary).sum() or 0)

    @cached_property
    def purchases(self) -> Interval:
        """Purchases of all customers within the horizon."""
        bench = self.bench
        return total_purchases(bench.central, bench.counts, bench.histories.rows, bench.options.level)

    @cached_property
    def clv(self) -> Interval:
        """Historical and future value."""
        future = self.bench.future_value
        return Interval(*(self.historical + part for part in (future.expected, future.low, future.high)))

    @cached_property
    def spend_correlation(self) -> Interval | None:
        """Of repeat purchases and mean spend, among those who bought again, with Fisher's interval."""
        histories = self.bench.histories
        again = histories.x > 0
        corr = correlation(histories.x[again].astype(float), histories.mean_spend[again]) if again.any() else None
        if corr is None:
            return None
        reach = NormalDist().inv_cdf((1 + self.bench.options.level) / 2)
        ends = correlation_interval(corr, int(again.sum()), reach)
        return None if ends is None else Interval(corr, *ends)

    def rows(self) -> Iterator[Row]:
        """All measures."""
        yield from self._counts()
        yield from self._values()
        yield from self._shares()
        yield from self._economics()

    def _counts(self) -> Iterator[Row]:
        bench = self.bench
        yield Row("customers", len(bench.histories), CUSTOMERS)
        yield Row("repeat_customers", int((bench.histories.x > 0).sum()), CUSTOMERS)
        yield Row("customers_alive", float(bench.scores.p_alive.sum()), CUSTOMERS)
        yield Row.of("expected_purchases", self.purchases, PURCHASES)

    def _values(self) -> Iterator[Row]:
        bench, corr = self.bench, self.spend_correlation
        count = len(bench.histories)
        yield Row("historical_value", self.historical, MONEY)
        yield Row.of("future_value", bench.future_value, MONEY)
        yield Row.of("clv", self.clv, MONEY)
        ends = (self.clv.expected, self.clv.low, self.clv.high)
        yield Row.of("clv_per_customer", Interval(*(end / count for end in ends)), MONEY)
        yield Row("spend_of_a_purchase", bench.spending.population, MONEY)
        if corr is not None:
            yield Row.of("purchase_spend_correlation", corr, "−1 to 1")

    def _shares(self) -> Iterator[Row]:
        values = self.bench.customer_values.get_column("clv").to_physical()
        measures, _ = concentration(values)
        for percent in TOP_PERCENTS:
            name = f"top_{percent}_percent_share"
            yield Row(f"{name}_of_clv", measures[name], SHARE)

    def _economics(self) -> Iterator[Row]:
        bench, cost = self.bench, self.bench.options.acquisition_cost
        new = new_customer(bench)
        yield Row("new_customer_value", new.value, MONEY)
        yield Row("new_customer_first_purchase", new.first_purchase, MONEY)
        yield Row("tenth_shorter_gaps_value", gap_lever(bench), MONEY)
        if cost is None:
            return
        spent = float(cost)
        yield Row("acquisition_cost", spent, MONEY)
        yield Row("new_customer_profit", new.value - spent, MONEY)
        yield Row("value_to_acquisition_cost", new.value / spent if spent else None, RATIO)
        yield Row("payback", payback_days(bench, spent), DAYS)
