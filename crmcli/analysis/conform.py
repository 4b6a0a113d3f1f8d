"""Bring a computed frame into the shape that its view declares: the columns, their order, types and sorting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.analysis.views import Kind
from crmcli.errors import InternalError

if TYPE_CHECKING:
    from crmcli.analysis.views import View

MONEY_PRECISION = 38

_TYPES: dict[Kind, pl.DataType] = {
    Kind.ID: pl.String(),
    Kind.TEXT: pl.String(),
    Kind.FLAGS: pl.String(),
    Kind.DATE: pl.Date(),
    Kind.INTEGER: pl.Int64(),
    Kind.SHARE: pl.Float64(),
    Kind.NUMBER: pl.Float64(),
    Kind.BOOLEAN: pl.Boolean(),
}


def column_type(kind: Kind, money_scale: int) -> pl.DataType:
    """The Polars type of a kind; money has `money_scale` decimals."""
    return pl.Decimal(MONEY_PRECISION, money_scale) if kind is Kind.MONEY else _TYPES[kind]


def view_schema(view: View, money_scale: int) -> pl.Schema:
    """Names and types of a view, in order; also the schema to build its small tables with."""
    return pl.Schema({column.name: column_type(column.kind, money_scale) for column in view.columns})


def conform(frame: pl.DataFrame, view: View, money_scale: int) -> pl.DataFrame:
    """The frame with exactly the declared columns, in order, typed, and sorted by the view's key.

    Columns that the view does not declare are left out. A view without a key keeps its row order.

    Raises:
        InternalError: a declared column was not computed.
    """
    missing = [name for name in view.column_names() if name not in frame.columns]
    if missing:
        raise InternalError(f"View {view.name!r} lacks {', '.join(missing)}.")
    schema = view_schema(view, money_scale)
    typed = frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
    return typed if _is_sorted(typed, view.key) else typed.sort(view.key, maintain_order=True)


def _is_sorted(frame: pl.DataFrame, key: tuple[str, ...]) -> bool:
    """Whether the rows already stand in key order (checked only for one column, which is the large tables' case)."""
    return not key or (len(key) == 1 and frame.get_column(key[0]).is_sorted())
