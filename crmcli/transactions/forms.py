"""Strict forms of cells, each of which leaves nothing open: if all cells of a column have it, its reading is decided.

Plain text is matched against one pattern for a whole line, made of the forms that its first lines show, while its
structure is checked. What that proves of a column, no detector needs to count: see `Detector.counts_under`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from crmcli.transactions.date_formats import FORMATS
from crmcli.transactions.records import FORBIDDEN, NEWLINE, QUOTE, RETURN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcli.transactions.date_formats import DateFormat

SAMPLE_LINES = 1_000
MOST_COLUMNS = 20
"""To match wider lines costs more than to count the values of the few columns that are used."""


@dataclass(frozen=True, slots=True)
class CellForm:
    """One way to write a cell.

    Attributes:
        pattern: matches such a cell, which is ASCII, not empty, and holds no quote, line end or control character.
        id_counts: for ids: the names under which `count_ids` counts each of them; None if that may differ.
        is_amount: a plain number below 10⁹ of at most two decimals, zeros behind them apart, whose mark is not open.
        date: for dates: the format, with days and months of two digits.
        time: for dates: what follows, as in `DateFormat.time_pattern`.
    """

    pattern: str
    id_counts: tuple[str, ...] | None = None
    is_amount: bool = False
    date: DateFormat | None = None
    time: str = "none"


def _dates() -> list[CellForm]:
    """Of the formats that numbers cannot mistake for another one, the common ones."""
    known = [FORMATS[f"%Y{mark}%m{mark}%d"] for mark in "-/."]
    return [
        CellForm(date.date_pattern(padded=True) + date.time_pattern(time), date=date, time=time)
        for date in known
        for time in ("none", "naive", "aware")
    ]


CELL_FORMS = (
    CellForm("(?:0|[1-9][0-9]{0,8})", id_counts=("integer",), is_amount=True),
    CellForm("[1-9][0-9]*", id_counts=("integer",)),
    CellForm("0[0-9]+", id_counts=("integer", "zero-led")),
    CellForm("[A-Za-z#]{1,8}[_-]?[0-9]+", id_counts=()),
    CellForm(r"[+-]?[0-9]{1,9}(?:\.(?:[0-9]{0,2}|[0-9]{2}00+))?", is_amount=True),
    *_dates(),
)
"""The first that fits counts; the second form is for ids of more digits."""


def forms_of(records: Sequence[Sequence[str]], fields: int) -> tuple[CellForm | None, ...]:
    """For each column, the first form that all of its cells have.

    Args:
        records: some records, as their cells.
        fields: the number of cells of each.
    """
    forms: list[CellForm | None] = [None] * fields
    if fields > MOST_COLUMNS or any(len(record) != fields for record in records):
        return tuple(forms)
    cells = pl.Series([cell for record in records for cell in record], dtype=pl.String)
    for form in reversed(CELL_FORMS):
        fits = cells.str.contains(rf"\A(?:{form.pattern})\z").to_list()
        forms = [form if all(fits[column::fields]) else forms[column] for column in range(fields)]
    return tuple(forms)


def text_pattern(forms: Sequence[CellForm | None], delimiter: str) -> str:
    """Matches text that consists of lines whose cells have these forms, or hold anything plain where none is given.

    A cell could match across a separator; there are then more of them in the text than its lines account for.
    """
    separator = _escaped(ord(delimiter))
    excluded = "".join(map(_escaped, (ord(delimiter), QUOTE, NEWLINE, RETURN, *FORBIDDEN)))
    cells = [f"(?:{form.pattern})" if form else f"[^{excluded}]*" for form in forms]
    return rf"\A(?:{separator.join(cells)}\r?\n)*\z"


def _escaped(byte: int) -> str:
    return rf"\x{byte:02x}"
