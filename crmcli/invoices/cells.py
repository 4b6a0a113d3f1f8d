"""The cells of one layout as typed columns: ids as text, dates, exact money; and what is wrong with each row."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from crmcli.errors import InputError
from crmcli.invoices.codes import Defect, LedgerRule
from crmcli.invoices.plans import Role
from crmcli.transactions.amounts import AmountDetector
from crmcli.transactions.date_readings import KnownDate
from crmcli.transactions.dates import DateDetector
from crmcli.transactions.ids import IdDetector
from crmcli.transactions.rules import is_no_sale
from crmcli.transactions.where import is_excluded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crmcli.invoices.headings import Headings
    from crmcli.invoices.plans import Plan
    from crmcli.transactions.options import ReadOptions
    from crmcli.transactions.tables import Layout

SAMPLE_ROWS = 2_000
_NOTHING = r"^\s*(?i:nan|nat|null|none|n/a|#n/a|-|open|0000-00-00|00\.00\.0000|00/00/0000|00000000)?\s*$"
"""How files write that an optional cell holds nothing."""

_FRACTION = r"\.0+\s*$"
_FLOATED_DATE = r"^\s*[0-9]{8}\.0+\s*$"
"""A date such as 20200210.0, which went through a column of floats."""


@dataclass(frozen=True, slots=True)
class TypedLayout:
    """The rows of one layout, lazily.

    `frame`: the canonical columns present (ID, TEXT String · DATE Date · MONEY Decimal(38, s)), `code` UInt8 (0, a
    LedgerRule or a Defect), `bad` String (canonical name of the first bad column), `rounded` Boolean.
    """

    frame: pl.LazyFrame
    columns: tuple[str, ...]
    readings: Mapping[str, str]
    signs: frozenset[str]
    deferred: tuple[str, ...]
    raw: pl.LazyFrame = field(repr=False)


def read_cells(  # noqa: PLR0913 — one layout, and everything that is asked of it
    layout: Layout,
    headings: Headings,
    plan: Plan,
    options: ReadOptions,
    where: Mapping[int, tuple[str, ...]],
    *,
    defer_ids: bool = False,
) -> TypedLayout:
    """Decide over all values how each mapped column reads, dates first; rows after `as_of` have no other say.

    With `defer_ids`, ids that look ordinary in a sample are not decided over all rows: the caller must then see that
    `ids.is_ordinary` holds of every column that `deferred` names, or read anew without it.

    Raises:
        InputError: a column does not read as what it is mapped to, or reads in two ways.
    """
    columns = tuple(name for name in plan.roles if name in headings)
    reader = _Reader(layout, headings, plan, options, columns, further=where, defer_ids=defer_ids)
    readings = reader.decide()
    frame = reader.source.select(**reader.expressions(readings, where))
    described = {name: reading.description for name, reading in readings.items() if reading.description}
    signs = frozenset(sign for reading in readings.values() for sign in getattr(reading, "signs", ()))
    deferred = tuple(name for name, reading in readings.items() if getattr(reading, "deferred", False))
    return TypedLayout(frame, columns, described, signs, deferred, layout.frame.select(raw=layout.record()))


class _Reader:
    """Working state of `read_cells`: the frame with its cells prepared, and the decisions."""

    def __init__(  # noqa: PLR0913 — the same
        self,
        layout: Layout,
        headings: Headings,
        plan: Plan,
        options: ReadOptions,
        columns: Sequence[str],
        *,
        further: Iterable[int],
        defer_ids: bool,
    ) -> None:
        self.defer_ids = defer_ids
        self.layout = layout
        self.headings = headings
        self.plan = plan
        self.options = options
        self.typed = [name for name in columns if plan.roles[name] is not Role.TEXT]
        self.texts = [name for name in columns if plan.roles[name] is Role.TEXT]
        self.rows = self._rows(further)
        self.sample = self._sample()
        self.source = self._prepared()

    def column(self, name: str) -> str:
        return f"c{self.headings.positions[name]}"

    def dtype(self, name: str) -> pl.DataType:
        return self.layout.tables[0].dtypes[self.headings.positions[name]]

    def _rows(self, further: Iterable[int]) -> pl.DataFrame:
        """The columns that are looked at, of all rows: deciding how they read takes several looks."""
        places = {self.headings.positions[name] for name in (*self.typed, *self.texts)} | set(further)
        return self.layout.frame.select(f"c{place}" for place in sorted(places)).collect(engine="streaming")

    def _sample(self) -> pl.DataFrame:
        """The first rows of each file."""
        starts = itertools.accumulate((table.sound for table in self.layout.tables[:-1]), initial=0)
        return pl.concat([self.rows.slice(start, SAMPLE_ROWS) for start in starts])

    def _prepared(self) -> pl.LazyFrame:
        """The raw rows; optional cells that say nothing are empty, dates that went through floats are whole."""
        changed: dict[str, pl.Expr] = {}
        for name in self.typed:
            raw = self.column(name)
            if self.dtype(name) != pl.String:
                continue
            cell = pl.col(raw)
            if self.plan.roles[name] is Role.DATE and self._went_through_floats(raw):
                cell = cell.str.replace(_FRACTION, "")
            if name not in self.plan.required:
                cell = pl.when(~cell.str.contains(_NOTHING)).then(cell)
            changed[raw] = cell
        return self.rows.lazy().with_columns(**changed)

    def _went_through_floats(self, raw: str) -> bool:
        values = self.sample[raw].drop_nulls()
        return values.len() > 0 and 2 * int(values.str.contains(_FLOATED_DATE).sum()) > values.len()

    def decide(self) -> dict[str, Any]:
        dates = [name for name in self.typed if self.plan.roles[name] is Role.DATE]
        decided = self._decide_dates(dates)
        frame = self.source
        if self.options.as_of is not None and self.plan.date in decided:
            when = decided[self.plan.date].date(pl.col(self.column(self.plan.date)))
            frame = frame.filter(when.is_null() | (when <= self.options.as_of))
        return decided | self._decide(frame, [name for name in self.typed if name not in dates])

    def _decide_dates(self, names: Sequence[str]) -> dict[str, Any]:
        """A date column that reads in two ways takes the order of day and month of another one beside it."""
        detectors, found = self._evidence(self.source, names)
        decided: dict[str, Any] = {}
        failed: dict[str, InputError] = {}
        for name in names:
            try:
                decided[name] = detectors[name].decide(found[name])
            except InputError as error:
                failed[name] = error
        settled = next((reading.format for reading in decided.values() if _is_settled(reading)), None)
        for name, refusal in failed.items():
            if settled is None:
                raise refusal
            detector, evidence = self._evidence(self.source, [name], settled.strptime)
            decided[name] = detector[name].decide(evidence[name])
        return decided

    def _decide(self, frame: pl.LazyFrame, names: Sequence[str]) -> dict[str, Any]:
        detectors, found = self._evidence(frame, names)
        return {name: detector.decide(found[name]) for name, detector in detectors.items()}

    def _evidence(
        self, frame: pl.LazyFrame, names: Sequence[str], date_format: str | None = None
    ) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """The detectors of some columns, and what one query over all values says to each."""
        detectors = {name: self._detector(name, date_format or self.options.date_format) for name in names}
        expressions = {
            f"{name}\x1f{key}": expression
            for name, detector in detectors.items()
            for key, expression in detector.evidence().items()
        }
        found: dict[str, dict[str, Any]] = {name: {} for name in names}
        if expressions:
            row = frame.select(**expressions).collect(engine="streaming").row(0, named=True)
            for label, value in row.items():
                name, key = label.split("\x1f")
                found[name][key] = value
        return detectors, found

    def _detector(self, name: str, date_format: str | None) -> Any:
        raw, where, dtype = self.column(name), self.headings.where(name), self.dtype(name)
        sample = self.sample[raw]
        if self.plan.roles[name] is Role.DATE and dtype == pl.String:
            sample = sample.str.replace(_FRACTION, "")
        match self.plan.roles[name]:
            case Role.ID:
                return IdDetector(raw, where, dtype, sample, defer=self.defer_ids)
            case Role.DATE:
                return DateDetector(raw, where, dtype, sample, date_format)
            case _:
                return AmountDetector(raw, where, dtype, sample, self.options.decimal)

    def expressions(self, readings: Mapping[str, Any], where: Mapping[int, tuple[str, ...]]) -> dict[str, pl.Expr]:
        values: dict[str, pl.Expr] = {}
        rounded = pl.lit(value=False)
        for name in self.typed:
            raw, reading = pl.col(self.column(name)), readings[name]
            match self.plan.roles[name]:
                case Role.ID:
                    values[name] = reading.id(raw)
                case Role.DATE:
                    values[name] = reading.date(raw)
                case _:
                    values[name] = reading.decimal(raw, self.options.money_scale)
                    rounded = rounded | reading.rounded(raw, self.options.money_scale)
        for name in self.texts:
            text = self.layout.text(self.headings.positions[name]).str.strip_chars()
            values[name] = pl.when(~text.str.contains(_NOTHING)).then(text)
        steps = self._steps(readings, values, where)
        defects = [(condition, pl.lit(name)) for condition, code, name in steps if name]
        return {
            **values,
            "code": _first([(condition, code) for condition, code, _ in steps], pl.lit(0, pl.UInt8)),
            "bad": _first(defects, pl.lit(None, pl.String)),
            "rounded": rounded,
        }

    def _steps(
        self, readings: Mapping[str, Any], values: Mapping[str, pl.Expr], where: Mapping[int, tuple[str, ...]]
    ) -> list[tuple[pl.Expr, pl.Expr, str]]:
        """Conditions, codes and bad columns in the order in which they claim a row."""
        steps: list[tuple[pl.Expr, pl.Expr, str]] = []
        when = self.plan.date
        if when and when in values:
            defect = self._defect(when, readings[when])
            steps.append((defect > 0, defect, when))
            steps += self._out_of_time(values[when])
        if where:
            steps.append((is_excluded(self.layout, where), _rule(LedgerRule.WHERE), ""))
        if "status" in values:
            steps.append((is_no_sale(values["status"]), _rule(LedgerRule.STATUS), ""))
        for name in self.typed:
            if name == when:
                continue
            defect = self._defect(name, readings[name])
            steps.append((defect > 0, defect, name))
            if self.plan.roles[name] is Role.ID and name in self.plan.required:
                steps.append((values[name].is_null(), pl.lit(int(Defect.NULL_ID), pl.UInt8), name))
        return steps

    def _out_of_time(self, when: pl.Expr) -> list[tuple[pl.Expr, pl.Expr, str]]:
        steps: list[tuple[pl.Expr, pl.Expr, str]] = []
        if self.options.as_of is not None:
            steps.append((when > self.options.as_of, _rule(LedgerRule.AFTER_AS_OF), ""))
        if self.options.since is not None:
            steps.append((when < self.options.since, _rule(LedgerRule.BEFORE_SINCE), ""))
        return steps

    def _defect(self, name: str, reading: Any) -> pl.Expr:
        raw = pl.col(self.column(name))
        defect: pl.Expr = reading.defect(raw)
        if name in self.plan.required or self.plan.roles[name] is Role.ID:
            return defect.fill_null(0) if self.plan.roles[name] is Role.ID else defect
        missing = raw.is_null() | raw.is_nan() if self.dtype(name).is_float() else raw.is_null()
        return pl.when(missing).then(pl.lit(0, pl.UInt8)).otherwise(defect)


def _is_settled(reading: Any) -> bool:
    """Whether the values of a column decided between two orders of day and month."""
    return isinstance(reading, KnownDate) and reading.format.swapped is not None and "decided" in reading.description


def _rule(rule: LedgerRule) -> pl.Expr:
    return pl.lit(int(rule), pl.UInt8)


def _first(steps: Sequence[tuple[pl.Expr, pl.Expr]], otherwise: pl.Expr) -> pl.Expr:
    result = otherwise
    for condition, value in reversed(steps):
        result = pl.when(condition).then(value).otherwise(result)
    return result
