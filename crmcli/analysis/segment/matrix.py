"""Loyalty × value: whom to keep, convert, grow, and serve economically.

The best customers are chosen on two axes rather than by revenue alone: a loyal customer of little value can grow, and
a valuable one without loyalty has to be converted before leaving.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.conform import view_schema
from crmcli.analysis.segment.money import minor_units, money, units_at_least
from crmcli.analysis.segment.views_life import MATRIX
from crmcli.errors import UsageError, did_you_mean
from crmcli.notes import info

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crmcli.notes import Note

HIGH = "high"
LOW = "low"
CELLS = (("keep", HIGH, HIGH), ("convert", LOW, HIGH), ("grow", HIGH, LOW), ("economise", LOW, LOW))
"""Cell, loyalty, value."""

AXES = ("loyalty", "value")
_EXAMPLE = "Examples: --cut 80% · --cut loyalty=60 --cut value=80%"


@dataclass(frozen=True, slots=True)
class AxisCut:
    """Where an axis is cut: at a quantile of the customers (a fraction of 1), or at a value of its own."""

    quantile: Fraction | None = Fraction(1, 2)
    value: Decimal | None = None

    def __str__(self) -> str:
        return f"{self.value}" if self.quantile is None else f"{float(100 * self.quantile):g} %"


@dataclass(frozen=True, slots=True)
class MatrixCuts:
    """The cuts of both axes; the medians unless told. Customers at a cut are high."""

    loyalty: AxisCut = AxisCut()
    value: AxisCut = AxisCut()


def parse_cuts(items: Iterable[str]) -> MatrixCuts:
    """Cuts from texts such as `80%` (both axes), `loyalty=60` and `value=80%`; later ones replace earlier ones.

    Raises:
        UsageError: another axis, or neither a percentage nor a number.
    """
    cuts: dict[str, AxisCut] = {}
    for item in items:
        axis, given, text = (part.strip() for part in item.partition("="))
        if not given:
            cuts |= dict.fromkeys(AXES, _cut(axis, item))
        elif axis in AXES:
            cuts[axis] = _cut(text, item)
        else:
            remedy = did_you_mean(axis, AXES) or _EXAMPLE
            raise UsageError(f"--cut {item!r}: the axes are {' and '.join(AXES)}", remedy=remedy)
        if not given and cuts["loyalty"].quantile is None:
            raise UsageError(
                f"--cut {item!r}: a number needs its axis; only a percentage holds for both", remedy=_EXAMPLE
            )
    return MatrixCuts(**cuts)


def _cut(text: str, item: str) -> AxisCut:
    number = text.removesuffix("%").strip()
    try:
        value = Decimal(number)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value) >= _LARGEST:
        raise UsageError(f"--cut {item!r} is neither a percentage nor a number", remedy=_EXAMPLE)
    if not text.endswith("%"):
        return AxisCut(None, value)
    if not 0 <= value <= _PERCENT:
        raise UsageError(f"--cut {item!r}: a percentage is from 0% to 100%", remedy=_EXAMPLE)
    return AxisCut(Fraction(value) / _PERCENT)


_LARGEST = Decimal(10) ** 15
_PERCENT = 100


def matrix_cells(customers: pl.DataFrame, cuts: MatrixCuts, money_scale: int) -> pl.Series:
    """The cell of each customer, null without a loyalty index; `customers` has loyalty_index and value (Decimal)."""
    loyal = pl.col("loyalty_index") >= _loyalty_cut(customers["loyalty_index"], cuts.loyalty)
    valuable = minor_units("value") >= value_cut(
        customers.select(minor_units("value")).to_series(), cuts.value, money_scale
    )
    names = {(loyalty, value): cell for cell, loyalty, value in CELLS}
    of_loyal = pl.when(valuable).then(pl.lit(names[HIGH, HIGH])).otherwise(pl.lit(names[HIGH, LOW]))
    of_others = pl.when(valuable).then(pl.lit(names[LOW, HIGH])).otherwise(pl.lit(names[LOW, LOW]))
    return customers.select(pl.when(loyal).then(of_loyal).when(~loyal).then(of_others).alias("cell")).to_series()


def _loyalty_cut(index: pl.Series, cut: AxisCut) -> float:
    if cut.quantile is None:
        return float(cut.value or 0)
    found = index.quantile(float(cut.quantile), interpolation="linear")
    return 0.0 if found is None else float(found)


def value_cut(units: pl.Series, cut: AxisCut, money_scale: int) -> int:
    """The fewest minor units that count as high: at least the type-7 quantile, interpolated exactly, or the amount."""
    if cut.quantile is None:
        return units_at_least(cut.value or Decimal(0), money_scale)
    rising = units.sort()
    place = cut.quantile * (len(rising) - 1)
    low = int(rising[int(place)])
    high = int(rising[min(int(place) + 1, len(rising) - 1)])
    return -int(-(low + (place - int(place)) * (high - low)) // 1)


def matrix_table(customers: pl.DataFrame, cells: pl.Series, money_scale: int) -> tuple[pl.DataFrame, tuple[Note, ...]]:
    """The `matrix` view: one row per cell. `customers` has monetary; `cells` stands beside it row by row."""
    sums = customers.group_by(cells.alias("cell")).agg(pl.len(), minor_units("monetary").sum().alias("units"))
    found: Mapping[str | None, tuple[int, int]] = {cell: (count, int(units)) for cell, count, units in sums.iter_rows()}
    rows = [
        {"loyalty": loyalty, "value": value, "cell": cell, "customers": count, "revenue": money(units, money_scale)}
        for cell, loyalty, value in CELLS
        for count, units in (found.get(cell, (0, 0)),)
    ]
    left_out = found.get(None, (0, 0))[0]
    text = f"{left_out} customers have no loyalty index under these weights and stand in no cell."
    notes = (info("matrix_no_index", text),) if left_out else ()
    return pl.DataFrame(rows, schema=view_schema(MATRIX, money_scale)), notes
