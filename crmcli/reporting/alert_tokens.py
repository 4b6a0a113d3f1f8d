"""Words, numbers and signs of the language of `--fail-if`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from crmcli.errors import UsageError

FLAG = "--fail-if"
EXAMPLE = f"Example: {FLAG} 'nrr < 0.9 or value_at_risk_share > 30%'"
END = ""
"""The kind of the token after the last one."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the language and where it stood."""

    kind: str  # number, text, name, sign, or END
    text: str
    start: int
    end: int


_TOKEN = re.compile(
    r"""
      (?P<number> (?: {digits} (?: \.{digits} )? | \.{digits} ) (?![\w.]) )
    | (?P<text>   '[^']*' | "[^"]*" )
    | (?P<name>   [^\W\d]\w* (?:\.\w+)* )
    | (?P<sign>   <= | >= | == | != | [-<>()+*/%−] )
    """.replace("{digits}", "[0-9]+ (?:_[0-9]+)*"),
    re.VERBOSE,
)
_HINTS = {
    "=": "Write == to ask whether two things are equal.",
    "&": "Write and.",
    "|": "Write or.",
    "!": "Write not, or != for unequal.",
    ",": "Write numbers as 1000 or 1_000, with a point before decimals.",
    "'": "A quote is not closed.",
    '"': "A quote is not closed.",
}


def tokens(text: str) -> list[Token]:
    """The words of a condition, ended by one of kind END.

    Raises:
        UsageError: a character or a number is not of the language.
    """
    found: list[Token] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        token = _token(text, at)
        found.append(token)
        at = token.end
    return [*found, Token(END, "", len(text), len(text))]


def _token(text: str, at: int) -> Token:
    match = _TOKEN.match(text, at)
    if match is None:
        _refuse_character(text, at)
    word = "-" if match.group() == "−" else match.group()
    return Token(match.lastgroup or "", word, at, match.end())


def _refuse_character(text: str, at: int) -> NoReturn:
    number = re.compile(r"[\w.]+").match(text, at)
    if number is not None:
        raise UsageError(
            f"{FLAG}: {number.group()!r} (character {at + 1}) is no number.", remedy="Numbers: 12, 1_000, 0.25, 30%"
        )
    raise UsageError(
        f"{FLAG}: {text[at]!r} (character {at + 1}) is not understood.", remedy=_HINTS.get(text[at], EXAMPLE)
    )
