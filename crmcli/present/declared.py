"""A frame held to the declaration of its view: the one gate that every table passes before it becomes text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcli.analysis.views import Kind
from crmcli.errors import InternalError

if TYPE_CHECKING:
    import polars as pl

    from crmcli.analysis.views import View

NUMERIC = frozenset({Kind.INTEGER, Kind.MONEY, Kind.SHARE, Kind.NUMBER})
"""Kinds that are set to the right and never folded."""

_SMALLEST_CHUNK = 10_000


def conform(frame: pl.DataFrame, view: View, money_scale: int) -> pl.DataFrame:
    """The declared columns in their order; floats that are no number become missing, and -0.0 becomes 0.0.

    Raises:
        InternalError: a column is absent or not of the declared type.
    """
    import polars as pl  # noqa: PLC0415

    from crmcli.analysis.conform import view_schema  # noqa: PLC0415

    wanted = view_schema(view, money_scale)
    for name, dtype in wanted.items():
        found = frame.schema.get(name)
        if found != dtype:
            raise InternalError(f"The view {view.name!r} declares {name} as {dtype}, but its table has {found}.")
    number = pl.col(pl.Float64)
    finite = pl.when(number == 0).then(0.0).when(number.is_finite()).then(number)
    return _whole(frame.select(*wanted)).with_columns(finite.name.keep())


def _whole(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame of very many small chunks in one piece, since slicing it would take minutes; others stay uncopied."""
    return frame.rechunk() if frame.n_chunks() > 1 + frame.height // _SMALLEST_CHUNK else frame
