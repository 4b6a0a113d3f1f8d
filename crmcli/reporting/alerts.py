"""Conditions of `--fail-if` over the facts of a report: parsed before any work, judged when the facts are known.

What is missing is neither true nor false (Kleene's three values): `a or b` is true when one of them is, whatever is
known of the other, and a condition that hangs on a missing fact or a division by zero cannot be judged.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from crmcli.errors import InternalError, UsageError
from crmcli.reporting.alert_language import Chain, Comparison, Every, Literal, Minus, Name, Not, Some, parsed
from crmcli.reporting.alert_tokens import FLAG
from crmcli.reporting.alert_values import Quoted, Unknown, compared, from_fact, merged, reckoned, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from crmcli.reporting.alert_language import Node, Quantity
    from crmcli.reporting.alert_values import FactValue, Known, Value

_DIGITS = (6, 12, 17, 40)
"""Significant digits to show: the fewest with which what is shown says what was found."""

_NUMBERS = {
    "<": "is below",
    "<=": "is at most",
    ">": "is above",
    ">=": "is at least",
    "==": "is equal to",
    "!=": "is not",
}
_DATES = {"<": "is before", "<=": "is not after", ">": "is after", ">=": "is not before", "==": "is", "!=": "is not"}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


class Outcome(StrEnum):
    """What became of a condition."""

    TRUE = "true"
    FALSE = "false"
    UNJUDGED = "cannot be judged"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome with what decided it.

    Attributes:
        outcome: true, false, or cannot be judged.
        because: the comparisons that made it so, with their values, as phrases; empty when it cannot be judged.
        missing: names of the facts without which it cannot be judged.
        problems: steps that have no result, such as a division by zero.
    """

    outcome: Outcome
    because: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The reasons as one line for people."""
        if self.outcome is not Outcome.UNJUDGED:
            return "; ".join(self.because)
        verb = "is" if len(self.missing) == 1 else "are"
        missing = [f"{', '.join(self.missing)} {verb} missing"] if self.missing else []
        return f"cannot be judged: {'; '.join([*missing, *self.problems])}"


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as written, and its tree."""

    text: str
    tree: Node

    @property
    def names(self) -> tuple[str, ...]:
        """The facts it asks for, each once, in the order of the text."""
        return tuple(dict.fromkeys(_names(self.tree)))

    def judge(self, facts: Mapping[str, FactValue]) -> Verdict:
        """Hold it against facts; those that are None, absent or no finite number are missing.

        Raises:
            UsageError: it compares or reckons with things of different kinds.
        """
        truth = _truth(self.tree, facts)
        if isinstance(truth, Unknown):
            return Verdict(Outcome.UNJUDGED, missing=truth.missing, problems=truth.problems)
        because = tuple(dict.fromkeys(_reasons(self.tree, facts, truth=truth)))
        return Verdict(Outcome.TRUE if truth else Outcome.FALSE, because)


def parse(text: str, known: Collection[str]) -> Condition:
    """Read a condition; what the language holds is told in `crmcli.reporting.alert_language`.

    Args:
        text: the condition, e.g. `nrr < 0.9 or value_at_risk_share > 30%`.
        known: the names of all facts.

    Raises:
        UsageError: it is not of the language, or names an unknown fact (the nearest known one is told).
    """
    return Condition(text.strip(), parsed(text, known))


def _names(node: Node) -> Iterator[str]:
    match node:
        case Name(name):
            yield name
        case Minus(operand) | Not(operand):
            yield from _names(operand)
        case Chain(first, rest):
            yield from _names(first)
            for _, quantity in rest:
                yield from _names(quantity)
        case Comparison(left, _, right):
            yield from _names(left)
            yield from _names(right)
        case Every(operands) | Some(operands):
            for operand in operands:
                yield from _names(operand)
        case Literal():
            return


def _value(node: Quantity, facts: Mapping[str, FactValue]) -> Known:
    match node:
        case Literal(value):
            return Quoted(value) if isinstance(value, str) else value
        case Name(name):
            return from_fact(name, facts.get(name))
        case Minus(operand, source):
            return reckoned(Fraction(0), "-", _value(operand, facts), source)
        case Chain(first, rest, source):
            total = _value(first, facts)
            for sign, quantity in rest:
                total = reckoned(total, sign, _value(quantity, facts), source)
            return total


def _truth(node: Node, facts: Mapping[str, FactValue]) -> bool | Unknown:
    match node:
        case Comparison(left, sign, right, source):
            return compared(_value(left, facts), sign, _value(right, facts), source)
        case Not(operand):
            truth = _truth(operand, facts)
            return truth if isinstance(truth, Unknown) else not truth
        case Every(operands):
            return _joined(operands, facts, decisive=False)
        case Some(operands):
            return _joined(operands, facts, decisive=True)
    value = _value(node, facts)
    if isinstance(value, bool | Unknown):
        return value
    raise UsageError(f"{FLAG}: {node.source!r} is neither true nor false.", remedy="Compare it with something.")


def _joined(operands: tuple[Node, ...], facts: Mapping[str, FactValue], *, decisive: bool) -> bool | Unknown:
    """Operands joined: one of the decisive value decides, else a gap leaves it open."""
    truths = [_truth(operand, facts) for operand in operands]
    if any(truth is decisive for truth in truths):
        return decisive
    unknown = [truth for truth in truths if isinstance(truth, Unknown)]
    return merged(unknown) if unknown else not decisive


def _reasons(node: Node, facts: Mapping[str, FactValue], *, truth: bool) -> Iterator[str]:
    """Phrases of the comparisons that made a node what it is."""
    match node:
        case Comparison():
            yield _phrase(node, facts, truth=truth)
        case Not(operand):
            yield from _reasons(operand, facts, truth=not truth)
        case Every(operands) | Some(operands):
            for operand in operands:
                if _truth(operand, facts) is truth:
                    yield from _reasons(operand, facts, truth=truth)
        case Literal() | Name() | Minus() | Chain():
            yield f"{node.source} is {'true' if truth else 'false'}"


def _phrase(node: Comparison, facts: Mapping[str, FactValue], *, truth: bool) -> str:
    sign = node.operator if truth else _OPPOSITE[node.operator]
    left, right = _value(node.left, facts), _value(node.right, facts)
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        raise InternalError(f"{node.source!r} decided a condition, and cannot be judged.")
    digits = next((digits for digits in _DIGITS if _still_true(left, sign, right, digits)), _DIGITS[-1])
    dates = isinstance(left, dt.date) or isinstance(right, dt.date)
    words = (_DATES if dates or not isinstance(left, Fraction) else _NUMBERS)[sign]
    return f"{_side(node.left, left, facts, digits)} {words} {_side(node.right, right, facts, digits)}"


def _side(node: Quantity, value: Value, facts: Mapping[str, FactValue], digits: int) -> str:
    """One side of a comparison: what was written, and what it came to unless that is the same."""
    if isinstance(node, Literal):
        return node.source
    fact = facts.get(node.source)
    exact = f"{fact:f}" if isinstance(node, Name) and isinstance(fact, Decimal) else shown(value, digits)
    return f"{node.source} = {exact}"


def _still_true(left: Value, sign: str, right: Value, digits: int) -> bool:
    """Whether rounded numbers compare as the exact ones do."""
    if not (isinstance(left, Fraction) and isinstance(right, Fraction)):
        return True
    rounded = [Fraction(shown(value, digits)) for value in (left, right)]
    return compared(rounded[0], sign, rounded[1], "") is True
