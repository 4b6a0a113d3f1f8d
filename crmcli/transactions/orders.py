"""Cells that an export writes once for a whole order: carried down to its other rows, or counted only once.

This changes the cells before anything is decided about how they read, so that all further steps see complete rows.
Windows over an order need all its rows in memory: only exports that are known to write such cells pay for it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from crmcli.errors import InputError
from crmcli.notes import warning
from crmcli.transactions.profile import positions_of
from crmcli.transactions.where import is_excluded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crmcli.notes import Note
    from crmcli.transactions.columns import ColumnMap
    from crmcli.transactions.profile import Profile
    from crmcli.transactions.tables import Layout, Table

_IDS = ("customer_id", "order_id")
_FORMULA = r'^="(.*)"$'


def with_whole_orders(
    layout: Layout, columns: ColumnMap, where: Mapping[int, tuple[str, ...]]
) -> tuple[Layout, tuple[Note, ...]]:
    """The layout with the cells of each row as its profile says that they are meant, and what was odd about them.

    Ids lose a formula around them. In each file, cells to be carried down are taken from the first row of the order
    that has them. The first total of an order moves to the first of its rows that takes part; its other rows get 0.

    Raises:
        InputError: no column tells which rows are one order.
    """
    profile = columns.profile
    if profile is None or not (profile.formula_text or profile.carried_down or columns.totals):
        return layout, ()
    if "order_id" not in columns and (profile.carried_down or columns.totals):
        raise InputError(
            f"{layout.label}: no column tells which rows are one order, as the profile {profile.name} needs",
            remedy="Name it: --map order_id=COLUMN",
        )
    cells = _Cells(layout, columns)
    complete = replace(layout, prepared=pl.concat([cells.completed(table, profile) for table in layout.tables]))
    if not columns.totals:
        return complete, ()
    return replace(complete, prepared=cells.counted_once(complete, where)), cells.disagreement(complete)


class _Cells:
    """Expressions over the raw columns c0, c1, … of one layout."""

    def __init__(self, layout: Layout, columns: ColumnMap) -> None:
        self.layout = layout
        self.columns = columns
        self.dtypes = layout.tables[0].dtypes

    def blank(self, position: int) -> pl.Expr:
        column = pl.col(f"c{position}")
        return column.str.strip_chars().fill_null("") == "" if self.dtypes[position] == pl.String else column.is_null()

    def key(self, name: str) -> pl.Expr:
        """The text by which rows are told to share a value; null where there is none."""
        position = self.columns.positions[name]
        return pl.when(~self.blank(position)).then(self.layout.text(position).str.strip_chars())

    def completed(self, table: Table, profile: Profile) -> pl.LazyFrame:
        """The records of one table, unwrapped and carried down, with the column `written`."""
        frame = table.frame.with_columns(written=replace(self.layout, prepared=None).record())
        if profile.formula_text:
            frame = frame.with_columns(self._unwrapped(name) for name in _IDS if self._is_text(name))
        carried = self._carried(profile)
        order = self.columns.positions.get("order_id")
        if order in carried:
            # The rows below an order id that is written once belong to it; a window could not know.
            column = pl.col(f"c{order}")
            frame = frame.with_columns(pl.when(~self.blank(order)).then(column).forward_fill().alias(f"c{order}"))
        return frame.with_columns(self._carry(position) for position in sorted(carried - {order}))

    def disagreement(self, layout: Layout) -> tuple[Note, ...]:
        """A warning if orders carry different totals, of which only the first counts."""
        if "amount" not in self.columns.totals:
            return ()
        keys = {"order": "order_id", "customer": "customer_id", "total": "amount"}
        rows = layout.frame.select(**{name: self.key(canonical) for name, canonical in keys.items()})
        orders = rows.drop_nulls(["order", "total"]).group_by("order", "customer").agg(pl.col("total").n_unique())
        found = orders.filter(pl.col("total") > 1).select(pl.len().alias("count"), pl.col("order").min()).collect()
        count, example = found.row(0)
        if not count:
            return ()
        text = (
            f"{layout.label}: {count:,} orders carry different values of {self.columns.heading('amount')!r}, such as "
            f"{example!r}; the first value of each was counted (--profile none takes every row by itself)"
        )
        return (warning("order_totals_differ", text),)

    def counted_once(self, layout: Layout, where: Mapping[int, tuple[str, ...]]) -> pl.LazyFrame:
        """The records with each total on one row of its order: rows of one customer and order id."""
        order, customer = self.key("order_id"), self.key("customer_id")
        frame = layout.frame.with_columns(order=order, customer=customer, excluded=is_excluded(layout, where))
        frame = frame.with_row_index("place")
        positions = [self.columns.positions[name] for name in sorted(self.columns.totals)]
        return frame.with_columns(self._once(position) for position in positions).drop(
            "order", "customer", "excluded", "place"
        )

    def _is_text(self, name: str) -> bool:
        return name in self.columns and self.dtypes[self.columns.positions[name]] == pl.String

    def _unwrapped(self, name: str) -> pl.Expr:
        return pl.col(f"c{self.columns.positions[name]}").str.strip_chars().str.replace(_FORMULA, "${1}")

    def _carried(self, profile: Profile) -> set[int]:
        """Positions of the columns that belong to all rows of an order."""
        if not profile.carried_down:
            return set()
        headings: Iterable[str] = (*profile.no_sale, *profile.refund_rows)
        named = {self.columns.positions[name] for name in profile.carried_down if name in self.columns}
        return named.union(*(positions_of(self.layout.header, heading) for heading in headings))

    def _carry(self, position: int) -> pl.Expr:
        column, blank, order = pl.col(f"c{position}"), self.blank(position), self.key("order_id")
        first = column.filter(~blank).first().over(order)
        return pl.when(blank & order.is_not_null()).then(first).otherwise(column).alias(f"c{position}")

    def _once(self, position: int) -> pl.Expr:
        column, dtype, keys = pl.col(f"c{position}"), self.dtypes[position], ("order", "customer")
        total = column.filter(~self.blank(position)).first().over(*keys)
        carrier = pl.col("place").filter(~pl.col("excluded")).first().over(*keys)
        zero = pl.lit("0") if dtype == pl.String else pl.lit(0).cast(dtype)
        counted = pl.when(pl.col("place") == carrier).then(total).otherwise(zero)
        # Where no row of the order has a total, none of them can be used; a row without an order stands for itself.
        known = pl.col("order").is_not_null() & total.is_not_null()
        return pl.when(known).then(counted).otherwise(column).alias(f"c{position}")
