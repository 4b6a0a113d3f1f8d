"""The views of the customer's life: what they may be told, and how they are made from what a run shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmcli.analysis.calendar_periods import PERIODS, QUARTER
from crmcli.analysis.making import Made, Maker
from crmcli.analysis.segment.constants import Constants
from crmcli.analysis.segment.life_facts import loyalty_notes, pool_notes
from crmcli.analysis.segment.loyalty_types import loyalty_table
from crmcli.analysis.segment.matrix import MatrixCuts, matrix_cells, matrix_table
from crmcli.analysis.segment.periods import periods_table
from crmcli.analysis.segment.stages import stages_table
from crmcli.errors import InternalError, UsageError, did_you_mean

if TYPE_CHECKING:
    import polars as pl

    from crmcli.analysis.order_gaps import OrderGaps
    from crmcli.analysis.segment.workbench import Workbench


@dataclass(frozen=True, slots=True)
class LifeOptions:
    """Options of the views of the customer's life.

    `period` is week, month or quarter. `survey` holds what only customers can tell: customer_id with attachment
    (Float64) or no_alternative (Boolean) or both; customers may be absent from it.
    """

    period: str = QUARTER
    cuts: MatrixCuts = field(default_factory=MatrixCuts)
    constants: Constants = field(default_factory=Constants)
    survey: pl.DataFrame | None = None

    def check(self) -> None:
        """Raise UsageError for an unknown period."""
        if self.period not in PERIODS:
            known = ", ".join(PERIODS)
            remedy = did_you_mean(self.period, PERIODS)
            raise UsageError(f"Unknown period {self.period!r}; known are {known}.", remedy=remedy)


def _lacks_days(bench: Workbench) -> str | None:
    return None if bench.gaps is not None else "needs the order days of customers, without which they were summed up"


def _gaps(bench: Workbench) -> OrderGaps:
    if bench.gaps is None:
        raise InternalError("A view of the customer's life was made without order days.")
    return bench.gaps


def _stages(bench: Workbench) -> Made:
    customers = bench.stages.with_columns(bench.metrics["monetary"])
    return Made(stages_table(customers, bench.money_scale), pool_notes(bench))


def _periods(bench: Workbench) -> Made:
    return Made(periods_table(_gaps(bench), bench.options.life.period))


def _loyalty(bench: Workbench) -> Made:
    customers = bench.loyalty.with_columns(bench.metrics["monetary"])
    return Made(loyalty_table(customers, bench.evidence, bench.money_scale), loyalty_notes(bench))


def _matrix(bench: Workbench) -> Made:
    customers = bench.customers.select("monetary", "value").with_columns(bench.loyalty["loyalty_index"])
    cells = matrix_cells(customers, bench.options.life.cuts, bench.money_scale)
    return Made(*matrix_table(customers, cells, bench.money_scale))


LIFE_MAKERS = (
    Maker("stages", _stages, _lacks_days),
    Maker("periods", _periods, _lacks_days),
    Maker("loyalty", _loyalty, _lacks_days),
    Maker("matrix", _matrix, _lacks_days),
)
