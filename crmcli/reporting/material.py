"""What a report is made of: results of the analyses, and what is known of how they came about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from crmcli.analysis.result import Fact, Result
    from crmcli.customers.summary import CustomerSummary
    from crmcli.notes import Note

WEEKLY, MONTHLY = "week", "month"
EVERY = (WEEKLY, MONTHLY)


@dataclass(frozen=True, slots=True)
class Material:
    """Everything a report shows, before it is put into words.

    Attributes:
        summary: the customers as of the end of the observed time.
        previous: the date the report compares with; None when the data begin later.
        every: week or month.
        results: by name: segment, change, clv, churn, credit, campaigns, occasions. What could not be made is absent.
        gaps: why it could not, by the same names.
        load: the account of the transactions, as in `--facts`.
        credit_load: the same of the invoices, if given.
        settings: the options in force.
        generated_at: when the report says it was made, in UTC; never the clock.
        customer_rows: how many rows of single customers a table may show; 0 for none at all.
        least_group: customers from which on pictures show a group; tables are seen to by `crmcli.reporting.privacy`.
        customer_id: the customer of a page about one.
    """

    summary: CustomerSummary
    previous: dt.date | None
    every: str
    results: Mapping[str, Result]
    load: Mapping[str, Any]
    generated_at: str
    gaps: Mapping[str, Note] = field(default_factory=dict)
    credit_load: Mapping[str, Any] | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    customer_rows: int = 0
    least_group: int = 1
    customer_id: str | None = None

    @property
    def as_of(self) -> dt.date:
        """The last day of the report."""
        return self.summary.as_of

    def files_read(self) -> tuple[str, ...]:
        """The names of all files with transactions, invoices and payments."""
        loads = (self.load, self.credit_load or {})
        return tuple(file["file"] for load in loads for file in load.get("files", ()))

    def fact(self, result: str, name: str) -> Fact | None:
        """A headline fact, if that result was made and has it."""
        found = self.results.get(result)
        return None if found is None else next((fact for fact in found.facts if fact.name == name), None)

    def value(self, result: str, name: str) -> Any:
        """The value of a headline fact, None when there is none."""
        fact = self.fact(result, name)
        return None if fact is None else fact.value
