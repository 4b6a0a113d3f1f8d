"""Styles of credit policy: to whom, how long, how much, and when deliveries stop (built-in ones: styles.toml)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmcli.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

GRADES = ("A", "B", "C", "D", "E")
_MOST_DAYS = 365
PREPAY = 0
"""Net days of a grade that has to pay in advance."""


@dataclass(frozen=True, slots=True)
class Style:
    """One policy.

    Attributes:
        name: how tables name it.
        minimum_score: credit is given from this score on …
        maximum_pd: … and up to this chance of a bad outcome.
        net_days: grade → days of credit; 0 means payment in advance. Grade E never gets credit.
        need_multiple: limit as a multiple of the expected need.
        net_worth_share: cap as a part of net worth.
        tolerance: by which part of the limit it may be exceeded.
        hold_days: deliveries stop when the oldest item is overdue beyond this.
    """

    name: str
    minimum_score: float
    maximum_pd: float
    net_days: Mapping[str, int]
    need_multiple: float
    net_worth_share: float
    tolerance: float
    hold_days: int


_NUMBERS = {
    "minimum_score": (0, 100),
    "maximum_pd": (0, 1),
    "need_multiple": (0, 100),
    "net_worth_share": (0, 1),
    "tolerance": (0, 10),
    "hold_days": (0, 3650),
}


def built_in_styles() -> dict[str, Style]:
    """Name → style, in the order from careful to bold."""
    text = Path(__file__).with_name("styles.toml").read_text(encoding="utf-8")
    return {name: Style(name=name, **values) for name, values in tomllib.loads(text).items()}


STYLES = built_in_styles()
CONSERVATIVE, BALANCED, AGGRESSIVE = STYLES.values()


def parse_style(text: str, label: str, base: Style) -> Style:
    """`--policy FILE`: a style that differs from a built-in one in the keys that the file holds.

    Raises:
        UsageError: no TOML, an unknown key, or a value out of range.
    """
    try:
        values: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"--policy {label}: no TOML file: {error}") from None
    known = [field.name for field in fields(Style) if field.name != "name"]
    for key, value in values.items():
        if key not in known:
            raise UsageError(
                f"--policy {label}: unknown key {key!r}",
                remedy=did_you_mean(key, known) or f"Keys: {', '.join(known)}",
            )
        _check(key, value, label)
    days = {**base.net_days, **values.pop("net_days", {})}
    return replace(base, name="own", net_days=days, **values)


def _check(key: str, value: Any, label: str) -> None:
    if key == "net_days":
        good = isinstance(value, dict) and all(
            grade in GRADES[:4] and isinstance(days, int) and 0 <= days <= _MOST_DAYS for grade, days in value.items()
        )
        if not good:
            raise UsageError(
                f"--policy {label}: net_days gives days from 0 to 365 for the grades A to D",
                remedy="Example: net_days = { A = 45, B = 30, C = 30, D = 0 }",
            )
        return
    low, high = _NUMBERS[key]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not low <= value <= high or (key == "hold_days" and not isinstance(value, int)):
        raise UsageError(f"--policy {label}: {key} = {value!r} is no number from {low} to {high}")
