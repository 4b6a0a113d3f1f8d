"""What the user says about how files are to be read. The defaults detect everything and guess nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from crmcli.errors import UsageError
from crmcli.transactions.known_profiles import AUTO

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from crmcli.transactions.known_profiles import ProfileChoice

DEFAULT_MAX_BAD_SHARE = Decimal("0.005")
"""Share of rows that may be quarantined before a run fails."""

DEFAULT_MAX_BAD_ROWS = 10
"""Quarantined rows that a run without `--max-bad` always allows, so that small files are not refused for one row."""


@dataclass(frozen=True, slots=True)
class MaxBad:
    """How many quarantined rows a run allows: a share of the rows read, and a number that is always allowed."""

    share: Decimal = DEFAULT_MAX_BAD_SHARE
    rows: int = DEFAULT_MAX_BAD_ROWS

    def allowed(self, rows_read: int) -> int:
        """Rows that may be quarantined out of `rows_read`."""
        return max(self.rows, int(self.share * rows_read))


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Reading options shared by every command; see `crmcli COMMAND --help` for each.

    `where` maps a heading to the values that take part. `wanted` names the optional canonical columns the command
    can use: only these are read and can make a row bad.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    profile: ProfileChoice = AUTO
    as_of: dt.date | None = None
    since: dt.date | None = None
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    date_format: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    skip_lines: int = 0
    max_bad: MaxBad = field(default_factory=MaxBad)
    strict: bool = False
    money_scale: int = 2
    trust_input: bool = False
    wanted: frozenset[str] = frozenset()


def parse_max_bad(text: str) -> MaxBad:
    """`--max-bad`: a share such as `0.5%`, or a number of rows such as `20`. An explicit value allows no extra rows.

    Raises:
        UsageError: neither of the two, negative, or above 100 %.
    """
    value = text.strip()
    try:
        if value.endswith("%"):
            share = Decimal(value[:-1]) / 100
            if 0 <= share <= 1:
                return MaxBad(share=share, rows=0)
        elif (rows := int(value)) >= 0:
            return MaxBad(share=Decimal(0), rows=rows)
    except (ValueError, InvalidOperation):
        pass
    raise UsageError(
        f"--max-bad {text!r} is neither a share nor a number of rows", remedy="Examples: --max-bad 1%, --max-bad 20"
    )


def parse_where(items: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """`--where COLUMN=VALUE` options: several values of one column mean any of them, several columns mean all.

    Raises:
        UsageError: an item without `=` or without a column.
    """
    where: dict[str, tuple[str, ...]] = {}
    for item in items:
        heading, equals, value = item.partition("=")
        if not equals or not heading.strip():
            raise UsageError(
                f"--where {item!r} is not of the form COLUMN=VALUE", remedy="Example: --where Country=France"
            )
        where[heading.strip()] = (*where.get(heading.strip(), ()), value.strip())
    return where
