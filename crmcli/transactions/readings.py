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
from crmcli.transactions.where import is_excluded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crmcli.transactions.amounts import AmountReading
    from crmcli.transactions.columns import ColumnMap
    from crmcli.transactions.dates import DateReading
    from crmcli.transactions.ids import IdReading
    from crmcli.transactions.options import ReadOptions
    from crmcli.transactions.tables import Layout

SAMPLE_ROWS = 2_000
"""Values per file that narrow down the candidates; the decision itself rests on the whole column."""

_MONEY = ("amount", "cost", "refunded", "service_cost")
_FACTORS = ("quantity", "unit_price", "reference_price")
_AMOUNTS = ("amount", "quantity", "unit_price", "cost", "refunded", "reference_price", "service_cost")
# A discount is only asked whether there is one: money, a share or a code alike.
_TEXTS = ("product", "category", "discount", "channel", "currency", "status", "promotion", "referrer")


@dataclass(frozen=True, slots=True)
class Readings:
    """How the used columns of one layout read.

    `amounts` holds whichever of the money and number columns are used; `currency` is the only one of the rows that take
    part, empty without such a column.
    """

    customer_id: IdReading
    date: DateReading
    order_id: IdReading | None
    amounts: Mapping[str, AmountReading]
    texts: tuple[str, ...]
    currency: str

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


class _Detector(Protocol):
    def evidence(self) -> dict[str, pl.Expr]: ...

    def decide(self, evidence: Mapping[str, Any]) -> Any: ...


def read_columns(
    layout: Layout,
    columns: ColumnMap,
    where: Mapping[int, tuple[str, ...]],
    options: ReadOptions,
    *,
    defer_ids: bool,
) -> Readings:
    """The readings of one layout, from a sample (candidates) and one pass over its columns (decision).

    With `--as-of`, the dates are decided first, and rows after it have no say in anything else. With `defer_ids`,
    customer ids that look ordinary in the sample are not decided over all rows (see `IdDetector`).

    Raises:
        InputError: a column does not read as what it is mapped to, or reads in two ways.
    """
    names = _names(columns, options)
    detectors = _detectors(layout, columns, names, options, defer_ids=defer_ids)
    frame, decided = layout.frame, dict[str, Any]()
    if options.as_of is not None:
        decided = _decide(frame, {"date": detectors.pop("date")})
        date = decided["date"].date(pl.col(f"c{columns.positions['date']}"))
        frame = frame.filter(date.is_null() | (date <= options.as_of))
    decided |= _decide(frame, detectors)
    for name in ("customer_id", "order_id"):
        if name in decided and decided[name].trimmed:
            decided[name] = _with_merged_ids(decided[name], frame, pl.col(f"c{columns.positions[name]}"))
    return Readings(
        customer_id=decided["customer_id"],
        date=decided["date"],
        order_id=decided.get("order_id"),
        amounts={name: decided[name] for name in _AMOUNTS if name in decided},
        texts=tuple(name for name in _TEXTS if name in names),
        currency=_only_currency(frame, layout, columns, where) if "currency" in names else "",
    )


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


def _detectors(
    layout: Layout, columns: ColumnMap, names: list[str], options: ReadOptions, *, defer_ids: bool
) -> dict[str, _Detector]:
    makers: dict[str, Callable[..., _Detector]] = {
        "customer_id": partial(IdDetector, defer=defer_ids),
        "order_id": IdDetector,
        "date": partial(DateDetector, requested=options.date_format),
        **dict.fromkeys(_MONEY, partial(AmountDetector, requested=options.decimal)),
        **dict.fromkeys(_FACTORS, partial(FactorDetector, requested=options.decimal)),
    }
    detected = [name for name in names if name in makers]
    sample = _sample(layout, [columns.positions[name] for name in detected])
    detectors: dict[str, _Detector] = {}
    for name in detected:
        position = columns.positions[name]
        where = f"column {columns.heading(name)!r} of {layout.label}"
        column = f"c{position}"
        detectors[name] = makers[name](column, where, layout.tables[0].dtypes[position], sample[column])
    return detectors


def _sample(layout: Layout, positions: list[int]) -> pl.DataFrame:
    names = [f"c{position}" for position in sorted(set(positions))]
    heads = [table.frame.select(names).head(SAMPLE_ROWS) for table in layout.tables]
    return pl.concat(heads).collect(engine="streaming")


def _decide(frame: pl.LazyFrame, detectors: Mapping[str, _Detector]) -> dict[str, Any]:
    """The readings by name, from one streaming query for the evidence of all detectors."""
    expressions = {
        f"{name}\x1f{key}": expression
        for name, detector in detectors.items()
        for key, expression in detector.evidence().items()
    }
    found: dict[str, dict[str, Any]] = {name: {} for name in detectors}
    if expressions:
        row = frame.select(**expressions).collect(engine="streaming").row(0, named=True)
        for label, value in row.items():
            name, key = label.split("\x1f")
            found[name][key] = value
    return {name: detector.decide(found[name]) for name, detector in detectors.items()}


def _with_merged_ids(reading: IdReading, frame: pl.LazyFrame, column: pl.Expr) -> IdReading:
    merged = frame.select(reading.merged(column)).collect(engine="streaming").item()
    return (
        replace(reading, description=f"{reading.description}, which merged {merged:,} with others")
        if merged
        else reading
    )


def _only_currency(
    frame: pl.LazyFrame, layout: Layout, columns: ColumnMap, where: Mapping[int, tuple[str, ...]]
) -> str:
    column = layout.text(columns.positions["currency"]).str.strip_chars().str.to_uppercase()
    rows = frame.filter(~is_excluded(layout, where))
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
