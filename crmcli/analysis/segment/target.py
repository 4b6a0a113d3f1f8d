"""Which customers others are compared with: a rule such as `segment=champions,loyal_customers and abc_tier<=2`."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

from crmcli.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_CONDITION = re.compile(r"\s*(?P<column>[A-Za-z_]+)\s*(?P<operator><=|>=|!=|=|<|>)\s*(?P<values>.*?)\s*")
_AND = re.compile(r"\s+and\s+")
_EXAMPLE = "Examples: --target class=vip; --target 'abc_tier<=2'; --target 'segment=champions and monetary>=1000'"

Value: TypeAlias = "str | Decimal | dt.date"

_COMPARED: dict[str, Callable[[pl.Expr, Any], pl.Expr]] = {
    "<=": lambda column, value: column <= value,
    ">=": lambda column, value: column >= value,
    "<": lambda column, value: column < value,
    ">": lambda column, value: column > value,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a column of the view `customers`; several values mean any of them (or, with !=, none)."""

    column: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """All conditions must hold; `text` is the rule as given."""

    text: str
    conditions: tuple[Condition, ...]

    def chosen(self, customers: pl.DataFrame) -> pl.Series:
        """Boolean by customer: whether the rule holds; a missing value never meets a condition.

        Raises:
            UsageError: a column that does not exist, an operator or value that does not fit it, or a text that no
                customer has.
        """
        return customers.select(pl.all_horizontal(*(_holds(one, customers) for one in self.conditions))).to_series()

    def is_without(self, columns: Collection[str]) -> bool:
        """Whether the rule looks at none of these columns."""
        return not any(one.column in columns for one in self.conditions)

    def is_within(self, columns: Collection[str]) -> bool:
        """Whether these are all the columns that the rule looks at."""
        return all(one.column in columns for one in self.conditions)


def parse_target(text: str) -> Target:
    """A rule: conditions COLUMN=VALUE,VALUE…, or with != < <= > >=, joined by the word and.

    Raises:
        UsageError: it is not of this form.
    """
    conditions = tuple(_condition(part, text) for part in _AND.split(text.strip()))
    return Target(text.strip(), conditions)


def _condition(part: str, text: str) -> Condition:
    found = _CONDITION.fullmatch(part)
    values = tuple(value.strip() for value in found["values"].split(",")) if found else ()
    if found is None or not all(values):
        raise UsageError(f"--target {text!r}: {part!r} is not of the form COLUMN=VALUE", remedy=_EXAMPLE)
    if found["operator"] in _COMPARED and len(values) > 1:
        raise UsageError(f"--target {text!r}: {found['operator']} takes one value, not {len(values)}", remedy=_EXAMPLE)
    return Condition(found["column"], found["operator"], values)


def _holds(condition: Condition, customers: pl.DataFrame) -> pl.Expr:
    known = [name for name in customers.columns if name not in {"flags", "as_of"}]
    if condition.column not in known:
        raise UsageError(
            f"--target: customers have no column {condition.column!r}",
            remedy=did_you_mean(condition.column, known) or f"Columns: {', '.join(known)}",
        )
    column = pl.col(condition.column)
    values = [_value(condition, text, customers[condition.column]) for text in condition.values]
    if condition.operator in _COMPARED:
        holds = _COMPARED[condition.operator](column, values[0])
    else:
        any_of = pl.any_horizontal(*(column == value for value in values))
        holds = any_of if condition.operator == "=" else ~any_of
    return holds.fill_null(value=False)


def _value(condition: Condition, text: str, column: pl.Series) -> pl.Expr:
    where = f"--target {condition.column}{condition.operator}{text}"
    if column.dtype == pl.String:
        return pl.lit(_known_text(condition, text, column, where))
    if column.dtype == pl.Date:
        try:
            return pl.lit(dt.date.fromisoformat(text))
        except ValueError:
            raise UsageError(f"{where}: {condition.column} is a date", remedy="Write it as YYYY-MM-DD.") from None
    if column.dtype == pl.Boolean:
        if text.casefold() not in {"true", "false"}:
            raise UsageError(f"{where}: {condition.column} is true or false")
        return pl.lit(text.casefold() == "true")
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise UsageError(f"{where}: {condition.column} is a number", remedy=_EXAMPLE)
    return pl.lit(int(number)) if number == int(number) else pl.lit(float(number))


def _known_text(condition: Condition, text: str, column: pl.Series, where: str) -> str:
    if condition.operator in _COMPARED:
        raise UsageError(f"{where}: {condition.column} is a text, which takes = or !=", remedy=_EXAMPLE)
    found = column.drop_nulls().unique().sort().to_list()
    if text not in found:
        raise UsageError(
            f"{where}: no customer has this {condition.column}",
            remedy=did_you_mean(text, found) or f"There are: {', '.join(found[:12])}",
        )
    return text
