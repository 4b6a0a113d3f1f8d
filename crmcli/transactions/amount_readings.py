"""How a column of amounts reads, once that is decided: exact decimals, rounded half-even once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import polars as pl

from crmcli.transactions.amount_floats import are_rounded, to_decimals
from crmcli.transactions.amount_styles import EDGES, canonical, plain_pattern, styled_pattern
from crmcli.transactions.codes import Defect

EXACT_SCALE = 20
CENTS = 2
NON_FINITE = r"(?i)^[+-]?(?:nan|inf|infinity)$"


@dataclass(frozen=True, slots=True)
class AmountReading(ABC):
    """How one column becomes amounts.

    Attributes:
        description: says it for the notes.
        digits: an amount of more digits before the decimal mark is invalid; it would overflow a product or a sum.
        signs: currency signs and codes that stand in the cells.
    """

    description: str
    digits: int
    signs: tuple[str, ...] = field(default=(), kw_only=True)

    @abstractmethod
    def decimal(self, column: pl.Expr, scale: int) -> pl.Expr:
        """Decimal(38, scale): the exact value rounded half-even, null where none can be read."""

    @abstractmethod
    def rounded(self, column: pl.Expr, scale: int) -> pl.Expr:
        """Boolean, never null: the exact value has more decimals than `scale`."""

    @abstractmethod
    def defect(self, column: pl.Expr) -> pl.Expr:
        """UInt8: 0, `Defect.INVALID_AMOUNT` (or missing), `Defect.NON_FINITE`."""

    def exact(self, column: pl.Expr) -> pl.Expr:
        """Decimal(38, 20): the value to multiply with."""
        return self.decimal(column, EXACT_SCALE)


@dataclass(frozen=True, slots=True)
class TextAmount(AmountReading):
    """Amounts written as text.

    Attributes:
        mark: the decimal mark.
        styled: some amounts carry thousands marks, currencies, or signs behind or around them.
        clean: every value is a plain number; only conversion is left to do.
        cents: besides, none has more than two decimals.
    """

    mark: str
    styled: bool
    clean: bool
    cents: bool = field(default=False, kw_only=True)

    def decimal(self, column: pl.Expr, scale: int) -> pl.Expr:
        """Decimal(38, scale): see `AmountReading`."""
        return self._number(column).cast(pl.Decimal(38, scale), strict=False)

    def rounded(self, column: pl.Expr, scale: int) -> pl.Expr:
        """Boolean: see `AmountReading`."""
        if self.cents and scale >= CENTS:
            return column.is_null() & pl.lit(value=False)
        return self._number(column).str.contains(finer_than(scale)).fill_null(value=False)

    def defect(self, column: pl.Expr) -> pl.Expr:
        """UInt8: see `AmountReading`."""
        if self.clean:
            return _code(column.is_null(), Defect.INVALID_AMOUNT)
        text = column.str.strip_chars(EDGES)
        return _defect(text.str.contains(self._pattern), text.str.contains(NON_FINITE))

    @property
    def _pattern(self) -> str:
        return styled_pattern(self.mark, self.digits) if self.styled else plain_pattern(self.digits)

    def _number(self, column: pl.Expr) -> pl.Expr:
        if self.clean:
            return column
        text = column.str.strip_chars(EDGES)
        number = canonical(text, self.mark) if self.styled else text
        return pl.when(text.str.contains(self._pattern)).then(number)


@dataclass(frozen=True, slots=True)
class TextLikeAmount(AmountReading):
    """A column of another type, such as categories, that reads like its text."""

    text: TextAmount

    def decimal(self, column: pl.Expr, scale: int) -> pl.Expr:
        """Decimal(38, scale): see `AmountReading`."""
        return self.text.decimal(column.cast(pl.String), scale)

    def rounded(self, column: pl.Expr, scale: int) -> pl.Expr:
        """Boolean: see `AmountReading`."""
        return self.text.rounded(column.cast(pl.String), scale)

    def defect(self, column: pl.Expr) -> pl.Expr:
        """UInt8: see `AmountReading`."""
        return self.text.defect(column.cast(pl.String))


@dataclass(frozen=True, slots=True)
class FloatAmount(AmountReading):
    """A float column: each value enters at its shortest decimal form, as `repr` writes it."""

    def decimal(self, column: pl.Expr, scale: int) -> pl.Expr:
        """Decimal(38, scale): see `AmountReading`."""

        def convert(values: pl.Series) -> pl.Series:
            return to_decimals(values, scale)

        within = pl.when(self._is_within(column)).then(column)
        return within.map_batches(convert, return_dtype=pl.Decimal(38, scale), is_elementwise=True)

    def rounded(self, column: pl.Expr, scale: int) -> pl.Expr:
        """Boolean: see `AmountReading`."""

        def check(values: pl.Series) -> pl.Series:
            return are_rounded(values, scale)

        within = pl.when(self._is_within(column)).then(column)
        return within.map_batches(check, return_dtype=pl.Boolean, is_elementwise=True)

    def defect(self, column: pl.Expr) -> pl.Expr:
        """UInt8: see `AmountReading`."""
        return _defect(self._is_within(column), ~column.is_finite())

    def _is_within(self, column: pl.Expr) -> pl.Expr:
        return column.cast(pl.Float64).abs() < 10.0**self.digits


@dataclass(frozen=True, slots=True)
class ExactAmount(AmountReading):
    """A column of integers or decimals."""

    integer: bool

    def decimal(self, column: pl.Expr, scale: int) -> pl.Expr:
        """Decimal(38, scale): see `AmountReading`."""
        return self._within(column).cast(pl.Decimal(38, scale), strict=False)

    def rounded(self, column: pl.Expr, scale: int) -> pl.Expr:
        """Boolean: see `AmountReading`."""
        if self.integer:
            return column.is_null() & pl.lit(value=False)
        return (self._within(column) != self.decimal(column, scale)).fill_null(value=False)

    def defect(self, column: pl.Expr) -> pl.Expr:
        """UInt8: see `AmountReading`."""
        return _code(self._within(column).is_null(), Defect.INVALID_AMOUNT)

    def _within(self, column: pl.Expr) -> pl.Expr:
        limit: int = 10**self.digits
        # The magnitude of the least integer does not fit its type, so integers are compared on both sides.
        within = column.is_between(1 - limit, limit - 1) if self.integer else column.abs() < limit
        return pl.when(within).then(column)


def finer_than(scale: int) -> str:
    """A pattern of plain numbers that have more decimals than these."""
    return rf"\.[0-9]{{{scale}}}[0-9]*[1-9]"


def line_amount(quantity: pl.Expr, price: pl.Expr, scale: int) -> pl.Expr:
    """Decimal(38, scale): quantity × unit price, multiplied exactly and then rounded half-even once.

    Exact as long as the two together have at most twenty decimals, which is more than floats of everyday size carry.

    Args:
        quantity: Decimal(38, 20), from `exact` of a reading whose detector is a `FactorDetector`.
        price: the same; a product of larger factors would overflow and raise.
        scale: decimals of the result.
    """
    return (quantity * price).cast(pl.Decimal(38, scale))


def line_amount_rounded(quantity: pl.Expr, price: pl.Expr, scale: int) -> pl.Expr:
    """Boolean: the product needed rounding; null where a factor is."""
    return quantity * price != line_amount(quantity, price, scale)


def _code(failed: pl.Expr, defect: Defect) -> pl.Expr:
    return failed.cast(pl.UInt8) * pl.lit(int(defect), pl.UInt8)


def _defect(readable: pl.Expr, non_finite: pl.Expr) -> pl.Expr:
    return (
        pl.when(readable)
        .then(pl.lit(0, pl.UInt8))
        .when(non_finite)
        .then(pl.lit(int(Defect.NON_FINITE), pl.UInt8))
        .otherwise(pl.lit(int(Defect.INVALID_AMOUNT), pl.UInt8))
    )
