"""What the views of one run share, each part computed when the first view asks for it, and how views are made.

A view that nobody asked for costs nothing. A module that makes views offers `Maker`s; `analyse` knows them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from crmcli.analysis.segment.concentration import concentration
from crmcli.analysis.segment.money import minor_units
from crmcli.analysis.segment.rfm import rfm_metrics
from crmcli.analysis.segment.scored import fitted_scores, scored_customers
from crmcli.analysis.segment.segment_table import segments_table

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from crmcli.analysis.result import Fact
    from crmcli.analysis.segment.options import SegmentOptions
    from crmcli.analysis.segment.rfm import Fit
    from crmcli.customers.summary import CustomerSummary
    from crmcli.notes import Note


class Workbench:
    """One summary, one set of checked options, and what has been computed from them so far.

    `value` is revenue or margin: what value means in this run.
    """

    def __init__(self, summary: CustomerSummary, options: SegmentOptions, value: str) -> None:
        self.summary = summary
        self.options = options
        self.value = value

    @property
    def money_scale(self) -> int:
        """Decimals of money."""
        return self.summary.money_scale

    @cached_property
    def metrics(self) -> pl.DataFrame:
        """The summary's frame sorted by customer_id, with recency_days, frequency and monetary."""
        return rfm_metrics(self.summary)

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
    def segments(self) -> pl.DataFrame:
        """The rows of the `segments` view."""
        return segments_table(self.customers, self.options.segments.actions(), self.money_scale)

    @cached_property
    def _concentration(self) -> tuple[dict[str, float | None], tuple[Note, ...]]:
        return concentration(self.customers.select(minor_units("value")).to_series())

    @property
    def concentration(self) -> dict[str, float | None]:
        """Measure → value."""
        return self._concentration[0]

    @property
    def notes(self) -> tuple[Note, ...]:
        """Notes of all that every run computes."""
        return (*self.fit.notes, *self.options.segments.notes, *self._scored[1], *self._concentration[1])


@dataclass(frozen=True, slots=True)
class Made:
    """One table with what there is to say about it.

    The table has at least the columns of the view, in types that cast to the declared ones without loss.
    """

    table: pl.DataFrame
    notes: tuple[Note, ...] = ()
    facts: tuple[Fact, ...] = ()


def _nothing(_bench: Workbench) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Maker:
    """How one view is made.

    `lacks` says what this run lacks for it, as the end of a sentence ("needs …"), None when it can be made.
    """

    view: str
    make: Callable[[Workbench], Made]
    lacks: Callable[[Workbench], str | None] = _nothing
