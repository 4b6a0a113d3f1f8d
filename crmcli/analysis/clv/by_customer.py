"""One value per customer, for analyses that rank customers by what they are and will be worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcli.analysis.clv.analyse import workbench
from crmcli.analysis.clv.options import ClvOptions

if TYPE_CHECKING:
    import polars as pl

    from crmcli.customers.summary import CustomerSummary


def value_by_customer(summary: CustomerSummary, options: ClvOptions | None = None) -> pl.DataFrame:
    """Customer lifetime value of each customer, in the order of the summary.

    Args:
        summary: with its days.
        options: as of `analyse`.

    Returns:
        customer_id String · historical_value, future_value, clv Decimal(38, s): money so far, expected discounted money
        within the horizon, and their sum.

    Raises:
        TooLittleDataError: nobody bought on a second day, so that the future cannot be told.
        UsageError: options that do not fit.
    """
    customers = workbench(summary, options or ClvOptions()).customer_values
    return customers.select("customer_id", "historical_value", "future_value", "clv")
