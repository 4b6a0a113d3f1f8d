"""The canonical typed frame of one layout: what each row says, and whether it takes part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from crmcli.transactions.amounts import line_amount, line_amount_rounded
from crmcli.transactions.codes import Rule
from crmcli.transactions.rules import is_no_price, is_no_sale, is_refund, signed_by
from crmcli.transactions.where import is_excluded

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from crmcli.transactions.codes import Defect
    from crmcli.transactions.columns import ColumnMap
    from crmcli.transactions.options import ReadOptions
    from crmcli.transactions.readings import Readings
    from crmcli.transactions.tables import Layout


@dataclass(frozen=True, slots=True)
class CanonicalFrame:
    """`frame` with canonical columns; `columns` names the optional ones that are present.

    Always: customer_id String · date Date · amount Decimal(38, s) · refund Boolean (money went back) · rounded Boolean
    (the amount needed rounding) · code UInt8 (0, a Rule or a Defect) · raw String (the record as text) · raw_id,
    raw_date, raw_amount String (the cells that messages quote) · amount_column String (the canonical column of
    raw_amount: the first money or number column that has a defect; null without one).
    If mapped and wanted: order_id String · quantity, unit_price Decimal(38, 20) · cost, discount Decimal(38, s) ·
    product, category, channel, currency, status, promotion String.
    """

    frame: pl.LazyFrame
    columns: frozenset[str]


def build_canonical(
    layout: Layout,
    columns: ColumnMap,
    readings: Readings,
    where: Mapping[int, tuple[str, ...]],
    options: ReadOptions,
) -> CanonicalFrame:
    """Turn raw columns c0, c1, … into canonical ones by the readings; lazy, elementwise, nothing is collected."""
    builder = _Builder(layout, columns, readings, options.money_scale)
    expressions = {
        "customer_id": readings.customer_id.id(builder.raw("customer_id")),
        "date": readings.date.date(builder.raw("date")),
        **builder.money(),
        **builder.others(),
        "code": builder.code(where),
        **builder.raw_values(),
        "raw": _record_text(layout),
    }
    optional = frozenset(readings.used) - {"customer_id", "date", "amount"}
    # In further steps, since reading the amount may be the dearest expression of all and is then done once.
    raw = layout.frame if options.as_of is None else builder.without_cells_after(options.as_of)
    frame = raw.select(**expressions)
    if builder.has("amount") and builder.has("quantity"):
        frame = frame.with_columns(amount=signed_by(pl.col("amount"), pl.col("quantity")))
    quantity = pl.col("quantity") if builder.has("quantity") else None
    return CanonicalFrame(frame.with_columns(refund=is_refund(pl.col("amount"), quantity)), optional)


class _Builder:
    def __init__(self, layout: Layout, columns: ColumnMap, readings: Readings, money_scale: int) -> None:
        self.layout = layout
        self.dtypes = layout.tables[0].dtypes
        self.columns = columns
        self.readings = readings
        self.scale = money_scale

    def without_cells_after(self, as_of: dt.date) -> pl.LazyFrame:
        """The raw rows, those after `as_of` empty but for the date.

        They had no say in how ids and amounts read, so that reading theirs could fail.
        """
        date = self.readings.date.date(self.raw("date"))
        in_time = date.is_null() | (date <= as_of)
        read = {self.columns.positions[name] for name in self.readings.used.difference(self.readings.texts)}
        cells = [f"c{position}" for position in sorted(read - {self.columns.positions["date"]})]
        return self.layout.frame.with_columns(pl.when(in_time).then(pl.col(cells)))

    def raw(self, name: str) -> pl.Expr:
        return pl.col(f"c{self.columns.positions[name]}")

    def text(self, name: str) -> pl.Expr:
        return self.layout.text(self.columns.positions[name])

    def exact(self, name: str) -> pl.Expr:
        return self.readings.amounts[name].exact(self.raw(name))

    def has(self, name: str) -> bool:
        return name in self.readings.amounts

    def money(self) -> dict[str, pl.Expr]:
        if self.has("amount"):
            reading = self.readings.amounts["amount"]
            amount = reading.decimal(self.raw("amount"), self.scale)
            rounded = reading.rounded(self.raw("amount"), self.scale)
        else:
            amount = line_amount(self.exact("quantity"), self.exact("unit_price"), self.scale)
            rounded = line_amount_rounded(self.exact("quantity"), self.exact("unit_price"), self.scale)
        return {"amount": amount, "rounded": rounded.fill_null(value=False)}

    def raw_values(self) -> dict[str, pl.Expr]:
        unusable = [(name, defect > 0) for name, defect in self._amount_defects().items()]
        cells = [(is_bad, self.text(name)) for name, is_bad in unusable]
        return {
            "raw_id": self.text("customer_id"),
            "raw_date": self.text("date"),
            "raw_amount": _first_that_fits(cells, pl.lit(None, pl.String)),
            "amount_column": _first_that_fits(
                [(is_bad, pl.lit(name)) for name, is_bad in unusable], pl.lit(None, pl.String)
            ),
        }

    def others(self) -> dict[str, pl.Expr]:
        found: dict[str, pl.Expr] = {}
        if self.readings.order_id:
            found["order_id"] = self.readings.order_id.id(self.raw("order_id"))
        for name in ("quantity", "unit_price"):
            if self.has(name):
                found[name] = self.exact(name)
        for name in ("cost", "discount"):
            if self.has(name):
                found[name] = self.readings.amounts[name].decimal(self.raw(name), self.scale)
        for name in self.readings.texts:
            found[name] = self.text(name).str.strip_chars()
        return found

    def code(self, where: Mapping[int, tuple[str, ...]]) -> pl.Expr:
        """The first reason that fits, in the order that `Rule` documents; an unreadable date comes before all."""
        date = self.readings.date.defect(self.raw("date"))
        steps: list[tuple[pl.Expr, pl.Expr]] = [(date > 0, date)]
        if where:
            steps.append((is_excluded(self.layout, where), _lit(Rule.WHERE)))
        if "status" in self.readings.texts:
            steps.append((is_no_sale(self.text("status")), _lit(Rule.STATUS)))
        raw_id = self.raw("customer_id")
        bad_id = self.readings.customer_id.defect(raw_id)
        steps += [
            (bad_id > 0, bad_id),
            (self.readings.customer_id.id(raw_id).is_null(), _lit(Rule.NO_CUSTOMER)),
        ]
        if self.has("unit_price"):
            steps.append((is_no_price(self.exact("unit_price")), _lit(Rule.NO_PRICE)))
        steps += [(defect > 0, defect) for defect in self._amount_defects().values()]
        return _first_that_fits(steps, pl.lit(0, pl.UInt8))

    def _amount_defects(self) -> dict[str, pl.Expr]:
        """Defects of the columns that make the amount, then of the others, which may be missing."""
        amounts = self.readings.amounts
        needed = ("amount",) if "amount" in amounts else ("quantity", "unit_price")
        defects = {name: amounts[name].defect(self.raw(name)) for name in needed}
        for name, reading in amounts.items():
            if name not in needed:
                is_missing = _is_missing(self.raw(name), self.dtypes[self.columns.positions[name]])
                defects[name] = pl.when(is_missing).then(pl.lit(0, pl.UInt8)).otherwise(reading.defect(self.raw(name)))
        return defects


def _is_missing(raw: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.String:
        return raw.str.strip_chars().fill_null("") == ""
    # Some writers know no null in a column of floats.
    return raw.is_null() | raw.is_nan() if dtype.is_float() else raw.is_null()


def _lit(code: Rule | Defect) -> pl.Expr:
    return pl.lit(int(code), pl.UInt8)


def _first_that_fits(steps: list[tuple[pl.Expr, pl.Expr]], otherwise: pl.Expr) -> pl.Expr:
    result = otherwise
    for condition, value in reversed(steps):
        result = pl.when(condition).then(value).otherwise(result)
    return result


def _record_text(layout: Layout) -> pl.Expr:
    delimiter = layout.tables[0].delimiter
    cells = [layout.text(i).fill_null("") for i in range(len(layout.header))]
    return pl.concat_str(cells, separator=delimiter)
