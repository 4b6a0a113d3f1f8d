"""Decide how a column of amounts reads, over all of its values: which mark is the decimal one is never guessed."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import polars as pl

from crmcli.errors import InputError
from crmcli.transactions.amount_readings import (
    CENTS,
    NON_FINITE,
    AmountReading,
    ExactAmount,
    FloatAmount,
    TextAmount,
    TextLikeAmount,
    finer_than,
    line_amount,
    line_amount_rounded,
)
from crmcli.transactions.amount_styles import EDGES, currencies, decided_pattern, shapes, styled_pattern, vote
from crmcli.transactions.tally import Tally, distinct, merged, tally

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcli.transactions.forms import CellForm

__all__ = ["AmountDetector", "AmountReading", "FactorDetector", "line_amount", "line_amount_rounded"]

MINORITY = 0.05
"""Up to this share, amounts with the other decimal mark are errors of their rows; beyond, of the column."""

_TEXTUAL = (pl.String, pl.Categorical, pl.Enum, pl.Null)
_SHAPE = "shape "
_FINER = "finer than cents"
_PLAIN_SHAPE = re.compile(r"[+-]?9{1,3}\.999")


class AmountDetector:
    """Decides how a column of amounts reads.

    Args:
        column: its name in the frame.
        where: how a message names it.
        dtype: its type in the frame.
        sample: not needed: all values are matched against the same patterns.
        requested: the value of --decimal, "." or ",".

    Raises:
        InputError: a type that holds no amounts.
    """

    digits: ClassVar[int] = 15
    """Digits before the decimal mark that an amount may have."""

    def __init__(self, column: str, where: str, dtype: pl.DataType, sample: pl.Series, requested: str | None) -> None:
        del sample
        self.column = pl.col(column)
        self.where = where
        self.dtype = dtype
        self.requested = requested
        if not (dtype.is_numeric() or dtype in _TEXTUAL):
            raise InputError(f"{where} holds {dtype} values, which cannot be amounts")

    def evidence(self) -> dict[str, pl.Expr]:
        """Aggregations over the column, for `decide`."""
        if self.dtype.is_numeric():
            return {"missing": self.column.null_count()}
        text = self.column if self.dtype == pl.String else self.column.cast(pl.String)
        return {"tally": tally(text, self._summarise)}

    def counts_under(self, form: CellForm) -> tuple[str, ...] | None:
        """See `Detector.counts_under`; how many have a point matters only to those who ask for the comma."""
        return () if form.is_amount and self.requested != "," else None

    def decide(self, evidence: Mapping[str, Any]) -> AmountReading:
        """The reading.

        Raises:
            InputError: most values are no amounts, the decimal mark stays open, or currencies are mixed.
        """
        if self.dtype.is_float():
            return FloatAmount("floats, at their shortest decimal form", self.digits)
        if self.dtype.is_numeric():
            integer = self.dtype.is_integer()
            return ExactAmount("integers" if integer else "decimals", self.digits, integer=integer)
        reading = self._decide_text(merged(evidence["tally"]))
        if self.dtype == pl.String:
            return reading
        return TextLikeAmount(reading.description, self.digits, reading)

    def _decide_text(self, found: Tally) -> TextAmount:
        votes = _votes(found)
        mark = self.requested or self._decide_mark(votes, found)
        other = "," if mark == "." else "."
        values = found["rows"] - found["missing"]
        self._require_most(values - found["unreadable"] - found["non-finite"] - votes[other], values, found)
        seen = [name.removeprefix(_SHAPE) for name in found.counts if name.startswith(_SHAPE)]
        signs = self._require_one_currency(seen)
        marked = votes.total() > 0
        styled = (marked and mark == ",") or any(not _PLAIN_SHAPE.fullmatch(shape) for shape in seen)
        clean = not (styled or found["untidy"] or found["unreadable"] or found["non-finite"])
        described = _describe(mark, seen, signs, styled=styled)
        cents = clean and not seen and not found[_FINER]
        return TextAmount(described, self.digits, mark, styled=styled, clean=clean, signs=tuple(signs), cents=cents)

    def _decide_mark(self, votes: Counter[str], found: Tally) -> str:
        if votes["."] and votes[","]:
            self._require_minority(votes, found)
        elif not votes["."] and not votes[","] and votes["1.234"] + votes["1,234"]:
            self._refuse_open(votes, found)
        return "," if votes[","] > votes["."] else "."

    def _require_minority(self, votes: Counter[str], found: Tally) -> None:
        if min(votes["."], votes[","]) > MINORITY * (votes["."] + votes[","]):
            point, comma = (_example(found, said) for said in (".", ","))
            raise InputError(
                f"{self.where} uses two decimal marks: '.' as in {point!r} and ',' as in {comma!r}",
                extent=f"{votes['.']:,} values have the mark '.', {votes[',']:,} have ','",
                remedy="Write all with one mark, or read one with --decimal . or --decimal ,",
            )

    def _refuse_open(self, votes: Counter[str], found: Tally) -> NoReturn:
        mark = "." if votes["1.234"] else ","
        example = _example(found, f"1{mark}234")
        raise InputError(
            f"{self.where} reads in two ways: the {mark!r} of {example!r} may separate thousands or decimals",
            extent=f"No value decides: all {votes['1.234'] + votes['1,234']:,} values with a mark look like this",
            remedy="Say which mark is the decimal one: --decimal . or --decimal ,",
        )

    def _require_most(self, readable: int, values: int, found: Tally) -> None:
        if 2 * readable < values:
            example = found.examples.get("unreadable") or found.examples.get("non-finite") or _example(found, ".", ",")
            given = f" with --decimal {self.requested}" if self.requested else ""
            raise InputError(
                f"{self.where}: most values are no amounts{given}, such as {example!r}",
                extent=f"{values - readable:,} of {values:,} values cannot be read",
                remedy="Map another column with --map, or say the decimal mark: --decimal . or --decimal ,",
            )

    def _require_one_currency(self, seen: list[str]) -> list[str]:
        signs, one = currencies(seen)
        if not one:
            raise InputError(
                f"{self.where} holds amounts in several currencies: {', '.join(signs)}",
                extent="Amounts of different currencies are never added up.",
                remedy="Split the file by currency first, or keep the rows of one with --where.",
            )
        return signs

    def _summarise(self, values: pl.Series) -> Tally:
        found = Tally()
        found.counts.update(rows=values.len(), missing=values.null_count())
        present = values.drop_nulls() if values.null_count() else values
        each = distinct(present)
        decided = each.str.contains(decided_pattern(self.digits))
        if decided.all():
            _count_decided(present, each, found)
        else:
            decided = present.str.contains(decided_pattern(self.digits))
            plain, others = present.filter(decided), present.filter(~decided)
            _count_decided(plain, plain, found)
            if others.len():
                self._count_others(others, found)
        return found

    def _count_others(self, values: pl.Series, found: Tally) -> None:
        text = values.str.strip_chars(EDGES)
        found.counts["untidy"] += int(((text != values) | (text == "")).sum())
        found.counts["missing"] += int((text == "").sum())
        text = text.filter(text != "")
        non_finite = text.str.contains(NON_FINITE)
        styled = text.str.contains(styled_pattern(".", self.digits)) | text.str.contains(
            styled_pattern(",", self.digits)
        )
        found.add("non-finite", text.filter(non_finite))
        found.add("unreadable", text.filter(~(non_finite | styled)))
        _count_shapes(text.filter(styled), found)


def _count_decided(values: pl.Series, each: pl.Series, found: Tally) -> None:
    """Count those with a point; `each` holds every one of the values at least once."""
    pointed = each.str.contains(".", literal=True)
    if not pointed.any():
        return
    whole = pointed.all()
    with_point = each if whole else each.filter(pointed)
    found.add(".", values if whole else values.filter(values.str.contains(".", literal=True)), example=False)
    found.offer(".", with_point)
    found.counts[_FINER] += int(with_point.str.contains(finer_than(CENTS)).any())


class FactorDetector(AmountDetector):
    """Decides how a column of quantities or unit prices reads: as amounts, but small enough to be multiplied."""

    digits: ClassVar[int] = 9


def _count_shapes(text: pl.Series, found: Tally) -> None:
    shaped = pl.DataFrame({"text": text, "shape": shapes(text)})
    for (shape,), part in shaped.group_by("shape"):
        found.add(f"{_SHAPE}{shape}", part["text"])


def _votes(found: Tally) -> Counter[str]:
    votes = Counter({".": found["."]})
    for name, count in found.counts.items():
        said = vote(name.removeprefix(_SHAPE)) if name.startswith(_SHAPE) else None
        if said:
            votes[said] += count
    return votes


def _example(found: Tally, *said: str) -> str:
    """A value that says one of these things about the marks."""
    styled = (
        example
        for name, example in found.examples.items()
        if name.startswith(_SHAPE) and vote(name.removeprefix(_SHAPE)) in said
    )
    plain = (found.examples[name] for name in said if name in found.examples)
    return min([*plain, *styled], default="")


def _describe(mark: str, seen: list[str], signs: list[str], *, styled: bool) -> str:
    if not styled:
        return "plain numbers"
    grouped = any(re.search(f"[09][^09{mark}][09]", shape) for shape in seen)
    return ", ".join([f"decimal mark {mark!r}", *(["groups of three"] if grouped else []), *signs])
