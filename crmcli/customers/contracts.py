"""Files of contracts: survivors by period, start and end dates by customer, or chances taken out of a fixed number."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

import polars as pl

from crmcli.customers.keyed_file import decided
from crmcli.errors import InputError, TooLittleDataError
from crmcli.notes import info
from crmcli.transactions.aliases import fold
from crmcli.transactions.amounts import FactorDetector
from crmcli.transactions.dates import DateDetector
from crmcli.transactions.source import Workspace, open_sources, verify_unchanged
from crmcli.transactions.tables import POLARS_FAILURES, Layout, open_table, refuse_damaged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcli.notes import Note
    from crmcli.transactions.options import ReadOptions
    from crmcli.transactions.source import Source
    from crmcli.transactions.tables import Table

SURVIVORS, SPANS, CHANCES = "survivors", "spans", "chances"

COLUMNS: dict[str, tuple[str, ...]] = {
    "segment": ("segment", "group", "plan", "tariff", "分组"),
    "period": ("period", "year", "month", "quarter", "renewal", "renewals", "tenure", "t", "期"),
    "survivors": ("survivors", "survivor", "active", "remaining", "customers left", "留存"),
    "start": ("start", "start date", "begin", "contract start", "subscribed", "signup date", "开始日期"),
    "end": ("end", "end date", "contract end", "cancelled", "canceled", "churn date", "结束日期"),
    "frequency": ("frequency", "x"),
    "recency": ("recency", "t x"),
    "periods": ("periods", "n", "opportunities"),
    "weights": ("weights", "weight", "customers", "donors", "count"),
}
"""Canonical column → headings that mean it; `--map` may name each."""

_NEEDED = {
    SURVIVORS: ("period", "survivors"),
    SPANS: ("start", "end"),
    CHANCES: ("frequency", "recency", "periods"),
}
_SAMPLE_ROWS = 2_000
_ALL = "all"


@dataclass(frozen=True, slots=True)
class Contracts:
    """The rows of one file.

    Columns of `frame`, by `kind`: survivors: segment String · period Int64 · survivors Float64. spans: segment String ·
    start Date · end Date (null: still there). chances: frequency, recency, periods Int64 · weights Float64.
    """

    label: str
    kind: str
    frame: pl.DataFrame
    notes: tuple[Note, ...]


def read_contracts(paths: Sequence[str], options: ReadOptions, *, stdin: BinaryIO) -> Contracts:
    """Read one file, with the checks that transactions get.

    Raises:
        InputError: it cannot be read, or not understood without guessing.
        TooLittleDataError: it has no row.
    """
    with Workspace() as workspace:
        sources = open_sources(
            paths, workspace, stdin=stdin, encoding=options.encoding, trust_input=options.trust_input
        )
        try:
            found = _read(sources, options, workspace)
        except (Exception, pl.exceptions.PanicException) as error:
            verify_unchanged(sources)
            if isinstance(error, POLARS_FAILURES):
                refuse_damaged(sources)
            raise
        verify_unchanged(sources)
    return found


def _read(sources: Sequence[Source], options: ReadOptions, workspace: Workspace) -> Contracts:
    if len(sources) != 1:
        raise InputError(f"--contractual takes one file, not {len(sources)}", remedy="Put the rows into one file.")
    table = open_table(sources[0], replace(options, skip_lines=options.skip_lines), workspace)
    if table.defects.height:
        first = table.defects.sort("line").row(0, named=True)
        raise InputError(
            f"{table.label}: line {first['line']}: {first['message']}",
            extent=f"{table.defects.height:,} of {table.records:,} rows are broken",
        )
    if not table.records:
        raise TooLittleDataError(f"{table.label}: there is a header, but no row below it")
    reader = _Reader(table, options)
    kind = reader.kind()
    frame = {SURVIVORS: reader.survivors, SPANS: reader.spans, CHANCES: reader.chances}[kind]()
    mapped = ", ".join(f"{name} ← {table.header[position]}" for name, position in reader.positions.items())
    return Contracts(table.label, kind, frame, (*table.notes, info("mapping", f"{table.label}: {mapped}")))


class _Reader:
    """Columns of one table by what they mean."""

    def __init__(self, table: Table, options: ReadOptions) -> None:
        self.table = table
        self.options = options
        self.layout = Layout((table,))
        self.positions = self._positions()

    def _positions(self) -> dict[str, int]:
        folded = [fold(name) for name in self.table.header]
        found: dict[str, int] = {}
        for name, headings in COLUMNS.items():
            wanted = self.options.mapping.get(name)
            accepted = {fold(wanted)} if wanted else {fold(heading) for heading in headings}
            places = [i for i, heading in enumerate(folded) if heading in accepted]
            if wanted and not places:
                raise InputError(f"{self.table.label} has no column {wanted!r}, which --map {name}= names")
            if len(places) > 1:
                columns = ", ".join(repr(self.table.header[i]) for i in places)
                raise InputError(
                    f"{self.table.label}: {len(places)} columns could be {name}: {columns}",
                    remedy=f'Say which one: --map {name}="{self.table.header[places[0]]}"',
                )
            if places:
                found[name] = places[0]
        return found

    def kind(self) -> str:
        """What the file holds."""
        kinds = [kind for kind, names in _NEEDED.items() if set(names) <= set(self.positions)]
        if len(kinds) == 1:
            return kinds[0]
        headings = ", ".join(map(repr, self.table.header[:12]))
        raise InputError(
            f"{self.table.label}: the columns {'can mean several things' if kinds else 'are not those of contracts'}",
            extent=f"Its columns: {headings}",
            remedy="Needed: period and survivors; or start and end; or frequency, recency and periods (see --map)",
        )

    def survivors(self) -> pl.DataFrame:
        """Survivors by segment and period."""
        frame = self._frame({"period": self._whole("period"), "survivors": self._number("survivors")})
        twice = frame.select("segment", "period").is_duplicated()
        if twice.any():
            segment, period = frame.filter(twice).select("segment", "period").row(0)
            raise InputError(f"{self.table.label}: period {period} stands twice for segment {segment!r}")
        return frame.sort("segment", "period")

    def spans(self) -> pl.DataFrame:
        """One row per contract."""
        frame = self._frame({"start": self._dates("start", required=True), "end": self._dates("end", required=False)})
        wrong = (frame["end"] < frame["start"]).fill_null(value=False)
        if wrong.any():
            line = self.table.line_of(int(wrong.arg_true()[0]))
            raise InputError(
                f"{self.table.label}: a contract ends before it starts, first in line {line}",
                extent=f"{int(wrong.sum()):,} of {frame.height:,} rows",
            )
        return frame.sort("segment", "start", "end")

    def chances(self) -> pl.DataFrame:
        """Distinct histories of fixed chances."""
        columns = {name: self._whole(name) for name in ("frequency", "recency", "periods")}
        weights = self._number("weights") if "weights" in self.positions else None
        frame = pl.DataFrame(columns).with_columns(weights=pl.lit(1.0) if weights is None else weights)
        x, t_x, n = (pl.col(name) for name in ("frequency", "recency", "periods"))
        wrong = frame.select((x > t_x) | (t_x > n) | (x < 0) | ((x == 0) & (t_x > 0))).to_series()
        if wrong.any():
            line = self.table.line_of(int(wrong.arg_true()[0]))
            raise InputError(
                f"{self.table.label}: line {line} cannot be: 0 ≤ frequency ≤ recency ≤ periods must hold",
                extent=f"{int(wrong.sum()):,} of {frame.height:,} rows",
            )
        return frame

    def _frame(self, columns: dict[str, pl.Series]) -> pl.DataFrame:
        segment = pl.lit(_ALL)
        if "segment" in self.positions:
            segment = self.layout.text(self.positions["segment"]).str.strip_chars().fill_null("")
        named = self.table.frame.select(segment=segment).collect() if "segment" in self.positions else None
        frame = pl.DataFrame(columns)
        return frame.with_columns(segment=pl.lit(_ALL) if named is None else named["segment"])

    def _number(self, name: str) -> pl.Series:
        position = self.positions[name]
        column, where = f"c{position}", f"column {self.table.header[position]!r} of {self.table.label}"
        sample = self.table.frame.select(column).head(_SAMPLE_ROWS).collect()[column]
        detector = FactorDetector(column, where, self.table.dtypes[position], sample, self.options.decimal)
        reading = decided(self.table.frame, detector)
        raw = pl.col(column)
        read = self.table.frame.select(
            value=reading.exact(raw).cast(pl.Float64), bad=(reading.defect(raw) > 0) | raw.is_null()
        ).collect()
        self._refuse(
            read["bad"] | read["value"].is_null() | (read["value"] < 0), where, "a number that is not negative"
        )
        return read["value"].alias(name)

    def _whole(self, name: str) -> pl.Series:
        values = self._number(name)
        where = f"column {self.table.header[self.positions[name]]!r} of {self.table.label}"
        self._refuse(values != values.round(), where, "a whole number")
        return values.cast(pl.Int64)

    def _dates(self, name: str, *, required: bool) -> pl.Series:
        position = self.positions[name]
        column, where = f"c{position}", f"column {self.table.header[position]!r} of {self.table.label}"
        empty = self.layout.text(position).str.strip_chars().fill_null("") == ""
        texts = self.table.frame.filter(~empty) if not required else self.table.frame
        sample = texts.select(column).head(_SAMPLE_ROWS).collect()[column]
        if not sample.len():
            return pl.Series(name, [None] * self.table.sound, dtype=pl.Date)
        dtype = self.table.dtypes[position]
        reading = decided(texts, DateDetector(column, where, dtype, sample, self.options.date_format))
        read = self.table.frame.select(date=reading.date(pl.col(column)), empty=empty).collect()
        bad = read["date"].is_null() if required else read["date"].is_null() & ~read["empty"]
        self._refuse(bad, where, "a date")
        return read["date"].alias(name)

    def _refuse(self, bad: pl.Series, where: str, what: str) -> None:
        if bad.any():
            line = self.table.line_of(int(bad.arg_true()[0]))
            raise InputError(
                f"{where} does not hold {what} everywhere, first in line {line}",
                extent=f"{int(bad.sum()):,} of {bad.len():,} rows",
            )
