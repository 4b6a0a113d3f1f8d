"""Cells that an export writes once for a whole order, carried down to its other rows.

This changes the cells before anything is decided about how they read, so that all further steps see complete rows.
Windows over an order need all its rows in memory: only exports that are known to write such cells pay for it.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from crmcli.errors import InputError
from crmcli.notes import warning
from crmcli.transactions.codes import Defect
from crmcli.transactions.profile import positions_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmcli.notes import Note
    from crmcli.transactions.columns import ColumnMap
    from crmcli.transactions.profile import Profile
    from crmcli.transactions.tables import Layout, Table

_IDS = ("customer_id", "order_id")
_FORMULA = r'^="(.*)"$'


def with_whole_orders(layout: Layout, columns: ColumnMap) -> tuple[Layout, tuple[Note, ...]]:
    """The layout with the cells of each row as its profile says that they are meant, and what was odd about them.

    Ids lose a formula around them. In each file, cells to be carried down are taken from the first row of the order
    that has them. Totals stay where they are: `order_totals` places them once it is known which rows take part.

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
    return complete, cells.disagreement(complete)


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
        """The records of one table, unwrapped and carried down, with the columns `written` and `orphan`."""
        frame = table.frame.with_columns(written=replace(self.layout, prepared=None).record())
        if profile.formula_text:
            frame = frame.with_columns(self._unwrapped(name) for name in _IDS if self._is_text(name))
        carried = self._carried(profile)
        order = self.columns.positions.get("order_id")
        if order is not None and order in carried:
            frame = self._with_order_below(frame, order, _records_after_gaps(table))
        else:
            frame = frame.with_columns(orphan=pl.lit(value=False))
        return frame.with_columns(self._carry(position) for position in sorted(carried - {order}))

    def _with_order_below(self, frame: pl.LazyFrame, order: int, gaps: list[int]) -> pl.LazyFrame:
        """The rows below an order id that is written once belong to it, which a window could not know.

        Below a row that was set aside nobody knows: that row may have been the first one of their order.
        """
        blank, column, name = self.blank(order), pl.col(f"c{order}"), f"c{order}"
        if not gaps:
            filled = pl.when(~blank).then(column).forward_fill().alias(name)
            return frame.with_columns(filled, orphan=pl.lit(value=False))
        frame = frame.with_row_index("record").with_columns(part=pl.col("record").is_in(gaps).cum_sum())
        known = pl.when(~blank).then("part").forward_fill() == pl.col("part")
        orphan = blank & ~known.fill_null(value=False)
        filled = pl.when(~blank).then(column).forward_fill()
        return frame.with_columns(pl.when(~orphan).then(filled).alias(name), orphan=orphan).drop("record", "part")

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


def _records_after_gaps(table: Table) -> list[int]:
    """Numbers of the sound records right after records that were set aside."""
    lines = table.defects.filter(pl.col("code") != Defect.REPEATED_HEADER.name)["line"].to_list()
    return sorted({bisect_left(range(table.sound), line, key=table.line_of) for line in lines})
