"""An aged summary: one row per customer with a column for each age bucket, as accounting systems print it.

Such a list tells the ageing of one day and no more. Each amount becomes an open item that stands at the old end of its
bucket (the youngest day of the last one), so that ageing by the same bounds gives the list again.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from crmcli.errors import InputError
from crmcli.invoices.batch import FileKind
from crmcli.invoices.doc_types import DocKind
from crmcli.invoices.names import INVOICE_ALIASES
from crmcli.invoices.plans import Plan, Role
from crmcli.transactions.aliases import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CURRENT = frozenset(fold(name) for name in ("current", "not due", "not_due", "未到期", "nicht fällig", "0"))
_UNIT = r" ?(?:d|days?|tage|天)?(?: past due| overdue)?$"
_RANGE = re.compile(r"^d?(?P<low>\d{1,4}) ?(?:-|–|_|to|bis|至|~) ?d?(?P<high>\d{1,4})" + _UNIT)
_BEYOND = re.compile(
    r"^(?:(?:>|over|older than|more than|über|超过) ?(?P<over>\d{1,4})"
    r"|d?(?P<from>\d{1,4}) ?(?:\+|_plus|plus|and over|以上))" + _UNIT
)
_MONTHS = re.compile(r"^(?:< ?1 month|(?P<months>\d{1,2}) months?)$")
_MONTH_DAYS = 30
"""Days of each month in headings such as < 1 Month, 1 Month, 2 Months, Older."""

_OLDER = "older"
_LEAST_BUCKETS = 2
_TOTALS = ["total", "totals", "grand total", "sum", "summe", "合计", "总计", "小计"]


@dataclass(frozen=True, slots=True)
class AgedColumns:
    """The bucket columns of a summary: heading → days overdue that its amounts are given (0: not due)."""

    days: dict[str, int]
    bounds: tuple[int, ...]

    @property
    def names(self) -> dict[str, str]:
        """Name of the column in a typed frame, which is that of the bucket → heading."""
        found, start = dict[str, str](), 1
        for heading, day in self.days.items():
            last = f"d{start}_plus" if day > self.bounds[-1] else f"d{start}_{day}"
            found["not_due" if day == 0 else last] = heading
            start = max(start, day + 1)
        return found


def aged_columns(header: Sequence[str]) -> AgedColumns | None:
    """The buckets of a header such as Customer, Current, 1-30, 31-60, >60; None where it is no aged summary.

    Raises:
        InputError: the buckets do not follow each other without a gap from day 1.
    """
    folded = {heading: " ".join(heading.strip().casefold().split()) for heading in header}
    current = [heading for heading in header if fold(heading) in _CURRENT]
    ranges = [(*found, heading) for heading, plain in folded.items() if (found := _range(plain)) is not None]
    oldest = max((high for _, high, _ in ranges), default=0)
    starts_at = ((_beyond(plain, oldest), heading) for heading, plain in folded.items())
    beyond = [(start, heading) for start, heading in starts_at if start is not None]
    if len(ranges) < _LEAST_BUCKETS - 1 or len(beyond) != 1 or len(ranges) + len(current) < _LEAST_BUCKETS:
        return None
    ranges.sort()
    starts = [low for low, _, _ in ranges] + [beyond[0][0]]
    ends = [high for _, high, _ in ranges]
    # Some write 0-30 or 1-30 first, and some let the last begin where the one before ends (91+ or 90+).
    joined = starts[0] in {0, 1} and all(start - end in {0, 1} for start, end in zip(starts[1:], ends, strict=True))
    if not joined or len(current) > 1:
        raise InputError(
            f"the age buckets {', '.join(heading for _, _, heading in ranges)}, {beyond[0][1]} leave gaps or overlap",
            remedy="Give the columns headings such as Current, 1-30, 31-60, >60",
        )
    days = dict.fromkeys(current, 0) | {heading: high for _, high, heading in ranges}
    return AgedColumns(days | {beyond[0][1]: ends[-1] + 1}, tuple(ends))


def _range(heading: str) -> tuple[int, int] | None:
    """First and last day of a bucket such as 31-60, or 1 Month."""
    days, months = _RANGE.match(heading), _MONTHS.match(heading)
    if days:
        return int(days["low"]), int(days["high"])
    if months:
        start = int(months["months"] or 0) * _MONTH_DAYS
        return start + 1, start + _MONTH_DAYS
    return None


def _beyond(heading: str, oldest: int) -> int | None:
    """First day of the last bucket, such as >90, 91+, or Older, which follows the oldest of the others."""
    if heading == _OLDER:
        return oldest + 1
    days = _BEYOND.match(heading)
    if days:
        return int(days["over"]) + 1 if days["over"] else int(days["from"])
    return None


def aged_files(columns: AgedColumns, mapping: Mapping[str, str]) -> FileKind:
    """What is asked of a summary with these buckets; `mapping` is what `--map` says."""
    texts = {"currency": Role.TEXT}
    money = dict.fromkeys(("credit_limit", *columns.names), Role.MONEY)
    plan = Plan({"customer_id": Role.ID, **money, **texts}, required=("customer_id",))
    aliases = {name: INVOICE_ALIASES.get(name, ()) for name in plan.roles}
    asked = {name: heading for name, heading in mapping.items() if name in plan.roles}
    return FileKind(plan, aliases, {**asked, **columns.names}, ("customer_id",), "--map ")


def is_total(customer: pl.Expr) -> pl.Expr:
    """True for the line that adds up the others."""
    return customer.str.strip_chars().str.to_lowercase().is_in(_TOTALS).fill_null(value=False)


def aged_documents(rows: pl.DataFrame, columns: AgedColumns, as_of: dt.date) -> pl.DataFrame:
    """The rows of a summary as open items (what is negative as credit notes on account).

    Args:
        rows: `row`, `code`, `rounded`, `customer_id`, `currency`, `credit_limit` and, for each heading of `columns`,
            its amount as Int64 minor units (see `AgedColumns.names`).
        columns: the buckets.
        as_of: the day of the summary.

    Returns:
        The columns of `documents.invoice_documents`, one row for each amount that is not 0.
    """
    parts = []
    for number, (name, days) in enumerate(zip(columns.names, columns.days.values(), strict=True)):
        due = as_of - dt.timedelta(days=days)
        parts.append(rows.with_columns(amount=pl.col(name).fill_null(0), due_date=pl.lit(due), bucket=pl.lit(number)))
    long = pl.concat(parts).filter(pl.col("amount") != 0)
    is_credit = pl.col("amount") < 0
    return long.select(
        "row",
        "code",
        "rounded",
        kind=pl.when(is_credit).then(pl.lit(str(DocKind.CREDIT))).otherwise(pl.lit(str(DocKind.INVOICE))),
        date=pl.col("due_date"),
        amount=pl.col("amount").abs(),
        customer_id=pl.col("customer_id"),
        invoice_id=pl.format("{}/{}", "row", "bucket"),
        reference=pl.lit(None, pl.String),
        currency=pl.col("currency"),
        terms=pl.lit(None, pl.String),
        country=pl.lit(None, pl.String),
        channel=pl.lit(None, pl.String),
        due_date=pl.col("due_date"),
        paid_date=pl.lit(None, pl.Date),
        paid_amount=pl.lit(None, pl.Int64),
        credit_amount=pl.lit(None, pl.Int64),
        credit_limit=pl.col("credit_limit"),
        disputed=pl.lit(value=False),
    )
