"""The small language of `--fail-if`: text in, a tree of frozen nodes out. It can compare and reckon, and nothing else.

    condition  = all { "or" all }
    all        = negation { "and" negation }
    negation   = "not" negation | comparison
    comparison = sum { ("<" | "<=" | ">" | ">=" | "==" | "!=") sum }
    sum        = product { ("+" | "-") product }
    product    = signed { ("*" | "/") signed }
    signed     = ("-" | "+") signed | part
    part       = NUMBER [ "%" ] | "true" | "false" | 'TEXT' | FACT | "(" condition ")"

Precedence is that of everyday mathematics; `a < b < c` means `a < b and b < c`. Chains of equal rank are one node each,
so that the depth of a tree is that of its brackets and signs, which is bounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from crmcli.errors import UsageError, did_you_mean
from crmcli.reporting.alert_tokens import END, EXAMPLE, FLAG, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from crmcli.reporting.alert_tokens import Token

LONGEST = 1_000
"""Characters of a condition."""

DEEPEST = 30
"""Brackets, signs and `not` within one another."""

COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
_WORDS = frozenset({"and", "or", "not", "true", "false"})


@dataclass(frozen=True, slots=True)
class Literal:
    """A number (exactly as written), a truth value or a text; `source` is how it was written."""

    value: Fraction | bool | str
    source: str


@dataclass(frozen=True, slots=True)
class Name:
    """A fact, by its documented name."""

    source: str


@dataclass(frozen=True, slots=True)
class Minus:
    """A quantity with its sign turned."""

    operand: Quantity
    source: str


@dataclass(frozen=True, slots=True)
class Chain:
    """Quantities reckoned from left to right: `first`, then each operator with what follows it."""

    first: Quantity
    rest: tuple[tuple[str, Quantity], ...]
    source: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison of two quantities."""

    left: Quantity
    operator: str
    right: Quantity
    source: str


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Every:
    """True when all of its conditions are."""

    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """True when one of its conditions is."""

    operands: tuple[Node, ...]


Quantity: TypeAlias = Literal | Name | Minus | Chain
Node: TypeAlias = Quantity | Comparison | Not | Every | Some


def parsed(text: str, known: Collection[str]) -> Node:
    """The tree of a condition.

    Args:
        text: the condition as given.
        known: names of all facts.

    Raises:
        UsageError: the text is not of the language, too long or too deep, or names an unknown fact.
    """
    if len(text) > LONGEST:
        raise UsageError(f"{FLAG}: the condition has {len(text):,} characters; {LONGEST:,} are the most.")
    return _Parser(text, known).whole()


class _Parser:
    """One pass over the tokens, one method for each rule of the grammar."""

    def __init__(self, text: str, known: Collection[str]) -> None:
        self._text = text
        self._known = known
        self._tokens = tokens(text)
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        if self._next.kind == END:
            raise UsageError(f"{FLAG}: the condition is empty.", remedy=EXAMPLE)
        start, node = self._next, self._some()
        if self._next.kind != END:
            self._refuse(self._next)
        return self._condition(node, start)

    def _some(self) -> Node:
        return self._joined("or", self._every, Some)

    def _every(self) -> Node:
        return self._joined("and", self._negation, Every)

    def _joined(self, word: str, part: Callable[[], Node], whole: type[Some | Every]) -> Node:
        start, node = self._next, part()
        if not self._is(word):
            return node
        nodes = [self._condition(node, start)]
        while self._take(word):
            start = self._next
            nodes.append(self._condition(part(), start))
        return whole(tuple(nodes))

    def _negation(self) -> Node:
        if not self._take("not"):
            return self._comparison()
        start = self._next
        return Not(self._condition(self._deeper(self._negation), start))

    def _comparison(self) -> Node:
        start, node = self._next, self._sum()
        links: list[Comparison] = []
        while self._is(*COMPARISONS):
            left = self._quantity(node, start)
            operator, after = self._advance().text, self._next
            right = self._quantity(self._sum(), after)
            links.append(Comparison(left, operator, right, self._since(start)))
            start, node = after, right
        return node if not links else links[0] if len(links) == 1 else Every(tuple(links))

    def _sum(self) -> Node:
        return self._chain(("+", "-"), self._product)

    def _product(self) -> Node:
        return self._chain(("*", "/"), self._signed)

    def _chain(self, operators: tuple[str, ...], part: Callable[[], Node]) -> Node:
        start, node = self._next, part()
        if not self._is(*operators):
            return node
        first, rest = self._quantity(node, start), []
        while self._is(*operators):
            operator, after = self._advance().text, self._next
            rest.append((operator, self._quantity(part(), after)))
        return Chain(first, tuple(rest), self._since(start))

    def _signed(self) -> Node:
        start = self._next
        if not self._is("+", "-"):
            return self._part()
        self._advance()
        operand = self._quantity(self._deeper(self._signed), start)
        return operand if start.text == "+" else Minus(operand, self._since(start))

    def _part(self) -> Node:
        token = self._advance()
        match token.kind, token.text.casefold():
            case "number", _:
                return self._number(token)
            case "text", _:
                return Literal(token.text[1:-1], token.text)
            case "name", "true" | "false" as word:
                return Literal(word == "true", word)
            case "name", word if word not in _WORDS:
                return self._fact(token.text)
            case "sign", "(":
                node = self._deeper(self._some)
                if not self._take(")"):
                    self._refuse(self._next, expected="a closing bracket")
                return node
        return self._refuse(token)

    def _number(self, token: Token) -> Literal:
        value = Fraction(token.text.replace("_", ""))
        if self._take("%"):
            return Literal(value / 100, f"{token.text}%")
        return Literal(value, token.text)

    def _fact(self, name: str) -> Name:
        if name not in self._known:
            raise UsageError(
                f"{FLAG}: there is no fact {name!r}.",
                extent=did_you_mean(name, self._known),
                remedy="--facts FILE writes every fact with its name.",
            )
        return Name(name)

    def _deeper(self, part: Callable[[], Node]) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise UsageError(f"{FLAG}: more than {DEEPEST} brackets or signs stand within one another.")
        node = part()
        self._depth -= 1
        return node

    def _condition(self, node: Node, start: Token) -> Node:
        """A node that may be true or false; whether a fact is so is seen when it is known."""
        if isinstance(node, Chain | Minus) or (isinstance(node, Literal) and not isinstance(node.value, bool)):
            raise UsageError(
                f"{FLAG}: {self._since(start)!r} is neither true nor false.", remedy=f"Compare it. {EXAMPLE}"
            )
        return node

    def _quantity(self, node: Node, start: Token) -> Quantity:
        if isinstance(node, Literal | Name | Minus | Chain):
            return node
        raise UsageError(
            f"{FLAG}: {self._since(start)!r} is true or false, which can be neither compared nor reckoned with.",
            remedy="Join conditions with and, or, not.",
        )

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _advance(self) -> Token:
        token = self._next
        self._at += token.kind != END
        return token

    def _is(self, *words: str) -> bool:
        return self._next.kind in {"name", "sign"} and self._next.text.casefold() in words

    def _take(self, word: str) -> bool:
        found = self._is(word)
        self._at += found
        return found

    def _since(self, start: Token) -> str:
        return self._text[start.start : self._tokens[self._at - 1].end]

    def _refuse(self, token: Token, expected: str = "a fact, a number or a bracket") -> NoReturn:
        if token.kind == END:
            raise UsageError(f"{FLAG}: the condition ends where {expected} should follow.", remedy=EXAMPLE)
        raise UsageError(f"{FLAG}: {token.text!r} (character {token.start + 1}) is out of place.", remedy=EXAMPLE)
