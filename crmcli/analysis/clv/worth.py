"""What value means in a run: revenue, margin of a mapped cost, or an assumed part of revenue."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from crmcli.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from crmcli.analysis.clv.arrays import Floats
    from crmcli.analysis.clv.options import ClvOptions
    from crmcli.customers.summary import CustomerSummary

REVENUE = "revenue"
MARGIN = "margin"
VALUES = (REVENUE, MARGIN)

_ALL = Decimal(1)


@dataclass(frozen=True, slots=True)
class Worth:
    """Which money is counted.

    Args:
        name: revenue or margin.
        days_column: of the summary's days.
        frame_column: of the summary's frame.
        share: part of that money that counts.
    """

    name: str
    days_column: str
    frame_column: str
    share: Decimal = field(default=_ALL)

    @classmethod
    def chosen(cls, summary: CustomerSummary, options: ClvOptions) -> Worth:
        """Margin where a cost is mapped or assumed, else revenue.

        Raises:
            UsageError: an unknown name, or a margin that nothing tells.
        """
        name, share = options.value, options.margin_share
        if name is not None and name not in VALUES:
            raise UsageError(f"--value {name!r} is none of {', '.join(VALUES)}", remedy=did_you_mean(name, VALUES))
        if name == REVENUE:
            return cls(REVENUE, "net", "monetary")
        if share is not None:
            return cls(MARGIN, "net", "monetary", share)
        if summary.has_margin:
            return cls(MARGIN, "margin", "margin")
        if name == MARGIN:
            raise UsageError(
                "Value cannot be margin: no cost is mapped for every line.",
                remedy="Map one with --map cost=COLUMN, or assume a share with --margin 30%.",
            )
        return cls(REVENUE, "net", "monetary")

    @property
    def said(self) -> str:
        """What it is, for people."""
        if self.share != _ALL:
            return f"{(self.share * 100).normalize():f} % of revenue net of refunds"
        return "margin (revenue net of refunds − cost)" if self.name == MARGIN else "revenue net of refunds"

    def historical(self, summary: CustomerSummary) -> pl.Series:
        """Money up to as_of, one exact amount per customer, rounded half-even where a share is taken."""
        scale = summary.money_scale
        amounts = summary.frame.get_column(self.frame_column).cast(pl.Decimal(38, scale))
        if self.share == _ALL:
            return amounts
        units = [round(amount * self.share, scale) for amount in amounts.to_list()]
        return pl.Series(amounts.name, units, dtype=pl.Decimal(38, scale))


def to_amounts(values: Floats, scale: int) -> pl.Series:
    """Estimated money, rounded to minor units."""
    units = pl.Series(np.rint(values * 10.0**scale)).cast(pl.Int128, strict=True)
    exact = units.cast(pl.Decimal(38, 0)).to_frame("units")
    per_unit = pl.lit(Decimal(1).scaleb(-scale), pl.Decimal(38, scale))
    return exact.select((pl.col("units") * per_unit).cast(pl.Decimal(38, scale))).to_series()
