"""The frozen result that every analysis returns and every presenter takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from decimal import Decimal

    import polars as pl

    from crmcli.analysis.views import Catalogue, Kind
    from crmcli.notes import Note


@dataclass(frozen=True, slots=True)
class Fact:
    """One headline figure: a stable name for scripts, a label for people, and its kind and unit.

    A `minor` one stands in a table of the page anyway, and is left to scripts.
    """

    name: str
    label: str
    value: int | float | str | Decimal | dt.date | None
    kind: Kind
    unit: str = ""
    minor: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """Named tables, facts and notes of one analysis as of one date; None where the data know no dates.

    `tables` maps a view's name to a frame whose columns are exactly those of its declaration, in that order and with
    the types that `Kind` states, sorted by the view's key. A view that was not computed is absent; `others` names
    those that could have been. `captions` are lines that people see under the table of a view.
    """

    catalogue: Catalogue
    as_of: dt.date | None
    money_scale: int
    tables: Mapping[str, pl.DataFrame]
    facts: tuple[Fact, ...]
    notes: tuple[Note, ...]
    others: tuple[str, ...] = ()
    captions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
