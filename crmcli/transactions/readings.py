"""Decide, over all values of a layout, how each mapped column reads: one streaming query for all columns together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import polars as pl

from crmcli.errors import InputError
from crmcli.transactions.amounts import AmountDetector, FactorDetector
from crmcli.transactions.dates import DateDetector
from crmcli.transactions.ids import IdDetector
from crmcli.transactions.shifted import without_shifted_digit
from crmcli.transactions.tally import uniform
from crmcli.transactions.where import is_excluded

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping

    from crmcli.transactions.amounts import AmountReading
    from crmcli.transactions.columns import ColumnMap
    from crmcli.transactions.dates import DateReading
    from crmcli.transactions.forms import CellForm
    from crmcli.transactions.ids import IdReading
    from crmcli.transactions.options import ReadOptions
    from crmcli.transactions.tables import Layout

SAMPLE_ROWS = 2_000
"""Values per file that narrow down the candidates; the decision itself rests on the whole column."""

_NUMBER = "number of rows"
_MONEY = ("amount", "cost", "refunded", "service_cost")
FACTORS = ("quantity", "unit_price", "reference_price")
_AMOUNTS = ("amount", "quantity", "unit_price", "cost", "refunded", "reference_price", "service_cost")
# A discount is only asked whether there is one: money, a share or a code alike.
_TEXTS = ("product", "category", "discount", "channel", "currency", "status", "promotion", "referrer")


@dataclass(frozen=True, slots=True)
class Readings:
    """How the used columns of one layout read.

    `amounts` holds whichever of the money and number columns are used; `currency` is the only one of the rows that take
    part, empty without such a column. `dates_of_excluded`: rows that `--where` leaves out write dates like the others.
    """

    customer_id: IdReading
    date: DateReading
    order_id: IdReading | None
    amounts: Mapping[str, AmountReading]
    texts: tuple[str, ...]
    currency: str
    dates_of_excluded: bool = True

    @property
    def used(self) -> frozenset[str]:
        """Canonical names of the columns that take part."""
        order = {"order_id"} if self.order_id else set()
        return frozenset({"customer_id", "date", *order, *self.amounts, *self.texts})

    def described(self) -> dict[str, str]:
        """Canonical name → how it reads, for notes."""
        described = {"customer_id": self.customer_id.description, "date": self.date.description}
        described |= {name: reading.description for name, reading in self.amounts.items()}
        if self.order_id:
            described["order_id"] = self.order_id.description
        return {name: text for name, text in described.items() if text}


class Detector(Protocol):
    """Decides how a column reads, over all of its values."""

    def evidence(self) -> dict[str, pl.Expr]:
        """Aggregations over the column, for `decide`."""

    def counts_under(self, form: CellForm) -> tuple[str, ...] | None:
        """The names under which the tally of the evidence counts each cell of a form; None if that may differ."""

    def decide(self, evidence: Mapping[str, Any]) -> Any:
        """The reading."""


def read_columns(
    layout: Layout,
    columns: ColumnMap,
    where: Mapping[int, tuple[str, ...]],
    options: ReadOptions,
    *,
    defer_ids: bool,
) -> Readings:
    """The readings of one layout, from a sample (candidates) and one pass over its columns (decision).

    Rows that `--where` leaves out have no say, save in what they state for a whole order. With `--as-of`, the dates are
    decided first, and rows after it have no say in anything else. With `defer_ids`,
    customer ids that look ordinary in the sample are not decided over all rows (see `IdDetector`).

    Raises:
        InputError: a column does not read as what it is mapped to, or reads in two ways.
    """
    names = _names(columns, options)
    rows = _Rows(layout, columns, where)
    detectors = _detectors(rows, names, options, defer_ids=defer_ids)
    decided, trusted = dict[str, Any](), True
    if where or options.as_of is not None:
        decided["date"], trusted = rows.decide_date(detectors.pop("date"))
        rows.leave_out_after(options.as_of, decided["date"])
    decided |= rows.decide(detectors)
    decided["date"] = without_shifted_digit(decided["date"], layout, rows.kept, columns.positions["date"])
    for name in ("customer_id", "order_id"):
        if name in decided and decided[name].trimmed:
            decided[name] = _with_merged_ids(decided[name], rows.kept, pl.col(f"c{columns.positions[name]}"))
    return Readings(
        customer_id=decided["customer_id"],
        date=decided["date"],
        order_id=decided.get("order_id"),
        amounts={name: decided[name] for name in _AMOUNTS if name in decided},
        texts=tuple(name for name in _TEXTS if name in names),
        currency=_only_currency(rows.kept, layout, columns) if "currency" in names else "",
        dates_of_excluded=trusted,
    )


class _Rows:
    """The rows of a layout that have a say: `kept` in how a column reads, `all` in what one row says for others.

    `number` says how many these are, as long as none has been left out.
    """

    def __init__(self, layout: Layout, columns: ColumnMap, where: Mapping[int, tuple[str, ...]]) -> None:
        self.layout = layout
        self.columns = columns
        self.where = where
        self.all = self.kept = layout.frame
        self.number: int | None = layout.records
        if where:
            self.kept = layout.frame.filter(~is_excluded(layout, where, columns.id_positions))
            self.number = None

    def sample(self, names: list[str]) -> pl.DataFrame:
        """Some values of each file."""
        if self.where:
            return self.kept.select(names).head(SAMPLE_ROWS * len(self.layout.tables)).collect(engine="streaming")
        heads = [table.frame.select(names).head(SAMPLE_ROWS) for table in self.layout.tables]
        return pl.concat(heads).collect(engine="streaming")

    def decide_date(self, detector: Detector) -> tuple[DateReading, bool]:
        """How dates read, and whether those of rows that are left out read so, too.

        They may tell when the observation ends, but never in which format dates are written.
        """
        reading: DateReading = self._decide(self.kept, {"date": detector})["date"]
        if not self.where:
            return reading, True
        try:
            of_all: DateReading = self._decide(self.all, {"date": detector})["date"]
        except InputError:
            return reading, False
        alike = of_all.is_like(reading)
        return (of_all if alike else reading), alike

    def leave_out_after(self, as_of: dt.date | None, reading: DateReading) -> None:
        """Take rows after a date out of both."""
        if as_of is not None:
            date = reading.date(pl.col(f"c{self.columns.positions['date']}"))
            in_time = date.is_null() | (date <= as_of)
            self.all, self.kept = self.all.filter(in_time), self.kept.filter(in_time)
            self.number = None

    def decide(self, detectors: Mapping[str, Detector]) -> dict[str, Any]:
        """The readings of columns by name."""
        if not self.where:
            return self._decide(self.kept, detectors)
        shared = {name: detectors[name] for name in detectors if name in self.columns.of_orders}
        others = {name: detectors[name] for name in detectors if name not in shared}
        return self._decide(self.kept, others) | self._decide(self.all, shared)

    def _decide(self, frame: pl.LazyFrame, detectors: Mapping[str, Detector]) -> dict[str, Any]:
        """The readings by name, from what the forms of cells tell and one streaming query for all other evidence."""
        counted = dict(self._told_by_forms(detectors))
        expressions = {
            f"{name}\x1f{key}": expression
            for name, detector in detectors.items()
            if name not in counted
            for key, expression in detector.evidence().items()
        }
        if counted and self.number is None:
            expressions[_NUMBER] = pl.len()
        row = frame.select(**expressions).collect(engine="streaming").row(0, named=True) if expressions else {}
        number = row.pop(_NUMBER, self.number)
        found: dict[str, dict[str, Any]] = {name: {} for name in detectors}
        for name, names in counted.items():
            found[name]["tally"] = uniform(number, names)
        for label, value in row.items():
            name, key = label.split("\x1f")
            found[name][key] = value
        return {name: detector.decide(found[name]) for name, detector in detectors.items()}

    def _told_by_forms(self, detectors: Mapping[str, Detector]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The columns whose cells all have a form that decides, and the names under which each cell counts."""
        for name, detector in detectors.items():
            form = self.layout.form(self.columns.positions[name])
            names = detector.counts_under(form) if form else None
            if names is not None:
                yield name, names


def _names(columns: ColumnMap, options: ReadOptions) -> list[str]:
    wanted = {
        "customer_id",
        "date",
        "amount",
        "order_id",
        "quantity",
        "unit_price",
        "refunded",
        "status",
        "currency",
        *options.wanted,
    }
    return [name for name in columns.positions if name in wanted]


def _detectors(rows: _Rows, names: list[str], options: ReadOptions, *, defer_ids: bool) -> dict[str, Detector]:
    layout, columns = rows.layout, rows.columns
    makers: dict[str, Callable[..., Detector]] = {
        "customer_id": partial(IdDetector, defer=defer_ids),
        "order_id": IdDetector,
        "date": partial(DateDetector, requested=options.date_format),
        **dict.fromkeys(_MONEY, partial(AmountDetector, requested=options.decimal)),
        **dict.fromkeys(FACTORS, partial(FactorDetector, requested=options.decimal)),
    }
    detected = [name for name in names if name in makers]
    sample = rows.sample([f"c{position}" for position in sorted({columns.positions[name] for name in detected})])
    detectors: dict[str, Detector] = {}
    for name in detected:
        position = columns.positions[name]
        where = f"column {columns.heading(name)!r} of {layout.label}"
        column = f"c{position}"
        detectors[name] = makers[name](column, where, layout.tables[0].dtypes[position], sample[column])
    return detectors


def _with_merged_ids(reading: IdReading, frame: pl.LazyFrame, column: pl.Expr) -> IdReading:
    merged = frame.select(reading.merged(column)).collect(engine="streaming").item()
    return (
        replace(reading, description=f"{reading.description}, which merged {merged:,} with others")
        if merged
        else reading
    )


def _only_currency(rows: pl.LazyFrame, layout: Layout, columns: ColumnMap) -> str:
    column = layout.text(columns.positions["currency"]).str.strip_chars().str.to_uppercase()
    found = rows.select(column.alias("currency")).drop_nulls().unique().collect(engine="streaming")
    currencies = sorted(value for value in found["currency"] if value)
    if len(currencies) > 1:
        heading = columns.heading("currency")
        raise InputError(
            f"{layout.label}: column {heading!r} holds {len(currencies)} currencies: {', '.join(currencies[:5])}",
            extent="Amounts of different currencies are never added up.",
            remedy=f"Choose one: --where {heading}={currencies[0]}",
        )
    return currencies[0] if currencies else ""
