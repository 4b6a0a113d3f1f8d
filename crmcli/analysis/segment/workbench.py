"""What the views of one run share, each part computed when the first view asks for it, and how views are made.

A view that nobody asked for costs nothing. A module that makes views offers `Maker`s; `analyse` knows them all.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.order_gaps import order_gaps
from crmcli.analysis.segment.concentration import concentration
from crmcli.analysis.segment.loyalty import loyalty_index, loyalty_parts
from crmcli.analysis.segment.loyalty_evidence import discounted_share, loyalty_evidence
from crmcli.analysis.segment.loyalty_types import classify
from crmcli.analysis.segment.money import minor_units
from crmcli.analysis.segment.ordered import in_order
from crmcli.analysis.segment.rfm import rfm_metrics
from crmcli.analysis.segment.scored import fitted_scores, scored_customers
from crmcli.analysis.segment.segment_table import segments_table
from crmcli.analysis.segment.stages import NO_STAGES, fit_pool, stage_customers
from crmcli.analysis.segment.strategy import built_in_strategy, segment_actions

if TYPE_CHECKING:
    from crmcli.analysis.order_gaps import OrderGaps
    from crmcli.analysis.segment.options import SegmentOptions
    from crmcli.analysis.segment.rfm import Fit
    from crmcli.analysis.segment.stages import Pool
    from crmcli.customers.summary import CustomerSummary
    from crmcli.notes import Note


class Workbench:
    """One summary, one set of checked options, and what has been computed from them so far.

    `value` is revenue, margin or clv: what value means in this run.
    """

    def __init__(self, summary: CustomerSummary, options: SegmentOptions, value: str) -> None:
        self.summary = in_order(summary)
        self.options = options
        self.value = value

    @property
    def money_scale(self) -> int:
        """Decimals of money."""
        return self.summary.money_scale

    @cached_property
    def metrics(self) -> pl.DataFrame:
        """The summary's frame sorted by customer_id, with recency_days, frequency, monetary, and clv if given."""
        metrics, clv = rfm_metrics(self.summary), self.options.clv
        if clv is None:
            return metrics
        return metrics.join(clv.select("customer_id", "clv"), on="customer_id", how="left", maintain_order="left")

    @cached_property
    def fit(self) -> Fit:
        """Thresholds of the scores."""
        return fitted_scores(self.metrics, self.summary, self.options)

    @cached_property
    def _scored(self) -> tuple[pl.DataFrame, tuple[Note, ...]]:
        return scored_customers(self.metrics, self.fit, self.options, self.value, self.money_scale)

    @property
    def customers(self) -> pl.DataFrame:
        """`metrics` with scores, segment, abc_tier, abc_name, class, value and flags; sorted by customer_id."""
        return self._scored[0]

    @cached_property
    def gaps(self) -> OrderGaps | None:
        """The order days of all customers; None for a summary made without days."""
        return order_gaps(self.summary)

    @cached_property
    def pool(self) -> Pool | None:
        """What is typical of all customers; None without order days."""
        return None if self.gaps is None else fit_pool(self.gaps, self.options.life.constants)

    @cached_property
    def stages(self) -> pl.DataFrame:
        """Stage, rule and evidence (see `stage_customers`), row by row beside `customers`; nulls without order days."""
        if self.gaps is None or self.pool is None:
            return _unknown(NO_STAGES, self.metrics.height)
        orders = self.metrics["frequency"].to_numpy()
        return stage_customers(self.gaps, orders, self.pool, self.options.life.constants)

    @cached_property
    def evidence(self) -> pl.DataFrame:
        """What loyalty types rest on (see `EVIDENCE`), row by row beside `customers`."""
        return loyalty_evidence(self.metrics, self.stages["late"], self.summary.habits, self.options.life.survey)

    @cached_property
    def loyalty(self) -> pl.DataFrame:
        """loyalty_index, loyalty_parts, loyalty_type, loyalty_rule and proxy, row by row beside `customers`."""
        if self.gaps is None:
            return _unknown(_NO_LOYALTY, self.metrics.height)
        constants = self.options.life.constants
        attachment = self.evidence["attachment"]
        parts = loyalty_parts(self.gaps, self.stages["late"], discounted_share(self.summary.habits), attachment)
        index = loyalty_index(parts, constants)
        return index.hstack(classify(self.evidence, constants))

    @cached_property
    def segments(self) -> pl.DataFrame:
        """The rows of the `segments` view."""
        given = self.options.movement
        advice = given.strategy or built_in_strategy()
        actions = segment_actions(self.options.segments, advice, given.language)
        return segments_table(self.customers, actions, self.money_scale)

    @cached_property
    def _concentration(self) -> tuple[dict[str, float | None], tuple[Note, ...]]:
        return concentration(self.customers.select(minor_units("value")).to_series())

    @property
    def concentration(self) -> dict[str, float | None]:
        """Measure → value."""
        return self._concentration[0]

    @property
    def notes(self) -> tuple[Note, ...]:
        """Notes of what has been computed of scores, tiers and concentration."""
        found = vars(self)
        return (
            *(self.fit.notes if "fit" in found else ()),
            *((*self.options.segments.notes, *self._scored[1]) if "_scored" in found else ()),
            *(self._concentration[1] if "_concentration" in found else ()),
        )


_NO_LOYALTY = pl.Schema(
    {
        "loyalty_index": pl.Float64,
        "loyalty_parts": pl.String,
        "loyalty_type": pl.String,
        "loyalty_rule": pl.String,
        "proxy": pl.Boolean,
    }
)


def _unknown(schema: pl.Schema, height: int) -> pl.DataFrame:
    """So many rows of nulls."""
    return pl.DataFrame(schema=schema).clear(height)
