"""Comparisons of small shops, and what of them tests look at."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import polars as pl
from churn_cases import summary_of

from crmcli.analysis.change.compare import compare
from crmcli.analysis.change.options import ChangeOptions
from crmcli.customers.past import summary_at

if TYPE_CHECKING:
    from collections.abc import Iterable

    from churn_cases import Purchase

    from crmcli.analysis.result import Result
    from crmcli.customers.summary import CustomerSummary

NOW, THEN, BEFORE = dt.date(2024, 6, 30), dt.date(2024, 6, 23), dt.date(2024, 6, 16)
"""A week: the window holds 24 to 30 June, the one before 17 to 23 June."""


def compared(summary: CustomerSummary, then: dt.date = THEN, before: dt.date = BEFORE, **options: Any) -> Result:
    """A summary held against itself as of an earlier date."""
    return compare(summary, summary_at(summary, then), ChangeOptions(before, **options))


def weeks(purchases: Iterable[Purchase], **options: Any) -> Result:
    """The two weeks of NOW, of purchases given as customer, date and amount."""
    return compared(summary_of(purchases, NOW.isoformat()), **options)


def facts(result: Result) -> dict[str, Any]:
    """Values by name."""
    return {fact.name: fact.value for fact in result.facts}


def codes(result: Result) -> list[str]:
    """Codes of the notes."""
    return [note.code for note in result.notes]


def states(result: Result) -> dict[str, str]:
    """State by customer."""
    return dict(result.tables["customers"].select("customer_id", "state").iter_rows())


def column(result: Result, view: str, key: str, value: str) -> dict[str, Any]:
    """One column of a view by another."""
    return dict(result.tables[view].select(key, pl.col(value)).iter_rows())
