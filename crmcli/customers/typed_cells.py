"""Columns of a file beside the transactions as dates, money or ids, each by one decision over all of its cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from crmcli.customers.keyed_file import decided
from crmcli.errors import InputError
from crmcli.transactions.amounts import AmountDetector
from crmcli.transactions.dates import DateDetector
from crmcli.transactions.ids import IdDetector

if TYPE_CHECKING:
    from crmcli.customers.keyed_file import KeyedFile
    from crmcli.transactions.amounts import AmountReading
    from crmcli.transactions.dates import DateReading
    from crmcli.transactions.ids import IdReading
    from crmcli.transactions.options import ReadOptions

_SAMPLE_ROWS = 2_000


def money_of(file: KeyedFile, position: int, options: ReadOptions) -> pl.Series:
    """Decimal(38, s): the amounts of a column, rounded half-even once; null where a cell is empty or unreadable.

    Raises:
        InputError: most cells are no amounts, or they read in two ways.
    """
    name, where, dtype, sample = _column(file, position)
    reading: AmountReading = decided(file.frame.lazy(), AmountDetector(name, where, dtype, sample, options.decimal))
    column = pl.col(name)
    sound = (reading.defect(column) == 0) & column.is_not_null()
    return file.frame.select(amount=pl.when(sound).then(reading.decimal(column, options.money_scale))).to_series()


def dates_of(file: KeyedFile, position: int, options: ReadOptions) -> pl.Series:
    """Date: the dates of a column; null where a cell is empty or unreadable.

    Raises:
        InputError: most cells are no dates, or they read in two ways.
    """
    name, where, dtype, sample = _column(file, position)

    def read(requested: str | None) -> pl.Series:
        reading: DateReading = decided(file.frame.lazy(), DateDetector(name, where, dtype, sample, requested))
        return file.frame.select(date=reading.date(pl.col(name))).to_series()

    try:
        return read(None)
    except InputError:
        # The format asked for is that of the transactions; this file may have another, if its own dates say so.
        if options.date_format is None:
            raise
        return read(options.date_format)


def ids_of(file: KeyedFile, position: int) -> pl.Series:
    """String: the ids of a column, read like those of transactions; null where a cell is empty or unusable.

    Raises:
        InputError: the column does not hold ids without guessing.
    """
    name, where, dtype, sample = _column(file, position)
    reading: IdReading = decided(file.frame.lazy(), IdDetector(name, where, dtype, sample))
    column = pl.col(name)
    return file.frame.select(id=pl.when(reading.defect(column) == 0).then(reading.id(column))).to_series()


def _column(file: KeyedFile, position: int) -> tuple[str, str, pl.DataType, pl.Series]:
    """Name in the frame, how messages name it, type, and some cells."""
    name = f"c{position}"
    where = f"column {file.header[position]!r} of {file.label}"
    return name, where, file.dtype(position), file.frame[name].head(_SAMPLE_ROWS)
