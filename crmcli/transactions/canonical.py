"""The canonical typed frame of one layout: what each row says, and whether it takes part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from crmcli.transactions.amounts import line_amount, line_amount_rounded
from crmcli.transactions.codes import Defect, Rule
from crmcli.transactions.order_totals import cells_of_total, count_once
from crmcli.transactions.profile import positions_of
from crmcli.transactions.rules import holds, is_no_price, is_no_sale, is_refund, signed_by
from crmcli.transactions.where import is_excluded

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from crmcli.transactions.columns import ColumnMap
    from crmcli.transactions.options import ReadOptions
    from crmcli.transactions.readings import Readings
    from crmcli.transactions.tables import Layout


@dataclass(frozen=True, slots=True)
class CanonicalFrame:
    """`frame` with canonical columns; `columns` names the optional ones that are present.

    Always: customer_id String · date Date · amount Decimal(38, s) · refund Boolean (money went back) · rounded Boolean
    (the amount needed rounding) · code UInt8 (0, a Rule or a Defect) · raw String (the record as text) · raw_id,
    raw_date, raw_amount String (the cells that messages quote) · id_column, amount_column String (the columns of raw_id
    and raw_amount: the first id, and the first money or number column, that has a defect; null without one).
    If known: refunded Decimal(38, s), the money of a sale that went back later, by which its amount is already lower.
    If mapped and wanted: order_id String · quantity, unit_price, reference_price Decimal(38, 20) · cost, service_cost
    Decimal(38, s) · product, category, discount, channel, currency, status, promotion, referrer String.
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
        "raw": layout.record(),
        **builder.returns(),
        **builder.total_cells(),
    }
    optional = frozenset(readings.used) - {"customer_id", "date", "amount"}
    # In further steps, since reading the amount may be the dearest expression of all and is then done once.
    frame = builder.without_unread_cells(where, options.as_of).select(**expressions)
    if columns.totals:
        frame = count_once(frame, columns.totals, options.as_of, options.since)
    if builder.has("amount") and builder.has("quantity"):
        frame = frame.with_columns(amount=signed_by(pl.col("amount"), pl.col("quantity")))
    if "returned" in expressions:
        frame = frame.with_columns(amount=pl.when("returned").then(-pl.col("amount").abs()).otherwise("amount"))
    quantity = pl.col("quantity") if builder.has("quantity") else None
    refund = is_refund(pl.col("amount"), quantity)
    frame = frame.with_columns(refund=refund | pl.col("returned") if "returned" in expressions else refund)
    if "refunded" in expressions:
        frame = _net_of_refunded(frame)
    return CanonicalFrame(frame.drop("returned", "all_back", strict=False), optional | builder.known_refunds())


class _Builder:
    def __init__(self, layout: Layout, columns: ColumnMap, readings: Readings, money_scale: int) -> None:
        self.layout = layout
        self.dtypes = layout.tables[0].dtypes
        self.columns = columns
        self.readings = readings
        self.scale = money_scale

    def without_unread_cells(self, where: Mapping[int, tuple[str, ...]], as_of: dt.date | None) -> pl.LazyFrame:
        """The raw rows, those after `as_of` or left out empty where they had no say: reading these cells could fail.

        Beside them, `excluded` says which are left out.
        """
        date = f"c{self.columns.positions['date']}"
        read = {f"c{self.columns.positions[name]}" for name in self.readings.used.difference(self.readings.texts)}
        frame = self.layout.frame
        if where:
            shared = {f"c{self.columns.positions[name]}" for name in self.columns.of_orders}
            kept = shared | ({date} if self.readings.dates_of_excluded else set())
            excluded = is_excluded(self.layout, where, self.columns.id_positions)
            frame = frame.with_columns(excluded=excluded)
            frame = frame.with_columns(pl.when(~pl.col("excluded")).then(pl.col(sorted(read - kept))))
        if as_of is not None:
            day = self.readings.date.date(self.raw("date"))
            in_time = day.is_null() | (day <= as_of)
            frame = frame.with_columns(pl.when(in_time).then(pl.col(sorted(read - {date}))))
        return frame

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

    def returns(self) -> dict[str, pl.Expr]:
        """What the profile knows about money that went back: on rows of their own, or beside the sale."""
        profile = self.columns.profile
        found: dict[str, pl.Expr] = {}
        if profile and profile.refund_rows:
            found["returned"] = self._any_holds(profile.refund_rows)
        if "refunded" in self.known_refunds():
            money = pl.lit(0).cast(pl.Decimal(38, self.scale))
            if self.has("refunded"):
                money = self.readings.amounts["refunded"].decimal(self.raw("refunded"), self.scale).abs()
            found["refunded"] = money if "refunded" in self.columns.totals else money.fill_null(0)
            found["all_back"] = self._all_back()
        return found

    def total_cells(self) -> dict[str, pl.Expr]:
        """What is said of a whole order on one of its lines, or on all of them."""
        defects = self._amount_defects()
        return {
            column: expression
            for name in self.columns.totals
            for column, expression in cells_of_total(
                name, defects[name], self.is_missing(name), self.text(name)
            ).items()
        }

    def is_missing(self, name: str) -> pl.Expr:
        return _is_missing(self.raw(name), self.dtypes[self.columns.positions[name]])

    def known_refunds(self) -> frozenset[str]:
        """The name `refunded`, if anything says how much of a sale went back."""
        profile = self.columns.profile
        by_status = profile is not None and bool(profile.refunded_in_full) and "status" in self.readings.texts
        return frozenset({"refunded"}) if by_status or self.has("refunded") else frozenset()

    def _all_back(self) -> pl.Expr:
        """True where the status says that all the money went back, and where the row itself can tell how much."""
        profile, totals = self.columns.profile, self.columns.totals
        apart = self.has("refunded") and ("refunded" in totals) != ("amount" in totals)
        if profile is None or not profile.refunded_in_full or "status" not in self.readings.texts or apart:
            return pl.lit(value=False)
        return holds(self.text("status"), profile.refunded_in_full)

    def _any_holds(self, values: Mapping[str, tuple[str, ...]]) -> pl.Expr:
        """True where one of the headings has one of its values."""
        found = pl.lit(value=False)
        for heading, texts in values.items():
            for position in positions_of(self.columns.header, heading):
                found = found | holds(self.layout.text(position), texts)
        return found

    def raw_values(self) -> dict[str, pl.Expr]:
        unusable = [(name, defect > 0) for name, defect in self._amount_defects().items()]
        cells = [(is_bad, self.text(name)) for name, is_bad in unusable]
        of_customer = self.readings.customer_id.defect(self.raw("customer_id")) > 0
        return {
            "raw_id": pl.when(of_customer).then(self.text("customer_id")).otherwise(self.text(self.ids()[-1])),
            "id_column": pl.when(of_customer).then(pl.lit("customer_id")).otherwise(pl.lit(self.ids()[-1])),
            "raw_date": self.text("date"),
            "raw_amount": _first_that_fits(cells, pl.lit(None, pl.String)),
            "amount_column": _first_that_fits(
                [(is_bad, pl.lit(name)) for name, is_bad in unusable], pl.lit(None, pl.String)
            ),
        }

    def ids(self) -> tuple[str, ...]:
        return ("customer_id", "order_id") if self.readings.order_id else ("customer_id",)

    def others(self) -> dict[str, pl.Expr]:
        found: dict[str, pl.Expr] = {}
        if self.readings.order_id:
            found["order_id"] = self.readings.order_id.id(self.raw("order_id"))
        for name in ("quantity", "unit_price", "reference_price"):
            if self.has(name):
                found[name] = self.exact(name)
        for name in ("cost", "service_cost"):
            if self.has(name):
                found[name] = self.readings.amounts[name].decimal(self.raw(name), self.scale)
        for name in self.readings.texts:
            found[name] = self.text(name).str.strip_chars()
        return found

    def code(self, where: Mapping[int, tuple[str, ...]]) -> pl.Expr:
        """The first reason that fits, in the order that `Rule` documents; an unreadable date comes before most."""
        date = self.readings.date.defect(self.raw("date"))
        steps: list[tuple[pl.Expr, pl.Expr]] = [(pl.col("excluded"), _lit(Rule.WHERE))] if where else []
        if self.layout.prepared is not None:
            steps.append((pl.col("orphan"), _lit(Defect.INVALID_ID)))
        steps.append((date > 0, date))
        if "status" in self.readings.texts:
            steps.append((is_no_sale(self.text("status")), _lit(Rule.STATUS)))
        if self.columns.profile and self.columns.profile.no_sale:
            steps.append((self._any_holds(self.columns.profile.no_sale), _lit(Rule.STATUS)))
        raw_id = self.raw("customer_id")
        bad_id = self.readings.customer_id.defect(raw_id)
        steps += [
            (bad_id > 0, bad_id),
            (self.readings.customer_id.id(raw_id).is_null(), _lit(Rule.NO_CUSTOMER)),
        ]
        if self.readings.order_id:
            bad_order = self.readings.order_id.defect(self.raw("order_id"))
            steps.append((bad_order > 0, bad_order))
        if self.has("unit_price"):
            steps.append((is_no_price(self.exact("unit_price")), _lit(Rule.NO_PRICE)))
        defects = self._amount_defects()
        steps += [(defects[name] > 0, defects[name]) for name in defects if name not in self.columns.totals]
        return _first_that_fits(steps, pl.lit(0, pl.UInt8))

    def _amount_defects(self) -> dict[str, pl.Expr]:
        """Defects of the columns that make the amount, then of the others, which may be missing."""
        amounts = self.readings.amounts
        needed = ("amount",) if "amount" in amounts else ("quantity", "unit_price")
        defects = {name: amounts[name].defect(self.raw(name)) for name in needed}
        for name, reading in amounts.items():
            if name not in needed:
                defects[name] = (
                    pl.when(self.is_missing(name)).then(pl.lit(0, pl.UInt8)).otherwise(reading.defect(self.raw(name)))
                )
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


def _net_of_refunded(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Lower each amount by what went back later, which makes no line of its own."""
    amount, refunded = pl.col("amount"), pl.col("refunded")
    frame = frame.with_columns(refunded=pl.when((refunded == 0) & pl.col("all_back")).then(amount).otherwise(refunded))
    # On a refund's own line all the money is a refund already.
    return frame.with_columns(amount=amount - refunded, refunded=pl.when("refund").then(0).otherwise(refunded))
