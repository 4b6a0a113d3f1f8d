"""Segment rules of one's own, from TOML text: ordered `[[segments]]` tables with name, r, f, m and action."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, NoReturn

from crmcli.analysis.segment.rules import Rule, RuleSet, check_rules
from crmcli.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from crmcli.analysis.segment.rules import Interval

_TOP = ("scores", "segments")
_RULE = ("name", "r", "f", "m", "action")
_ENDS = 2


def parse_rules(text: str, source: str, scores: int) -> RuleSet:
    """Rules for scores 1 to `scores`, first match first.

    Each `[[segments]]` table holds a `name`, any of `r`, `f`, `m` as `[lowest, highest]` (left out: every score), and
    an optional `action`. A name may occur in several tables. A top-level `scores = k` guards against another k. The
    notes of the rule set warn of cells without a rule (called "unassigned"), cells with several, and idle rules.

    Args:
        text: the TOML document.
        source: the file's name, for messages.
        scores: the k of the run.

    Raises:
        UsageError: not TOML, an unknown or missing key, a malformed interval, or another k.
    """
    document = _document(text, source)
    _check_keys(document, _TOP, source)
    if document.get("scores", scores) != scores:
        _fail(source, f"'scores' is {document['scores']!r}, but the run has {scores}")
    tables = document.get("segments")
    if not isinstance(tables, list) or not tables:
        _fail(source, "needs at least one [[segments]] table")
    rules = tuple(_rule(table, f"{source}: segment {place}", scores) for place, table in enumerate(tables, 1))
    return RuleSet(source, scores, rules, notes=check_rules(rules, scores, source))


def _document(text: str, source: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        _fail(source, f"is not TOML ({error})")


def _rule(table: object, where: str, scores: int) -> Rule:
    if not isinstance(table, dict):
        _fail(where, "must be a table")
    _check_keys(table, _RULE, where)
    name = _text(table.get("name"), "name", where)
    r, f, m = (_interval(table.get(side), side, where, scores) for side in ("r", "f", "m"))
    action = _text(table["action"], "action", where) if "action" in table else None
    return Rule(name, r, f, m, action)


def _check_keys(table: dict[str, object], known: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in known:
            _fail(where, f"unknown key {key!r}", did_you_mean(key, known))


def _text(value: object, key: str, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        _fail(where, f"{key!r} must be a text, not {value!r}" if value is not None else f"{key!r} is missing")
    return value.strip()


def _interval(value: object, key: str, where: str, scores: int) -> Interval | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != _ENDS or not all(type(end) is int for end in value):
        _fail(where, f"{key!r} must be two scores like [1, {scores}], not {value!r}")
    lowest, highest = value
    if not 1 <= lowest <= highest <= scores:
        _fail(where, f"{key!r} must rise within 1 to {scores}, not {value!r}")
    return lowest, highest


def _fail(where: str, problem: str, remedy: str | None = None) -> NoReturn:
    raise UsageError(f"{where}: {problem}.", remedy=remedy)
