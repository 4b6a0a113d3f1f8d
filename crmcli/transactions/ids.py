"""How an id column reads: always as strings; what a spreadsheet or a float column did to ids is undone or refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import polars as pl

from crmcli.errors import InputError
from crmcli.transactions.codes import Defect
from crmcli.transactions.id_counts import BLANKS, CONTROL, FORMULA, MISSING, NOTABLE, count_ids
from crmcli.transactions.tally import merged, tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crmcli.transactions.forms import CellForm
    from crmcli.transactions.tally import Tally

_Text = TypeVar("_Text", pl.Expr, pl.Series)

_SELDOM = 0.1
"""Up to this share of the ids, separators within them are more likely damage than custom."""

_UNSAFE = {"Float16": 2**11, "Float32": 2**24, "Float64": 2**53}
"""From this number on, a float may stand for several ids."""


def is_ordinary(ids: pl.Series) -> bool:
    """Whether no rule for ids touches any of these ids (nulls apart)."""
    return not ids.str.contains(NOTABLE).any()


def plain_id(ids: _Text) -> _Text:
    """Ids as they compare with what somebody types: without a formula around them or decimals of zero behind them."""
    bare = ids.str.strip_chars(BLANKS).str.replace(FORMULA, "${1}").str.strip_chars(BLANKS)
    return bare.str.replace(r"^([0-9]+)\.0+$", "${1}")


@dataclass(frozen=True, slots=True)
class IdReading:
    """How one column becomes ids. A column that needs nothing is passed on as it is.

    Attributes:
        description: for the notes: what was changed, and how often.
        doubts: sentences about ids that are used as they are, though they look odd.
        cast: the column is not text yet; "integer" for floats, which are integral throughout.
        trimmed: blanks surround some ids.
        formula: some ids are written as ="007", so that a spreadsheet keeps their zeros.
        missing: words such as `nan` stand for a missing id.
        integral: `17850.0` is written throughout and becomes `17850`.
        control: some ids hold control characters.
        kept_floats: some ids end in .0 and stay so, among others that are no numbers.
        found: what was counted in a column of text, for `agree`.
        deferred: decided from a sample alone; `is_ordinary` must hold for the distinct ids before any result is used.
    """

    description: str
    doubts: tuple[str, ...] = ()
    cast: str = ""
    trimmed: bool = False
    formula: bool = False
    missing: bool = False
    integral: bool = False
    control: bool = False
    kept_floats: bool = False
    found: Tally | None = field(default=None, repr=False, compare=False)
    deferred: bool = False

    def id(self, column: pl.Expr) -> pl.Expr:
        """String: the id, null when missing."""
        text = self._text(column)
        if self.missing:
            text = pl.when(~text.str.contains(MISSING)).then(text)
        return text.str.replace(r"\.0+$", "") if self.integral else text

    def defect(self, column: pl.Expr) -> pl.Expr:
        """UInt8: `Defect.INVALID_ID` for an id with control characters inside, else 0."""
        if not self.control:
            return column.is_null().cast(pl.UInt8) * pl.lit(0, pl.UInt8)
        broken = self._text(column).str.contains(CONTROL).fill_null(value=False)
        return broken.cast(pl.UInt8) * pl.lit(int(Defect.INVALID_ID), pl.UInt8)

    def _text(self, column: pl.Expr) -> pl.Expr:
        if self.cast == "integer":
            column = column.fill_nan(None).cast(pl.Int64)
        text = column.cast(pl.String) if self.cast else column
        if self.formula:
            text = text.str.strip_chars(BLANKS).str.replace(FORMULA, "${1}")
        return text.str.strip_chars(BLANKS) if self.trimmed else text

    def merged(self, column: pl.Expr) -> pl.Expr:
        """UInt32: how many ids are the same as another one only because blanks around them are gone."""
        trimmed = self.id(column)
        raw = pl.when(trimmed.is_not_null()).then(column.cast(pl.String))
        return raw.drop_nulls().n_unique() - raw.drop_nulls().str.strip_chars(BLANKS).n_unique()


class IdDetector:
    """Decides how an id column reads, over all of its values.

    Args:
        column: its name in the frame.
        where: how a message names it.
        dtype: its type in the frame.
        sample: used only to see whether the decision may be deferred.
        requested: not used: no flag changes how ids read.
        defer: if the sample shows nothing that a rule looks at, look at no more values now: the caller then checks the
            distinct ids with `is_ordinary`, which are far fewer than the rows, and decides anew if they are not.
    """

    def __init__(  # noqa: PLR0913 — the common shape of detectors, and what only ids need
        self,
        column: str,
        where: str,
        dtype: pl.DataType,
        sample: pl.Series,
        requested: str | None = None,
        *,
        defer: bool = False,
    ) -> None:
        del requested
        self.deferred = defer and dtype == pl.String and is_ordinary(sample)
        self.column = pl.col(column)
        self.where = where
        self.dtype = dtype
        if dtype.is_nested() or dtype in (pl.Binary, pl.Object, pl.Duration):
            raise InputError(f"{where} holds {dtype} values, which cannot be ids")

    def evidence(self) -> dict[str, pl.Expr]:
        """Aggregations over the column, for `decide`."""
        if self.deferred:
            return {}
        if self.dtype.is_float():
            return _float_evidence(self.column, _UNSAFE[str(self.dtype)])
        if self.dtype.is_integer():
            return {"missing": self.column.null_count()}
        text = self.column if self.dtype == pl.String else self.column.cast(pl.String)
        return {"tally": tally(text, count_ids)}

    def counts_under(self, form: CellForm) -> tuple[str, ...] | None:
        """See `Detector.counts_under`."""
        return None if self.deferred else form.id_counts

    def decide(self, evidence: Mapping[str, Any]) -> IdReading:
        """The reading.

        Raises:
            InputError: a spreadsheet or a float column destroyed the ids.
        """
        if self.deferred:
            return IdReading("", deferred=True)
        if self.dtype.is_float():
            return self._decide_floats(evidence)
        if self.dtype.is_integer():
            return IdReading(_sentence([_missing_text(evidence["missing"], [])]), cast="text")
        return self._decide_text(merged(evidence["tally"]))

    def _decide_floats(self, evidence: Mapping[str, Any]) -> IdReading:
        if evidence["fractional"]:
            self._refuse(f"numbers with a fraction, such as {evidence['example']!r}", evidence["fractional"])
        if evidence["unsafe"]:
            self._refuse("numbers too large to be exact in a float column", evidence["unsafe"])
        missing = _missing_text(evidence["missing"], [])
        return IdReading(_sentence(["numbers such as 17850.0 became 17850", missing]), cast="integer")

    def _decide_text(self, found: Tally) -> IdReading:
        self._refuse_exponents(found)
        return _reading_of_text(found, cast="" if self.dtype == pl.String else "text", among_numbers=True)

    def _refuse_exponents(self, found: Tally) -> None:
        # Ids such as 12e4 do occur among alphanumeric ids; among numbers they are what a spreadsheet leaves.
        numeric = found["integer"] + found["integral float"] + found["exponent"] + found["hex-like"]
        mixed = found["rows"] - found["missing"] > numeric
        count = found["exponent"] + (0 if mixed else found["hex-like"])
        if count:
            example = found.examples.get("exponent") or found.examples["hex-like"]
            self._refuse(f"ids in exponent form, such as {example!r}: a spreadsheet has destroyed them", count)

    def _refuse(self, what: str, count: int) -> None:
        raise InputError(
            f"{self.where} holds {what}",
            extent=f"{count:,} ids are affected and cannot be restored",
            remedy="Export the file again with this column as text.",
        )


def agree(readings: Sequence[IdReading]) -> list[IdReading]:
    """The readings of several columns whose ids are the same: `17850.0` is a number in none of them or in all.

    Each was decided by its own column, as if that were all.
    """
    texts = [reading.found for reading in readings if reading.found is not None]
    among_numbers = all(_holds_numbers_only(found) for found in texts)
    return [
        _reading_of_text(reading.found, cast=reading.cast, among_numbers=among_numbers)
        if reading.found is not None and reading.integral and not among_numbers
        else reading
        for reading in readings
    ]


def _holds_numbers_only(found: Tally) -> bool:
    plain = found["integer"] - found["zero-led"]
    return found["integral float"] + plain == found["rows"] - found["missing"]


def _reading_of_text(found: Tally, *, cast: str, among_numbers: bool) -> IdReading:
    """The reading of a column of text, given whether the ids beside it are numbers throughout."""
    present = found["rows"] - found["missing"]
    integral = found["integral float"] > 0 and among_numbers and _holds_numbers_only(found)
    words = sorted(name.removeprefix("missing: ") for name in found.counts if name.startswith("missing: "))
    return IdReading(
        _sentence(
            [
                f"{found['integral float']:,} written as 17850.0 became 17850" if integral else "",
                f'{found["formula"]:,} written as ="007" became 007' if found["formula"] else "",
                f"surrounding blanks removed from {found['trimmed']:,}" if found["trimmed"] else "",
                _missing_text(found["missing"], words),
            ]
        ),
        doubts=tuple(_doubts(found, present, integral=integral)),
        cast=cast,
        trimmed=found["surrounded"] > 0,
        formula=found["formula"] > 0,
        missing=bool(words),
        integral=integral,
        control=found["control"] > 0,
        kept_floats=found["integral float"] > 0 and not integral,
        found=found,
    )


def _float_evidence(column: pl.Expr, unsafe: int) -> dict[str, pl.Expr]:
    fractional = column.is_not_nan() & (column.is_infinite() | (column != column.floor()))
    return {
        "missing": column.is_null().sum() + column.is_nan().sum(),
        "fractional": fractional.sum(),
        "example": column.filter(fractional).min(),
        "unsafe": (column.is_not_nan() & (column.abs() >= unsafe)).sum(),
    }


def _missing_text(count: int, words: list[str]) -> str:
    named = ", ".join(word or "empty" for word in words)
    return f"{count:,} missing{f' ({named})' if named else ''}" if count else ""


def _doubts(found: Tally, present: int, *, integral: bool) -> Iterator[str]:
    floats, marked = found["integral float"], found["marked"]
    if floats and not integral:
        yield f"{floats:,} of {present:,} ids end in .0 and were kept so, as other ids are no numbers"
    if marked and present > 1 and marked <= max(1, _SELDOM * present):
        example = found.examples["marked"]
        yield f"{marked:,} of {present:,} ids hold a separator or a quote, such as {example!r}; they were kept so"


def _sentence(parts: list[str]) -> str:
    return "; ".join(part for part in parts if part)
