"""Days of the year that customers care about, among their attributes: birthdays, and anniversaries of any kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from crmcli.customers.keyed_file import decided
from crmcli.errors import InputError, UsageError
from crmcli.notes import counted, info, warning
from crmcli.transactions.aliases import fold
from crmcli.transactions.dates import DateDetector

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from crmcli.customers.attributes import Attributes
    from crmcli.notes import Note
    from crmcli.transactions.dates import DateReading

BIRTHDAY, ANNIVERSARY = "birthday", "anniversary"

_HEADINGS = {
    BIRTHDAY: frozenset(
        fold(name)
        for name in (
            *("birthday", "birth date", "birthdate", "date of birth", "dob", "born", "born on"),
            *("geburtstag", "geburtsdatum", "date de naissance", "fecha de nacimiento"),
            *("生日", "出生日期", "出生年月日", "客户生日", "会员生日"),
        )
    ),
    ANNIVERSARY: frozenset(
        fold(name)
        for name in (
            *("anniversary", "anniversary date", "wedding anniversary", "wedding day", "founded", "founding date"),
            *("member since", "membership date", "customer since", "client since", "joined", "joined on", "join date"),
            *("registration date", "registered", "registered on", "sign up date", "signup date", "kunde seit"),
            *(
                "纪念日",
                "结婚纪念日",
                "注册日期",
                "注册时间",
                "入会日期",
                "入会时间",
                "加入日期",
                "开户日期",
                "成立日期",
            ),
        )
    ),
}

_PLACEHOLDER_TEXT = r"^(?:0000|0001|1000|1[78][0-9]{2}|9999)\D|^0+$"
"""Years that no living customer remembers, as databases write for nothing."""

_PLACEHOLDER_DAYS = ("1900-01-01", "1901-01-01", "1904-01-01")
_NEW_YEAR_LEAST, _NEW_YEAR_SHARE = 5, 0.01
"""So many dates, and such a part of all, on the 1st of January of one year are no coincidence (1970, 1980, 2000 …)."""

_OLDEST_YEARS = 120
_MONTH_DAY = r"^(?:--)?([0-9]{1,2})-([0-9]{1,2})$|^([0-9]{1,2})月([0-9]{1,2})[日号]$"
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_SAMPLE_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Occasions:
    """Days of customers, as `label` states them.

    Columns of `frame`, sorted by customer_id, occasion and source: customer_id String · occasion String (birthday or
    anniversary) · source String (the heading) · month, day Int32 · year Int32 (null where unknown).
    """

    label: str
    frame: pl.DataFrame
    notes: tuple[Note, ...] = ()


def occasions_of(attributes: Attributes, as_of: dt.date, date_format: str | None = None) -> Occasions | None:
    """The birthdays and anniversaries that attributes tell of; None, and not a word, where no heading means them.

    Cells are dates, or a month and a day without a year (05-12, --05-12, 5月12日). Dates that stand for nothing are
    ignored and counted: 1 January 1900 and its like, years that no living person remembers, days after `as_of`, and a
    1st of January that too many customers share. A column that does not read as dates without guessing is not used,
    with a warning: a heading is no proof, and no analysis needs it.

    Args:
        attributes: of customers, one row each.
        as_of: the last day that is known.
        date_format: the format of dates, for a column that does not tell its own.
    """
    found = [(occasion, name) for occasion in _HEADINGS for name in _named(attributes, occasion)]
    if not found:
        return None
    frames: list[pl.DataFrame] = []
    notes: list[Note] = []
    for occasion, name in found:
        column = _Column(attributes, name, as_of, date_format)
        try:
            days = column.days()
        except (InputError, UsageError) as error:
            text = f"{attributes.label}: {error.problem}; not used as {occasion}"
            notes.append(warning("occasion_unused", text))
            continue
        frames.append(
            days.select("customer_id", pl.lit(occasion).alias("occasion"), pl.lit(name).alias("source"), _MDY)
        )
        notes += [info("occasion", f"{attributes.label}: {occasion} ← {name!r}, of {days.height:,}"), *column.remarks()]
    empty = pl.DataFrame(schema=_SCHEMA)
    frame = pl.concat([empty, *frames]).sort("customer_id", "occasion", "source")
    return Occasions(attributes.label, frame, tuple(notes))


_MDY = pl.col("month", "day", "year").cast(pl.Int32)
_SCHEMA = pl.Schema(
    {
        **dict.fromkeys(("customer_id", "occasion", "source"), pl.String()),
        **dict.fromkeys(("month", "day", "year"), pl.Int32()),
    }
)


def _named(attributes: Attributes, occasion: str) -> list[str]:
    """Headings of an occasion: of birthdays the plainest one, since there is but one; of anniversaries all."""
    found = [name for name in attributes.names if fold(name) in _HEADINGS[occasion]]
    if occasion == BIRTHDAY and len(found) > 1:
        found.sort(key=lambda name: fold(name) != BIRTHDAY)
        return found[:1]
    return found


class _Column:
    """One column of days, and what was left out of it."""

    def __init__(self, attributes: Attributes, name: str, as_of: dt.date, date_format: str | None) -> None:
        self._where = f"column {name!r} of {attributes.label}"
        self._as_of = as_of
        self._format = date_format
        self._unreadable: list[str] = []
        self._ignored = 0
        self._cells = attributes.frame.select("customer_id", _text(attributes.frame[name])).drop_nulls()

    def days(self) -> pl.DataFrame:
        """customer_id, month, day and year of every customer whose day is known.

        Raises:
            InputError: the column does not read as dates, or reads in two ways.
        """
        placeholder = pl.col("text").str.contains(_PLACEHOLDER_TEXT)
        written = self._cells.filter(~placeholder)
        self._ignored += self._cells.height - written.height
        without_year = pl.col("text").str.contains(_MONTH_DAY)
        short, whole = written.filter(without_year), written.filter(~without_year)
        found = pl.concat([self._month_days(short), self._dates(whole)])
        if self._unreadable and found.is_empty():
            raise InputError(f"{self._where} holds no date, but cells such as {self._unreadable[0]!r}")
        return found

    def remarks(self) -> Iterator[Note]:
        """What was left out."""
        if self._unreadable:
            cells = counted(len(self._unreadable), "cell is no date", "cells are no dates")
            yield warning("occasion_unreadable", f"{self._where}: {cells}, such as {self._unreadable[0]!r}; left out")
        if self._ignored:
            dates = counted(self._ignored, "date stands", "dates stand")
            text = f"{self._where}: {dates} for nothing (1900-01-01 and its like, or after {self._as_of}); ignored"
            yield info("occasion_placeholder", text)

    def _month_days(self, cells: pl.DataFrame) -> pl.DataFrame:
        parts = pl.col("text").str.extract_groups(_MONTH_DAY).struct
        first, second = (pl.coalesce(parts.field(str(a)), parts.field(str(a + 2))).cast(pl.Int32) for a in (1, 2))
        read = cells.with_columns(month=first, day=second, year=pl.lit(None, pl.Int32))
        swapped = read.filter(pl.col("month") > len(_DAYS), pl.col("day") <= len(_DAYS))
        if swapped.height:
            raise InputError(f"{self._where} seems to write the day before the month, as in {swapped['text'][0]!r}")
        longest = pl.col("month").replace_strict(dict(enumerate(_DAYS, 1)), default=0, return_dtype=pl.Int32)
        return self._kept(read, pl.col("day").is_between(1, longest))

    def _dates(self, cells: pl.DataFrame) -> pl.DataFrame:
        dates = self._read(cells)
        date = pl.col("date")
        readable = self._kept(cells.with_columns(dates), date.is_not_null(), ("date",))
        oldest = self._as_of.year - _OLDEST_YEARS
        known = readable.filter(
            date <= self._as_of, date.dt.year() >= oldest, ~date.dt.to_string().is_in(list(_PLACEHOLDER_DAYS))
        )
        kept = known.filter(~_too_many(known["date"]))
        self._ignored += readable.height - kept.height
        return kept.select(
            "customer_id",
            month=date.dt.month().cast(pl.Int32),
            day=date.dt.day().cast(pl.Int32),
            year=date.dt.year(),
        )

    def _read(self, cells: pl.DataFrame) -> pl.Series:
        """Date of each cell, null where it is none."""
        if cells.is_empty():
            return pl.Series("date", [], dtype=pl.Date)

        def read(requested: str | None) -> pl.Series:
            sample = cells["text"].head(_SAMPLE_ROWS)
            detector = DateDetector("text", self._where, pl.String(), sample, requested)
            reading: DateReading = decided(cells.lazy(), detector)
            return cells.select(date=reading.date(pl.col("text"))).to_series()

        try:
            return read(None)
        except InputError:
            if self._format is None:
                raise
            return read(self._format)

    def _kept(
        self, read: pl.DataFrame, is_sound: pl.Expr, columns: tuple[str, ...] = ("month", "day", "year")
    ) -> pl.DataFrame:
        sound = is_sound.fill_null(value=False)
        self._unreadable += read.filter(~sound)["text"].to_list()
        return read.filter(sound).select("customer_id", *columns)


def _text(values: pl.Series) -> pl.Series:
    """Cells as text; numbers such as 19800512 without decimals."""
    if values.dtype.is_float():
        whole = values.to_frame("n").select(
            pl.when(pl.col("n") == pl.col("n").round()).then(pl.col("n").cast(pl.Int64))
        )
        values = whole.to_series()
    return values.cast(pl.String).str.strip_chars().alias("text")


def _too_many(dates: pl.Series) -> pl.Series:
    """Whether each date is a 1st of January that more customers share than chance explains."""
    frame = dates.to_frame("date").with_columns(shared=pl.len().over("date"))
    new_year = (pl.col("date").dt.month() == 1) & (pl.col("date").dt.day() == 1)
    many = (pl.col("shared") >= _NEW_YEAR_LEAST) & (pl.col("shared") > _NEW_YEAR_SHARE * pl.len())
    return frame.select(new_year & many).to_series()
